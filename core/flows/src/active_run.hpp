#pragma once

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include <prefect_sqlalchemy/flows/run_context.hpp>
#include <prefect_sqlalchemy/flows/run_engine.hpp>
#include <prefect_sqlalchemy/flows/run_event.hpp>
#include <prefect_sqlalchemy/flows/run_sink.hpp>
#include <prefect_sqlalchemy/sql/operation_context.hpp>

#include "run_scope.hpp"
#include "termination.hpp"

namespace prefect::detail {

/// Database operations of one run that are recorded one by one; further ones are counted.
inline constexpr std::int64_t recorded_operations = 1000;

/// One flow run or task run from Pending to its final state.
/// Threads: executed by one; cancel(), state(), log() and info() by any.
class ActiveRun final : public prefect_sqlalchemy::OperationObserver,
                        public std::enable_shared_from_this<ActiveRun> {
 public:
  /// Records the run as Pending. @param parent  the run that calls it; may be nullptr
  /// @throws ArgumentError  it may be retried, but the body cannot be repeated
  static std::shared_ptr<ActiveRun> create(std::shared_ptr<const RunSpec> spec, const RecordedCall& body,
                                           ActiveRun* parent);
  /// The run that the calling thread is in, or nullptr.
  static ActiveRun* current() noexcept;
  /// Puts another in place. @return the one before
  static ActiveRun* exchange_current(ActiveRun* run) noexcept;

  ActiveRun(std::shared_ptr<const RunSpec> spec, const RecordedCall& body, ActiveRun* parent);

  /// Runs the body, with its retries, to a final state.
  /// @return the exception of the last attempt; nullptr when it returned
  std::exception_ptr execute(RunBody& body);

  /// What execute() is made of, for those who wait otherwise:
  ///     begin() -> [wait -> ask_again()] -> RunAttempt -> end() -> [wait] -> begin() ...
  /// With an authority these, and give_up(), block: asks() says so.
  struct Start {
    /// No attempt follows this one: arguments may be moved from.
    bool last = false;
    /// Ask again after that time; std::nullopt: decided.
    std::optional<std::chrono::milliseconds> ask_again_after = std::nullopt;
    /// Why there is no attempt: the run is over; nullptr: go on.
    std::exception_ptr error = nullptr;
  };
  struct Next {
    /// Run again after that time; std::nullopt: the run is over.
    std::optional<std::chrono::milliseconds> again_after;
    /// Of the last attempt; nullptr when it returned.
    std::exception_ptr error;
  };
  Start begin();
  Start ask_again();
  Next end(std::exception_ptr error, bool out_of_time, const RecordedCall& body);
  /// The run was asked to stop while it waited for a retry.
  void give_up();
  bool asked_to_stop() const { return cancel_source_.stop_requested(); }
  std::stop_token cancel_token() const { return cancel_source_.get_token(); }
  /// The run waits for a thread: others may name it as their input before it begins.
  void announce() const;
  /// Ends a run that has not begun. @return the exception for those who wait
  std::exception_ptr cancel_unstarted();
  /// Asks the run to stop.
  void cancel() { cancel_source_.request_stop(); }

  bool is_flow() const noexcept { return spec_->kind == RunKind::flow; }
  /// Whether a server decides about its states, so that it waits for answers.
  bool asks() const noexcept { return authority_ != nullptr; }
  /// The process was asked to end, and the run did not in time: it is told Crashed.
  void crash() noexcept;
  /// An outermost run has ended, and its record is where it belongs.
  void leave() { entry_.reset(); }

  /// A flow run, or a task run outside of flows.
  bool owns_scope() const noexcept { return is_flow() || !in_flow_; }
  bool outermost() const noexcept { return outermost_; }
  const std::string& id() const noexcept { return id_; }
  State state() const;
  RunInfo info() const;
  RunScope& scope() noexcept { return *scope_; }
  /// Of the attempt under way. Only from the thread that executes it.
  std::stop_token attempt_stop() const { return attempt_stop_.get_token(); }

  /// Records a line, and writes it into the library's log.
  void log(LogLevel level, std::string_view text);
  void on_operation(const prefect_sqlalchemy::OperationRecord& record) noexcept override;
  /// The attempt fails with it, unless it fails by itself.
  void on_lost_error(std::exception_ptr error) noexcept override;

 private:
  friend class RunAttempt;
  using StopLink = std::stop_callback<std::function<void()>>;

  RunPlace place() const;
  std::string title() const;
  TaskRunCreated task_created(const ActiveRun* parent);
  FlowRunCreated flow_created() const;
  void record_created();
  void enroll();
  void enroll_flow();
  RetryRule retry_rule() const;
  StateChanged state_change(const State& state, const std::string& result) const;
  void set_state(State state, const std::string& result = {}, Telling telling = Telling::news);
  void over();
  std::optional<Verdict> propose(const State& state, bool force = false);
  void put_state(State state, const std::string& result = {});
  Start started(const std::optional<Verdict>& verdict);
  Next end_by_verdict(const AttemptEnd& end, RunPolicy::Step step, std::exception_ptr error,
                      const RecordedCall& body);
  void record_log(LogLevel level, std::string_view text);
  std::exception_ptr take_lost_error() noexcept;
  void tell_end(const State& state);
  void tell_retry(const AttemptEnd& end, int retry, std::chrono::milliseconds delay);
  /// @return false when the run was asked to stop meanwhile
  bool wait(std::chrono::milliseconds delay);

  const std::shared_ptr<const RunSpec> spec_;
  const bool outermost_;
  std::string id_;  // of a flow run the server's, once it is known there
  std::string name_;
  bool name_wanted_ = false;  // by the run_name option
  const bool repeatable_;
  std::shared_ptr<RunScope> scope_;
  bool in_flow_ = false;
  std::string parent_task_run_id_;  // of a subflow: the task run that stands for it in its parent
  std::shared_ptr<RunAuthority> authority_;
  std::optional<TaskRunCreated> task_created_;  // until the server is told
  std::string parameters_;                      // recorded
  State::TimePoint created_;
  bool enrolled_ = false;
  State asked_;  // the state proposed last
  std::optional<std::chrono::steady_clock::time_point> outer_deadline_;

  RunPolicy policy_;
  std::stop_source cancel_source_;
  std::stop_source attempt_stop_;
  std::optional<StopLink> parent_link_;

  std::atomic<int> attempt_ = 0;
  std::atomic<std::int64_t> operations_ = 0;
  std::int64_t state_sequence_ = 0;
  mutable std::mutex mutex_;
  State state_;
  std::exception_ptr lost_error_;  // the first of the attempt under way
  std::atomic<bool> over_ = false;
  std::optional<Termination::Entry> entry_;
};

}  // namespace prefect::detail
