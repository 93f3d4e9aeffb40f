// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <psa/driver.h>

namespace psa::postgres {

/// The options that a URL's query or connect_args may hold: libpq's own, as the library at hand lists them.
std::span<const psa_option_info> known_options();

/// One server to try. All texts as libpq takes them: empty is its default.
struct Host {
  std::string name;     // host name, address, or folder of the socket
  std::string address;  // numeric, where it is known: no name has to be looked up then
  std::string port;
};

/// What connecting needs, read out of the host's arguments.
struct Settings {
  std::vector<Host> hosts;
  /// libpq's keywords and values, but for host, hostaddr and port.
  std::vector<std::pair<std::string, std::string>> keywords;
  int64_t connect_timeout = 0;  // nanoseconds; 0 is none
  bool nonblocking = false;
};

/// @throws DriverError  PSA_INVALID_ARGUMENT: unknown or unreadable option, a part given twice, NUL in a text
Settings read_settings(const psa_connection_args& args);

/// Whether a name must be looked up: it is neither a numeric address nor the folder of a socket.
bool needs_lookup(const std::string& host);

}  // namespace psa::postgres
