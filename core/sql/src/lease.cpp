#include "lease.hpp"

#include <algorithm>
#include <utility>

#include <prefect_sqlalchemy/base/log.hpp>

#include "pool.hpp"
#include "result_state.hpp"

namespace prefect_sqlalchemy::detail {

Lease::Lease(std::shared_ptr<Pool> pool, std::shared_ptr<PhysicalConnection> connection,
             std::uint64_t pool_id, IsolationLevel isolation)
    : pool_(std::move(pool)), connection_(std::move(connection)), pool_id_(pool_id), isolation_(isolation) {}

Lease::~Lease() {
  if (connection_ == nullptr) return;
  try {
    close();
  } catch (const std::exception& error) {
    log::warning(std::string("a connection was not closed in order: ") + error.what());
  }
}

PhysicalConnection& Lease::connection() {
  if (connection_ == nullptr) throw InvalidRequestError("this connection is closed");
  return *connection_;
}

std::shared_ptr<ResultState> Lease::execute(std::string_view sql, const Parameters* parameters,
                                            const ParameterRows* rows, const ExecutionOptions& options) {
  PhysicalConnection& physical = connection();
  const ConnectionHold hold(physical);
  OperationContext::Deadline deadline;
  if (options.timeout.count() > 0) deadline = std::chrono::steady_clock::now() + options.timeout;

  begin_by_itself_held();
  std::shared_ptr<ResultState> result;
  try {
    result = physical.execute(sql, parameters, rows, deadline);
  } catch (const Error& error) {
    physical.notice_lost_transaction(words_of(error));
    throw;
  }
  if (options.buffered) result->buffer();
  return result;
}

std::int64_t Lease::ingest(std::string_view table, ArrowArrayStream* rows, const IngestOptions& options) {
  PhysicalConnection& physical = connection();
  const ConnectionHold hold(physical);
  begin_by_itself_held();
  std::uint32_t mode = PSA_INGEST_APPEND;
  if (options.mode == IngestOptions::Mode::create) mode = PSA_INGEST_CREATE;
  if (options.mode == IngestOptions::Mode::replace) mode = PSA_INGEST_REPLACE;
  try {
    return physical.ingest(mode, options.schema, table, rows);
  } catch (const Error& error) {
    physical.notice_lost_transaction(words_of(error));
    throw;
  }
}

void Lease::begin_by_itself_held() {
  TransactionStack& transactions = connection_->transactions();
  if (!transactions.empty() && connection_->state().transaction == PSA_TRANSACTION_NONE) {
    transactions.clear();  // ended by a statement of the user's
  }
  if (isolation_ != IsolationLevel::autocommit && transactions.outermost(this) == 0) {
    begin_held({.lazy = true});
  }
}

void Lease::begin_held(const BeginOptions& options) {
  BeginOptions chosen = options;
  if (chosen.isolation_level == IsolationLevel::database_default) chosen.isolation_level = isolation_;
  connection_->lost_transaction().clear();
  connection_->set_begin_options(chosen);
  connection_->transactions().begin(this);
}

TransactionStack::Id Lease::begin(const BeginOptions& options) {
  PhysicalConnection& physical = connection();
  const ConnectionHold hold(physical);
  if (physical.transactions().outermost(this) != 0) {
    throw InvalidRequestError(
        "this connection has begun a transaction already, perhaps by itself with its first statement; "
        "commit() or rollback() first, or use begin_nested() for a savepoint");
  }
  begin_held(options);
  return physical.transactions().outermost(this);
}

TransactionStack::Id Lease::begin_nested() {
  PhysicalConnection& physical = connection();
  const ConnectionHold hold(physical);
  if (physical.transactions().outermost(this) == 0) begin_held({.lazy = true});
  return physical.transactions().begin(this);
}

void Lease::commit(TransactionStack::Id id) {
  PhysicalConnection& physical = connection();
  const ConnectionHold hold(physical);
  if (!physical.lost_transaction().empty() && !physical.transactions().active(id)) {
    throw InvalidRequestError("the database rolled this transaction back when a statement in it failed: " +
                              std::exchange(physical.lost_transaction(), {}));
  }
  try {
    physical.transactions().commit(id);
  } catch (const DatabaseError&) {
    // Nothing was committed; what is left of the transaction is for rollback(), if anything is.
    if (physical.broken() || physical.state().transaction == PSA_TRANSACTION_NONE) {
      physical.transactions().clear();
    }
    throw;
  }
}

void Lease::rollback(TransactionStack::Id id) {
  if (connection_ == nullptr) return;
  const ConnectionHold hold(*connection_);
  connection_->lost_transaction().clear();
  if (connection_->broken()) {
    connection_->transactions().clear();
  } else {
    connection_->transactions().rollback(id);
  }
}

bool Lease::active(TransactionStack::Id id) {
  if (connection_ == nullptr) return false;
  const ConnectionHold hold(*connection_);
  return connection_->transactions().active(id);
}

void Lease::commit() {
  PhysicalConnection& physical = connection();
  const ConnectionHold hold(physical);
  const TransactionStack::Id open = physical.transactions().outermost(this);
  if (open != 0 || !physical.lost_transaction().empty()) commit(open);
}

std::shared_ptr<CancelTarget> Lease::cancel_target() {
  const ConnectionHold hold(connection());
  if (cancel_target_ == nullptr) cancel_target_ = std::make_shared<CancelTarget>(connection_);
  return cancel_target_;
}

TransactionStack::Id Lease::transaction() {
  PhysicalConnection& physical = connection();
  const ConnectionHold hold(physical);
  return physical.transactions().outermost(this);
}

bool Lease::in_transaction() {
  PhysicalConnection& physical = connection();
  const ConnectionHold hold(physical);
  const std::uint32_t known = physical.state().transaction;
  if (physical.transactions().outermost(this) != 0) return known != PSA_TRANSACTION_NONE;
  return !physical.shared() && (known == PSA_TRANSACTION_OPEN || known == PSA_TRANSACTION_FAILED);
}

void Lease::close() {
  if (connection_ == nullptr) return;
  bool usable = false;
  {
    const ConnectionHold hold(*connection_);
    if (connection_->shared()) {
      try {
        if (const auto open = connection_->transactions().outermost(this)) {
          connection_->transactions().rollback(open);
        }
      } catch (const Error& error) {
        log::warning(std::string("a transaction could not be rolled back: ") + error.what());
      }
    }
    usable = connection_->reset();
    connection_->lost_transaction().clear();
  }
  if (cancel_target_ != nullptr) cancel_target_->end();
  pool_->give_back(pool_id_, std::exchange(connection_, nullptr), usable);
}

}  // namespace prefect_sqlalchemy::detail
