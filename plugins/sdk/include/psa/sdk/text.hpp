// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include <psa/driver.h>

namespace psa {

/// The bytes of `text`; empty both for the empty text and for no value.
inline std::string_view view(const psa_string& text) noexcept {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}

/// Whether `text` is a value at all, be it the empty one.
inline bool has_value(const psa_string& text) noexcept { return text.data != nullptr; }

/// A view for the C side; valid as long as the bytes behind `text`.
inline constexpr psa_string c_text(std::string_view text) noexcept { return {text.data(), text.size()}; }

/// As c_text, but the empty text becomes "no value".
inline constexpr psa_string c_text_or_none(std::string_view text) noexcept {
  return text.empty() ? psa_string{nullptr, 0} : c_text(text);
}

}  // namespace psa
