// SPDX-License-Identifier: Apache-2.0
//
// A statement that runs for each row of a batch: by COPY, or as a pipeline.
#include <algorithm>
#include <charconv>

#include "copy_form.hpp"
#include "copy_in.hpp"
#include "error.hpp"
#include "rows.hpp"
#include "statement.hpp"

namespace psa::postgres {
Task<std::shared_ptr<Result>> Statement::run_as_copy() {
  const auto form = copy_form(sql_, parameter_types_);
  if (!form) co_return nullptr;
  Session& s = session();
  PGconn* const client = s.client();
  char* const escaped = PQescapeLiteral(client, form->table.data(), form->table.size());
  if (escaped == nullptr) co_return nullptr;
  const std::string relation = "to_regclass(" + std::string(escaped) + ")";
  PQfreemem(escaped);
  co_await connection_->begin_now();
  note_sending();
  if (PQtransactionStatus(client) == PQTRANS_INERROR) co_return nullptr;
  // Triggers of statements would run once instead of once for each row; rules, and that an identity column
  // takes no values, are nothing to COPY.
  const ResultHandle special =
      co_await s.command("SELECT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE tgrelid = " + relation +
                         " AND NOT tgisinternal AND tgtype & 1 = 0) OR EXISTS (SELECT FROM "
                         "pg_catalog.pg_rewrite WHERE ev_class = " +
                         relation + ")");
  if (*PQgetvalue(special.get(), 0, 0) != 'f') co_return nullptr;
  const bool inside = !connection_->autocommits();
  if (inside) co_await s.command("SAVEPOINT psa_bulk");
  std::optional<DriverError> failure;
  int64_t count = 0;
  try {
    count = co_await copy_batch(*connection_, form->target, parameter_types_, parameters_);
  } catch (const DriverError& error) {
    failure = error;
  }
  if (failure && (s.broken() || failure->sqlstate == "57014")) throw *failure;
  if (inside)
    co_await s.command(failure ? "ROLLBACK TO SAVEPOINT psa_bulk; RELEASE psa_bulk" : "RELEASE psa_bulk");
  if (failure) co_return nullptr;
  auto result = std::make_shared<Result>(shared_from_this());
  result->set_done_count(count);
  co_return result;
}

Task<std::shared_ptr<Result>> Statement::run_for_each_row() {
  Session& s = session();
  PGconn* const client = s.client();
  const int64_t rows = parameters_.rows();
  // A row that can't be sent must be found before any is.
  for (int64_t row = 0; row < rows; ++row) {
    if (row % Session::rows_between_looks == 0 && s.has_worked_long()) co_await s.pause();
    try {
      set_.set(parameters_, row, parameter_types_, connection_->catalog());
    } catch (DriverError& error) {
      error.parameter_row = row;
      throw;
    }
  }
  note_sending();
  const std::string begin = connection_->take_deferred_begin();
  int64_t received = begin.empty() ? 0 : -1;
  bool sent_ok = PQenterPipelineMode(client) != 0;
  if (!begin.empty())
    sent_ok =
        sent_ok && PQsendQueryParams(client, begin.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 0) != 0;
  constexpr int64_t window = 4000, flush_every = 500;
  int64_t sent = 0, total = 0;
  bool synced = false, counted = false;
  std::optional<DriverError> failure;
  while (received < rows || !failure) {
    while (sent_ok && sent < rows && sent - received < window && !failure) {
      set_.set(parameters_, sent, parameter_types_, connection_->catalog());
      sent_ok = PQsendQueryPrepared(client, name_.c_str(), set_.count(), set_.values(), set_.lengths(),
                                    set_.forms(), 1) != 0;
      ++sent;
      if (sent_ok && sent % flush_every == 0) sent_ok = PQsendFlushRequest(client) != 0;
      if (sent % 64 == 0 && PQflush(client) == 1) break;
    }
    if (sent_ok && !synced && (sent == rows || failure)) {
      sent_ok = PQpipelineSync(client) != 0;
      synced = true;
    }
    if (!sent_ok) s.fail_to_send();
    const int unsent = PQflush(client);
    s.read();
    bool ended = false;
    while (!s.busy() && !ended) {
      const ResultHandle next(PQgetResult(client));
      if (next == nullptr) {
        ++received;
        // Without a query in flight there is nothing that could be asked for.
        ended = received >= sent;
        if (s.broken() || PQstatus(client) == CONNECTION_BAD) break;
        continue;
      }
      switch (PQresultStatus(next.get())) {
        case PGRES_FATAL_ERROR:
          if (!failure) {
            failure = s.error_of(next.get(), sql_);
            failure->parameter_row = std::max<int64_t>(received, 0);
          }
          break;
        case PGRES_PIPELINE_SYNC:
          ended = true;
          break;
        default: {
          const std::string_view count = PQcmdTuples(next.get());
          int64_t number = 0;
          if (!count.empty() && received >= 0) {
            std::from_chars(count.data(), count.data() + count.size(), number);
            counted = true;
            total += number;
          }
          break;
        }
      }
      if (s.broken()) break;
    }
    if (s.broken() || PQstatus(client) == CONNECTION_BAD) {
      if (!failure) failure = connection_error(PQerrorMessage(client));
      failure->flags |= PSA_ERROR_CONNECTION_LOST;
      s.give_up();
      throw *failure;
    }
    if (failure || received >= rows) break;
    if (s.has_worked_long()) co_await s.pause();
    if (!s.busy() && sent < rows) continue;
    co_await s.ready(unsent == 1 ? PSA_WAIT_READ | PSA_WAIT_WRITE : PSA_WAIT_READ);
  }
  if (!synced && PQpipelineSync(client) == 0) s.fail_to_send();
  co_await s.flush();
  const auto late = co_await s.finish(true);
  if (failure) {
    if (must_prepare_again(*failure)) forget();
    throw *failure;
  }
  if (late) throw *late;
  auto result = std::make_shared<Result>(shared_from_this());
  result->set_done_count(counted ? total : -1);
  co_return result;
}

}  // namespace psa::postgres
