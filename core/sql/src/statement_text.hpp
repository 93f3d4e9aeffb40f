#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <psa/driver.h>

namespace prefect_sqlalchemy::detail {

/// A statement as the driver gets it.
struct RenderedStatement {
  /// What one placeholder takes: parameter `name` (index into StatementText::names), or, where a list
  /// was expanded, its element number; element is -1 for the parameter itself.
  struct Slot {
    std::uint32_t name;
    std::int64_t element;
    friend bool operator==(const Slot&, const Slot&) = default;
  };
  std::string sql;
  std::vector<Slot> slots;  ///< one for each column of the parameter batch, in order

  /// Where the byte at `offset` of `sql` came from in the user's text; inside a placeholder, the ':'. The end
  /// and what lies beyond is the end, a negative offset -1.
  std::int64_t original_offset(std::int64_t offset) const noexcept;

  struct Shift {
    std::int64_t rendered;  ///< from this byte of `sql` on ...
    std::int64_t original;  ///< ... this one of the user's text
    bool placeholder;       ///< the piece is a placeholder: all of it stands for one byte
  };
  std::vector<Shift> shifts;
};

/// The user's statement, cut at its `:name` parameters by the lexical rules of a connection.
///
/// Parameters are not looked for in strings, quoted identifiers, comments and dollar quotes; `::` is a
/// cast, also right behind a parameter (`:x::int`), `\:` a literal colon, and a ':' right behind a letter,
/// digit, '_' or '$' (`a[1:n]`, `12:30`) begins none. Names are letters, digits, '_' and bytes beyond
/// ASCII, not beginning with a digit. What is not closed (a string, a comment) goes on to the end.
class StatementText {
 public:
  StatementText(std::string_view sql, const psa_lexical& lexical);

  /// Distinct names in order of first use.
  const std::vector<std::string>& names() const noexcept { return names_; }
  /// True for a name that stands right behind IN (without parentheses), at least once: a list is expanded
  /// there.
  bool expands(std::size_t name) const noexcept { return expands_[name]; }
  bool expands_any() const noexcept {
    return std::find(expands_.begin(), expands_.end(), true) != expands_.end();
  }

  /// @param list_sizes  for each name, the number of elements to expand it to where it expands, -1: none;
  ///                    missing at the end: -1. An empty list has no elements: IN is false, NOT IN true.
  RenderedStatement render(std::span<const std::int64_t> list_sizes) const;

 private:
  struct Piece {
    std::size_t begin, end;  // of text_
    std::int64_t name;       // -1: literal text
    bool in_list;            // stands right behind IN
    bool negated;            // and that behind NOT
  };
  std::string text_;
  std::vector<Piece> pieces_;
  std::vector<std::string> names_;
  std::vector<bool> expands_;
  std::uint32_t placeholder_;
  bool is_postgres_;  // by what no other database has, as it may be reached by several drivers
};

}  // namespace prefect_sqlalchemy::detail
