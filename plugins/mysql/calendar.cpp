// SPDX-License-Identifier: Apache-2.0
#include "calendar.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace psa::mysql {
namespace {

constexpr int64_t million = 1'000'000;
constexpr int64_t seconds_per_day = 86'400;
constexpr int64_t longest_time = (838 * 3600 + 59 * 60 + 59) * million + 999'999;

int64_t floor_divide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Nanoseconds that MySQL can't hold are no reason to round.
std::optional<int64_t> microseconds(int64_t ticks, int64_t ticks_per_second) {
  if (ticks_per_second > million) {
    const int64_t divisor = ticks_per_second / million;
    if (ticks % divisor != 0) return std::nullopt;
    return ticks / divisor;
  }
  int64_t value;
  if (__builtin_mul_overflow(ticks, million / ticks_per_second, &value)) return std::nullopt;
  return value;
}

void set_clock(MYSQL_TIME& to, int64_t micros) {
  to.hour = static_cast<unsigned>(micros / (3600 * million));
  to.minute = static_cast<unsigned>(micros / (60 * million) % 60);
  to.second = static_cast<unsigned>(micros / million % 60);
  to.second_part = static_cast<unsigned long>(micros % million);
}

}  // namespace

int64_t days_of(int64_t year, unsigned month, unsigned day) noexcept {
  // Years begin in March here, so that the leap day is the last one.
  year -= month <= 2 ? 1 : 0;
  const int64_t era = floor_divide(year, 400);
  const int64_t year_of_era = year - era * 400;
  const int64_t day_of_year = (153 * (static_cast<int64_t>(month) + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
  return era * 146'097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719'468;
}

bool is_calendar_date(const MYSQL_TIME& time) noexcept {
  if (time.month == 0 || time.day == 0) return false;
  if (time.day <= 28) return true;
  // ALLOW_INVALID_DATES lets the 31st of February in.
  return std::chrono::year_month_day(std::chrono::year(static_cast<int>(time.year)),
                                     std::chrono::month(time.month), std::chrono::day(time.day))
      .ok();
}

int64_t timestamp_of(const MYSQL_TIME& time) noexcept {
  const int64_t seconds = days_of(time.year, time.month, time.day) * seconds_per_day +
                          int64_t{time.hour} * 3600 + time.minute * 60 + time.second;
  return seconds * million + static_cast<int64_t>(time.second_part);
}

int64_t time_of(const MYSQL_TIME& time) noexcept {
  const int64_t seconds =
      (int64_t{time.day} * 24 + time.hour) * 3600 + int64_t{time.minute} * 60 + time.second;
  const int64_t value = seconds * million + static_cast<int64_t>(time.second_part);
  return time.neg ? -value : value;
}

std::string date_text(const MYSQL_TIME& time, bool with_time) {
  std::array<char, 64> text;
  int size = std::snprintf(text.data(), text.size(), "%04u-%02u-%02u", time.year, time.month, time.day);
  if (with_time)
    size += std::snprintf(text.data() + size, text.size() - static_cast<size_t>(size), " %02u:%02u:%02u",
                          time.hour, time.minute, time.second);
  if (with_time && time.second_part != 0)
    size += std::snprintf(text.data() + size, text.size() - static_cast<size_t>(size), ".%06lu",
                          time.second_part);
  return {text.data(), static_cast<size_t>(size)};
}

std::optional<MYSQL_TIME> date_from(int64_t days) noexcept {
  if (days < days_of(0, 1, 1) || days > days_of(9999, 12, 31)) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  MYSQL_TIME time{};
  time.year = static_cast<unsigned>(static_cast<int>(date.year()));
  time.month = static_cast<unsigned>(date.month());
  time.day = static_cast<unsigned>(date.day());
  time.time_type = MYSQL_TIMESTAMP_DATE;
  return time;
}

std::optional<MYSQL_TIME> timestamp_from(int64_t ticks, int64_t ticks_per_second) noexcept {
  const auto micros = microseconds(ticks, ticks_per_second);
  if (!micros) return std::nullopt;
  const int64_t day = floor_divide(*micros, seconds_per_day * million);
  auto time = date_from(day);
  if (!time) return std::nullopt;
  set_clock(*time, *micros - day * seconds_per_day * million);
  time->time_type = MYSQL_TIMESTAMP_DATETIME;
  return time;
}

std::optional<MYSQL_TIME> time_from(int64_t ticks, int64_t ticks_per_second) noexcept {
  const auto micros = microseconds(ticks, ticks_per_second);
  if (!micros || *micros > longest_time || *micros < -longest_time) return std::nullopt;
  MYSQL_TIME time{};
  time.neg = *micros < 0;
  set_clock(time, time.neg ? -*micros : *micros);
  // Not all versions of the library take more than a day's hours.
  time.day = time.hour / 24;
  time.hour %= 24;
  time.time_type = MYSQL_TIMESTAMP_TIME;
  return time;
}

}  // namespace psa::mysql
