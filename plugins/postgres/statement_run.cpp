// SPDX-License-Identifier: Apache-2.0
//
// A statement that runs once, and several in one text.
#include <utility>

#include "error.hpp"
#include "rows.hpp"
#include "statement.hpp"

namespace psa::postgres {

bool Statement::send() {
  return PQsendQueryPrepared(session().client(), name_.c_str(), set_.count(), set_.values(), set_.lengths(),
                             set_.forms(), binary_ ? 1 : 0) != 0;
}

Task<> Statement::send_with_begin() {
  Session& s = session();
  PGconn* const client = s.client();
  const std::string begin = connection_->take_deferred_begin();
  if (PQenterPipelineMode(client) == 0 ||
      PQsendQueryParams(client, begin.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) == 0 || !send() ||
      PQpipelineSync(client) == 0)
    s.fail_to_send();
  co_await s.flush();
  std::optional<DriverError> failure;
  for (;;) {
    const ResultHandle answer = co_await s.result();
    if (answer == nullptr) break;
    if (PQresultStatus(answer.get()) == PGRES_FATAL_ERROR && !failure) failure = s.error_of(answer.get());
    if (s.broken()) break;
  }
  if (failure) {
    if (!s.broken()) co_await s.finish(true);
    throw *failure;
  }
}

Task<std::shared_ptr<Result>> Statement::run_once() {
  Session& s = session();
  PGconn* const client = s.client();
  for (int attempt = 0;; ++attempt) {
    set_.set(parameters_, 0, parameter_types_, connection_->catalog());
    note_sending();
    bool pipelined = connection_->has_deferred_begin();
    if (pipelined)
      co_await send_with_begin();
    else if (!send())
      s.fail_to_send();
    PQsetSingleRowMode(client);
    if (!pipelined && s.must_flush()) co_await s.flush();
    while (s.busy()) {
      co_await s.ready(PSA_WAIT_READ);
      s.read();
    }
    ResultHandle first(PQgetResult(client));
    const ExecStatusType status = PQresultStatus(first.get());
    if (first == nullptr || status == PGRES_FATAL_ERROR) {
      DriverError error =
          first == nullptr ? connection_error(PQerrorMessage(client)) : s.error_of(first.get(), sql_);
      if (!s.broken()) {
        const auto further = co_await s.finish(pipelined);
        if (s.broken()) error.flags |= PSA_ERROR_CONNECTION_LOST;
      }
      if (!s.broken() && must_prepare_again(error)) {
        forget();
        if (attempt == 0 && PQtransactionStatus(s.client()) == PQTRANS_IDLE) {
          co_await prepare_on_server();
          continue;
        }
      }
      throw error;
    }
    if (status == PGRES_COPY_IN || status == PGRES_COPY_OUT || status == PGRES_COPY_BOTH) {
      if (status == PGRES_COPY_IN) PQputCopyEnd(s.client(), "COPY needs a stream of data");
      char* row = nullptr;
      if (status == PGRES_COPY_OUT)
        while (s.busy() || PQgetCopyData(s.client(), &row, 1) != -1) {
          if (row != nullptr) PQfreemem(std::exchange(row, nullptr));
          if (PQstatus(s.client()) == CONNECTION_BAD) break;
          co_await s.ready(PSA_WAIT_READ);
          s.read();
        }
      co_await s.flush();
      const auto ignored = co_await s.finish(pipelined);
      refuse_copy();
    }
    auto result = std::make_shared<Result>(shared_from_this());
    const bool has_rows = status == PGRES_SINGLE_TUPLE || status == PGRES_TUPLES_OK;
    if (has_rows) {
      if (!rows_) set_columns(first.get(), binary_);
      result->open(std::move(first), pipelined);
      if (status == PGRES_TUPLES_OK) co_await result->look_ahead();
    } else {
      result->set_done(first.get());
      std::optional<DriverError> failure;
      if (!s.finish_now(pipelined, failure)) {
        auto further = co_await s.finish(pipelined);
        if (!failure) failure = std::move(further);
      }
      if (failure) throw *failure;
    }
    co_return result;
  }
}

void Statement::refuse_copy() const {
  throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED,
                    "COPY from or to the client is not a statement that can be executed")
      .with_hint("use ingest() to load rows, or a SELECT to read them");
}

Task<std::shared_ptr<Result>> Statement::run_several() {
  Session& s = session();
  PGconn* const client = s.client();
  co_await connection_->begin_now();
  note_sending();
  if (PQsendQuery(client, sql_.c_str()) == 0) s.fail_to_send();
  PQsetSingleRowMode(client);
  co_await s.flush();
  auto result = std::make_shared<Result>(shared_from_this());
  result->open_several();
  co_await result->move_on();
  co_return result;
}

}  // namespace psa::postgres
