// SPDX-License-Identifier: Apache-2.0
#include "rows.hpp"

#include <charconv>
#include <utility>

#include <psa/sdk/arrow_schema.hpp>

#include "error.hpp"
#include "statement.hpp"

namespace psa::postgres {
Result::~Result() {
  if (!streaming_) return;
  if (statement_->connection().open_result() == this) statement_->connection().abandon_result();
  if (RowBatch* rows = statement_->rows()) rows->finish();
}

void Result::release() noexcept {
  if (streaming_) {
    // An operation in progress may hold it a little longer.
    if (statement_->connection().open_result() == this) statement_->connection().abandon_result();
  }
  HostHeld::release();
}

Session& Result::session() const noexcept { return statement_->session(); }

void Result::open(ResultHandle first, bool pipelined) {
  kind_ = PSA_RESULT_ROWS;
  open_ = streaming_ = true;
  pipelined_ = pipelined;
  pending_ = std::move(first);
  statement_->connection().set_open_result(this, pipelined);
}

void Result::open_several() {
  several_ = streaming_ = true;
  statement_->connection().set_open_result(this, false);
}

void Result::set_done(const PGresult* command) {
  kind_ = PSA_RESULT_NONE;
  rows_affected_ = -1;
  note_end(command);
  if (rows_affected_ >= 0) kind_ = PSA_RESULT_COUNT;
}

void Result::set_done_count(int64_t count) noexcept {
  kind_ = count < 0 ? PSA_RESULT_NONE : PSA_RESULT_COUNT;
  rows_affected_ = count;
}

void Result::note_end(const PGresult* command) {
  const std::string_view count = PQcmdTuples(const_cast<PGresult*>(command));
  int64_t number = 0;
  if (!count.empty() && std::from_chars(count.data(), count.data() + count.size(), number).ec == std::errc())
    rows_affected_ = number;
}

void Result::cut_off() noexcept {
  cut_off_ = open_;
  open_ = streaming_ = false;
  pending_.reset();
  if (RowBatch* rows = statement_->rows()) rows->finish();
}

void Result::info(psa_result_info& out) const noexcept {
  out.kind = kind_;
  out.flags = open_ || late_error_ ? 0 : PSA_RESULT_FINISHED;
  if (several_ && streaming_) out.flags |= PSA_RESULT_MORE;
  out.rows_affected = rows_affected_;
  out.last_insert_id = 0;
  const RowBatch* rows = statement_->rows();
  out.column_count =
      kind_ != PSA_RESULT_ROWS || rows == nullptr ? 0 : static_cast<int64_t>(rows->columns().size());
}

ArrowSchema Result::schema() const {
  if (statement_->session().client() == nullptr) throw invalid_state("the connection is closed");
  if (kind_ != PSA_RESULT_ROWS || statement_->rows() == nullptr) return make_schema({});
  return statement_->rows()->schema();
}

DriverError Result::failed(const PGresult* result) {
  return statement_->session().error_of(result, statement_->sql());
}

bool Result::end_stream_now() {
  if (several_) return true;
  Session& session = statement_->session();
  std::optional<DriverError> failure;
  const bool ended = session.broken() || session.finish_now(pipelined_, failure);
  if (failure && !late_error_) late_error_ = std::move(failure);
  if (ended) close_stream();
  return ended;
}

Task<> Result::end_stream() {
  if (end_stream_now()) co_return;
  std::optional<DriverError> failure = co_await statement_->session().finish(pipelined_);
  if (failure && !late_error_) late_error_ = std::move(failure);
  close_stream();
}

void Result::close_stream() noexcept {
  open_ = streaming_ = false;
  if (statement_->connection().open_result() == this || !statement_->session().streaming() || !is_held())
    statement_->connection().close_result();
}

Task<> Result::look_ahead() {
  note_end(pending_.get());
  pending_.reset();
  co_await end_stream();
  if (late_error_) throw *std::exchange(late_error_, std::nullopt);
}

// Several statements: takes results until one has rows or says what it did.
Task<> Result::move_on() {
  Session& session = statement_->session();
  kind_ = PSA_RESULT_NONE;
  rows_affected_ = -1;
  open_ = false;
  ResultHandle next = std::move(pending_);
  if (next == nullptr) next = co_await session.result();
  if (next == nullptr) {
    streaming_ = false;
    statement_->connection().close_result();
    co_return;
  }
  switch (PQresultStatus(next.get())) {
    case PGRES_FATAL_ERROR: {
      DriverError error = failed(next.get());
      if (!session.broken()) co_await session.finish(false);
      streaming_ = false;
      statement_->connection().close_result();
      throw error;
    }
    case PGRES_SINGLE_TUPLE:
    case PGRES_TUPLES_OK:
      kind_ = PSA_RESULT_ROWS;
      statement_->set_columns(next.get(), false);
      if (PQresultStatus(next.get()) == PGRES_TUPLES_OK) {
        note_end(next.get());
      } else {
        open_ = true;
        pending_ = std::move(next);
      }
      co_return;
    default:
      set_done(next.get());
      co_return;
  }
}

Task<> Result::next_result() {
  if (late_error_) throw *std::exchange(late_error_, std::nullopt);
  Session& session = statement_->session();
  if (!streaming_ || session.client() == nullptr) {
    kind_ = PSA_RESULT_NONE;
    open_ = false;
    co_return;
  }
  if (!several_) {
    pending_.reset();
    co_await end_stream();
    kind_ = PSA_RESULT_NONE;
    if (late_error_) throw *std::exchange(late_error_, std::nullopt);
    co_return;
  }
  // Unread rows of the present one.
  while (open_) {
    // Not in one expression: GCC 12 destroys what a conditional with co_await holds twice.
    ResultHandle row = std::move(pending_);
    if (row == nullptr) row = co_await session.result();
    if (row == nullptr || PQresultStatus(row.get()) != PGRES_SINGLE_TUPLE) open_ = false;
    if (row != nullptr && PQresultStatus(row.get()) == PGRES_FATAL_ERROR) {
      DriverError error = failed(row.get());
      co_await session.finish(false);
      streaming_ = false;
      statement_->connection().close_result();
      throw error;
    }
  }
  co_await move_on();
}

}  // namespace psa::postgres
