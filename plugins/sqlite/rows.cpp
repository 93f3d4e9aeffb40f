// SPDX-License-Identifier: Apache-2.0
#include "rows.hpp"

#include <algorithm>
#include <utility>

#include <psa/sdk/fetch_limits.hpp>

#include "connection.hpp"
#include "statement.hpp"

namespace psa::sqlite {
namespace {

// Arrow's 32-bit offsets must hold a batch's text, of which the last value may be as long as SQLite allows.
constexpr int64_t most_bytes = INT64_C(1) << 30;
constexpr int64_t most_rows = INT64_C(1) << 24;

}  // namespace

std::unique_ptr<Result> Result::finished(std::shared_ptr<Statement> statement, uint32_t kind,
                                         int64_t rows_affected) {
  auto result = std::make_unique<Result>(std::move(statement), false);
  result->columns_ = nullptr;
  result->open_ = false;
  result->kind_ = kind;
  result->rows_affected_ = rows_affected;
  return result;
}

Result::Result(std::shared_ptr<Statement> statement, bool is_insert)
    : statement_(std::move(statement)),
      columns_(statement_->columns()),
      kind_(PSA_RESULT_ROWS),
      is_insert_(is_insert),
      open_(true) {}

Result::~Result() {
  if (!open_) return;
  const Connection::NoWaiting no_waiting(statement_->connection());
  end();
}

void Result::complete() noexcept {
  rows_affected_ = statement_->changes();
  if (is_insert_ && rows_affected_ > 0)
    insert_id_ = sqlite3_last_insert_rowid(sqlite3_db_handle(statement_->handle()));
  open_ = false;
  statement_->close_result();
}

void Result::end() noexcept {
  if (!open_) return;
  open_ = false;
  statement_->rows().finish();
  statement_->close_result();
}

void Result::cut_off() noexcept {
  cut_off_ = open_;
  end();
}

void Result::info(psa_result_info& out) const noexcept {
  out.kind = kind_;
  out.flags = (open_ || late_error_ ? 0 : PSA_RESULT_FINISHED) | (insert_id_ ? PSA_RESULT_HAS_INSERT_ID : 0);
  out.rows_affected = rows_affected_;
  out.last_insert_id = insert_id_.value_or(0);
  out.column_count = columns_ == nullptr ? 0 : static_cast<int64_t>(columns_->names.size());
}

ArrowSchema Result::schema() const {
  statement_->connection().database();
  return columns_ == nullptr ? make_schema({}) : columns_->schema();
}

DriverError Result::undecodable(int column) const {
  const std::string& name = columns_->names[static_cast<size_t>(column)];
  DriverError error(PSA_ERROR, PSA_CATEGORY_OPERATIONAL, "Could not decode to UTF-8 column '" + name + "'");
  error.with_hint("the file holds text that is no UTF-8; read it as a blob: CAST(" + name + " AS BLOB)");
  error.column = name;
  return error;
}

// Reads rows and steps ahead. Returns SQLITE_ROW, SQLITE_DONE, or SQLITE_ERROR with late_error_ set.
int Result::collect(const psa_fetch& fetch) {
  RowBatch& rows = statement_->rows();
  sqlite3_stmt* handle = statement_->handle();
  const int64_t max_rows = std::min(fetch.max_rows, most_rows);
  const int64_t max_bytes = std::min(fetch.max_bytes, most_bytes);
  int code;
  do {
    if (const int column = rows.append(handle); column >= 0) {
      late_error_ = undecodable(column);
      return SQLITE_ERROR;
    }
    code = sqlite3_step(handle);
  } while (code == SQLITE_ROW && rows.rows() < max_rows && rows.bytes() < max_bytes);
  if (code == SQLITE_ROW || code == SQLITE_DONE) return code;
  try {
    statement_->connection().fail(code);
  } catch (DriverError& error) {
    // A stopped operation has to say so at once.
    if (error.status == PSA_CANCELLED || error.status == PSA_DEADLINE) throw;
    late_error_ = std::move(error);
  }
  return SQLITE_ERROR;
}

void Result::next(const psa_fetch& fetch, psa_batch& out, int64_t deadline) {
  check_limits(fetch);
  if (late_error_) throw *std::exchange(late_error_, std::nullopt);
  if (!open_) {
    statement_->connection().database();
    if (std::exchange(cut_off_, false))
      throw invalid_state("the result has unread rows, but its connection was reset")
          .with_hint("read a result to its end before the connection goes back to the pool");
    out.schema = {};
    out.array = {};
    out.flags = PSA_BATCH_LAST;
    return;
  }
  try {
    const auto running = statement_->connection().operation()->begin(deadline);
    RowBatch& rows = statement_->rows();
    const int code = collect(fetch);
    if (rows.rows() == 0) throw *std::exchange(late_error_, std::nullopt);
    psa_batch batch = {};
    rows.hand_out(*columns_, batch);
    if (code == SQLITE_ROW) {
      rows.clear();
    } else {
      rows.finish();
      complete();
    }
    out.schema = batch.schema;
    out.array = batch.array;
    out.flags = code == SQLITE_DONE ? PSA_BATCH_LAST : 0;
  } catch (...) {
    end();
    throw;
  }
}

}  // namespace psa::sqlite
