// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace psa {

/// The word that a statement begins with, behind white space, semicolons, parentheses and comments; empty if
/// there is none. `sql` is left with what follows it.
/// @param lexical  the connection's PSA_LEXICAL flags; those of comments count, and after "--" no space is
///                 needed, since a statement can't begin otherwise
std::string_view take_first_word(std::string_view& sql, uint32_t lexical = 0) noexcept;

/// Whether that is the word, in capitals or not. @param upper  in capitals
inline bool is_word(std::string_view word, std::string_view upper) noexcept {
  return std::equal(word.begin(), word.end(), upper.begin(), upper.end(),
                    [](char given, char wanted) { return (given & ~0x20) == wanted; });
}

/// What a table of words in capitals and their kinds says of a word.
template <class Table, class Kind>
Kind kind_of_word(std::string_view word, const Table& kinds, Kind otherwise) noexcept {
  const auto found = std::find_if(std::begin(kinds), std::end(kinds),
                                  [&](const auto& each) { return is_word(word, each.first); });
  return found == std::end(kinds) ? otherwise : found->second;
}

}  // namespace psa
