// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace psa::sqlite {

/// What a statement's first word says about rows affected and transactions.
enum class StatementKind : uint8_t {
  other,        // SELECT, CREATE, EXPLAIN and all else
  insert,       // INSERT, REPLACE
  change,       // UPDATE, DELETE
  with,         // WITH: whether it writes, SQLite knows
  transaction,  // BEGIN, COMMIT, END, ROLLBACK, RELEASE
  savepoint,    // SAVEPOINT
  outside,      // PRAGMA, VACUUM, ATTACH, DETACH: some only work outside of a transaction
};

/// The kind of the statement at the beginning of `sql`, behind white space, comments and semicolons.
StatementKind statement_kind(std::string_view sql) noexcept;

/// Whether a transaction that was put off must begin before the statement runs.
/// @param read_only  as sqlite3_stmt_readonly says
bool begins_transaction(StatementKind kind, bool read_only) noexcept;

/// Whether running the statement gives a count of rows.
bool counts_rows(StatementKind kind, bool read_only) noexcept;

}  // namespace psa::sqlite
