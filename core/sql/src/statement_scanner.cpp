#include "statement_scanner.hpp"

#include <algorithm>
#include <utility>

#include <psa/driver.h>

namespace prefect_sqlalchemy::detail {
namespace {

// Locale-free; bytes beyond ASCII are parts of UTF-8 letters.
bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_part(char c) { return is_name_start(c) || is_digit(c); }
bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

bool is_keyword(std::string_view word, std::string_view keyword) {
  return std::equal(word.begin(), word.end(), keyword.begin(), keyword.end(),
                    [](char c, char lower) { return (c | 0x20) == lower; });
}

}  // namespace

StatementScanner::Token StatementScanner::next() {
  token_ = position_;
  const char c = sql_[position_];
  if (c == ':') return skip_colons();
  if (is_space(c) || skip_comment()) {
    if (position_ == token_) ++position_;
    behind_word_ = false;
    return Token::other;
  }
  behind_in_ = false;
  const bool behind_not = std::exchange(behind_not_, false);
  if (c == '\\' && sql_.substr(position_ + 1).starts_with(':')) {
    ++position_;
    behind_escape_ = true;
    return Token::escaped_colon;
  }
  if (skip_quoted() || skip_dollar_quoted()) {
    behind_word_ = false;
  } else if (is_name_part(c)) {
    // A '$' inside a word is part of it and begins no dollar quote; inside a number it may begin one.
    const bool number = is_digit(c);
    while (!at_end() && (is_name_part(sql_[position_]) || (sql_[position_] == '$' && !number))) ++position_;
    const auto word = sql_.substr(token_, position_ - token_);
    behind_in_ = is_keyword(word, "in");
    negated_in_ = behind_in_ && behind_not;
    behind_not_ = is_keyword(word, "not");
    behind_word_ = true;
    if (has(PSA_LEXICAL_E_STRING) && (word == "E" || word == "e") && sees("'")) {
      skip_escape_string();
      behind_word_ = false;
    }
  } else {
    ++position_;
    // "$:x" would become "$$1" in one placeholder style: a dollar quote.
    behind_word_ = c == '$';
  }
  return Token::other;
}

StatementScanner::Token StatementScanner::skip_colons() {
  const std::size_t run = std::min(sql_.find_first_not_of(':', position_), sql_.size());
  const bool begins_name = run - position_ == 1 && run < sql_.size() && is_name_start(sql_[run]);
  if (begins_name && !behind_word_ && !behind_escape_) {
    position_ = run;
    while (!at_end() && is_name_part(sql_[position_])) ++position_;
    in_list_ = behind_in_;
    behind_in_ = behind_not_ = false;
    behind_word_ = true;
    return Token::parameter;
  }
  position_ = run;
  behind_in_ = behind_not_ = behind_word_ = behind_escape_ = false;
  return Token::other;
}

bool StatementScanner::skip_comment() {
  const auto rest = sql_.substr(position_);
  const bool dashes = rest.starts_with("--") && (!has(PSA_LEXICAL_DASH_NEEDS_SPACE) || rest.size() == 2 ||
                                                 static_cast<unsigned char>(rest[2]) <= ' ');
  if (dashes || (has(PSA_LEXICAL_HASH_COMMENT) && rest.starts_with('#'))) {
    skip_past("\n", position_);
  } else if (!rest.starts_with("/*")) {
    return false;
  } else if (has(PSA_LEXICAL_NESTED_COMMENT)) {
    skip_nested_comment();
  } else {
    skip_past("*/", position_ + 2);
  }
  return true;
}

void StatementScanner::skip_nested_comment() {
  std::size_t depth = 0;
  while (!at_end()) {
    if (sees("/*")) {
      ++depth;
      position_ += 2;
    } else if (sees("*/")) {
      position_ += 2;
      if (--depth == 0) return;
    } else {
      ++position_;
    }
  }
}

bool StatementScanner::skip_quoted() {
  const char quote = sql_[position_];
  const bool text = quote == '\'' || (quote == '"' && has(PSA_LEXICAL_DOUBLE_QUOTE_TEXT));
  const bool identifier = quote == '"' || (quote == '`' && has(PSA_LEXICAL_BACKTICK_QUOTE)) ||
                          (quote == '[' && has(PSA_LEXICAL_BRACKET_QUOTE));
  if (!text && !identifier) return false;
  skip_until_quote(quote == '[' ? ']' : quote, text && has(PSA_LEXICAL_BACKSLASH_ESCAPE));
  return true;
}

/// From an opening quote to behind the closing one; doubled it stands for itself.
void StatementScanner::skip_until_quote(char quote, bool backslash) {
  for (++position_; !at_end(); ++position_) {
    const char c = sql_[position_];
    if (c == '\\' && backslash) {
      skip_to(position_ + 1);
      if (at_end()) return;
    } else if (c == quote) {
      const bool doubled = position_ + 1 < sql_.size() && sql_[position_ + 1] == quote;
      ++position_;
      if (!doubled) return;
    }
  }
}

/// PostgreSQL joins strings that only blanks with a line break part; the rules of the first one go on.
void StatementScanner::skip_escape_string() {
  while (true) {
    skip_until_quote('\'', true);
    std::size_t next = position_;
    while (next < sql_.size() && is_space(sql_[next])) ++next;
    const auto blanks = sql_.substr(position_, next - position_);
    if (next == sql_.size() || sql_[next] != '\'' || blanks.find_first_of("\r\n") == std::string_view::npos)
      return;
    position_ = next;
  }
}

bool StatementScanner::skip_dollar_quoted() {
  if (!has(PSA_LEXICAL_DOLLAR_QUOTE) || sql_[position_] != '$') return false;
  std::size_t end = position_ + 1;
  if (end < sql_.size() && is_name_start(sql_[end])) {
    while (end < sql_.size() && is_name_part(sql_[end])) ++end;
  }
  if (end == sql_.size() || sql_[end] != '$') return false;
  skip_past(sql_.substr(position_, end + 1 - position_), end + 1);
  return true;
}

}  // namespace prefect_sqlalchemy::detail
