// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <psa/driver.h>

namespace psa::mysql {

/// The options that a URL's query or connect_args may hold, for psa_driver.options.
std::span<const psa_option_info> known_options() noexcept;

/// What connecting needs, read out of the host's arguments. Empty texts: the client library's default.
struct Settings {
  std::string host;
  std::string unix_socket;
  std::string user;
  std::string password;
  bool has_password = false;
  std::string database;
  unsigned port = 0;
  std::string application_name;

  std::string charset = "utf8mb4";
  std::string ssl_ca;
  std::string ssl_capath;
  std::string ssl_cert;
  std::string ssl_key;
  std::string ssl_cipher;
  /// library: as it does by itself; preferred: where the server offers it.
  enum class Tls : uint8_t { library, disabled, preferred, required, verified };
  Tls tls = Tls::library;
  bool compress = false;
  bool multi_statements = false;
  bool local_infile = false;
  unsigned connect_timeout = 0;  // seconds; 0: none
  unsigned read_timeout = 0;
  unsigned write_timeout = 0;
  std::string init_command;
  std::string sql_mode;
  bool has_sql_mode = false;
  std::string default_file;
  std::string default_group;
};

/// @throws DriverError  PSA_INVALID_ARGUMENT: unknown or unreadable option, several hosts, a socket and a
/// host
Settings read_settings(const psa_connection_args& args);

}  // namespace psa::mysql
