// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace psa {

/// Whether `size` bytes are well-formed UTF-8 (no surrogates, no overlong forms).
bool valid_utf8(const uint8_t* text, size_t size) noexcept;

namespace detail {
template <class Word>
inline Word move_word(uint8_t* to, const uint8_t* from) noexcept {
  Word word;
  std::memcpy(&word, from, sizeof word);
  std::memcpy(to, &word, sizeof word);
  return word;
}
}  // namespace detail

/// Copies `size` bytes and tells whether they are well-formed UTF-8. Looking for non-ASCII bytes rides on
/// the copy, so plain text costs no second pass; short text takes two overlapping words instead of a call.
inline bool copy_utf8(uint8_t* to, const uint8_t* from, size_t size) noexcept {
  uint64_t seen = 0;
  if (size >= 8) {
    const size_t last = size - 8;
    for (size_t i = 0; i < last; i += 8) seen |= detail::move_word<uint64_t>(to + i, from + i);
    seen |= detail::move_word<uint64_t>(to + last, from + last);
  } else if (size >= 4) {
    seen =
        detail::move_word<uint32_t>(to, from) | detail::move_word<uint32_t>(to + size - 4, from + size - 4);
  } else {
    for (size_t i = 0; i < size; ++i) seen |= detail::move_word<uint8_t>(to + i, from + i);
  }
  return (seen & UINT64_C(0x8080808080808080)) == 0 || valid_utf8(from, size);
}

}  // namespace psa
