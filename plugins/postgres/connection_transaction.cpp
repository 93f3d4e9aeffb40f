// SPDX-License-Identifier: Apache-2.0
//
// The transaction of a connection.
#include <utility>

#include <psa/sdk/text.hpp>

#include "connection.hpp"
#include "transaction.hpp"

namespace psa::postgres {

int Connection::transaction_status() const noexcept { return PQtransactionStatus(session_.client()); }

void Connection::note_transaction() noexcept {
  // One that is put off begins with what is sent now.
  in_transaction_ = transaction_status() != PQTRANS_IDLE || !deferred_begin_.empty();
}

std::string Connection::take_deferred_begin() { return std::exchange(deferred_begin_, {}); }

Task<> Connection::begin_now() {
  if (deferred_begin_.empty()) co_return;
  const std::string sql = take_deferred_begin();
  co_await session_.command(sql);
}

Task<> Connection::begin(const psa_begin& begin) {
  co_await enter();
  if (!deferred_begin_.empty() || transaction_status() != PQTRANS_IDLE)
    throw DriverError(PSA_INVALID_STATE, PSA_CATEGORY_OPERATIONAL,
                      "there is already a transaction in progress");
  std::string sql = begin_sql(begin);
  if ((begin.flags & PSA_BEGIN_LAZY) != 0) {
    deferred_begin_ = std::move(sql);
    co_return;
  }
  co_await session_.command(std::move(sql));
}

Task<> Connection::commit() {
  co_await enter();
  if (!deferred_begin_.empty() || transaction_status() == PQTRANS_IDLE) {
    deferred_begin_.clear();
    co_return;
  }
  const bool failed = transaction_status() == PQTRANS_INERROR;
  ResultHandle answer;
  try {
    answer = co_await session_.command(failed ? "ROLLBACK" : "COMMIT");
  } catch (DriverError& error) {
    if (!failed && session_.broken()) error.flags |= PSA_ERROR_MAYBE_APPLIED;
    throw;
  }
  if (failed || std::string_view(PQcmdStatus(answer.get())) == "ROLLBACK") {
    DriverError error(
        PSA_ERROR, PSA_CATEGORY_INTERNAL,
        "the transaction was rolled back instead of committed, because a statement in it had failed");
    error.sqlstate = "25P02";
    throw error;
  }
}

Task<> Connection::rollback() {
  co_await enter();
  deferred_begin_.clear();
  if (transaction_status() != PQTRANS_IDLE) co_await session_.command("ROLLBACK");
}

Task<> Connection::savepoint(uint32_t action, std::string_view name) {
  co_await enter();
  const std::string sql = savepoint_sql(action, name);
  co_await begin_now();
  co_await session_.command(sql);
}

}  // namespace psa::postgres
