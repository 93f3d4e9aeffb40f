// SPDX-License-Identifier: Apache-2.0
#include "numeric.hpp"

#include <charconv>
#include <string>
#include <vector>

#include "wire.hpp"

namespace psa::postgres {
namespace {

// A numeric is base-10000 digits: the first stands for 10000^weight, the scale tells decimal places to show.
constexpr uint16_t positive = 0x0000, negative = 0x4000, not_a_number = 0xC000, plus_infinity = 0xD000,
                   minus_infinity = 0xF000;
constexpr size_t header = 8;
constexpr int most_scale = 16383;
constexpr int most_weight = 32767;

void put_group(std::string& text, int group, bool leading) {
  const char digits[4] = {static_cast<char>('0' + group / 1000), static_cast<char>('0' + group / 100 % 10),
                          static_cast<char>('0' + group / 10 % 10), static_cast<char>('0' + group % 10)};
  size_t skip = 0;
  while (leading && skip < 3 && digits[skip] == '0') ++skip;
  text.append(digits + skip, 4 - skip);
}

void put_special(GrowBuffer& to, uint16_t sign) {
  put16(to, 0);
  put16(to, 0);
  put16(to, sign);
  put16(to, 0);
}

bool same(std::string_view text, std::string_view word) {
  if (text.size() != word.size()) return false;
  for (size_t i = 0; i < text.size(); ++i)
    if ((text[i] | 0x20) != word[i]) return false;
  return true;
}

}  // namespace

bool append_numeric_text(const char* bytes, size_t size, BytesColumn& to) {
  if (size < header) return false;
  const int count = load16(bytes);
  const auto weight = static_cast<int16_t>(load16(bytes + 2));
  const uint16_t sign = load16(bytes + 4);
  const int scale = load16(bytes + 6);
  if (size != header + static_cast<size_t>(count) * 2) return false;
  thread_local std::string text;
  text.clear();
  if (sign == not_a_number) {
    text = "NaN";
  } else if (sign == plus_infinity) {
    text = "Infinity";
  } else if (sign == minus_infinity) {
    text = "-Infinity";
  } else {
    const auto group = [&](int at) {
      return at >= 0 && at < count ? load16(bytes + header + static_cast<size_t>(at) * 2) : 0;
    };
    if (sign == negative) text += '-';
    if (weight < 0) text += '0';
    for (int at = 0; at <= weight; ++at) put_group(text, group(at), at == 0);
    if (scale > 0) {
      text += '.';
      const size_t places = text.size();
      for (int at = weight + 1; static_cast<int>(text.size() - places) < scale; ++at)
        put_group(text, group(at), false);
      text.resize(places + static_cast<size_t>(scale));
    }
  }
  to.append(reinterpret_cast<const uint8_t*>(text.data()), text.size());
  return true;
}

bool append_numeric(std::string_view text, GrowBuffer& to) {
  bool minus = false;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    minus = text.front() == '-';
    text.remove_prefix(1);
  }
  if (same(text, "nan")) return put_special(to, not_a_number), true;
  if (same(text, "infinity") || same(text, "inf"))
    return put_special(to, minus ? minus_infinity : plus_infinity), true;

  std::string digits;
  int64_t point = -1;  // digits in front of it
  size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c >= '0' && c <= '9')
      digits += c;
    else if (c == '.' && point < 0)
      point = static_cast<int64_t>(digits.size());
    else
      break;
  }
  if (digits.empty()) return false;
  if (point < 0) point = static_cast<int64_t>(digits.size());
  int64_t scale = static_cast<int64_t>(digits.size()) - point;
  if (at < text.size()) {
    if ((text[at] | 0x20) != 'e') return false;
    ++at;
    if (at < text.size() && text[at] == '+') ++at;
    int exponent = 0;
    const auto [end, code] = std::from_chars(text.data() + at, text.data() + text.size(), exponent);
    if (code != std::errc() || end != text.data() + text.size() || exponent > 200'000 || exponent < -200'000)
      return false;
    point += exponent;
    scale = scale > exponent ? scale - exponent : 0;
  }
  if (scale > most_scale) return false;

  // Groups of four must begin at the decimal point.
  const size_t zeros = digits.find_first_not_of('0');
  if (zeros == std::string::npos) {
    put16(to, 0);
    put16(to, 0);
    put16(to, positive);
    put16(to, static_cast<uint16_t>(scale));
    return true;
  }
  digits.erase(0, zeros);
  point -= static_cast<int64_t>(zeros);
  int64_t weight = (point > 0 ? (point + 3) / 4 : -((-point) / 4)) - 1;
  const int64_t front = (weight + 1) * 4 - point;  // zeros that complete the first group
  if (weight > most_weight) return false;
  digits.insert(0, static_cast<size_t>(front), '0');
  while (digits.size() % 4 != 0) digits += '0';
  std::vector<uint16_t> groups;
  for (size_t i = 0; i < digits.size(); i += 4)
    groups.push_back(static_cast<uint16_t>((digits[i] - '0') * 1000 + (digits[i + 1] - '0') * 100 +
                                           (digits[i + 2] - '0') * 10 + (digits[i + 3] - '0')));
  while (!groups.empty() && groups.back() == 0) groups.pop_back();
  if (groups.size() > 0xFFFF) return false;
  put16(to, static_cast<uint16_t>(groups.size()));
  put16(to, static_cast<uint16_t>(weight));
  put16(to, minus ? negative : positive);
  put16(to, static_cast<uint16_t>(scale));
  for (const uint16_t group : groups) put16(to, group);
  return true;
}

}  // namespace psa::postgres
