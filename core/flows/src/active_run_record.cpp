// What an ActiveRun tells the recorder and the log.

#include <utility>

#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/flows/recorded_value.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>

#include "active_run.hpp"

namespace prefect::detail {
namespace {

constexpr std::size_t log_text_limit = 1'000'000;
constexpr std::size_t statement_limit = 100'000;

void write_log(LogLevel level, const std::string& text) {
  switch (level) {
    case LogLevel::debug:
      prefect_sqlalchemy::log::debug(text);
      break;
    case LogLevel::info:
      prefect_sqlalchemy::log::info(text);
      break;
    case LogLevel::warning:
      prefect_sqlalchemy::log::warning(text);
      break;
    case LogLevel::error:
      prefect_sqlalchemy::log::error(text);
      break;
  }
}

}  // namespace

State ActiveRun::state() const {
  const std::lock_guard lock(mutex_);
  return state_;
}

RunInfo ActiveRun::info() const {
  RunInfo info{.flow_run_id = scope_->flow_run_id(),
               .flow_run_name = scope_->flow_run_name(),
               .flow_name = scope_->flow_name(),
               .attempt = attempt_};
  if (!is_flow()) {
    info.task_run_id = id_;
    info.task_run_name = name_;
    info.task_name = spec_->name;
  }
  return info;
}

RunPlace ActiveRun::place() const { return RunPlace{scope_->flow_run_id(), is_flow() ? std::string() : id_}; }

std::string ActiveRun::title() const { return (is_flow() ? "Flow run '" : "Task run '") + name_ + "'"; }

StateChanged ActiveRun::state_change(const State& state, const std::string& result) const {
  return {.kind = spec_->kind,
          .run_id = id_,
          .sequence = state_sequence_,
          .state = state,
          .run_count = attempt_,
          .result = result,
          .operations = state.is_final() ? operations_.load() : -1};
}

void ActiveRun::set_state(State state, const std::string& result, Telling telling) {
  RunRecorder& recorder = RunRecorder::process();
  // What a server has decided itself is news for it only where the run's end has consequences.
  if (recorder.enabled() && (telling != Telling::known || state.is_final())) {
    StateChanged change = state_change(state, result);
    change.telling = telling;
    // The server keeps the state of the task run that stands for a subflow itself.
    if (!parent_task_run_id_.empty() && !authority_) {
      StateChanged mirrored = change;
      mirrored.kind = RunKind::task;
      mirrored.run_id = parent_task_run_id_;
      mirrored.operations = -1;  // they are the subflow's own
      recorder.record(std::move(mirrored));
    }
    recorder.record(std::move(change));
  }
  ++state_sequence_;
  const std::lock_guard lock(mutex_);
  state_ = std::move(state);
}

void ActiveRun::record_log(LogLevel level, std::string_view text) {
  RunRecorder& recorder = RunRecorder::process();
  if (!recorder.enabled()) return;
  recorder.record(LogLine{place(), scope_->next_log(), level,
                          is_flow() ? "prefect.flow_runs" : "prefect.task_runs", std::string(text),
                          std::chrono::system_clock::now()});
}

void ActiveRun::log(LogLevel level, std::string_view text) {
  const std::string shown = without_url_passwords(limited(text, log_text_limit));
  record_log(level, shown);
  write_log(level, title() + " - " + shown);
}

void ActiveRun::on_operation(const prefect_sqlalchemy::OperationRecord& record) noexcept {
  if (operations_++ >= recorded_operations) return;
  try {
    RunRecorder& recorder = RunRecorder::process();
    if (!recorder.enabled()) return;
    recorder.record(OperationRun{place(), scope_->next_operation(),
                                 limited(record.statement, statement_limit), std::string(record.driver),
                                 record.started, record.duration, record.rows,
                                 without_url_passwords(limited(record.error))});
  } catch (const std::exception& error) {
    prefect_sqlalchemy::log::warning(std::string("a database operation is not recorded: ") + error.what());
  }
}

void ActiveRun::on_lost_error(std::exception_ptr error) noexcept {
  const std::lock_guard lock(mutex_);
  if (!lost_error_) lost_error_ = std::move(error);
}

std::exception_ptr ActiveRun::take_lost_error() noexcept {
  const std::lock_guard lock(mutex_);
  return std::exchange(lost_error_, nullptr);
}

void ActiveRun::tell_end(const State& state) {
  // The exception itself reaches the caller, who decides; the console gets no more than a word.
  const std::string text = "Finished in state " + to_string(state);
  record_log(state.is_completed() ? LogLevel::info : LogLevel::error, text);
  write_log(LogLevel::info, title() + " - " + text);
  if (operations_ > recorded_operations) {
    record_log(LogLevel::info, std::to_string(operations_) + " database operations, of which the first " +
                                   std::to_string(recorded_operations) + " are recorded one by one");
  }
}

void ActiveRun::tell_retry(const AttemptEnd& end, int retry, std::chrono::milliseconds delay) {
  const std::string cause =
      end.how == AttemptEnd::How::timed_out ? "timeout" : end.error_type + ": " + end.error_text;
  log(LogLevel::info, std::string(is_flow() ? "Flow" : "Task") + " run failed with " + cause + " - Retry " +
                          std::to_string(retry) + "/" + std::to_string(spec_->retry.retries) +
                          " will start " +
                          (delay.count() > 0 ? seconds_text(delay) + " second(s) from now" : "immediately"));
}

}  // namespace prefect::detail
