// SPDX-License-Identifier: Apache-2.0
#include "moments.hpp"

#include <chrono>
#include <cstdio>

namespace psa::odbc {
namespace {

constexpr int64_t microseconds_a_second = 1'000'000;
constexpr int64_t seconds_a_day = 86'400;

std::optional<int64_t> days_of(int year, unsigned month, unsigned day) noexcept {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

// Reads text from its beginning on.
class Reader {
 public:
  explicit Reader(std::string_view text) noexcept : text_(text) {}

  bool is_at_end() const noexcept { return text_.empty(); }
  bool skip(char c) noexcept {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }
  void skip_blanks() noexcept {
    while (skip(' ')) {
    }
  }
  // A number of exactly so many digits.
  std::optional<int64_t> number(size_t digits) noexcept {
    if (text_.size() < digits) return std::nullopt;
    int64_t value = 0;
    for (const char c : text_.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    text_.remove_prefix(digits);
    return value;
  }
  // Microseconds behind a point, if there is one; nothing for finer ones.
  std::optional<int64_t> fraction() noexcept {
    if (!skip('.')) return 0;
    int64_t value = 0, unit = microseconds_a_second / 10;
    for (; !text_.empty() && text_.front() >= '0' && text_.front() <= '9';
         text_.remove_prefix(1), unit /= 10) {
      if (unit == 0 && text_.front() != '0') return std::nullopt;
      value += unit * (text_.front() - '0');
    }
    return value;
  }
  // "12:30:00.25", below 24:00.
  std::optional<int64_t> time() noexcept {
    const auto hour = number(2);
    if (!hour || *hour > 23 || !skip(':')) return std::nullopt;
    const auto minute = number(2);
    if (!minute || *minute > 59 || !skip(':')) return std::nullopt;
    const auto second = number(2);
    if (!second || *second > 59) return std::nullopt;
    const auto part = fraction();
    if (!part) return std::nullopt;
    return ((*hour * 60 + *minute) * 60 + *second) * microseconds_a_second + *part;
  }

 private:
  std::string_view text_;
};

}  // namespace

std::optional<int32_t> days_of(const SQL_DATE_STRUCT& date) noexcept {
  const auto days = days_of(date.year, date.month, date.day);
  return days ? std::optional(static_cast<int32_t>(*days)) : std::nullopt;
}

std::optional<int64_t> microseconds_of(const SQL_TIMESTAMP_STRUCT& moment) noexcept {
  const auto days = days_of(moment.year, moment.month, moment.day);
  if (!days || moment.hour > 23 || moment.minute > 59 || moment.second > 59 || moment.fraction % 1000 != 0)
    return std::nullopt;
  const int64_t seconds = *days * seconds_a_day + (moment.hour * 60 + moment.minute) * 60 + moment.second;
  return seconds * microseconds_a_second + moment.fraction / 1000;
}

std::optional<int64_t> time_of_text(std::string_view text) noexcept {
  Reader reader(text);
  const auto time = reader.time();
  return reader.is_at_end() ? time : std::nullopt;
}

std::optional<int64_t> moment_of_text(std::string_view text) noexcept {
  Reader reader(text);
  const auto year = reader.number(4);
  if (!year || !reader.skip('-')) return std::nullopt;
  const auto month = reader.number(2);
  if (!month || !reader.skip('-')) return std::nullopt;
  const auto day = reader.number(2);
  if (!day || (!reader.skip(' ') && !reader.skip('T'))) return std::nullopt;
  const auto days =
      days_of(static_cast<int>(*year), static_cast<unsigned>(*month), static_cast<unsigned>(*day));
  const auto time = reader.time();
  if (!days || !time) return std::nullopt;
  reader.skip_blanks();
  int64_t offset = 0;  // seconds
  const bool west = reader.skip('-');
  if (west || reader.skip('+')) {
    const auto hours = reader.number(2);
    if (!hours) return std::nullopt;
    reader.skip(':');
    const auto minutes = reader.is_at_end() ? std::optional<int64_t>(0) : reader.number(2);
    if (!minutes) return std::nullopt;
    offset = (*hours * 60 + *minutes) * 60 * (west ? -1 : 1);
  } else if (!reader.skip('Z')) {
    return std::nullopt;
  }
  if (!reader.is_at_end()) return std::nullopt;
  return (*days * seconds_a_day - offset) * microseconds_a_second + *time;
}

std::string text_of(const SQL_DATE_STRUCT& date) {
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", date.year, date.month, date.day);
  return text;
}

std::string text_of(const SQL_TIMESTAMP_STRUCT& moment) {
  char text[80];
  const int size = std::snprintf(text, sizeof text, "%04d-%02d-%02d %02d:%02d:%02d", moment.year,
                                 moment.month, moment.day, moment.hour, moment.minute, moment.second);
  if (moment.fraction != 0)
    std::snprintf(text + size, sizeof text - static_cast<size_t>(size), ".%09u",
                  static_cast<unsigned>(moment.fraction));
  return text;
}

std::optional<SQL_DATE_STRUCT> date_from(int64_t days) noexcept {
  constexpr int64_t first = -719'162, last = 2'932'896;  // 0001-01-01, 9999-12-31
  if (days < first || days > last) return std::nullopt;
  const std::chrono::year_month_day date{
      std::chrono::sys_days(std::chrono::days(static_cast<int32_t>(days)))};
  return SQL_DATE_STRUCT{static_cast<SQLSMALLINT>(static_cast<int>(date.year())),
                         static_cast<SQLUSMALLINT>(static_cast<unsigned>(date.month())),
                         static_cast<SQLUSMALLINT>(static_cast<unsigned>(date.day()))};
}

std::optional<SQL_TIMESTAMP_STRUCT> timestamp_from(int64_t ticks, int64_t ticks_per_second) noexcept {
  int64_t seconds = ticks / ticks_per_second, rest = ticks % ticks_per_second;
  if (rest < 0) rest += ticks_per_second, --seconds;
  int64_t days = seconds / seconds_a_day, second = seconds % seconds_a_day;
  if (second < 0) second += seconds_a_day, --days;
  const auto date = date_from(days);
  if (!date) return std::nullopt;
  return SQL_TIMESTAMP_STRUCT{date->year,
                              date->month,
                              date->day,
                              static_cast<SQLUSMALLINT>(second / 3600),
                              static_cast<SQLUSMALLINT>(second / 60 % 60),
                              static_cast<SQLUSMALLINT>(second % 60),
                              static_cast<SQLUINTEGER>(rest * (1'000'000'000 / ticks_per_second))};
}

std::string decimal_text(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  std::string out;
  if (text.starts_with('-')) {
    out = '-';
    text.remove_prefix(1);
  }
  if (text.starts_with('.')) out += '0';
  return out.append(text);
}

}  // namespace psa::odbc
