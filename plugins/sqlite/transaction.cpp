// SPDX-License-Identifier: Apache-2.0
#include "transaction.hpp"

#include <utility>

#include <psa/sdk/driver_error.hpp>

namespace psa::sqlite {
namespace {

DriverError lost_error() {
  return DriverError(PSA_INVALID_STATE, PSA_CATEGORY_OPERATIONAL,
                     "SQLite has rolled this transaction back after an earlier error")
      .with_hint("roll back, and run the transaction again");
}

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + "\"";
}

}  // namespace

void Transaction::open(sqlite3* database, std::string begin) {
  database_ = database;
  begin_ = std::move(begin);
}

void Transaction::close() noexcept {
  for (sqlite3_stmt*& statement : statements_) sqlite3_finalize(std::exchange(statement, nullptr));
  database_ = nullptr;
  begun_ = deferred_ = lost_ = false;
}

void Transaction::begin(const psa_begin& begin) {
  if (begun_ || is_open())
    throw DriverError(PSA_INVALID_STATE, PSA_CATEGORY_OPERATIONAL,
                      "cannot start a transaction within a transaction");
  switch (begin.isolation) {
    case PSA_ISOLATION_DEFAULT:
    case PSA_ISOLATION_SERIALIZABLE:
    case PSA_ISOLATION_READ_UNCOMMITTED:
      break;
    default:
      throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED,
                        "SQLite knows the isolation levels SERIALIZABLE and READ UNCOMMITTED only");
  }
  if (begin.isolation != PSA_ISOLATION_DEFAULT) {
    const bool wanted = begin.isolation == PSA_ISOLATION_READ_UNCOMMITTED;
    if (pragma_is_set("read_uncommitted") != wanted) {
      set_pragma("read_uncommitted", wanted);
      // SERIALIZABLE is where every session starts: only a weaker level has to be taken back.
      resets_read_uncommitted_ = wanted;
    }
  }
  if ((begin.flags & PSA_BEGIN_READ_ONLY) != 0 && !pragma_is_set("query_only")) {
    set_pragma("query_only", true);
    resets_query_only_ = true;
  }
  deferred_ = (begin.flags & PSA_BEGIN_LAZY) != 0;
  begun_ = true;
  if (deferred_) return;
  try {
    run(begin_statement);
  } catch (...) {
    end();
    throw;
  }
}

void Transaction::commit() {
  if (lost_) throw lost_error();
  if (is_open()) run(commit_statement);
  end();
}

void Transaction::rollback() {
  if (is_open()) run(rollback_statement);
  end();
}

void Transaction::savepoint(uint32_t action, std::string_view name) {
  if (name.empty() || name.find('\0') != std::string_view::npos)
    throw invalid_argument("a savepoint needs a name without NUL characters");
  before(StatementKind::savepoint, true);
  switch (action) {
    case PSA_SAVEPOINT_SET:
      return run("SAVEPOINT " + quoted(name));
    case PSA_SAVEPOINT_RELEASE:
      return run("RELEASE SAVEPOINT " + quoted(name));
    case PSA_SAVEPOINT_ROLLBACK_TO:
      return run("ROLLBACK TO SAVEPOINT " + quoted(name));
    default:
      throw invalid_argument("unknown savepoint action");
  }
}

void Transaction::before_in_special_state(StatementKind kind, bool read_only) {
  if (lost_) throw lost_error();
  if (is_open()) {
    deferred_ = false;  // SQL began it
  } else if (begins_transaction(kind, read_only)) {
    run(begin_statement);
    deferred_ = false;
  }
}

void Transaction::notice_end_by_sql() {
  if (!deferred_ && !is_open()) end();
}

void Transaction::after_failure() noexcept {
  // Disk full, I/O errors, interrupted writes and ON CONFLICT ROLLBACK end a transaction. What follows must
  // not commit piece by piece behind the back of a program that believes it open.
  if (begun_ && !deferred_ && !is_open()) lost_ = true;
}

uint32_t Transaction::state() const noexcept {
  if (database_ == nullptr) return PSA_TRANSACTION_NONE;
  if (lost_) return PSA_TRANSACTION_FAILED;
  if (is_open()) return PSA_TRANSACTION_OPEN;
  return deferred_ ? PSA_TRANSACTION_DEFERRED : PSA_TRANSACTION_NONE;
}

void Transaction::end() {
  begun_ = deferred_ = lost_ = false;
  if (std::exchange(resets_query_only_, false)) set_pragma("query_only", false);
  if (std::exchange(resets_read_uncommitted_, false)) set_pragma("read_uncommitted", false);
}

void Transaction::run(Control control) {
  sqlite3_stmt*& statement = statements_[control];
  if (statement == nullptr) {
    const char* sql = control == begin_statement    ? begin_.c_str()
                      : control == commit_statement ? "COMMIT"
                                                    : "ROLLBACK";
    const int code = sqlite3_prepare_v2(database_, sql, -1, &statement, nullptr);
    if (code != SQLITE_OK) throw TransactionFailure{code};
  }
  const int code = sqlite3_step(statement);
  // Resetting says the same again, and keeps code and message for the one who makes the error.
  sqlite3_reset(statement);
  if (code != SQLITE_DONE) throw TransactionFailure{code};
}

void Transaction::run(const std::string& sql) {
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) throw TransactionFailure{code};
}

bool Transaction::pragma_is_set(const char* name) {
  sqlite3_stmt* statement = nullptr;
  const std::string sql = std::string("PRAGMA ") + name;
  int code = sqlite3_prepare_v2(database_, sql.c_str(), -1, &statement, nullptr);
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  const bool set = code == SQLITE_ROW && sqlite3_column_int(statement, 0) != 0;
  sqlite3_finalize(statement);
  if (code != SQLITE_ROW) throw TransactionFailure{code};
  return set;
}

void Transaction::set_pragma(const char* name, bool on) {
  run(std::string("PRAGMA ") + name + (on ? " = 1" : " = 0"));
}

}  // namespace psa::sqlite
