// SPDX-License-Identifier: Apache-2.0
#include "result.hpp"

#include <algorithm>
#include <utility>

#include <sqlext.h>

#include <psa/sdk/fetch_limits.hpp>

#include "connection.hpp"
#include "statement.hpp"

namespace psa::odbc {
namespace {

// Arrow's 32-bit offsets must hold a batch's text.
constexpr int64_t most_bytes = INT64_C(1) << 29;
constexpr int64_t most_rows = INT64_C(1) << 24;

}  // namespace

std::shared_ptr<Result> Result::finished(std::shared_ptr<Statement> statement, uint32_t kind,
                                         int64_t rows_affected) {
  auto result = std::make_shared<Result>(std::move(statement));
  result->kind_ = kind;
  result->rows_affected_ = rows_affected;
  return result;
}

std::shared_ptr<Result> Result::after_execute(std::shared_ptr<Statement> statement) {
  auto result = std::make_shared<Result>(std::move(statement));
  result->begin_current(result->statement_->keeps_plan());
  return result;
}

std::shared_ptr<Result> Result::of_batch(std::shared_ptr<Statement> statement, const ArrowSchema& schema,
                                         const ArrowArray& array) {
  auto result = std::make_shared<Result>(std::move(statement));
  result->kind_ = PSA_RESULT_ROWS;
  result->ready_ = psa_batch{PSA_INIT(psa_batch), 0, schema, array};
  result->ready_columns_ = schema.n_children;
  return result;
}

Result::~Result() {
  if (ready_) {
    if (ready_->schema.release != nullptr) ready_->schema.release(&ready_->schema);
    if (ready_->array.release != nullptr) ready_->array.release(&ready_->array);
  }
  if (open_ || waiting_) give_up();
}

void Result::begin_current(bool keeps_plan) {
  Connection& connection = statement_->connection();
  SQLHSTMT const handle = statement_->handle();
  RowBatch& rows = statement_->rows();
  const bool are_known = keeps_plan && rows.are_of_plan();
  SQLSMALLINT columns = 0;
  if (!are_known && !SQL_SUCCEEDED(SQLNumResultCols(handle, &columns)))
    connection.fail(SQL_HANDLE_STMT, handle);
  const bool counts = counts_rows(statement_->kind());
  SQLLEN count = -1;
  rows_affected_ = counts && SQL_SUCCEEDED(SQLRowCount(handle, &count)) ? std::max<int64_t>(count, -1) : -1;
  if (are_known || columns > 0) {
    kind_ = PSA_RESULT_ROWS;
    if (!are_known) rows.start(connection, handle, columns, keeps_plan);
    open_ = true;
    connection.open_result(*this);
    return;
  }
  kind_ = counts && rows_affected_ >= 0 ? PSA_RESULT_COUNT : PSA_RESULT_NONE;
  move_on();
}

// To the next result, if there is one; else the statement may run again.
void Result::move_on() {
  Connection& connection = statement_->connection();
  SQLHSTMT const handle = statement_->handle();
  waiting_ = false;
  connection.forget_result();
  if (!connection.facts().has_several_results) {
    SQLFreeStmt(handle, SQL_CLOSE);
    return;
  }
  const SQLRETURN code = connection.aimed(handle, [&] { return SQLMoreResults(handle); });
  if (code == SQL_SUCCESS_WITH_INFO) connection.tell_notices(handle);
  if (code == SQL_NO_DATA) return;
  if (SQL_SUCCEEDED(code)) {
    waiting_ = true;
    connection.open_result(*this);
  } else {
    late_error_ = connection.error_of(SQL_HANDLE_STMT, handle);
    SQLFreeStmt(handle, SQL_CLOSE);
  }
}

void Result::info(psa_result_info& out) const noexcept {
  out.kind = kind_;
  const bool unread = open_ || late_error_ || ready_;
  const bool may_have_more = waiting_ || (open_ && statement_->connection().facts().has_several_results);
  out.flags = (unread ? 0 : PSA_RESULT_FINISHED) | (may_have_more || late_error_ ? PSA_RESULT_MORE : 0);
  out.rows_affected = rows_affected_;
  out.last_insert_id = 0;
  out.column_count = kind_ != PSA_RESULT_ROWS ? 0
                     : ready_columns_ != 0    ? ready_columns_
                                              : static_cast<int64_t>(statement_->rows().column_count());
}

ArrowSchema Result::schema() const {
  statement_->connection().session();
  if (kind_ != PSA_RESULT_ROWS) return make_schema({});
  if (ready_columns_ == 0) return statement_->rows().schema();
  return statement_->make_ready_schema();
}

// The rows are read.
void Result::complete() {
  open_ = false;
  statement_->rows().finish();
  move_on();
}

void Result::give_up() noexcept {
  const bool writes = open_ && statement_->kind() != StatementKind::reads;
  open_ = waiting_ = false;
  statement_->rows().finish();
  statement_->connection().close_later(statement_->handle(), writes);
}

void Result::cut_off() noexcept {
  cut_off_ = open_;
  give_up();
}

// Reads blocks; whether the result has ended. An error behind rows is kept for the next call.
bool Result::collect(const psa_fetch& limits) {
  RowBatch& rows = statement_->rows();
  Connection& connection = statement_->connection();
  const int64_t max_rows = std::min(limits.max_rows, most_rows);
  const int64_t max_bytes = std::min(limits.max_bytes, most_bytes);
  for (;;) {
    const Fetched fetched = rows.fetch(connection, statement_->handle(), max_rows - rows.rows());
    if (fetched == Fetched::end) return true;
    if (fetched == Fetched::failed) late_error_ = connection.error_of(SQL_HANDLE_STMT, statement_->handle());
    rows.append();
    if (late_error_) return false;
    if (fetched == Fetched::last_rows) return true;
    if (rows.rows() >= max_rows || rows.bytes() >= max_bytes) return false;
    // The next block might be waited for.
    if (rows.rows() >= limits.min_rows && !rows.fetches_single_rows()) return false;
  }
}

void Result::next_ready(psa_batch& out) {
  statement_->connection().session();
  out.schema = ready_->schema;
  out.array = ready_->array;
  ready_.reset();
  if (out.array.length == 0) out.array.release(&out.array);  // no rows are no array
  out.flags = PSA_BATCH_LAST;
}

void Result::next(const psa_fetch& limits, psa_batch& out, int64_t deadline) {
  check_limits(limits);
  if (ready_) return next_ready(out);
  if (late_error_) throw *std::exchange(late_error_, std::nullopt);
  Connection& connection = statement_->connection();
  connection.session();
  if (!open_) {
    if (std::exchange(cut_off_, false))
      throw invalid_state("the result has unread rows, but its connection was reset")
          .with_hint("read a result to its end before the connection goes back to the pool");
    out.schema = {};
    out.array = {};
    out.flags = PSA_BATCH_LAST;
    return;
  }
  RowBatch& rows = statement_->rows();
  bool ended = false;
  try {
    const Connection::Running running(connection, deadline);
    try {
      ended = collect(limits);
    } catch (DriverError& error) {
      // A stopped operation has to say so at once.
      if (error.status == PSA_CANCELLED || error.status == PSA_DEADLINE) throw;
      late_error_ = std::move(error);
    }
    if (late_error_ &&
        (rows.rows() == 0 || late_error_->status == PSA_CANCELLED || late_error_->status == PSA_DEADLINE))
      throw *std::exchange(late_error_, std::nullopt);
    psa_batch batch{};
    if (rows.rows() != 0) rows.hand_out(batch);
    out.schema = batch.schema;
    out.array = batch.array;
    out.flags = 0;
    if (ended)
      complete();
    else if (late_error_)
      give_up();
    else
      rows.clear();
    if (ended && !late_error_) out.flags = PSA_BATCH_LAST;
  } catch (const DriverError& error) {
    if (error.status == PSA_CANCELLED || error.status == PSA_DEADLINE) statement_->spend();
    if (open_) give_up();
    throw;
  } catch (...) {
    if (open_) give_up();
    throw;
  }
}

void Result::next_result(int64_t deadline) {
  Connection& connection = statement_->connection();
  connection.session();
  if (late_error_) throw *std::exchange(late_error_, std::nullopt);
  const Connection::Running running(connection, deadline);
  // Unread rows are skipped.
  if (std::exchange(open_, false)) {
    statement_->rows().finish();
    move_on();
    if (late_error_) throw *std::exchange(late_error_, std::nullopt);
  }
  kind_ = PSA_RESULT_NONE;
  rows_affected_ = -1;
  if (!std::exchange(waiting_, false)) return;
  connection.forget_result();
  statement_->rows().forget_schema();
  begin_current(false);
}

}  // namespace psa::odbc
