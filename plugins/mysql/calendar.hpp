// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <mysql.h>

namespace psa::mysql {

/// Days since 1970-01-01 of a proleptic Gregorian date.
int64_t days_of(int64_t year, unsigned month, unsigned day) noexcept;

/// Whether the date is one at all: MySQL also stores 0000-00-00 and 2024-05-00.
bool is_calendar_date(const MYSQL_TIME& time) noexcept;

/// Microseconds since 1970-01-01 00:00.
int64_t timestamp_of(const MYSQL_TIME& time) noexcept;
/// Microseconds of a TIME, up to 838:59:59 either way.
int64_t time_of(const MYSQL_TIME& time) noexcept;

/// As MySQL writes it: "0000-00-00", "2024-05-00 12:00:00".
std::string date_text(const MYSQL_TIME& time, bool with_time);

/// What a parameter sends; nothing where MySQL can't hold it (years 0 to 9999; TIME up to 838 hours).
std::optional<MYSQL_TIME> date_from(int64_t days) noexcept;
std::optional<MYSQL_TIME> timestamp_from(int64_t ticks, int64_t ticks_per_second) noexcept;
std::optional<MYSQL_TIME> time_from(int64_t ticks, int64_t ticks_per_second) noexcept;

}  // namespace psa::mysql
