// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include <psa/driver.h>

#include "statement_kind.hpp"

namespace psa::sqlite {

/// The transaction of one connection: begun now or with the first writing statement, and what SQLite did
/// with it. Its own functions throw the int of a failing sqlite3_step as TransactionFailure, so that the
/// connection, which knows of deadlines, makes the error.
struct TransactionFailure {
  int code;
};

/// Not thread-safe, as its connection.
class Transaction {
 public:
  /// Begins to serve an open database. @param begin  the SQL that begins a transaction
  void open(sqlite3* database, std::string begin);
  /// Lets go of the database's statements, before it is closed.
  void close() noexcept;

  /// @throws DriverError  PSA_NOT_SUPPORTED for an isolation that SQLite lacks, PSA_INVALID_STATE if one is
  ///                      open already; TransactionFailure
  void begin(const psa_begin& begin);
  void commit();
  void rollback();
  /// Takes `name` as it is; quotes it.
  void savepoint(uint32_t action, std::string_view name);

  /// Called before a statement runs: begins what was put off, refuses what would run outside of a
  /// transaction that the database has given up.
  void before(StatementKind kind, bool read_only) {
    if (deferred_ || lost_) [[unlikely]]
      before_in_special_state(kind, read_only);
  }
  /// Called after a statement of that kind has run.
  void after(StatementKind kind) {
    if (begun_ && kind == StatementKind::transaction) [[unlikely]]
      notice_end_by_sql();
  }
  /// Called after a statement has failed: some errors end the transaction.
  void after_failure() noexcept;

  /// PSA_TRANSACTION value.
  uint32_t state() const noexcept;

 private:
  enum Control { begin_statement, commit_statement, rollback_statement };

  bool is_open() const noexcept { return sqlite3_get_autocommit(database_) == 0; }
  void before_in_special_state(StatementKind kind, bool read_only);
  void notice_end_by_sql();
  void run(Control control);
  void run(const std::string& sql);
  bool pragma_is_set(const char* name);
  void set_pragma(const char* name, bool on);
  void end();

  sqlite3* database_ = nullptr;
  std::string begin_;
  std::array<sqlite3_stmt*, 3> statements_ = {};
  bool begun_ = false;     // by begin(), sent or not
  bool deferred_ = false;  // begun, but nothing has been sent
  bool lost_ = false;      // begun, and rolled back by the database itself
  bool resets_query_only_ = false;
  bool resets_read_uncommitted_ = false;
};

}  // namespace psa::sqlite
