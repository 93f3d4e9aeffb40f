// SPDX-License-Identifier: Apache-2.0
#include "statement.hpp"

#include <climits>
#include <string>
#include <utility>

#include "bind.hpp"
#include "error.hpp"
#include "library.hpp"
#include "rows.hpp"

namespace psa::sqlite {
namespace {

bool is_blank(const char* text, const char* end) {
  for (; text != end; ++text)
    if (*text != ' ' && *text != '\n' && *text != '\t' && *text != '\r' && *text != ';') return false;
  return true;
}

}  // namespace

std::shared_ptr<Statement> Statement::prepare(Connection& connection, std::string_view sql, uint32_t flags,
                                              int64_t deadline) {
  connection.database();
  auto statement = std::make_shared<Statement>(connection.shared_from_this());
  const auto running = connection.operation()->begin(deadline);
  statement->compile(sql, flags);
  statement->kind_ = statement_kind(sql);
  statement->read_only_ = statement->handle_ == nullptr || sqlite3_stmt_readonly(statement->handle_) != 0;
  statement->counts_ = counts_rows(statement->kind_, statement->read_only_);
  connection.add(*statement);
  return statement;
}

Statement::Statement(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

Statement::~Statement() {
  if (detached_) return;
  const Connection::NoWaiting no_waiting(*connection_);
  sqlite3_finalize(handle_);
  connection_->remove(*this);
}

void Statement::compile(std::string_view sql, uint32_t flags) {
  if (const size_t at = sql.find('\0'); at != std::string_view::npos) {
    DriverError error(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING,
                      "the SQL text contains a NUL character");
    error.sql_offset = static_cast<int64_t>(at);
    throw error;
  }
  if (sql.size() > INT_MAX) throw make_error(SQLITE_TOOBIG, "the SQL text is too long");
  const char* begin = sql.data() == nullptr ? "" : sql.data();
  const char* end = begin + sql.size();
  const char* at = begin;
  const bool kept = (flags & PSA_PREPARE_ONCE) == 0;
  // Comments and semicolons in front compile to no statement.
  while (at != end && handle_ == nullptr) {
    text_begin_ = at - begin;
    const char* rest = end;
    const int code = compile_text(connection_->database(), at, end, kept, &handle_, &rest);
    if (code != SQLITE_OK) fail(code);
    at = rest;
  }
  refuse_more_than_one(at, end);
}

void Statement::refuse_more_than_one(const char* rest, const char* end) {
  while (!is_blank(rest, end)) {
    sqlite3_stmt* another = nullptr;
    const char* behind = end;
    const int code = compile_text(connection_->database(), rest, end, false, &another, &behind);
    sqlite3_finalize(another);
    // One that does not compile is still a second statement.
    if (code != SQLITE_OK || another != nullptr)
      throw DriverError(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING,
                        "You can only execute one statement at a time.")
          .with_hint("execute them one after the other, in a transaction if they belong together");
    rest = behind;
  }
}

std::unique_ptr<Result> Statement::execute(const psa_execute& execute, int64_t deadline) {
  if (detached_) throw invalid_state("the statement's connection is closed");
  if (result_ != nullptr)
    throw invalid_state("the statement's last result has unread rows")
        .with_hint("read them or release the result first");
  const auto running = connection_->operation()->begin(deadline);
  parameters_.open(execute);
  const auto wanted = static_cast<size_t>(handle_ == nullptr ? 0 : sqlite3_bind_parameter_count(handle_));
  if (wanted != parameters_.columns().size()) {
    throw DriverError(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING,
                      "Incorrect number of bindings supplied. The current statement uses " +
                          std::to_string(wanted) + ", and there are " +
                          std::to_string(parameters_.columns().size()) + " supplied.");
  }
  if (handle_ == nullptr) return Result::finished(shared_from_this(), PSA_RESULT_NONE, -1);
  try {
    connection_->transaction().before(kind_, read_only_);
    auto result = parameters_.rows() == 1 ? run_once() : run_for_each_row();
    connection_->transaction().after(kind_);
    return result;
  } catch (const TransactionFailure& failure) {
    connection_->fail(failure.code);
  }
}

std::unique_ptr<Result> Statement::run_once() {
  // A statement with rows stays open after this call, the host's buffers need not.
  bind_row(handle_, parameters_, 0, sqlite3_column_count(handle_) > 0 ? Keep::copied : Keep::borrowed);
  const int code = step();
  if (code != SQLITE_ROW && code != SQLITE_DONE) fail(code);
  const int columns = sqlite3_column_count(handle_);
  if (columns == 0) {
    const int64_t count = changes();
    close_result();
    auto result = Result::finished(shared_from_this(), counts_ ? PSA_RESULT_COUNT : PSA_RESULT_NONE, count);
    if (kind_ == StatementKind::insert && count > 0)
      result->set_insert_id(sqlite3_last_insert_rowid(connection_->database()));
    return result;
  }
  try {
    note_columns();
    rows_.start(static_cast<size_t>(columns));
    auto result = std::make_unique<Result>(shared_from_this(), kind_ == StatementKind::insert);
    result_ = result.get();
    if (code == SQLITE_DONE) result->complete();
    return result;
  } catch (...) {
    close_result();
    throw;
  }
}

std::unique_ptr<Result> Statement::run_for_each_row() {
  int64_t total = 0;
  for (int64_t row = 0; row < parameters_.rows(); ++row) {
    try {
      bind_row(handle_, parameters_, row, Keep::borrowed);
      int code;
      do {
        code = step();
      } while (code == SQLITE_ROW);
      if (code != SQLITE_DONE) fail(code);
    } catch (DriverError& error) {
      error.parameter_row = row;
      throw;
    }
    if (counts_) total += changes();
    sqlite3_reset(handle_);
  }
  return Result::finished(shared_from_this(), counts_ ? PSA_RESULT_COUNT : PSA_RESULT_NONE,
                          counts_ ? total : -1);
}

void Statement::note_columns() {
  // "SELECT *" has other columns after the table was altered; SQLite then compiles the statement anew.
  const int compiled = times_compiled_anew(handle_);
  if (compiled >= 0 && compiled == times_compiled_) return;
  times_compiled_ = compiled;
  columns_ = std::make_shared<const ResultColumns>(handle_);
}

int64_t Statement::changes() const noexcept {
  if (!counts_) return -1;
  return changed_rows(sqlite3_db_handle(handle_));
}

void Statement::fail(int code) {
  try {
    connection_->fail(code, text_begin_);
  } catch (...) {
    // The message had to be read first.
    if (handle_ != nullptr) sqlite3_reset(handle_);
    throw;
  }
}

void Statement::close_result() noexcept {
  result_ = nullptr;
  if (handle_ != nullptr) sqlite3_reset(handle_);
}

void Statement::end_result() noexcept {
  if (result_ != nullptr) result_->cut_off();
}

void Statement::detach() noexcept {
  end_result();
  sqlite3_finalize(std::exchange(handle_, nullptr));
  detached_ = true;
}

}  // namespace psa::sqlite
