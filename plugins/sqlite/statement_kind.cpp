// SPDX-License-Identifier: Apache-2.0
#include "statement_kind.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace psa::sqlite {
namespace {

constexpr std::array<std::pair<std::string_view, StatementKind>, 15> first_words = {{
    {"INSERT", StatementKind::insert},
    {"REPLACE", StatementKind::insert},
    {"UPDATE", StatementKind::change},
    {"DELETE", StatementKind::change},
    {"WITH", StatementKind::with},
    {"BEGIN", StatementKind::transaction},
    {"COMMIT", StatementKind::transaction},
    {"END", StatementKind::transaction},
    {"ROLLBACK", StatementKind::transaction},
    {"RELEASE", StatementKind::transaction},
    {"SAVEPOINT", StatementKind::savepoint},
    {"PRAGMA", StatementKind::outside},
    {"VACUUM", StatementKind::outside},
    {"ATTACH", StatementKind::outside},
    {"DETACH", StatementKind::outside},
}};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

std::string_view first_word(std::string_view sql) {
  for (;;) {
    const size_t begin = sql.find_first_not_of(" \t\n\r\f;");
    if (begin == std::string_view::npos) return {};
    sql.remove_prefix(begin);
    size_t end;
    if (sql.starts_with("--")) {
      end = sql.find('\n');
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

bool begins_transaction(StatementKind kind, bool read_only) noexcept {
  if (kind == StatementKind::savepoint) return true;  // alone it would commit when it is released
  return !read_only && kind != StatementKind::transaction && kind != StatementKind::outside;
}

bool counts_rows(StatementKind kind, bool read_only) noexcept {
  return kind == StatementKind::insert || kind == StatementKind::change ||
         (kind == StatementKind::with && !read_only);
}

}  // namespace psa::sqlite
