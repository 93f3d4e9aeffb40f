#pragma once

#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

#include <prefect_sqlalchemy/sql/connection.hpp>

#include "physical_connection.hpp"

namespace prefect_sqlalchemy::detail {

class Pool;

/// What a Canceller aims at: the connection, as long as it is lent to the one who asked for the canceller.
/// Threads: any.
class CancelTarget {
 public:
  explicit CancelTarget(std::shared_ptr<PhysicalConnection> connection)
      : connection_(std::move(connection)) {}
  void cancel() {
    const std::lock_guard lock(mutex_);
    if (connection_ != nullptr) connection_->cancel();
  }
  /// Waits for a cancel that is on its way, so that it cannot hit the connection's next user.
  void end() {
    const std::lock_guard lock(mutex_);
    connection_.reset();
  }

 private:
  std::mutex mutex_;
  std::shared_ptr<PhysicalConnection> connection_;
};

/// One loan of a connection: what Connection, Transaction and Canceller share. Gives it back at its end.
class Lease {
 public:
  Lease(std::shared_ptr<Pool> pool, std::shared_ptr<PhysicalConnection> connection, std::uint64_t pool_id,
        IsolationLevel isolation);
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease();

  PhysicalConnection& connection();
  const Pool& pool() const noexcept { return *pool_; }

  std::shared_ptr<ResultState> execute(std::string_view sql, const Parameters* parameters,
                                       const ParameterRows* rows, const ExecutionOptions& options);
  std::int64_t ingest(std::string_view table, ArrowArrayStream* rows, const IngestOptions& options);
  TransactionStack::Id begin(const BeginOptions& options);
  TransactionStack::Id begin_nested();
  void commit(TransactionStack::Id id);
  /// What is open, if anything. @throws InvalidRequestError  the database has ended it with an error
  void commit();
  void rollback(TransactionStack::Id id);
  bool active(TransactionStack::Id id);
  /// The outermost transaction of this lease; 0: none.
  TransactionStack::Id transaction();
  bool in_transaction();
  std::shared_ptr<CancelTarget> cancel_target();
  /// Ends everything and gives the connection back. Afterwards each call throws.
  void close();

 private:
  void begin_held(const BeginOptions& options);
  /// SQLAlchemy's autobegin, before a statement.
  void begin_by_itself_held();

  std::shared_ptr<Pool> pool_;
  std::shared_ptr<PhysicalConnection> connection_;
  std::uint64_t pool_id_;
  IsolationLevel isolation_;
  std::shared_ptr<CancelTarget> cancel_target_;
};

}  // namespace prefect_sqlalchemy::detail
