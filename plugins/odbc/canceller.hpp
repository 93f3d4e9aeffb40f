// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <utility>

#include <sql.h>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/operation.hpp>

namespace psa::odbc {

/// Ends what runs on a connection, when the host asks or a deadline passes: SQLCancel from another thread.
///
/// One object for each connection, shared by its cancel handles and by the thread that watches deadlines. A
/// cancel reaches the statement that a call of the ODBC driver is aimed at, and is remembered for the rest of
/// the operation; between operations it is lost, as it must be.
///
/// Threads: cancel() from any; the rest on the thread of the running call.
class Canceller {
 public:
  using Stop = Operation::Stop;

  /// The time of one operation. Its end waits for cancels on their way.
  class Running {
   public:
    explicit Running(Canceller& canceller) noexcept : canceller_(canceller) {}
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { canceller_.end(); }

   private:
    Canceller& canceller_;
  };
  /// @param deadline  of CLOCK_MONOTONIC, 0 for none
  /// @throws DriverError  PSA_DEADLINE if it has passed
  [[nodiscard]] Running begin(int64_t deadline);

  /// The time of one call of the ODBC driver that SQLCancel can end.
  class Aimed {
   public:
    Aimed(Canceller& canceller, SQLHSTMT statement) noexcept : canceller_(canceller) {
      canceller_.aim(statement);
    }
    Aimed(const Aimed&) = delete;
    Aimed& operator=(const Aimed&) = delete;
    ~Aimed() { end(); }

    /// Waits for cancels on their way. @return whether SQLCancel of its statement met the call
    bool end() {
      if (std::exchange(is_aimed_, false)) canceller_.aim(nullptr);
      return canceller_.met_;
    }

   private:
    Canceller& canceller_;
    bool is_aimed_ = true;
  };

  /// What to do in place of SQLCancel, before the first operation that it may reach. May wait; must not
  /// throw.
  void set_kill(std::function<void()> kill) { kill_ = std::move(kill); }

  /// A statement that never runs, to call SQLCancel on in place of the one that does. Before the first
  /// operation that it may reach; the session's end frees it.
  void set_idle(SQLHSTMT statement) { idle_ = statement; }

  /// Asks the running operation to stop; nothing running is no error.
  void cancel() { stop(Stop::cancelled); }

  /// Why the operation has to stop, if so.
  Stop stopped() const noexcept { return stop_; }
  /// @throws DriverError  the operation has to stop
  void check();
  int64_t deadline() const noexcept { return deadline_; }

  /// Waits until `done` or until the operation has to stop. For what SQLCancel cannot end.
  template <class Done>
  Stop wait_until(Done done) {
    std::unique_lock lock(mutex_);
    while (!done() && stop_ == Stop::no) changed_.wait(lock);
    return stop_;
  }
  /// Wakes wait_until after what `done` looks at was changed by `change`.
  template <class Change>
  void wake(Change change) {
    const std::lock_guard lock(mutex_);
    change();
    changed_.notify_all();
  }

 private:
  friend class DeadlineWatch;

  void stop(Stop why);
  void end() noexcept;
  void aim(SQLHSTMT statement) noexcept;

  std::mutex mutex_;
  std::condition_variable changed_;
  bool running_ = false;
  bool cancelling_ = false;
  std::atomic<Stop> stop_ = Stop::no;
  int64_t deadline_ = 0;
  SQLHSTMT aim_ = nullptr;
  SQLHSTMT idle_ = nullptr;
  bool met_ = false;
  std::function<void()> kill_;
  std::chrono::steady_clock::time_point may_kill_at_;
};

}  // namespace psa::odbc
