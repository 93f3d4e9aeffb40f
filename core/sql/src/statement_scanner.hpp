#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace prefect_sqlalchemy::detail {

/// Walks over a statement, one token at a time, by the lexical rules of a connection; finds its parameters.
///
/// Each call of next() ends later than it began. Strings, quoted names and comments that are not closed go
/// on to the end of the statement. Views the text it was given.
class StatementScanner {
 public:
  enum class Token { parameter, escaped_colon, other };

  /// @param flags  of psa_lexical
  StatementScanner(std::string_view sql, std::uint32_t flags) : sql_(sql), flags_(flags) {}

  bool at_end() const { return position_ == sql_.size(); }
  /// Where the token that next() found begins and ends. An escaped colon is its backslash alone.
  std::size_t begin() const { return token_; }
  std::size_t end() const { return position_; }
  /// True if the parameter just found stands right behind the word IN.
  bool in_list() const { return in_list_; }
  /// Of a parameter in_list(): true if it stands behind NOT IN.
  bool in_negated_list() const { return negated_in_; }

  /// Finds the next token. Not at the end.
  Token next();

 private:
  bool has(std::uint32_t flag) const { return (flags_ & flag) != 0; }
  bool sees(std::string_view text) const { return sql_.substr(position_).starts_with(text); }
  void skip_to(std::size_t position) { position_ = std::min(position, sql_.size()); }
  /// To behind the next `text`, or to the end.
  void skip_past(std::string_view text, std::size_t from) {
    const std::size_t found = sql_.find(text, from);
    skip_to(found == std::string_view::npos ? found : found + text.size());
  }

  bool skip_comment();
  bool skip_quoted();
  bool skip_dollar_quoted();
  void skip_until_quote(char quote, bool backslash);
  void skip_escape_string();
  void skip_nested_comment();
  Token skip_colons();

  std::string_view sql_;
  std::uint32_t flags_;
  std::size_t token_ = 0;
  std::size_t position_ = 0;    // where the search goes on
  bool behind_word_ = false;    // the last token was a word, number or parameter
  bool behind_in_ = false;      // the last token but for blanks and comments was IN
  bool behind_not_ = false;     // likewise, it was NOT
  bool negated_in_ = false;     // the last IN stood behind NOT
  bool behind_escape_ = false;  // the last token was the backslash of "\:"
  bool in_list_ = false;
};

}  // namespace prefect_sqlalchemy::detail
