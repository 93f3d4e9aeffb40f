#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>

#include <prefect_sqlalchemy/sql/operation_context.hpp>

#include "active_run.hpp"
#include "deadline_timer.hpp"

namespace prefect::detail {

/// One attempt of a run: its stop token, its deadline, and what it imposes on database operations.
class RunAttempt {
 public:
  using Clock = std::chrono::steady_clock;

  explicit RunAttempt(std::shared_ptr<ActiveRun> run);
  RunAttempt(const RunAttempt&) = delete;
  RunAttempt& operator=(const RunAttempt&) = delete;

  ActiveRun& run() const noexcept { return *run_; }
  /// Asked to stop by the run's cancellation, and by whoever watches its timeout.
  std::stop_token stop_token() const { return context_.stop; }
  void request_stop() { stop_.request_stop(); }
  /// By its own timeout, if it has one.
  const std::optional<Clock::time_point>& deadline() const noexcept { return own_deadline_; }
  bool out_of_time() const { return own_deadline_ && Clock::now() >= *own_deadline_; }

  /// Watches the timeout from a thread of the process.
  class Timer {
   public:
    explicit Timer(const RunAttempt& attempt) {
      if (attempt.own_deadline_) entry_.emplace(*attempt.own_deadline_, attempt.stop_);
    }

   private:
    std::optional<DeadlineTimer::Entry> entry_;
  };

  /// Puts the run in place on this thread until the end of the scope.
  class Scope {
   public:
    explicit Scope(const RunAttempt& attempt)
        : outer_(ActiveRun::exchange_current(attempt.run_.get())), context_(attempt.context_) {}
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;
    ~Scope() { ActiveRun::exchange_current(outer_); }

   private:
    ActiveRun* const outer_;
    const prefect_sqlalchemy::OperationContext::Scope context_;
  };

 private:
  const std::shared_ptr<ActiveRun> run_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> link_;
  std::optional<Clock::time_point> own_deadline_;
  prefect_sqlalchemy::OperationContext context_;
};

}  // namespace prefect::detail
