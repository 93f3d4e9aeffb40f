// SPDX-License-Identifier: Apache-2.0
#include "statement_kind.hpp"

#include <utility>

#include <psa/driver.h>
#include <psa/sdk/first_word.hpp>

namespace psa::odbc {
namespace {

constexpr std::pair<std::string_view, StatementKind> first_words[] = {
    {"SELECT", StatementKind::reads},  {"SHOW", StatementKind::reads},    {"DESCRIBE", StatementKind::reads},
    {"DESC", StatementKind::reads},    {"EXPLAIN", StatementKind::reads}, {"VALUES", StatementKind::reads},
    {"TABLE", StatementKind::reads},   {"INSERT", StatementKind::writes}, {"REPLACE", StatementKind::writes},
    {"UPDATE", StatementKind::writes}, {"DELETE", StatementKind::writes}, {"MERGE", StatementKind::writes},
    {"WITH", StatementKind::calls},    {"CALL", StatementKind::calls},    {"EXEC", StatementKind::calls},
    {"EXECUTE", StatementKind::calls}, {"BEGIN", StatementKind::begins},  {"START", StatementKind::begins},
    {"COMMIT", StatementKind::ends},   {"ROLLBACK", StatementKind::ends}, {"END", StatementKind::ends},
    {"ABORT", StatementKind::ends},    {"CREATE", StatementKind::makes},  {"ALTER", StatementKind::makes},
};

constexpr auto no_end = std::string_view::npos;

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

// Behind the quote that stands at `at`; doubled ones are a quote inside.
size_t behind_quote(std::string_view sql, size_t at, bool backslash) {
  const char quote = sql[at] == '[' ? ']' : sql[at];
  for (++at; at < sql.size(); ++at) {
    if (backslash && sql[at] == '\\') {
      ++at;
    } else if (sql[at] == quote) {
      if (at + 1 < sql.size() && sql[at + 1] == quote)
        ++at;
      else
        return at + 1;
    }
  }
  return sql.size();
}

size_t behind_comment(std::string_view sql, size_t at, uint32_t lexical) {
  int depth = 1;
  for (at += 2; at < sql.size(); ++at) {
    if (sql.substr(at, 2) == "*/") {
      ++at;
      if (--depth == 0) return at + 1;
    } else if (sql.substr(at, 2) == "/*" && (lexical & PSA_LEXICAL_NESTED_COMMENT) != 0) {
      ++depth;
      ++at;
    }
  }
  return sql.size();
}

// Behind a $tag$...$tag$ that begins at `at`, or one character on.
size_t behind_dollar(std::string_view sql, size_t at) {
  size_t end = at + 1;
  while (end < sql.size() && is_word_character(sql[end])) ++end;
  if (end >= sql.size() || sql[end] != '$' || (at > 0 && is_word_character(sql[at - 1]))) return at + 1;
  const std::string_view tag = sql.substr(at, end - at + 1);
  const size_t close = sql.find(tag, end + 1);
  return close == no_end ? sql.size() : close + tag.size();
}

size_t behind_token(std::string_view sql, size_t at, uint32_t lexical) {
  const char c = sql[at];
  const std::string_view pair = sql.substr(at, 2);
  if (c == '\'') {
    const bool escapes = (lexical & PSA_LEXICAL_E_STRING) != 0 && at > 0 && (sql[at - 1] | 0x20) == 'e' &&
                         (at < 2 || !is_word_character(sql[at - 2]));
    return behind_quote(sql, at, escapes || (lexical & PSA_LEXICAL_BACKSLASH_ESCAPE) != 0);
  }
  if (c == '"' || (c == '`' && (lexical & PSA_LEXICAL_BACKTICK_QUOTE) != 0) ||
      (c == '[' && (lexical & PSA_LEXICAL_BRACKET_QUOTE) != 0))
    return behind_quote(sql, at, false);
  if (pair == "--" || (c == '#' && (lexical & PSA_LEXICAL_HASH_COMMENT) != 0)) {
    const size_t end = sql.find('\n', at);
    return end == no_end ? sql.size() : end + 1;
  }
  if (pair == "/*") return behind_comment(sql, at, lexical);
  if (c == '$' && (lexical & PSA_LEXICAL_DOLLAR_QUOTE) != 0) return behind_dollar(sql, at);
  return at + 1;
}

bool is_blank(std::string_view sql, uint32_t lexical) {
  if (!take_first_word(sql, lexical).empty()) return false;
  return sql.find_first_not_of(" \t\n\r\f\v;") == no_end;
}

bool ends_plainly(std::string_view rest, uint32_t lexical) {
  const std::string_view word = take_first_word(rest, lexical);
  for (const std::string_view known : {"", "WORK", "TRANSACTION", "TRAN"})
    if (is_word(word, known)) return is_blank(rest, lexical);
  return false;
}

}  // namespace

StatementKind statement_kind(std::string_view sql, uint32_t lexical) noexcept {
  std::string_view rest = sql;
  const std::string_view word = take_first_word(rest, lexical);
  if (word.empty()) return is_blank(sql, lexical) ? StatementKind::nothing : StatementKind::other;
  const StatementKind kind = kind_of_word(word, first_words, StatementKind::other);
  // "ROLLBACK TO a" and "COMMIT PREPARED 'a'" end none.
  if (kind == StatementKind::ends) return ends_plainly(rest, lexical) ? kind : StatementKind::other;
  if (kind != StatementKind::begins) return kind;
  const bool is_begin = is_word(word, "BEGIN");
  const std::string_view next = take_first_word(rest, lexical);
  for (const std::string_view known : {"TRANSACTION", "WORK", "TRAN"})
    if (is_word(next, known)) return is_blank(rest, lexical) ? kind : StatementKind::begins_specially;
  if (is_begin && next.empty() && is_blank(rest, lexical)) return kind;
  for (const std::string_view known : {"ISOLATION", "READ", "IMMEDIATE", "DEFERRED", "EXCLUSIVE"})
    if (is_begin && is_word(next, known)) return StatementKind::begins_specially;
  // "BEGIN x := 1; END" of Oracle and "BEGIN TRY" of SQL Server are blocks, "START SLAVE" is another matter.
  return is_begin ? StatementKind::calls : StatementKind::other;
}

bool holds_several(std::string_view sql, uint32_t lexical) noexcept {
  for (size_t at = 0; at < sql.size();) {
    if (sql[at] == ';') return !is_blank(sql.substr(at + 1), lexical);
    at = behind_token(sql, at, lexical);
  }
  return false;
}

}  // namespace psa::odbc
