// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace psa::mysql {

/// The objects that a message names; empty where it names none.
struct ErrorNames {
  std::string_view table;
  std::string_view column;
  std::string_view constraint;
};

/// Reads "Duplicate entry '1' for key 'PRIMARY'", "Column 'a' cannot be null" and their like.
ErrorNames error_names(unsigned number, std::string_view message) noexcept;

/// Where in `sql` a syntax error lies, in bytes: "... near 'FORM t' at line 1". -1 if the message does not
/// tell exactly.
int64_t error_offset(unsigned number, std::string_view message, std::string_view sql) noexcept;

}  // namespace psa::mysql
