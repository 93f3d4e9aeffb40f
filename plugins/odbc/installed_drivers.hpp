// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <sql.h>

#include <psa/sdk/driver_error.hpp>

#include "connection_string.hpp"

namespace psa::odbc {

/// A driver of odbcinst.ini.
struct InstalledDriver {
  std::string name;
  std::string library;  // as the file has it: a path, or a name
};

std::vector<InstalledDriver> installed_drivers(SQLHENV environment);
std::vector<std::string> data_sources(SQLHENV environment);

/// The driver for a target that names none: of those known for its dialect, the first that is installed.
/// @throws DriverError  none is; lists those that are, and tells what to install
std::string choose_driver(const Target& target, const std::vector<InstalledDriver>& installed);

/// Why a driver cannot be loaded, as the dynamic linker says: "libfoo.so: cannot open shared object file".
/// Empty if it can be.
std::string why_not_loadable(std::string_view library);

/// An error of SQLDriverConnect about the driver or the data source, in words that help.
/// @param error  what the driver manager said
/// @param driver  that was named to it
DriverError explained(DriverError error, const Target& target, std::string_view driver, SQLHENV environment);

}  // namespace psa::odbc
