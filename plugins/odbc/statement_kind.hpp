// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace psa::odbc {

/// What a statement's first word tells.
enum class StatementKind : uint8_t {
  nothing,           // an empty text, or one of comments
  reads,             // SELECT, SHOW, ...: may run again without harm
  writes,            // INSERT, UPDATE, DELETE, ...: counts rows, and may be run by arrays of parameters
  calls,             // CALL, EXEC, WITH and others that may count rows
  begins,            // BEGIN, START TRANSACTION, and nothing more
  begins_specially,  // BEGIN IMMEDIATE, START TRANSACTION READ ONLY
  ends,              // COMMIT, ROLLBACK, END
  makes,             // CREATE, whose body may hold other statements
  other,
};

/// @param lexical  PSA_LEXICAL flags of the connection
StatementKind statement_kind(std::string_view sql, uint32_t lexical) noexcept;

constexpr bool counts_rows(StatementKind kind) noexcept {
  return kind == StatementKind::writes || kind == StatementKind::calls;
}

/// Whether another statement stands behind a semicolon, outside of texts, quotes and comments.
bool holds_several(std::string_view sql, uint32_t lexical) noexcept;

}  // namespace psa::odbc
