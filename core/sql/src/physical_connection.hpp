#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <prefect_sqlalchemy/drivers/driver.hpp>
#include <prefect_sqlalchemy/sql/engine.hpp>
#include <prefect_sqlalchemy/sql/operation_context.hpp>

#include "async_context.hpp"
#include "async_operation.hpp"
#include "driver_error.hpp"
#include "hold_mutex.hpp"
#include "parameter_batch.hpp"
#include "statement_cache.hpp"
#include "transaction_stack.hpp"

namespace prefect_sqlalchemy::detail {

class PhysicalConnection;
class ResultState;

/// Onto a worker, if an awaitable operation runs here.
inline void leave_executor() {
  if (AsyncOperation* const operation = AsyncOperation::current()) operation->move_to_worker();
}

/// Holds a connection for one call, or several that belong together. Nests on one thread.
///
/// An ordinary connection has one user: finding it held by another thread or awaitable operation is that
/// user's mistake, and an InvalidRequestError. One that several leases share (a private database) is waited
/// for.
class ConnectionHold {
 public:
  explicit ConnectionHold(PhysicalConnection& connection);

 private:
  std::unique_lock<HoldMutex> lock_;
};

/// One call of the driver: its deadline, its error sink, and the stop token that cancels it.
class DriverCall {
 public:
  /// What to do where the thread's OperationContext has been told to stop already.
  enum class IfStopped : unsigned char {
    refuse,  ///< CancelledError
    begin,   ///< the driver is called, and cancelled until it ends
  };
  /// @param deadline  of the statement; that of the thread's OperationContext counts as well
  DriverCall(PhysicalConnection& connection, OperationContext::Deadline deadline,
             IfStopped if_stopped = IfStopped::refuse);
  DriverCall(const DriverCall&) = delete;
  DriverCall& operator=(const DriverCall&) = delete;
  ~DriverCall() { end_stopping(); }

  const psa_call* call() const noexcept { return &call_; }
  void* sink() noexcept { return &sink_; }
  /// Waits if `status` says that it is pending. @throws Error  if it is, or ends as, a failure
  void check(std::int32_t status, const FailedOperation& operation) {
    if (status != PSA_OK) check_failed(status, operation);
  }

 private:
  struct CancelOnStop {
    PhysicalConnection* connection;
    std::shared_ptr<AsyncOperation> operation;
    void operator()() const noexcept;
  };
  /// From here on a stop cancels the call. A driver that never blocks needs it while a call is pending only.
  void begin_stopping();
  void end_stopping() noexcept;
  void check_failed(std::int32_t status, const FailedOperation& operation);

