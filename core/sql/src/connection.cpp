#include <algorithm>
#include <cctype>
#include <exception>
#include <utility>

#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/sql/connection.hpp>

#include "lease.hpp"
#include "pool.hpp"
#include "result_state.hpp"

namespace prefect_sqlalchemy {

IsolationLevel isolation_level(std::string_view name) {
  std::string wanted;
  for (const char c : name) {
    wanted += c == '_' ? ' ' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  if (wanted == "AUTOCOMMIT") return IsolationLevel::autocommit;
  if (wanted == "READ UNCOMMITTED") return IsolationLevel::read_uncommitted;
  if (wanted == "READ COMMITTED") return IsolationLevel::read_committed;
  if (wanted == "REPEATABLE READ") return IsolationLevel::repeatable_read;
  if (wanted == "SNAPSHOT") return IsolationLevel::snapshot;
  if (wanted == "SERIALIZABLE") return IsolationLevel::serializable;
  throw ArgumentError("there is no isolation level \"" + std::string(name) +
                      "\"; there are AUTOCOMMIT, READ UNCOMMITTED, READ COMMITTED, REPEATABLE READ, "
                      "SNAPSHOT, SERIALIZABLE");
}

Transaction::Transaction(std::shared_ptr<detail::Lease> lease, std::uint64_t id) noexcept
    : lease_(std::move(lease)), id_(id) {}

Transaction::Transaction(Transaction&&) noexcept = default;

Transaction& Transaction::operator=(Transaction&& other) noexcept {
  Transaction ended(std::move(*this));
  lease_ = std::move(other.lease_);
  id_ = other.id_;
  return *this;
}

Transaction::~Transaction() {
  try {
    rollback();
  } catch (const std::exception& error) {
    log::warning(std::string("a transaction could not be rolled back: ") + error.what());
  }
}

void Transaction::commit() {
  if (lease_ == nullptr) throw InvalidRequestError("this transaction has ended");
  lease_->commit(id_);
  lease_.reset();
}

void Transaction::rollback() {
  if (const auto lease = std::exchange(lease_, nullptr)) lease->rollback(id_);
}

void Transaction::detach() noexcept { lease_.reset(); }

bool Transaction::is_active() const noexcept {
  try {
    return lease_ != nullptr && lease_->active(id_);
  } catch (const Error&) {
    return true;  // in use by another thread
  }
}

Canceller::Canceller(std::shared_ptr<detail::CancelTarget> target) noexcept : target_(std::move(target)) {}

void Canceller::cancel() { target_->cancel(); }

Connection::Connection(std::shared_ptr<detail::Lease> lease) noexcept : lease_(std::move(lease)) {}
Connection::Connection(Connection&&) noexcept = default;

Connection& Connection::operator=(Connection&& other) noexcept {
  Connection closing(std::move(*this));
  lease_ = std::move(other.lease_);
  commit_unless_more_than_ = other.commit_unless_more_than_;
  return *this;
}

Connection::~Connection() {
  try {
    close();
  } catch (const std::exception& error) {
    log::error(std::string("a connection could not be closed in order: ") + error.what());
    if (OperationObserver* observer = OperationContext::current().observer) {
      observer->on_lost_error(std::current_exception());
    }
  }
}

detail::Lease& Connection::lease() const {
  if (lease_ == nullptr) throw InvalidRequestError("this connection is closed");
  return *lease_;
}

CursorResult Connection::execute(std::string_view operation, const Parameters& parameters,
                                 const ExecutionOptions& options) {
  return CursorResult(lease().execute(operation, &parameters, nullptr, options));
}

CursorResult Connection::execute_many(std::string_view operation, const ParameterRows& rows,
                                      const ExecutionOptions& options) {
  return CursorResult(lease().execute(operation, nullptr, rows.empty() ? nullptr : &rows, options));
}

CursorResult Connection::metadata(std::uint32_t kind, std::string_view schema, std::string_view table) {
  detail::PhysicalConnection& connection = lease().connection();
  const detail::ConnectionHold hold(connection);
  return CursorResult(connection.metadata(kind, schema, table));
}

std::int64_t Connection::ingest(std::string_view table, ArrowArrayStream* rows,
                                const IngestOptions& options) {
  return lease().ingest(table, rows, options);
}

Transaction Connection::begin(const BeginOptions& options) {
  const std::uint64_t id = lease().begin(options);
  return {lease_, id};
}

Transaction Connection::begin_nested() {
  const std::uint64_t id = lease().begin_nested();
  return {lease_, id};
}

void Connection::commit() { lease().commit(); }

void Connection::rollback() { lease().rollback(lease().transaction()); }

bool Connection::in_transaction() const { return lease().in_transaction(); }

Canceller Connection::canceller() const { return Canceller(lease().cancel_target()); }

void Connection::ping() {
  detail::PhysicalConnection& connection = lease().connection();
  const detail::ConnectionHold hold(connection);
  connection.ping();
}

void Connection::invalidate() { lease().connection().invalidate(); }

void Connection::commit_on_close() { commit_unless_more_than_ = std::uncaught_exceptions(); }

void Connection::close() {
  if (lease_ == nullptr) return;
  if (commit_unless_more_than_ >= 0 && std::uncaught_exceptions() <= commit_unless_more_than_) {
    try {
      commit();
    } catch (...) {
      std::exchange(lease_, nullptr)->close();
      throw;
    }
  }
  // Transactions may outlive the connection; the loan ends here all the same.
  const auto lease = std::exchange(lease_, nullptr);
  lease->close();
}

const std::string& Connection::drivername() const { return lease().pool().url().drivername; }

std::string Connection::client_version() const { return lease().connection().driver().client(); }

std::string Connection::quote_identifier(std::string_view name) const {
  const char open = static_cast<char>(lease().connection().lexical().identifier_quote);
  const char close = open == '[' ? ']' : open;
  std::string out(1, open);
  for (const char c : name) {
    out += c;
    if (c == close) out += c;
  }
  return out + close;
}

}  // namespace prefect_sqlalchemy
