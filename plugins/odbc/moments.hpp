// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <sql.h>
#include <sqlext.h>

namespace psa::odbc {

/// Days since 1970-01-01; nothing for what is no date of the calendar (0000-00-00).
std::optional<int32_t> days_of(const SQL_DATE_STRUCT& date) noexcept;
/// Microseconds since 1970-01-01 00:00; nothing for what is no moment, or has a finer fraction.
std::optional<int64_t> microseconds_of(const SQL_TIMESTAMP_STRUCT& moment) noexcept;

/// Microseconds since midnight of "12:30:00" or "12:30:00.2500000"; nothing for what is no time of a day, or
/// has a finer fraction.
std::optional<int64_t> time_of_text(std::string_view text) noexcept;
/// Microseconds since 1970-01-01 00:00 UTC of "2026-01-31 12:30:00.2500000 +05:30"; likewise.
std::optional<int64_t> moment_of_text(std::string_view text) noexcept;

/// As SQL writes it, with nine digits behind the second where there are any.
std::string text_of(const SQL_DATE_STRUCT& date);
std::string text_of(const SQL_TIMESTAMP_STRUCT& moment);

/// What a parameter sends; nothing outside of the years 1 to 9999.
std::optional<SQL_DATE_STRUCT> date_from(int64_t days) noexcept;
/// @param ticks  since 1970-01-01 00:00
std::optional<SQL_TIMESTAMP_STRUCT> timestamp_from(int64_t ticks, int64_t ticks_per_second) noexcept;

/// A decimal as every database's are written here: ".5" and "-.5" with a zero before the point, no blanks.
std::string decimal_text(std::string_view text);

}  // namespace psa::odbc
