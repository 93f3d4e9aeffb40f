// SPDX-License-Identifier: Apache-2.0
#include "utf16.hpp"

#include <cstdint>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/utf8.hpp>

namespace psa::odbc {
namespace {

static_assert(sizeof(SQLWCHAR) == 2, "unixODBC is to be built with 16-bit SQLWCHAR");

constexpr bool is_high(SQLWCHAR unit) { return unit >= 0xD800 && unit < 0xDC00; }
constexpr bool is_low(SQLWCHAR unit) { return unit >= 0xDC00 && unit < 0xE000; }

void put(std::string& out, uint32_t point) {
  const auto byte = [&](uint32_t value) { out += static_cast<char>(value); };
  if (point < 0x80) return byte(point);
  if (point < 0x800) {
    byte(0xC0 | point >> 6);
  } else {
    if (point < 0x10000) {
      byte(0xE0 | point >> 12);
    } else {
      byte(0xF0 | point >> 18);
      byte(0x80 | (point >> 12 & 0x3F));
    }
    byte(0x80 | (point >> 6 & 0x3F));
  }
  byte(0x80 | (point & 0x3F));
}

// The length of what was read; stops at a lone surrogate.
size_t convert(std::string& out, const SQLWCHAR* text, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    const SQLWCHAR unit = text[i];
    if (unit < 0x80) {
      out += static_cast<char>(unit);
    } else if (is_high(unit) && i + 1 < size && is_low(text[i + 1])) {
      put(out, 0x10000 + ((unit - 0xD800U) << 10) + (text[++i] - 0xDC00U));
    } else if (is_high(unit) || is_low(unit)) {
      return i;
    } else {
      put(out, unit);
    }
  }
  return size;
}

}  // namespace

WideText::WideText(std::string_view utf8) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(utf8.data());
  if (!valid_utf8(bytes, utf8.size())) throw invalid_argument("a text is not UTF-8");
  units_.reserve(utf8.size() + 1);
  for (size_t i = 0; i < utf8.size();) {
    const uint32_t lead = bytes[i];
    const size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint32_t point = length == 1 ? lead : lead & (0x7FU >> length);
    for (size_t k = 1; k < length; ++k) point = point << 6 | (bytes[i + k] & 0x3FU);
    if (point < 0x10000) {
      units_.push_back(static_cast<SQLWCHAR>(point));
    } else {
      units_.push_back(static_cast<SQLWCHAR>(0xD800 + ((point - 0x10000) >> 10)));
      units_.push_back(static_cast<SQLWCHAR>(0xDC00 + ((point - 0x10000) & 0x3FF)));
    }
    i += length;
  }
  units_.push_back(0);
}

bool append_utf8(std::string& out, const SQLWCHAR* text, size_t size) {
  return convert(out, text, size) == size;
}

std::string utf8_of(const SQLWCHAR* text, size_t size) {
  std::string out;
  for (;;) {
    const size_t done = convert(out, text, size);
    if (done == size) return out;
    put(out, 0xFFFD);
    text += done + 1;
    size -= done + 1;
  }
}

}  // namespace psa::odbc
