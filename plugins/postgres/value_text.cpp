// SPDX-License-Identifier: Apache-2.0
#include "value_text.hpp"

#include <array>
#include <charconv>
#include <cstdio>

#include "wire.hpp"

namespace psa::postgres {
namespace {

struct Reader {
  std::string_view rest;

  bool take(char c) {
    if (rest.empty() || rest.front() != c) return false;
    rest.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    if (!rest.starts_with(word)) return false;
    rest.remove_prefix(word.size());
    return true;
  }
  std::optional<int64_t> number() {
    int64_t value = 0;
    if (rest.empty() || rest.front() < '0' || rest.front() > '9') return std::nullopt;
    const auto [end, code] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
    if (code != std::errc()) return std::nullopt;
    rest.remove_prefix(static_cast<size_t>(end - rest.data()));
    return value;
  }
  /// Microseconds of ".25"; 0 where there is no point.
  int64_t fraction() {
    if (!take('.')) return 0;
    int64_t value = 0, unit = 100'000;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') {
      value += (rest.front() - '0') * unit;
      unit /= 10;
      rest.remove_prefix(1);
    }
    return value;
  }
  std::optional<int64_t> clock() {
    const auto hours = number();
    if (!hours || !take(':')) return std::nullopt;
    const auto minutes = number();
    if (!minutes) return std::nullopt;
    int64_t seconds = 0;
    if (take(':')) {
      const auto given = number();
      if (!given) return std::nullopt;
      seconds = *given;
    }
    int64_t whole;
    if (*hours > 3'000'000'000 ||
        __builtin_mul_overflow(*hours * 3600 + *minutes * 60 + seconds, INT64_C(1'000'000), &whole))
      return std::nullopt;
    return whole + fraction();
  }
  std::optional<int64_t> date() {
    const auto year = number();
    if (!year || !take('-')) return std::nullopt;
    const auto month = number();
    if (!month || !take('-')) return std::nullopt;
    const auto day = number();
    if (!day || *month < 1 || *month > 12 || *day < 1 || *day > 31) return std::nullopt;
    year_ = *year;
    month_ = static_cast<int>(*month);
    day_ = static_cast<int>(*day);
    return days_of(year_, month_, day_);
  }
  int64_t year_ = 0;
  int month_ = 0, day_ = 0;
};

std::string formatted(const char* format, auto... values) {
  std::array<char, 96> text;
  return {text.data(), static_cast<size_t>(std::snprintf(text.data(), text.size(), format, values...))};
}

std::string fraction_text(int64_t microseconds) {
  if (microseconds == 0) return "";
  std::string text = formatted(".%06lld", static_cast<long long>(microseconds));
  while (text.back() == '0') text.pop_back();
  return text;
}

struct Civil {
  int64_t year;
  int month, day;
};

// Counted in eras of 400 years that begin on 1 March.
Civil civil_of(int64_t days) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const int64_t of_era = days - era * 146'097;
  const int64_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year + year / 4 - year / 100);
  const int64_t shifted = (5 * of_year + 2) / 153;
  const int day = static_cast<int>(of_year - (153 * shifted + 2) / 5 + 1);
  const int month = static_cast<int>(shifted < 10 ? shifted + 3 : shifted - 9);
  return {year + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

}  // namespace

int64_t days_of(int64_t year, int month, int day) noexcept {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t of_era = year - era * 400;
  const int64_t of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146'097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719'468;
}

std::optional<int64_t> parse_date(std::string_view text) {
  Reader reader{text};
  auto days = reader.date();
  if (days && reader.take(" BC")) days = days_of(1 - reader.year_, reader.month_, reader.day_);
  return reader.rest.empty() ? days : std::nullopt;
}

std::optional<int64_t> parse_time(std::string_view text) {
  Reader reader{text};
  const auto time = reader.clock();
  return reader.rest.empty() ? time : std::nullopt;
}

std::optional<int64_t> parse_timestamp(std::string_view text) {
  Reader reader{text};
  auto days = reader.date();
  if (!days || !reader.take(' ')) return std::nullopt;
  const auto time = reader.clock();
  if (!time) return std::nullopt;
  int64_t offset = 0;
  if (const bool minus = reader.take('-'); minus || reader.take('+')) {
    const auto hours = reader.number();
    if (!hours) return std::nullopt;
    offset = *hours * 3600;
    if (reader.take(':')) offset += reader.number().value_or(0) * 60;
    if (reader.take(':')) offset += reader.number().value_or(0);
    if (minus) offset = -offset;
  }
  if (reader.take(" BC")) days = days_of(1 - reader.year_, reader.month_, reader.day_);
  int64_t microseconds;
  if (!reader.rest.empty() || __builtin_mul_overflow(*days, microseconds_per_day, &microseconds) ||
      __builtin_add_overflow(microseconds, *time - offset * 1'000'000, &microseconds))
    return std::nullopt;
  return microseconds;
}

