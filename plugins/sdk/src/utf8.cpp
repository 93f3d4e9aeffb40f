// SPDX-License-Identifier: Apache-2.0
#include <psa/sdk/utf8.hpp>

namespace psa {
namespace {

bool continues(uint8_t byte) { return (byte & 0xC0) == 0x80; }

// Bytes of the well-formed character at `text`, 0 if there is none.
size_t character(const uint8_t* text, size_t left) {
  const uint8_t first = text[0];
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return left >= 2 && continues(text[1]) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (left < 3 || !continues(text[1]) || !continues(text[2])) return 0;
    if (first == 0xE0 && text[1] < 0xA0) return 0;  // overlong
    if (first == 0xED && text[1] > 0x9F) return 0;  // surrogate
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (left < 4 || !continues(text[1]) || !continues(text[2]) || !continues(text[3])) return 0;
    if (first == 0xF0 && text[1] < 0x90) return 0;  // overlong
    if (first == 0xF4 && text[1] > 0x8F) return 0;  // beyond U+10FFFF
    return 4;
  }
  return 0;
}

}  // namespace

bool valid_utf8(const uint8_t* text, size_t size) noexcept {
  size_t i = 0;
  while (i < size) {
    uint64_t word;
    if (size - i >= sizeof word &&
        (std::memcpy(&word, text + i, sizeof word), (word & UINT64_C(0x8080808080808080)) == 0)) {
      i += sizeof word;
      continue;
    }
    const size_t length = character(text + i, size - i);
    if (length == 0) return false;
    i += length;
  }
  return true;
}

}  // namespace psa
