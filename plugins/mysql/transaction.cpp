// SPDX-License-Identifier: Apache-2.0
#include "transaction.hpp"

#include <string>
#include <utility>

#include <psa/sdk/driver_error.hpp>

#include "connection.hpp"
#include "quoting.hpp"

namespace psa::mysql {
namespace {

const char* isolation_words(uint32_t isolation) {
  switch (isolation) {
    case PSA_ISOLATION_READ_UNCOMMITTED:
      return "READ UNCOMMITTED";
    case PSA_ISOLATION_READ_COMMITTED:
      return "READ COMMITTED";
    case PSA_ISOLATION_REPEATABLE_READ:
      return "REPEATABLE READ";
    case PSA_ISOLATION_SERIALIZABLE:
      return "SERIALIZABLE";
    default:
      return nullptr;
  }
}

void check(const psa_begin& begin) {
  if (begin.isolation != PSA_ISOLATION_DEFAULT && isolation_words(begin.isolation) == nullptr)
    throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED, "MySQL lacks this isolation level")
        .with_hint("REPEATABLE READ is its snapshot isolation");
  if ((begin.flags & ~(PSA_BEGIN_READ_ONLY | PSA_BEGIN_LAZY)) != 0)
    throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED, "MySQL has no deferrable transactions");
}

DriverError failed_transaction() {
  return invalid_state("the transaction was rolled back by the server because of a deadlock")
      .with_hint("roll it back here as well, and run it again");
}

}  // namespace

uint32_t Transaction::state() const noexcept {
  if (failed_) return PSA_TRANSACTION_FAILED;
  if (deferred_) return PSA_TRANSACTION_DEFERRED;
  return connection_.in_transaction() ? PSA_TRANSACTION_OPEN : PSA_TRANSACTION_NONE;
}

void Transaction::begin(const psa_begin& begin) {
  if (state() != PSA_TRANSACTION_NONE) throw invalid_state("a transaction is open already");
  check(begin);
  if ((begin.flags & PSA_BEGIN_LAZY) != 0)
    deferred_ = begin;
  else
    send_begin(begin);
}

void Transaction::send_begin(const psa_begin& begin) {
  if (const char* words = isolation_words(begin.isolation); words != nullptr)
    connection_.run(std::string("SET TRANSACTION ISOLATION LEVEL ") + words);
  connection_.run((begin.flags & PSA_BEGIN_READ_ONLY) != 0 ? "START TRANSACTION READ ONLY"
                                                           : "START TRANSACTION");
}

void Transaction::before_statement() {
  if (failed_) throw failed_transaction();
  if (deferred_) send_begin(*std::exchange(deferred_, std::nullopt));
}

void Transaction::commit() {
  if (std::exchange(deferred_, std::nullopt)) return;
  if (std::exchange(failed_, false)) {
    if (connection_.in_transaction()) connection_.run("ROLLBACK");
    throw DriverError(PSA_ERROR, PSA_CATEGORY_OPERATIONAL,
                      "the transaction was rolled back: it had failed because of a deadlock")
        .with_flags(PSA_ERROR_RETRYABLE)
        .with_hint("run the transaction again");
  }
  if (connection_.in_transaction()) connection_.run("COMMIT", Connection::IfLost::maybe_applied);
}

void Transaction::rollback() {
  deferred_.reset();
  failed_ = false;
  if (connection_.in_transaction()) connection_.run("ROLLBACK");
}

void Transaction::savepoint(uint32_t action, std::string_view name) {
  before_statement();
  const std::string quoted_name = quoted_identifier(name);
  switch (action) {
    case PSA_SAVEPOINT_SET:
      return connection_.run("SAVEPOINT " + quoted_name);
    case PSA_SAVEPOINT_RELEASE:
      return connection_.run("RELEASE SAVEPOINT " + quoted_name);
    case PSA_SAVEPOINT_ROLLBACK_TO:
      return connection_.run("ROLLBACK TO SAVEPOINT " + quoted_name);
    default:
      throw invalid_argument("unknown savepoint action");
  }
}

}  // namespace psa::mysql
