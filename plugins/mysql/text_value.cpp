// SPDX-License-Identifier: Apache-2.0
#include "text_value.hpp"

#include <charconv>

namespace psa::mysql {
namespace {

template <class T>
T number(std::string_view text) noexcept {
  T value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// The digits at the front of `text`, which are cut off together with the character behind them.
unsigned part(std::string_view& text) noexcept {
  size_t size = 0;
  while (size < text.size() && text[size] >= '0' && text[size] <= '9') ++size;
  const auto value = number<unsigned>(text.substr(0, size));
  text.remove_prefix(size < text.size() ? size + 1 : size);
  return value;
}

unsigned long microseconds(std::string_view fraction) noexcept {
  unsigned long value = 0;
  for (size_t i = 0; i < 6; ++i)
    value = value * 10 + (i < fraction.size() ? static_cast<unsigned long>(fraction[i] - '0') : 0);
  return value;
}

void read_clock(std::string_view text, MYSQL_TIME& time) noexcept {
  time.hour = part(text);
  time.minute = part(text);
  time.second = part(text);
  time.second_part = microseconds(text);
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

int64_t integer_of_text(std::string_view text) noexcept { return number<int64_t>(text); }

uint64_t unsigned_of_text(std::string_view text) noexcept { return number<uint64_t>(text); }

double real_of_text(std::string_view text) noexcept { return number<double>(text); }

MYSQL_TIME date_of_text(std::string_view text) noexcept {
  MYSQL_TIME date{};
  date.time_type = MYSQL_TIMESTAMP_DATETIME;
  date.year = part(text);
  date.month = part(text);
  date.day = part(text);
  read_clock(text, date);
  return date;
}

MYSQL_TIME time_of_text(std::string_view text) noexcept {
  MYSQL_TIME time{};
  time.time_type = MYSQL_TIMESTAMP_TIME;
  time.neg = text.starts_with('-');
  if (time.neg) text.remove_prefix(1);
  read_clock(text, time);
  return time;
}

std::array<uint8_t, 16> uuid_of_text(std::string_view text) noexcept {
  std::array<uint8_t, 16> value{};
  size_t digits = 0;
  for (const char c : text) {
    const int digit = hex_digit(c);
    if (digit < 0 || digits == 32) continue;
    value[digits / 2] = static_cast<uint8_t>(value[digits / 2] << 4 | digit);
    ++digits;
  }
  return value;
}

}  // namespace psa::mysql
