// SPDX-License-Identifier: Apache-2.0
#include "rows.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <psa/sdk/arrow_schema.hpp>

#include "error.hpp"
#include "statement.hpp"

namespace psa::postgres {
namespace {

// Arrow's 32-bit offsets must hold a batch's text, of which the last value may be a gigabyte.
constexpr int64_t most_bytes = INT64_C(1) << 30;
constexpr int64_t most_rows = INT64_C(1) << 24;

constexpr int64_t rows_between_looks = 1024;

}  // namespace

Result::~Result() {
  if (!streaming_) return;
  if (statement_->connection().open_result() == this) statement_->connection().abandon_result();
  if (RowBatch* rows = statement_->rows()) rows->finish();
}

Result* Result::hand_over(std::shared_ptr<Result> result) noexcept {
  Result* const raw = result.get();
  raw->self_ = std::move(result);
  return raw;
}

void Result::release() noexcept {
  if (streaming_) {
    // An operation in progress may hold it a little longer.
    if (statement_->connection().open_result() == this) statement_->connection().abandon_result();
  }
  const auto last = std::exchange(self_, nullptr);
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
  DriverError error = statement_->session().error_of(result, statement_->sql());
  statement_->note_lost(error);
  return error;
}

// The command is over: reads what closes it, and lets go of the connection.
Task<> Result::end_stream() {
  Session& session = statement_->session();
  if (several_) co_return;
  std::optional<DriverError> failure;
  if (!session.broken()) failure = co_await session.finish(pipelined_);
  open_ = streaming_ = false;
  if (statement_->connection().open_result() == this || !session.streaming() || self_ == nullptr)
    statement_->connection().close_result();
  if (failure && !late_error_) {
    statement_->note_lost(*failure);
    late_error_ = std::move(failure);
  }
}

Task<> Result::look_ahead() {
  if (PQresultStatus(pending_.get()) == PGRES_SINGLE_TUPLE) co_return;
  // TUPLES_OK: there are no rows at all.
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
      statement_->rows()->start();
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

Task<> Result::next_result(std::shared_ptr<Result> self) {
  Result& r = *self;
  if (r.late_error_) throw *std::exchange(r.late_error_, std::nullopt);
  Session& session = r.statement_->session();
  if (!r.streaming_ || session.client() == nullptr) {
    r.kind_ = PSA_RESULT_NONE;
    r.open_ = false;
    co_return;
  }
  if (!r.several_) {
    r.pending_.reset();
    co_await r.end_stream();
    r.kind_ = PSA_RESULT_NONE;
    if (r.late_error_) throw *std::exchange(r.late_error_, std::nullopt);
    co_return;
  }
  // Unread rows of the present one.
  while (r.open_) {
    const ResultHandle row = r.pending_ != nullptr ? std::move(r.pending_) : co_await session.result();
    if (row == nullptr || PQresultStatus(row.get()) != PGRES_SINGLE_TUPLE) r.open_ = false;
    if (row != nullptr && PQresultStatus(row.get()) == PGRES_FATAL_ERROR) {
      DriverError error = r.failed(row.get());
      co_await session.finish(false);
      r.streaming_ = false;
      r.statement_->connection().close_result();
      throw error;
    }
  }
  co_await r.move_on();
}

Task<> Result::next(std::shared_ptr<Result> self, const psa_fetch* fetch, psa_batch* out) {
  Result& r = *self;
  if (fetch->min_rows < 1 || fetch->max_rows < fetch->min_rows || fetch->max_bytes < 1)
    throw invalid_argument(
        "a fetch needs min_rows and max_bytes of 1 or more, and max_rows of min_rows or more");
  if (r.late_error_) throw *std::exchange(r.late_error_, std::nullopt);
  Session& session = r.statement_->session();
  if (std::exchange(r.cut_off_, false))
    throw invalid_state("the result has unread rows, but its connection was reset or closed")
        .with_hint("read a result to its end before the connection goes back to the pool");
  if (!r.open_) {
    out->schema = {};
    out->array = {};
    out->flags = PSA_BATCH_LAST;
    co_return;
  }
  PGconn* const client = session.client();
  RowBatch& rows = *r.statement_->rows();
  const int64_t max_rows = std::min(fetch->max_rows, most_rows);
  const int64_t max_bytes = std::min(fetch->max_bytes, most_bytes);
  std::optional<DriverError> failure;
  bool ended = false;
  while (!ended && rows.rows() < max_rows && rows.bytes() < max_bytes) {
    if (r.pending_ == nullptr) {
      if (session.busy()) {
        session.read();
        if (session.busy()) {
          if (rows.rows() >= fetch->min_rows) break;
          co_await session.ready(PSA_WAIT_READ);
          session.read();
          continue;
        }
      }
      r.pending_.reset(PQgetResult(client));
    }
    if (r.pending_ == nullptr) {
      ended = true;
      break;
    }
    const ExecStatusType status = PQresultStatus(r.pending_.get());
    if (status == PGRES_SINGLE_TUPLE) {
      bool fits = true;
      try {
        fits = rows.append(r.pending_.get(), 0);
      } catch (DriverError& error) {
        failure = std::move(error);
        r.pending_.reset();
        ended = true;
        break;
      }
      if (!fits) break;  // it begins the next batch
      r.pending_.reset();
      if (rows.rows() % rows_between_looks == 0 && rows.rows() >= fetch->min_rows &&
          session.has_worked_long())
        break;
      continue;
    }
    if (status == PGRES_FATAL_ERROR)
      failure = r.failed(r.pending_.get());
    else
      r.note_end(r.pending_.get());
    r.pending_.reset();
    ended = true;
  }
  if (!ended && r.pending_ == nullptr && !session.busy()) {
    // The end may have come with the last row; saying so spares the host a call.
    ResultHandle last(PQgetResult(client));
    if (last != nullptr && PQresultStatus(last.get()) == PGRES_SINGLE_TUPLE) {
      r.pending_ = std::move(last);
    } else {
      if (last != nullptr && PQresultStatus(last.get()) == PGRES_FATAL_ERROR)
        failure = r.failed(last.get());
      else if (last != nullptr)
        r.note_end(last.get());
      ended = true;
    }
  }
  if (ended) {
    r.open_ = false;
    if (failure) r.late_error_ = std::move(failure);
    if (r.several_ && r.late_error_) {
      co_await session.finish(false);
      r.streaming_ = false;
      r.statement_->connection().close_result();
    }
    co_await r.end_stream();
    // Whoever stopped it wants to hear of that at once.
    if (r.late_error_ && (rows.rows() == 0 || r.late_error_->sqlstate == "57014")) {
      rows.finish();
      throw *std::exchange(r.late_error_, std::nullopt);
    }
  }
  out->schema = {};
  out->array = {};
  out->flags = 0;
  if (rows.rows() > 0) {
    rows.hand_out(*out);
  }
  if (ended) {
    rows.finish();
    if (!r.late_error_) out->flags = PSA_BATCH_LAST;
  }
}

}  // namespace psa::postgres
