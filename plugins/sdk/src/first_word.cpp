// SPDX-License-Identifier: Apache-2.0
#include <psa/driver.h>
#include <psa/sdk/first_word.hpp>

namespace psa {
namespace {

constexpr auto no_end = std::string_view::npos;

// Where the comment ends that `sql` begins with; 0 if it begins with none, no_end if it has no end.
size_t end_of_comment(std::string_view sql, uint32_t lexical) noexcept {
  if (sql.starts_with("--") || (sql.starts_with("#") && (lexical & PSA_LEXICAL_HASH_COMMENT) != 0))
    return sql.find('\n');
  if (!sql.starts_with("/*")) return 0;
  // What follows the number is code.
  if ((lexical & PSA_LEXICAL_CODE_COMMENT) != 0 && (sql.starts_with("/*!") || sql.starts_with("/*M!")))
    return sql.find_first_not_of("/*M!0123456789");
  int depth = 1;
  for (size_t at = 2; at < sql.size(); ++at) {
    const std::string_view pair = sql.substr(at, 2);
    if (pair == "*/") {
      if (--depth == 0) return at + 2;
      ++at;
    } else if (pair == "/*" && (lexical & PSA_LEXICAL_NESTED_COMMENT) != 0) {
      ++depth;
      ++at;
    }
  }
  return no_end;
}

bool is_letter(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

}  // namespace

std::string_view take_first_word(std::string_view& sql, uint32_t lexical) noexcept {
  size_t skipped;
  do {
    sql.remove_prefix(std::min(sql.find_first_not_of(" \t\n\r\f\v;("), sql.size()));
    skipped = std::min(end_of_comment(sql, lexical), sql.size());
    sql.remove_prefix(skipped);
  } while (skipped != 0);
  const auto end = std::find_if_not(sql.begin(), sql.end(), is_letter);
  const std::string_view word = sql.substr(0, static_cast<size_t>(end - sql.begin()));
  sql.remove_prefix(word.size());
  return word;
}

}  // namespace psa
