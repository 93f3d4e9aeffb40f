// SPDX-License-Identifier: Apache-2.0
//
// Reading rows into batches.
#include <algorithm>
#include <utility>

#include <psa/sdk/fetch_limits.hpp>

#include "error.hpp"
#include "rows.hpp"
#include "statement.hpp"

namespace psa::postgres {
namespace {

// Arrow's 32-bit offsets must hold a batch's text, of which the last value may be a gigabyte.
constexpr int64_t most_bytes = INT64_C(1) << 30;
constexpr int64_t most_rows = INT64_C(1) << 24;

}  // namespace

// Most often the rows are here already: then nothing is begun that could wait.
Task<> Result::next(const psa_fetch& fetch, psa_batch& out) {
  check_limits(fetch);
  if (late_error_) throw *std::exchange(late_error_, std::nullopt);
  if (std::exchange(cut_off_, false))
    throw invalid_state("the result has unread rows, but its connection was reset or closed")
        .with_hint("read a result to its end before the connection goes back to the pool");
  out.schema = {};
  out.array = {};
  out.flags = PSA_BATCH_LAST;
  if (!open_) return {};
  const Collected collected = collect(fetch);
  if (collected == Collected::some || (collected == Collected::all && !several_ && end_stream_now())) {
    deliver(out);
    return {};
  }
  return next_by_waiting(fetch, out, collected);
}

Task<> Result::next_by_waiting(const psa_fetch& fetch, psa_batch& out, Collected collected) {
  Session& session = statement_->session();
  while (collected == Collected::too_few) {
    co_await session.ready(PSA_WAIT_READ);
    session.read();
    collected = collect(fetch);
  }
  if (collected == Collected::all) {
    if (several_ && late_error_) {
      co_await session.finish(false);
      streaming_ = false;
      statement_->connection().close_result();
    }
    co_await end_stream();
  }
  deliver(out);
}

Result::Collected Result::collect(const psa_fetch& fetch) {
  Session& session = statement_->session();
  RowBatch& rows = *statement_->rows();
  const int64_t max_rows = std::min(fetch.max_rows, most_rows);
  const int64_t max_bytes = std::min(fetch.max_bytes, most_bytes);
  while (rows.rows() < max_rows && rows.bytes() < max_bytes) {
    if (pending_ == nullptr) {
      if (session.busy()) {
        session.read();
        if (session.busy()) return rows.rows() < fetch.min_rows ? Collected::too_few : Collected::some;
      }
      pending_.reset(PQgetResult(session.client()));
    }
    if (PQresultStatus(pending_.get()) != PGRES_SINGLE_TUPLE) return end_rows(std::move(pending_));
    bool fits = true;
    try {
      fits = rows.append(pending_.get(), 0);
    } catch (DriverError& error) {
      late_error_ = std::move(error);
      return end_rows(nullptr);
    }
    if (!fits) return Collected::some;  // it begins the next batch
    pending_.reset();
    if (rows.rows() % Session::rows_between_looks == 0 && rows.rows() >= fetch.min_rows &&
        session.has_worked_long())
      return Collected::some;
  }
  if (pending_ != nullptr || session.busy()) return Collected::some;
  // The end may have come with the last row; saying so spares the host a call.
  pending_.reset(PQgetResult(session.client()));
  if (PQresultStatus(pending_.get()) == PGRES_SINGLE_TUPLE) return Collected::some;
  return end_rows(std::move(pending_));
}

Result::Collected Result::end_rows(ResultHandle last) {
  if (last != nullptr && PQresultStatus(last.get()) == PGRES_FATAL_ERROR)
    late_error_ = failed(last.get());
  else if (last != nullptr)
    note_end(last.get());
  pending_.reset();
  open_ = false;
  return Collected::all;
}

void Result::deliver(psa_batch& out) {
  RowBatch& rows = *statement_->rows();
  // Whoever stopped it wants to hear of that at once.
  if (late_error_ && (rows.rows() == 0 || late_error_->sqlstate == "57014")) {
    rows.finish();
    throw *std::exchange(late_error_, std::nullopt);
  }
  out.flags = !open_ && !late_error_ ? PSA_BATCH_LAST : 0;
  if (rows.rows() > 0) rows.hand_out(out);
  if (open_)
    rows.clear();
  else
    rows.finish();
}

}  // namespace psa::postgres