std::optional<IntervalParts> parse_interval(std::string_view text) {
  Reader reader{text};
  IntervalParts parts;
  while (!reader.rest.empty()) {
    reader.take(' ');
    const bool minus = reader.take('-');
    if (!minus) reader.take('+');
    const int64_t sign = minus ? -1 : 1;
    const std::string_view word = reader.rest.substr(0, reader.rest.find(' '));
    if (word.find(':') != std::string_view::npos) {
      const auto time = reader.clock();
      if (!time) return std::nullopt;
      parts.microseconds += sign * *time;
      continue;
    }
    const auto count = reader.number();
    if (!count || !reader.take(' ')) return std::nullopt;
    if (reader.take("year"))
      parts.months += static_cast<int32_t>(sign * *count * 12);
    else if (reader.take("mon"))
      parts.months += static_cast<int32_t>(sign * *count);
    else if (reader.take("day"))
      parts.days += static_cast<int32_t>(sign * *count);
    else
      return std::nullopt;
    reader.take('s');
  }
  return parts;
}

std::optional<std::string> parse_bytea(std::string_view text) {
  std::string bytes;
  if (text.starts_with("\\x")) {
    text.remove_prefix(2);
    if (text.size() % 2 != 0) return std::nullopt;
    for (size_t i = 0; i < text.size(); i += 2) {
      unsigned value = 0;
      const auto [end, code] = std::from_chars(text.data() + i, text.data() + i + 2, value, 16);
      if (code != std::errc() || end != text.data() + i + 2) return std::nullopt;
      bytes += static_cast<char>(value);
    }
    return bytes;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      bytes += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '\\') {
      bytes += text[++i];
    } else if (i + 3 < text.size()) {
      bytes += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      return std::nullopt;
    }
  }
  return bytes;
}

std::string date_text(int64_t days) {
  const Civil date = civil_of(days);
  const bool before = date.year < 1;
  return formatted("%04lld-%02d-%02d", static_cast<long long>(before ? 1 - date.year : date.year), date.month,
                   date.day) +
         (before ? " BC" : "");
}

std::string time_text(int64_t microseconds) {
  const int64_t seconds = microseconds / 1'000'000;
  return formatted("%02lld:%02d:%02d", static_cast<long long>(seconds / 3600),
                   static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60)) +
         fraction_text(microseconds % 1'000'000);
}

std::string timetz_text(int64_t microseconds, int32_t seconds_west) {
  const int32_t east = seconds_west < 0 ? -seconds_west : seconds_west;
  std::string text =
      time_text(microseconds) + (seconds_west > 0 ? '-' : '+') + formatted("%02d", east / 3600);
  if (east % 3600 != 0) text += formatted(":%02d", east / 60 % 60);
  if (east % 60 != 0) text += formatted(":%02d", east % 60);
  return text;
}

std::string timestamp_text(int64_t days, int64_t microseconds, bool utc) {
  std::string text = date_text(days);
  const std::string time = ' ' + time_text(microseconds) + (utc ? "+00" : "");
  const size_t era = text.find(" BC");
  text.insert(era == std::string::npos ? text.size() : era, time);
  return text;
}

std::string interval_text(const IntervalParts& parts) {
  std::string text;
  const auto add = [&](int64_t count, const char* unit) {
    if (count == 0) return;
    if (!text.empty()) text += ' ';
    text += std::to_string(count) + ' ' + unit + (count == 1 || count == -1 ? "" : "s");
  };
  add(parts.months / 12, "year");
  add(parts.months % 12, "mon");
  add(parts.days, "day");
  if (parts.microseconds != 0 || text.empty()) {
    if (!text.empty()) text += ' ';
    const bool minus = parts.microseconds < 0;
    const uint64_t size =
        minus ? 0 - static_cast<uint64_t>(parts.microseconds) : static_cast<uint64_t>(parts.microseconds);
    const uint64_t seconds = size / 1'000'000;
    text += (minus ? "-" : "") +
            formatted("%02llu:%02d:%02d", static_cast<unsigned long long>(seconds / 3600),
                      static_cast<int>(seconds / 60 % 60), static_cast<int>(seconds % 60)) +
            fraction_text(static_cast<int64_t>(size % 1'000'000));
  }
  return text;
}

}  // namespace psa::postgres
