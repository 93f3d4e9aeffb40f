// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include <psa/sdk/driver_error.hpp>

namespace psa {

/// A whole number, or nothing where the text is anything else.
inline std::optional<int> parse_int(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// The parameter's array contradicts its schema. @param what  as in "the Arrow array " + what
inline DriverError malformed(std::string_view name, const char* what) {
  return invalid_argument("parameter '" + std::string(name) + "': the Arrow array " + what);
}

/// No driver reads this format.
inline DriverError unsupported(std::string_view name, std::string_view format) {
  return {
      PSA_NOT_SUPPORTED, PSA_CATEGORY_PROGRAMMING,
      "parameter '" + std::string(name) + "': Arrow format '" + std::string(format) + "' is not supported"};
}

}  // namespace psa
