#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>

#include <prefect_sqlalchemy/base/export.hpp>

namespace prefect_sqlalchemy {

/// One database operation that has ended.
struct OperationRecord {
  std::string_view statement;  ///< the text as the user wrote it, never with values
  std::string_view driver;     ///< as it was asked for, "sqlite+pysqlite"
  std::chrono::system_clock::time_point started;
  std::chrono::nanoseconds duration{0};  ///< spent in this library and the database, reading rows included
  std::int64_t rows = -1;                ///< read, or affected; -1 unknown
  std::string_view error;                ///< the database's message, empty if it went well
};

/// Hears of every database operation run while it is in place.
class OperationObserver {
 public:
  virtual ~OperationObserver() = default;
  /// Called on the thread that ran the operation, right after its end. Must not throw.
  virtual void on_operation(const OperationRecord& record) noexcept = 0;
  /// Something failed where no exception can leave (a commit in a destructor). Whoever runs the scope must
  /// let it fail with this error.
  virtual void on_lost_error(std::exception_ptr error) noexcept = 0;
};

/// What the surroundings of a call impose on each database operation in it: how a task's timeout reaches
/// the database, and how its run learns what it did. The one in place belongs to the thread.
class PREFECT_SQLALCHEMY_API OperationContext {
 public:
  using Deadline = std::optional<std::chrono::steady_clock::time_point>;

  Deadline deadline;                            ///< operations end with DeadlineError after it
  std::stop_token stop;                         ///< operations end with CancelledError when it is asked to
  OperationObserver* observer = nullptr;        ///< must outlive the context, unless kept_alive does that
  std::shared_ptr<const void> kept_alive = {};  ///< held by awaitable operations, which may outlive the scope

  /// The one in place on this thread; never null.
  static const OperationContext& current() noexcept;

  /// Puts a context in place until the end of the scope. It stands alone: what was in place before
  /// returns afterwards. Threads: begun and ended on the same thread.
  class PREFECT_SQLALCHEMY_API Scope {
   public:
    /// @param context  must outlive the scope
    explicit Scope(const OperationContext& context) noexcept;
    explicit Scope(OperationContext&&) = delete;
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope();

   private:
    const OperationContext* previous_;
  };
};

}  // namespace prefect_sqlalchemy
