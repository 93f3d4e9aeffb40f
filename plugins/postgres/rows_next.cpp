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

Task<> Result::next(const psa_fetch& fetch, psa_batch& out) {
  check_limits(fetch);
  if (late_error_) throw *std::exchange(late_error_, std::nullopt);
  Session& session = statement_->session();
  if (std::exchange(cut_off_, false))
    throw invalid_state("the result has unread rows, but its connection was reset or closed")
        .with_hint("read a result to its end before the connection goes back to the pool");
  if (!open_) {
    out.schema = {};
    out.array = {};
    out.flags = PSA_BATCH_LAST;
    co_return;
  }
  PGconn* const client = session.client();
  RowBatch& rows = *statement_->rows();
  const int64_t max_rows = std::min(fetch.max_rows, most_rows);
  const int64_t max_bytes = std::min(fetch.max_bytes, most_bytes);
  std::optional<DriverError> failure;
  bool ended = false;
  while (!ended && rows.rows() < max_rows && rows.bytes() < max_bytes) {
    if (pending_ == nullptr) {
      if (session.busy()) {
        session.read();
        if (session.busy()) {
          if (rows.rows() >= fetch.min_rows) break;
          co_await session.ready(PSA_WAIT_READ);
          session.read();
          continue;
        }
      }
      pending_.reset(PQgetResult(client));
    }
    if (pending_ == nullptr) {
      ended = true;
      break;
    }
    const ExecStatusType status = PQresultStatus(pending_.get());
    if (status == PGRES_SINGLE_TUPLE) {
      bool fits = true;
      try {
        fits = rows.append(pending_.get(), 0);
      } catch (DriverError& error) {
        failure = std::move(error);
        pending_.reset();
        ended = true;
        break;
      }
      if (!fits) break;  // it begins the next batch
      pending_.reset();
      if (rows.rows() % Session::rows_between_looks == 0 && rows.rows() >= fetch.min_rows &&
          session.has_worked_long())
        break;
      continue;
    }
    if (status == PGRES_FATAL_ERROR)
      failure = failed(pending_.get());
    else
      note_end(pending_.get());
    pending_.reset();
    ended = true;
  }
  if (!ended && pending_ == nullptr && !session.busy()) {
    // The end may have come with the last row; saying so spares the host a call.
    ResultHandle last(PQgetResult(client));
    if (last != nullptr && PQresultStatus(last.get()) == PGRES_SINGLE_TUPLE) {
      pending_ = std::move(last);
    } else {
      if (last != nullptr && PQresultStatus(last.get()) == PGRES_FATAL_ERROR)
        failure = failed(last.get());
      else if (last != nullptr)
        note_end(last.get());
      ended = true;
    }
  }
  if (ended) {
    open_ = false;
    if (failure) late_error_ = std::move(failure);
    if (several_ && late_error_) {
      co_await session.finish(false);
      streaming_ = false;
      statement_->connection().close_result();
    }
    if (!end_stream_now()) co_await end_stream();
    // Whoever stopped it wants to hear of that at once.
    if (late_error_ && (rows.rows() == 0 || late_error_->sqlstate == "57014")) {
      rows.finish();
      throw *std::exchange(late_error_, std::nullopt);
    }
  }
  out.schema = {};
  out.array = {};
  out.flags = 0;
  if (rows.rows() > 0)
    rows.hand_out(out, ended);
  else if (ended)
    rows.finish();
  if (ended && !late_error_) out.flags = PSA_BATCH_LAST;
}

}  // namespace psa::postgres
