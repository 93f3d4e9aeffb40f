// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "driver_client.hpp"

namespace driver_client {

/// Runs a statement and writes its rows: "FORMAT EXTENSION TYPE VALUE | ..." for the first, values for the
/// others, rows separated by "; ". Read by the Arrow specification, not by this library's own code.
std::string result_text(const Connection& connection, std::string_view sql);

}  // namespace driver_client
