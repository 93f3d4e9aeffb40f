// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <sql.h>
#include <sqlext.h>

namespace psa::odbc {

/// Text as ODBC's W functions take it: UTF-16, whatever the program's locale is.
class WideText {
 public:
  /// @throws DriverError  PSA_INVALID_ARGUMENT: `utf8` is no well-formed UTF-8
  explicit WideText(std::string_view utf8);

  SQLWCHAR* data() noexcept { return units_.data(); }
  /// In units of 16 bits.
  size_t size() const noexcept { return units_.size() - 1; }

 private:
  std::vector<SQLWCHAR> units_;  // with a zero at the end
};

/// Appends `size` units of UTF-16 as UTF-8. False, with what came before it appended, at a surrogate that has
/// no other half.
[[nodiscard]] bool append_utf8(std::string& out, const SQLWCHAR* text, size_t size);

/// For names and messages: a lone surrogate becomes U+FFFD.
std::string utf8_of(const SQLWCHAR* text, size_t size);

}  // namespace psa::odbc
