// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace psa::odbc {

/// What a URL asks for: one of a whole string, a data source's name, or a driver.
struct Target {
  std::string dialect;  // "mssql", "mysql", "oracle", "odbc"
  std::string whole;    // odbc_connect
  std::string dsn;
  std::string driver;  // a name of odbcinst.ini, or a library's path
  std::string host;
  uint32_t port = 0;
  std::string user;
  std::string password;
  std::string database;
  std::vector<std::pair<std::string, std::string>> keys;  // for the ODBC driver, as they are
};

/// A value by ODBC's rule: in braces, with '}' doubled, where it holds what would end it. Others stay as they
/// are, because not every ODBC driver knows the rule (SQLite's does not).
/// @throws DriverError  PSA_INVALID_ARGUMENT: it holds a NUL
std::string escaped_value(std::string_view value);
/// As escaped_value, for a user name or a password: in braces unless it is letters and digits, since some
/// ODBC drivers (psqlODBC) read %XX and '+' outside of braces as a URL does.
std::string escaped_secret(std::string_view value);

/// @throws DriverError  PSA_INVALID_ARGUMENT: `key` cannot be a keyword of a connection string, or is one
/// that
///                      the URL has another place for
void check_key(std::string_view key);

/// The text for SQLDriverConnect.
/// @param driver  what stands for target.driver, where the URL names none
/// @throws DriverError  as above
std::string connection_string(const Target& target, std::string_view driver);

/// Names by which drivers for a dialect are known, the best first.
std::vector<std::string_view> well_known_drivers(std::string_view dialect);

/// What to install for a dialect, as a sentence.
std::string_view install_hint(std::string_view dialect);

}  // namespace psa::odbc
