// SPDX-License-Identifier: Apache-2.0
#include "statement_kind.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace psa::mysql {
namespace {

constexpr std::array<std::pair<std::string_view, StatementKind>, 16> first_words = {{
    {"SELECT", StatementKind::reads},
    {"SHOW", StatementKind::reads},
    {"DESCRIBE", StatementKind::reads},
    {"DESC", StatementKind::reads},
    {"EXPLAIN", StatementKind::reads},
    {"VALUES", StatementKind::reads},
    {"TABLE", StatementKind::reads},
    {"INSERT", StatementKind::insert},
    {"REPLACE", StatementKind::insert},
    {"UPDATE", StatementKind::change},
    {"DELETE", StatementKind::change},
    {"CALL", StatementKind::calls},
    {"LOAD", StatementKind::calls},
    {"WITH", StatementKind::calls},
    {"EXECUTE", StatementKind::calls},
    {"SET", StatementKind::sets},
}};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

std::string_view first_word(std::string_view sql) {
  for (;;) {
    const size_t begin = sql.find_first_not_of(" \t\n\r\f(;");
    if (begin == std::string_view::npos) return {};
    sql.remove_prefix(begin);
    size_t end;
    if (sql.starts_with("#") || sql.starts_with("--")) {
      end = sql.find('\n');
    } else if (sql.starts_with("/*!") || sql.starts_with("/*M!")) {
      end = sql.find_first_not_of("/*M!0123456789");  // what follows is code
    } else if (sql.starts_with("/*")) {
      end = sql.find("*/", 2);
      if (end != std::string_view::npos) end += 2;
    } else {
      const auto last = std::find_if_not(sql.begin(), sql.end(), is_letter);
      return {sql.data(), static_cast<size_t>(last - sql.begin())};
    }
    if (end == std::string_view::npos) return {};
    sql.remove_prefix(end);
  }
}

}  // namespace

StatementKind statement_kind(std::string_view sql) noexcept {
  const std::string_view word = first_word(sql);
  for (const auto& [name, kind] : first_words) {
    if (std::equal(word.begin(), word.end(), name.begin(), name.end(),
                   [](char given, char upper) { return (given & ~0x20) == upper; }))
      return kind;
  }
  return StatementKind::other;
}

}  // namespace psa::mysql
