// SPDX-License-Identifier: Apache-2.0
#include "statement_kind.hpp"

#include <utility>

#include <psa/driver.h>
#include <psa/sdk/first_word.hpp>

namespace psa::mysql {
namespace {

constexpr std::pair<std::string_view, StatementKind> first_words[] = {
    {"SELECT", StatementKind::reads},  {"SHOW", StatementKind::shows},    {"DESCRIBE", StatementKind::reads},
    {"DESC", StatementKind::reads},    {"EXPLAIN", StatementKind::reads}, {"VALUES", StatementKind::reads},
    {"TABLE", StatementKind::reads},   {"INSERT", StatementKind::insert}, {"REPLACE", StatementKind::insert},
    {"UPDATE", StatementKind::change}, {"DELETE", StatementKind::change}, {"CALL", StatementKind::calls},
    {"LOAD", StatementKind::calls},    {"WITH", StatementKind::calls},    {"EXECUTE", StatementKind::calls},
    {"SET", StatementKind::sets},
};

}  // namespace

StatementKind statement_kind(std::string_view sql) noexcept {
  return kind_of_word(take_first_word(sql, PSA_LEXICAL_HASH_COMMENT | PSA_LEXICAL_CODE_COMMENT), first_words,
                      StatementKind::other);
}

}  // namespace psa::mysql
