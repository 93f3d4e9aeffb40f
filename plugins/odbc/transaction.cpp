// SPDX-License-Identifier: Apache-2.0
#include "transaction.hpp"

#include <string>
#include <utility>

#include <sql.h>
#include <sqlext.h>

#include <psa/sdk/driver_error.hpp>

#include "connection.hpp"

namespace psa::odbc {
namespace {

DriverError not_supported(const char* what) { return {PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED, what}; }

// 0: the session's own.
uint32_t odbc_isolation(uint32_t isolation, const Facts& facts) {
  switch (isolation) {
    case PSA_ISOLATION_READ_UNCOMMITTED:
      return SQL_TXN_READ_UNCOMMITTED;
    case PSA_ISOLATION_READ_COMMITTED:
      return SQL_TXN_READ_COMMITTED;
    case PSA_ISOLATION_REPEATABLE_READ:
      return SQL_TXN_REPEATABLE_READ;
    case PSA_ISOLATION_SNAPSHOT:
      return facts.dbms->snapshot;
    case PSA_ISOLATION_SERIALIZABLE:
      return SQL_TXN_SERIALIZABLE;
    default:
      return 0;
  }
}

void check(const psa_begin& begin, const Facts& facts) {
  if (!facts.has_transactions) throw not_supported("this database has no transactions");
  if (begin.isolation != PSA_ISOLATION_DEFAULT) {
    const uint32_t level = odbc_isolation(begin.isolation, facts);
    if (level == 0 || (facts.isolation_levels & level) == 0)
      throw not_supported("the ODBC driver does not offer this isolation level");
  }
  if ((begin.flags & PSA_BEGIN_READ_ONLY) != 0 && facts.dbms->read_only == nullptr)
    throw not_supported("no way is known to make a transaction of this database read only");
  if ((begin.flags & PSA_BEGIN_DEFERRABLE) != 0 && facts.dbms->deferrable == nullptr)
    throw not_supported("this database has no deferrable transactions");
}

// In the database's quotes, doubled inside.
std::string quoted_identifier(std::string_view name, char quote) {
  if (name.empty() || name.find('\0') != std::string_view::npos)
    throw invalid_argument("a savepoint needs a name without NUL characters");
  const char close = quote == '[' ? ']' : quote;
  std::string out(1, quote);
  for (const char c : name) {
    out += c;
    if (c == close) out += c;
  }
  return out + close;
}

}  // namespace

uint32_t Transaction::state() const noexcept { return deferred_ ? PSA_TRANSACTION_DEFERRED : state_; }

void Transaction::begin(const psa_begin& begin) {
  if (is_open() || deferred_) throw invalid_state("a transaction is open already");
  check(begin, connection_.facts());
  if ((begin.flags & PSA_BEGIN_LAZY) != 0)
    deferred_ = begin;
  else
    start(begin);
}

void Transaction::start(const psa_begin& begin) {
  const Facts& facts = connection_.facts();
  const uint32_t level = odbc_isolation(begin.isolation, facts);
  if (level != 0 && level != facts.usual_isolation) {
    connection_.set_attribute(SQL_ATTR_TXN_ISOLATION, level);
    resets_isolation_ = facts.usual_isolation != 0;
  }
  connection_.set_attribute(SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_OFF);
  state_ = PSA_TRANSACTION_OPEN;
  try {
    const bool read_only = (begin.flags & PSA_BEGIN_READ_ONLY) != 0;
    const bool deferrable = (begin.flags & PSA_BEGIN_DEFERRABLE) != 0;
    // psqlODBC sets a savepoint before a second statement, and behind one PostgreSQL sets no modes.
    if (read_only && deferrable)
      connection_.run((std::string(facts.dbms->read_only) + ", DEFERRABLE").c_str());
    else if (read_only)
      connection_.run(facts.dbms->read_only);
    else if (deferrable)
      connection_.run(facts.dbms->deferrable);
  } catch (...) {
    leave();
    throw;
  }
}

void Transaction::before_statement() {
  if (state_ == PSA_TRANSACTION_FAILED)
    throw invalid_state("the database has rolled this transaction back because of an earlier error")
        .with_hint("roll it back here as well, and run it again");
  if (deferred_) start(*std::exchange(deferred_, std::nullopt));
}

bool Transaction::takes_over(StatementKind kind) const noexcept {
  if (!connection_.facts().has_transactions) return false;
  if (kind == StatementKind::begins) return state() == PSA_TRANSACTION_NONE;
  return kind == StatementKind::ends && (is_open() || deferred_);
}

void Transaction::after_statement(StatementKind kind) noexcept {
  if (kind == StatementKind::begins_specially && state_ == PSA_TRANSACTION_NONE)
    state_ = PSA_TRANSACTION_UNKNOWN;
  if (kind == StatementKind::ends && state_ == PSA_TRANSACTION_UNKNOWN) state_ = PSA_TRANSACTION_NONE;
}

void Transaction::fail() noexcept {
  if (state_ == PSA_TRANSACTION_OPEN) state_ = PSA_TRANSACTION_FAILED;
}

void Transaction::end(int16_t how) {
  const bool by_sql = state_ == PSA_TRANSACTION_UNKNOWN;
  if (by_sql) {
    state_ = PSA_TRANSACTION_NONE;
    return connection_.run(how == SQL_COMMIT ? "COMMIT" : "ROLLBACK");
  }
  try {
    connection_.end_transaction(how);
  } catch (...) {
    // What a failed commit leaves differs by database; this way nothing is left.
    if (how == SQL_COMMIT && connection_.is_usable())
      SQLEndTran(SQL_HANDLE_DBC, connection_.session(), SQL_ROLLBACK);
    leave();
    throw;
  }
  leave();
}

// Back to statements that commit themselves.
void Transaction::leave() noexcept {
  state_ = PSA_TRANSACTION_NONE;
  try {
    connection_.set_attribute(SQL_ATTR_AUTOCOMMIT, SQL_AUTOCOMMIT_ON);
    if (std::exchange(resets_isolation_, false))
      connection_.set_attribute(SQL_ATTR_TXN_ISOLATION, connection_.facts().usual_isolation);
  } catch (const DriverError&) {
    // Noted by the connection, which is lost if this fails.
  }
}

void Transaction::commit() {
  if (std::exchange(deferred_, std::nullopt) || state_ == PSA_TRANSACTION_NONE) return;
  if (state_ == PSA_TRANSACTION_FAILED) {
    end(SQL_ROLLBACK);
    throw DriverError(PSA_ERROR, PSA_CATEGORY_OPERATIONAL,
                      "the transaction was rolled back: it had failed because of an earlier error")
        .with_flags(PSA_ERROR_RETRYABLE)
        .with_hint("run the transaction again");
  }
  end(SQL_COMMIT);
}

void Transaction::rollback() {
  if (std::exchange(deferred_, std::nullopt) || state_ == PSA_TRANSACTION_NONE) return;
  end(SQL_ROLLBACK);
}

void Transaction::savepoint(uint32_t action, std::string_view name) {
  const Dbms& dbms = *connection_.facts().dbms;
  if (dbms.savepoint == nullptr) throw not_supported("no savepoints of this database are known");
  if (deferred_) start(*std::exchange(deferred_, std::nullopt));
  const std::string quoted = quoted_identifier(name, connection_.facts().identifier_quote);
  switch (action) {
    case PSA_SAVEPOINT_SET:
      before_statement();
      return connection_.run(dbms.savepoint + quoted);
    case PSA_SAVEPOINT_RELEASE:
      if (*dbms.release_savepoint != '\0') connection_.run(dbms.release_savepoint + quoted);
      return;
    case PSA_SAVEPOINT_ROLLBACK_TO:
      return connection_.run(dbms.rollback_to_savepoint + quoted);
    default:
      throw invalid_argument("unknown savepoint action");
  }
}

}  // namespace psa::odbc
