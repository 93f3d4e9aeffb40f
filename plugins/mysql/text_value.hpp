// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include <mysql.h>

namespace psa::mysql {

/// Values as the server writes them in a result that was not prepared, and UUIDs, which it always writes so.

int64_t integer_of_text(std::string_view text) noexcept;
uint64_t unsigned_of_text(std::string_view text) noexcept;
double real_of_text(std::string_view text) noexcept;
/// "2024-02-29", "2024-02-29 12:00:00.125"; dates that are none as well.
MYSQL_TIME date_of_text(std::string_view text) noexcept;
/// "-838:59:58.999999"
MYSQL_TIME time_of_text(std::string_view text) noexcept;
std::array<uint8_t, 16> uuid_of_text(std::string_view text) noexcept;

}  // namespace psa::mysql
