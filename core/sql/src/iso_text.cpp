#include <limits>

#include <prefect_sqlalchemy/sql/value_types.hpp>

namespace prefect_sqlalchemy {
namespace {

// std::chrono::year ends at 32767; dates of databases do not, so the calendar is computed here. The formulas
// count days from March 1st of the year 0, so that the leap day ends a year, in eras of 400 years.
constexpr std::int64_t days_of_era = 146097;
constexpr std::int64_t march_of_year_0 = -719468;  // in days since 1970-01-01

constexpr std::int64_t microseconds_of_second = 1'000'000;
constexpr std::int64_t microseconds_of_day = 86'400 * microseconds_of_second;

struct Quotient {
  std::int64_t quotient, rest;  // rest is 0 or more
};

constexpr Quotient divide_down(std::int64_t value, std::int64_t divisor) {
  Quotient out{value / divisor, value % divisor};
  if (out.rest < 0) {
    --out.quotient;
    out.rest += divisor;
  }
  return out;
}

struct Civil {
  std::int64_t year;
  unsigned month, day;
};

constexpr Civil civil_of(std::int64_t days) {
  auto [era, day_of_era] = divide_down(days, days_of_era);
  const Quotient shifted = divide_down(day_of_era - march_of_year_0, days_of_era);
  era += shifted.quotient;
  day_of_era = shifted.rest;
  const std::int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const auto day_of_year =
      static_cast<unsigned>(day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100));
  const unsigned month_from_march = (5 * day_of_year + 2) / 153;
  const unsigned month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;
  return {era * 400 + year_of_era + (month <= 2 ? 1 : 0), month,
          day_of_year - (153 * month_from_march + 2) / 5 + 1};
}

constexpr std::int64_t days_of(Civil civil) {
  const auto [era, year_of_era] = divide_down(civil.year - (civil.month <= 2 ? 1 : 0), 400);
  const unsigned month_from_march = civil.month > 2 ? civil.month - 3 : civil.month + 9;
  const std::int64_t day_of_year = (153 * month_from_march + 2) / 5 + civil.day - 1;
  return era * days_of_era + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year +
         march_of_year_0;
}

constexpr bool is_leap(std::int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

constexpr unsigned days_of_month(std::int64_t year, unsigned month) {
  if (month == 2) return is_leap(year) ? 29 : 28;
  return month == 4 || month == 6 || month == 9 || month == 11 ? 30 : 31;
}

void append_padded(std::string& out, std::uint64_t value, std::size_t width) {
  const std::string digits = std::to_string(value);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

/// @param microseconds  0 or more
void append_time(std::string& out, std::uint64_t microseconds) {
  const std::uint64_t seconds = microseconds / microseconds_of_second;
  const std::uint64_t fraction = microseconds % microseconds_of_second;
  append_padded(out, seconds / 3600, 2);
  out += ':';
  append_padded(out, seconds / 60 % 60, 2);
  out += ':';
  append_padded(out, seconds % 60, 2);
  if (fraction == 0) return;
  out += '.';
  append_padded(out, fraction, 6);
}

std::string moment_text(std::int64_t microseconds) {
  const auto [days, rest] = divide_down(microseconds, microseconds_of_day);
  std::string out = to_iso(Date(std::chrono::days(days)));
  out += ' ';
  append_time(out, static_cast<std::uint64_t>(rest));
  return out;
}

// The parsers below take what they read off the front of `text`, and answer false where it does not fit.

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::string_view take_digits(std::string_view& text) {
  std::size_t size = 0;
  while (size < text.size() && text[size] >= '0' && text[size] <= '9') ++size;
  const auto digits = text.substr(0, size);
  text.remove_prefix(size);
  return digits;
}

/// Exactly two digits.
bool take_two(std::string_view& text, unsigned limit, unsigned& out) {
  if (text.size() < 2) return false;
  auto two = text.substr(0, 2);
  if (take_digits(two).size() != 2) return false;
  out = static_cast<unsigned>(text[0] - '0') * 10 + static_cast<unsigned>(text[1] - '0');
  text.remove_prefix(2);
  return out < limit;
}

bool take_date(std::string_view& text, std::int64_t& days) {
  const bool negative = take(text, '-');
  const auto digits = take_digits(text);
  // Seven digits of year reach beyond the days of 32 bits. Each year has one text: no zeros to spare.
  if (digits.size() < 4 || digits.size() > 7 || (digits.size() > 4 && digits[0] == '0')) return false;
  Civil civil{};
  for (const char digit : digits) civil.year = civil.year * 10 + (digit - '0');
  if (negative && civil.year == 0) return false;
  if (negative) civil.year = -civil.year;
  if (!take(text, '-') || !take_two(text, 13, civil.month) || !take(text, '-') ||
      !take_two(text, 32, civil.day)) {
    return false;
  }
  if (civil.month == 0 || civil.day == 0 || civil.day > days_of_month(civil.year, civil.month)) return false;
  days = days_of(civil);
  return days >= std::numeric_limits<std::int32_t>::min() && days <= std::numeric_limits<std::int32_t>::max();
}

bool take_time(std::string_view& text, std::int64_t& microseconds) {
  unsigned hour = 0, minute = 0, second = 0;
  if (!take_two(text, 24, hour) || !take(text, ':') || !take_two(text, 60, minute)) return false;
  std::int64_t fraction = 0;
  if (take(text, ':')) {
    if (!take_two(text, 60, second)) return false;
    if (take(text, '.')) {
      const auto digits = take_digits(text);
      if (digits.empty() || digits.size() > 9) return false;
      for (std::size_t i = 0; i < 6; ++i)
        fraction = fraction * 10 + (i < digits.size() ? digits[i] - '0' : 0);
      if (digits.size() > 6 && digits.find_first_not_of('0', 6) != std::string_view::npos) return false;
    }
  }
  microseconds = (hour * INT64_C(3600) + minute * 60 + second) * microseconds_of_second + fraction;
  return true;
}

/// 'Z', or hours with optional minutes and seconds east of Greenwich: +01, -0330, +05:30, +00:19:32.
bool take_offset(std::string_view& text, std::int64_t& microseconds) {
  microseconds = 0;
  if (take(text, 'Z')) return true;
  const bool west = text.starts_with('-');
  if (!west && !text.starts_with('+')) return false;
  text.remove_prefix(1);
  unsigned hour = 0, minute = 0, second = 0;
  if (!take_two(text, 24, hour)) return false;
  if (!text.empty()) {
    const bool colons = take(text, ':');
    if (!take_two(text, 60, minute)) return false;
    if (!text.empty() && ((colons && !take(text, ':')) || !take_two(text, 60, second))) return false;
  }
  microseconds = (hour * INT64_C(3600) + minute * 60 + second) * microseconds_of_second;
  if (west) microseconds = -microseconds;
  return true;
}

/// @param time  microseconds to add to `days`, from one day below zero to two above
bool join(std::int64_t days, std::int64_t time, std::int64_t& microseconds) {
  // Towards zero first: the earliest moments lie within a day whose midnight is out of range.
  if (days < 0) {
    ++days;
    time -= microseconds_of_day;
  }
  return !__builtin_mul_overflow(days, microseconds_of_day, &microseconds) &&
         !__builtin_add_overflow(microseconds, time, &microseconds);
}

bool take_date_and_time(std::string_view& text, std::int64_t& days, std::int64_t& time) {
  return take_date(text, days) && (take(text, ' ') || take(text, 'T')) && take_time(text, time);
}

}  // namespace

std::string to_iso(Date date) {
  const Civil civil = civil_of(date.time_since_epoch().count());
  std::string out;
  if (civil.year < 0) out += '-';
  append_padded(out, static_cast<std::uint64_t>(civil.year < 0 ? -civil.year : civil.year), 4);
  out += '-';
  append_padded(out, civil.month, 2);
  out += '-';
  append_padded(out, civil.day, 2);
  return out;
}

std::string to_iso(Time time) {
  const std::int64_t count = time.since_midnight.count();
  std::string out;
  if (count < 0) out += '-';
  // Unsigned, as the smallest number has no positive counterpart.
  append_time(out, count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count));
  return out;
}

std::string to_iso(Timestamp timestamp) { return moment_text(timestamp.time_since_epoch().count()); }

std::string to_iso(TimestampTz timestamp) {
  return moment_text(timestamp.time_since_epoch().count()) + "+00:00";
}

bool from_iso(std::string_view text, Date& out) noexcept {
  std::int64_t days = 0;
  if (!take_date(text, days) || !text.empty()) return false;
  out = Date(std::chrono::days(days));
  return true;
}

bool from_iso(std::string_view text, Time& out) noexcept {
  std::int64_t time = 0;
  if (!take_time(text, time) || !text.empty()) return false;
  out.since_midnight = std::chrono::microseconds(time);
  return true;
}

bool from_iso(std::string_view text, Timestamp& out) noexcept {
  std::int64_t days = 0, time = 0, microseconds = 0;
  if (!take_date_and_time(text, days, time) || !text.empty() || !join(days, time, microseconds)) return false;
  out = Timestamp(std::chrono::microseconds(microseconds));
  return true;
}

bool from_iso(std::string_view text, TimestampTz& out) noexcept {
  std::int64_t days = 0, time = 0, offset = 0, microseconds = 0;
  if (!take_date_and_time(text, days, time) || !take_offset(text, offset) || !text.empty()) return false;
  if (!join(days, time - offset, microseconds)) return false;
  out = TimestampTz(std::chrono::microseconds(microseconds));
  return true;
}

}  // namespace prefect_sqlalchemy
