// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include <psa/driver.h>

#include "connection_string.hpp"

namespace psa::odbc {

/// The options that a URL's query or connect_args may hold, for psa_driver.options. Others go to the ODBC
/// driver.
std::span<const psa_option_info> known_options() noexcept;

/// What connecting needs, read out of the host's arguments.
struct Settings {
  Target target;
  int64_t login_timeout = 0;  // seconds; 0: the ODBC driver's own
  bool multi_statements = false;
};

/// @throws DriverError  PSA_INVALID_ARGUMENT: an option is unreadable or cannot be a keyword of ODBC, a part
/// is
///                      given twice, several hosts
Settings read_settings(const psa_connection_args& args);

}  // namespace psa::odbc
