// SPDX-License-Identifier: Apache-2.0
#include "statement_kind.hpp"

#include <utility>

#include <psa/sdk/first_word.hpp>

namespace psa::sqlite {
namespace {

constexpr std::pair<std::string_view, StatementKind> first_words[] = {
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
};

}  // namespace

StatementKind statement_kind(std::string_view sql) noexcept {
  return kind_of_word(take_first_word(sql), first_words, StatementKind::other);
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