  PhysicalConnection& connection_;
  const OperationContext& context_ = OperationContext::current();
  ErrorSink sink_;
  psa_call call_;
  std::optional<std::stop_callback<CancelOnStop>> on_stop_;
};

/// One session with a database, through its driver. The pool lends it; leases and results use it.
class PhysicalConnection : public std::enable_shared_from_this<PhysicalConnection>,
                           private TransactionDriver {
 public:
  /// Connects. @throws Error
  PhysicalConnection(const Driver& driver, const URL& url, const EngineOptions& options);
  PhysicalConnection(const PhysicalConnection&) = delete;
  PhysicalConnection& operator=(const PhysicalConnection&) = delete;
  /// Says goodbye, briefly, and releases.
  ~PhysicalConnection();

  const Driver& driver() const noexcept { return driver_; }
  const psa_driver& table() const noexcept { return driver_.table(); }
  bool shared() const noexcept { return shared_; }
  HoldMutex& mutex() noexcept { return *mutex_; }
  /// The same, for those who may outlive this; nullptr: it has one user, who needs no lock.
  std::shared_ptr<HoldMutex> shared_mutex() const noexcept { return shared_ ? mutex_ : nullptr; }
  /// Before a driver that can only block is used: no executor is to be blocked.
  void leave_executor() const {
    if (!nonblocking_) detail::leave_executor();
  }

  psa_connection_state state() const;
  bool broken() const { return invalid_ || (state().flags & PSA_STATE_BROKEN) != 0; }
  void invalidate() noexcept { invalid_ = true; }
  /// @throws Error
  void ping();
  /// Makes it ready for its next user. @return false: it cannot be used any more
  bool reset() noexcept;
  void cancel();

  /// Runs a statement; exactly one of `parameters` and `rows` is given, or none.
  /// The caller holds the connection.
  std::shared_ptr<ResultState> execute(std::string_view sql, const Parameters* parameters,
                                       const ParameterRows* rows, OperationContext::Deadline deadline);
  /// The catalogue, as psa_driver.metadata describes it. Empty texts: not given.
  std::shared_ptr<ResultState> metadata(std::uint32_t kind, std::string_view schema,
                                        std::string_view table_name);
  /// @return rows loaded
  std::int64_t ingest(std::uint32_t mode, std::string_view schema, std::string_view table_name,
                      ArrowArrayStream* rows);
  /// If a result is unread: into memory if somebody still has it, else away.
  void settle_open_result();
  /// Where the context has been told to stop, or its time is up, the unread result, which nobody will read,
  /// is ended by the driver: the server might have no end of rows to send.
  void stop_open_result() noexcept;
  /// As settle_open_result, before a rollback or a close, which a failure must not keep from happening.
  void settle_for_the_end() noexcept;
  /// Whether the result of that number is the unread one, and its handle not released.
  bool has_open(std::uint64_t number) const noexcept {
    return open_handle_ != nullptr && open_number_ == number;
  }
  void forget_open(std::uint64_t number) noexcept {
    if (open_number_ == number) open_handle_ = nullptr;
  }

  /// After a failure: if the database has ended the transaction with it, so it is here. Why is kept, so that
  /// a later commit does not look like success.
  void notice_lost_transaction(const std::string& why);
  std::string& lost_transaction() noexcept { return lost_transaction_; }
  TransactionStack& transactions() noexcept { return transactions_; }
  void set_begin_options(const BeginOptions& options) noexcept { begin_options_ = options; }
  psa_lexical lexical() const;

 private:
  friend class DriverCall;
  std::shared_ptr<ResultState> adopt(std::shared_ptr<PreparedStatement> statement, psa_result* handle,
                                     std::string_view sql, OperationContext::Deadline deadline,
                                     std::chrono::steady_clock::time_point started);
  std::shared_ptr<PreparedStatement> prepare(std::string_view sql, const Parameters* parameters,
                                             DriverCall& call);
  void prepare(PreparedStatement& statement, std::string_view sql,
               const std::vector<std::int64_t>& list_sizes, DriverCall& call);
  std::shared_ptr<ResultState> run(std::string_view sql, const Parameters* parameters,
                                   const ParameterRows* rows, OperationContext::Deadline deadline,
                                   std::chrono::steady_clock::time_point started);
  /// Waits for the end of a pending operation. @return its status
  std::int32_t finish(std::int32_t status) noexcept;
  FailedOperation failed(std::string_view sql = {}, const RenderedStatement* rendered = nullptr) const {
    return {driver_.name(), sql, rendered};
  }

  void begin() override;
  void commit() override;
  void rollback() override;
  void savepoint(std::uint32_t action, const std::string& name) override;
  bool in_transaction() override;

  const Driver& driver_;
  psa_connection* handle_ = nullptr;
  psa_cancel* cancel_ = nullptr;
  DescriptorSlot slot_;
  bool nonblocking_ = false;  // its calls may be pending
  bool shared_ = false;
  std::atomic<bool> invalid_ = false;
  const std::shared_ptr<HoldMutex> mutex_ = std::make_shared<HoldMutex>();
  psa_lexical known_lexical_{};
  StatementCache statements_;
  ParameterBatch batch_;
  // The unread result. Its handle is kept here too: its ResultState may be waiting for the lock to end.
  std::weak_ptr<ResultState> open_result_;
  psa_result* open_handle_ = nullptr;
  std::uint64_t open_number_ = 0;
  TransactionStack transactions_;
  BeginOptions begin_options_;
  std::string lost_transaction_;
};

inline ConnectionHold::ConnectionHold(PhysicalConnection& connection)
    : lock_((connection.leave_executor(), connection.mutex()), std::try_to_lock) {
  if (lock_.owns_lock()) return;
  if (!connection.shared()) {
    throw InvalidRequestError(
        "this connection is running another operation in another thread or coroutine; "
        "give each a connection of its own");
  }
  lock_.lock();
}

}  // namespace prefect_sqlalchemy::detail
