#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace psa_cli {

/// A text as a terminal may safely show it: on one line, control characters as escapes (`\n`, `\x1b`), bytes
/// that are no UTF-8 as U+FFFD.
std::string printable(std::string_view text);

/// Columns that a printable text takes on a terminal.
std::size_t display_width(std::string_view text);

/// The text in exactly `width` columns: blanks added behind it (or before, if `right`), or its end replaced
/// by "…".
std::string fitted(std::string_view text, std::size_t width, bool right);

}  // namespace psa_cli
