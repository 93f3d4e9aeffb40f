// SPDX-License-Identifier: Apache-2.0
#include <psa/sdk/iso_text.hpp>

namespace psa {
namespace {

constexpr int64_t seconds_per_day = 86400;

int64_t floor_divide(int64_t value, int64_t by) { return value / by - (value % by < 0 ? 1 : 0); }

// Seconds east of UTC of "+05:30" or "-0800".
std::optional<int64_t> fixed_offset(std::string_view zone) {
  const auto digit = [&](size_t at) {
    return at < zone.size() && zone[at] >= '0' && zone[at] <= '9' ? zone[at] - '0' : -1;
  };
  if (zone.size() < 5 || (zone[0] != '+' && zone[0] != '-')) return std::nullopt;
  const size_t minutes = zone[3] == ':' ? 4 : 3;
  if (zone.size() != minutes + 2) return std::nullopt;
  for (const size_t at : {size_t{1}, size_t{2}, minutes, minutes + 1})
    if (digit(at) < 0) return std::nullopt;
  const int64_t seconds = (digit(1) * 10 + digit(2)) * 3600 + (digit(minutes) * 10 + digit(minutes + 1)) * 60;
  return zone[0] == '-' ? -seconds : seconds;
}

}  // namespace

void IsoText::put_number(int64_t value, int digits) noexcept {
  for (int i = digits - 1; i >= 0; --i, value /= 10)
    text_[size_ + static_cast<size_t>(i)] = static_cast<char>('0' + value % 10);
  size_ = static_cast<uint8_t>(size_ + digits);
}

bool IsoText::put_date(int64_t days) noexcept {
  // 0001-01-01 and 9999-12-31.
  if (days < -719162 || days > 2932896) return false;
  // Counts years from March, so that the leap day is the last of its year, in eras of 400 years.
  const int64_t shifted = days + 719468;
  const int64_t era = floor_divide(shifted, 146097);
  const int64_t day_of_era = shifted - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t month_from_march = (5 * day_of_year + 2) / 153;
  const int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
  const int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  put_number(year_of_era + era * 400 + (month <= 2 ? 1 : 0), 4);
  put('-');
  put_number(month, 2);
  put('-');
  put_number(day, 2);
  return true;
}

void IsoText::put_time(int64_t second_of_day, int64_t fraction, int64_t ticks_per_second) noexcept {
  put_number(second_of_day / 3600, 2);
  put(':');
  put_number(second_of_day / 60 % 60, 2);
  put(':');
  put_number(second_of_day % 60, 2);
  if (fraction == 0) return;
  const int64_t nanoseconds = fraction * (1'000'000'000 / ticks_per_second);
  put('.');
  if (nanoseconds % 1000 == 0)
    put_number(nanoseconds / 1000, 6);
  else
    put_number(nanoseconds, 9);
}

std::optional<IsoText> IsoText::date(int64_t days) noexcept {
  IsoText text;
  if (!text.put_date(days)) return std::nullopt;
  return text;
}

std::optional<IsoText> IsoText::time(int64_t ticks, int64_t ticks_per_second) noexcept {
  if (ticks < 0 || ticks / ticks_per_second >= seconds_per_day) return std::nullopt;
  IsoText text;
  text.put_time(ticks / ticks_per_second, ticks % ticks_per_second, ticks_per_second);
  return text;
}

std::optional<IsoText> IsoText::timestamp(int64_t ticks, int64_t ticks_per_second,
                                          std::string_view zone) noexcept {
  const int64_t offset = fixed_offset(zone).value_or(0);
  const int64_t utc_seconds = floor_divide(ticks, ticks_per_second);
  const int64_t fraction = ticks - utc_seconds * ticks_per_second;
  // Far outside of the years that can be written; keeps the sum below from overflowing.
  if (utc_seconds > INT64_MAX / 2 || utc_seconds < INT64_MIN / 2) return std::nullopt;
  const int64_t seconds = utc_seconds + offset;
  const int64_t days = floor_divide(seconds, seconds_per_day);
  IsoText text;
  if (!text.put_date(days)) return std::nullopt;
  text.put(' ');
  text.put_time(seconds - days * seconds_per_day, fraction, ticks_per_second);
  if (zone.empty()) return text;
  text.put(offset < 0 ? '-' : '+');
  const int64_t distance = offset < 0 ? -offset : offset;
  text.put_number(distance / 3600, 2);
  text.put(':');
  text.put_number(distance / 60 % 60, 2);
  return text;
}

}  // namespace psa
