// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>

#include <psa/sdk/driver_error.hpp>

namespace psa {

/// Whether the operation that runs on a connection has to stop: cancelled, or out of time.
///
/// One object for each connection, shared by its cancel handles, which may outlive it. For clients whose
/// calls look in from time to time (a progress or busy handler, a wait loop). A cancel sets a flag of the
/// operation that runs at that moment and of no other: one that comes between two operations is lost, as
/// it must be.
///
/// Threads: cancel() from any thread at any time; all else on the thread of the running call.
class Operation {
 public:
  enum class Stop : uint8_t { no, cancelled, deadline };

  /// Marks the time during which cancels count.
  class Running {
   public:
    explicit Running(Operation& operation) noexcept : operation_(operation) {}
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    ~Running() { operation_.state_.store(State::idle, std::memory_order_release); }

   private:
    Operation& operation_;
  };

  /// Begins an operation; it ends with the returned object.
  /// @param deadline  nanoseconds of CLOCK_MONOTONIC, 0 for none
  /// @throws DriverError  PSA_DEADLINE if that has passed already
  [[nodiscard]] Running begin(int64_t deadline);

  /// Whether to stop now, and why. The answer stays once it is not `no`.
  Stop stop() noexcept;

  /// Waits for `nanoseconds`, or less when a cancel or the deadline comes. Returns stop().
  Stop wait(int64_t nanoseconds);

  /// Why stop() or wait() last said to stop, without looking at the clock.
  Stop stopped() const noexcept { return stopped_; }

  /// Asks the running operation to stop; nothing running is no error. Does not wait.
  void cancel() noexcept;

  /// The error for a stop: PSA_CANCELLED or PSA_DEADLINE.
  /// @param doing  what it was busy with, as in "while " + doing; may be empty
  static DriverError error(Stop stop, const std::string& doing);

 private:
  enum class State : uint8_t { idle, running, cancelled };

  std::atomic<State> state_{State::idle};
  Stop stopped_ = Stop::no;
  int64_t deadline_ = 0;
  std::mutex mutex_;
  std::condition_variable woken_;
};

/// Nanoseconds of CLOCK_MONOTONIC, as in psa_call.deadline.
int64_t monotonic_now() noexcept;

/// The earlier one of two such times, of which 0 is never.
constexpr int64_t earlier(int64_t a, int64_t b) noexcept { return a == 0 ? b : b == 0 || a < b ? a : b; }

/// What poll takes for a wait until such a time: milliseconds, rounded up so that it does not end before.
/// Without end (-1) for 0: a wait that has one costs the system a timer.
int poll_timeout(int64_t until) noexcept;

}  // namespace psa
