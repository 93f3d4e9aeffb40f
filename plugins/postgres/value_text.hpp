// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace psa::postgres {

// Values from and to the text that PostgreSQL writes with DateStyle ISO and IntervalStyle postgres.

/// Days since 1970-01-01 of "2024-01-02" or "4714-11-24 BC".
std::optional<int64_t> parse_date(std::string_view text);
/// Microseconds since midnight of "12:30:00.25"; "24:00:00" too.
std::optional<int64_t> parse_time(std::string_view text);
/// Microseconds since 1970-01-01; with an offset behind it, of UTC. Nothing beyond 64 bits.
std::optional<int64_t> parse_timestamp(std::string_view text);

struct IntervalParts {
  int32_t months = 0;
  int32_t days = 0;
  int64_t microseconds = 0;
};
/// "1 year 2 mons -3 days +04:05:06.7"
std::optional<IntervalParts> parse_interval(std::string_view text);

/// Bytes of "\x4142", or of the older form with backslashes.
std::optional<std::string> parse_bytea(std::string_view text);

std::string date_text(int64_t days);
std::string time_text(int64_t microseconds);
/// "04:05:06+02", the offset being seconds west as PostgreSQL keeps it.
std::string timetz_text(int64_t microseconds, int32_t seconds_west);
/// Day and time of that day, with "+00" behind it if it is of UTC.
std::string timestamp_text(int64_t days, int64_t microseconds, bool utc);
std::string interval_text(const IntervalParts& parts);

/// Days since 1970-01-01 of a date of the proleptic Gregorian calendar; year 0 is 1 BC.
int64_t days_of(int64_t year, int month, int day) noexcept;

}  // namespace psa::postgres
