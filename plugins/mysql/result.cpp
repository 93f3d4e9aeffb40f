// SPDX-License-Identifier: Apache-2.0
#include "result.hpp"

#include <algorithm>
#include <utility>

#include <psa/sdk/fetch_limits.hpp>

#include "client_extras.hpp"
#include "error.hpp"

namespace psa::mysql {
namespace {

// Arrow's 32-bit offsets must hold a batch's text, of which the last value may be as long as a packet.
constexpr int64_t most_bytes = INT64_C(1) << 29;
constexpr int64_t most_rows = INT64_C(1) << 24;

}  // namespace

std::shared_ptr<Result> Result::finished(std::shared_ptr<Statement> statement, uint32_t kind,
                                         int64_t rows_affected, uint64_t insert_id) {
  auto result = std::make_shared<Result>(std::move(statement));
  result->kind_ = kind;
  result->rows_affected_ = rows_affected;
  result->insert_id_ = insert_id;
  return result;
}

std::shared_ptr<Result> Result::after_execute(std::shared_ptr<Statement> statement, const Cursor& cursor) {
  auto result = std::make_shared<Result>(std::move(statement));
  result->cursor_ = cursor;
  result->begin_current();
  return result;
}

Result::~Result() {
  if (!open_ && !more_) return;
  give_up();
}

void Result::begin_current() {
  more_ = cursor_.more_results();
  insert_id_ = 0;
  rows_affected_ = -1;
  if (cursor_.column_count() != 0) {
    kind_ = PSA_RESULT_ROWS;
    open_ = true;
    connection().open_result(*this);
    cursor_.start(statement_->rows());
    return;
  }
  const StatementKind kind = statement_->kind();
  const bool counts = counts_rows(kind);
  kind_ = counts ? PSA_RESULT_COUNT : PSA_RESULT_NONE;
  if (counts) rows_affected_ = cursor_.affected_rows();
  if (kind == StatementKind::insert) insert_id_ = cursor_.insert_id();
  if (more_)
    connection().open_result(*this);
  else
    connection().tell_warnings(kind, cursor_.warnings());
}

void Result::info(psa_result_info& out) const noexcept {
  out.kind = kind_;
  out.flags = (open_ || late_error_ ? 0 : PSA_RESULT_FINISHED) |
              (insert_id_ != 0 ? PSA_RESULT_HAS_INSERT_ID : 0) | (more_ ? PSA_RESULT_MORE : 0);
  out.rows_affected = rows_affected_;
  out.last_insert_id = static_cast<int64_t>(insert_id_);
  out.column_count = kind_ == PSA_RESULT_ROWS ? static_cast<int64_t>(statement_->rows().column_count()) : 0;
}

ArrowSchema Result::schema() const {
  connection().handle();
  return kind_ == PSA_RESULT_ROWS ? statement_->rows().schema() : make_schema({});
}

// The rows are read, or an error has ended them.
void Result::complete() noexcept {
  open_ = false;
  row_waits_ = false;
  statement_->rows().finish();
  cursor_.finish();
  more_ = !late_error_ && cursor_.more_results();
  if (statement_->kind() == StatementKind::insert) insert_id_ = cursor_.insert_id();
  if (more_) return;
  connection().close_result();
  if (!late_error_) connection().tell_warnings(statement_->kind(), cursor_.warnings());
}

void Result::give_up() noexcept {
  open_ = more_ = row_waits_ = false;
  statement_->rows().finish();
  statement_->rows().unbind();  // what is left is fetched to nowhere
  connection().abandon_result(std::exchange(cursor_, Cursor()));
}

void Result::cut_off() noexcept {
  cut_off_ = open_;
  give_up();
}

Result::Fetched Result::collect(const psa_fetch& limits) {
  RowBatch& rows = statement_->rows();
  const int64_t max_rows = std::min(limits.max_rows, most_rows);
  const int64_t max_bytes = std::min(limits.max_bytes, most_bytes);
  for (;;) {
    if (!std::exchange(row_waits_, false)) {
      const bool full = rows.rows() >= max_rows || rows.bytes() >= max_bytes;
      if ((full || rows.rows() >= limits.min_rows) && !has_buffered_data(connection().handle()))
        return Fetched::row;
      if (const Fetched fetched = cursor_.fetch(); fetched != Fetched::row) return fetched;
      // One more than asked for, where it is there already: a result that ends with its batch says so.
      if (full) {
        row_waits_ = true;
        return Fetched::row;
      }
    }
    cursor_.append(rows);
    if (rows.rows() % Connection::rows_between_looks != 0) continue;
    connection().look_at_clock();
    if (connection().waiter().stop() != Waiter::Stop::no) return Fetched::row;
  }
}

void Result::next(const psa_fetch& limits, psa_batch& out) {
  check_limits(limits);
  if (late_error_) throw *std::exchange(late_error_, std::nullopt);
  if (!open_) {
    connection().handle();
    if (std::exchange(cut_off_, false))
      throw invalid_state("the result has unread rows, but its connection was reset")
          .with_hint("read a result to its end before the connection goes back to the pool");
    out.schema = {};
    out.array = {};
    out.flags = PSA_BATCH_LAST;
    return;
  }
  connection().handle();
  RowBatch& rows = statement_->rows();
  Fetched fetched = Fetched::row;
  bool ended = false;  // by the server, so that nothing is left to read
  try {
    fetched = collect(limits);
    const bool stopped = fetched == Fetched::row && connection().waiter().stop() != Waiter::Stop::no;
    // The server may have sent megabytes of rows before its answer to the wish that it stops.
    if (stopped) fetched = connection().skip_rows(cursor_);
    if (stopped && fetched == Fetched::end) cursor_.drain();
    ended = fetched == Fetched::error || stopped;
    if (fetched == Fetched::error) statement_->fail(cursor_);
    if (stopped) throw stop_error(connection().waiter());
  } catch (DriverError& error) {
    // A stopped operation has to say so at once.
    if (rows.rows() == 0 || error.status == PSA_CANCELLED || error.status == PSA_DEADLINE) {
      end_failed(ended);
      throw;
    }
    late_error_ = std::move(error);
  }
  psa_batch batch = {};
  if (rows.rows() != 0) rows.hand_out(batch);
  if (late_error_)
    end_failed(ended);
  else if (fetched == Fetched::end)
    complete();
  else
    rows.clear();
  out.schema = batch.schema;
  out.array = batch.array;
  out.flags = !late_error_ && fetched == Fetched::end ? PSA_BATCH_LAST : 0;
}

void Result::end_failed(bool ended) noexcept {
  if (ended) cursor_.finish();
  give_up();
  if (ended) connection().close_result();
}

void Result::next_result() {
  connection().handle();
  late_error_.reset();
  if (open_) {
    if (connection().skip_rows(cursor_) == Fetched::error) {
      try {
        statement_->fail(cursor_);
      } catch (...) {
        end_failed(true);
        throw;
      }
    }
    complete();
  }
  kind_ = PSA_RESULT_NONE;
  rows_affected_ = -1;
  insert_id_ = 0;
  if (!more_) return;
  connection().close_result();
  const int code = cursor_.next_result();
  more_ = false;
  if (code > 0) statement_->fail(cursor_);
  if (code != 0) return;
  statement_->rows().start_anew();
  begin_current();
}

}  // namespace psa::mysql
