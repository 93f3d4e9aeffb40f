// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "driver_client.hpp"

namespace driver_client {

/// Runs a statement and writes its rows with their exact types: "FORMAT EXTENSION TYPE VALUE | ..." for the
/// first, "VALUE | ..." for the others, rows separated by "; ".
std::string result_text(const Connection& connection, std::string_view sql);

}  // namespace driver_client
