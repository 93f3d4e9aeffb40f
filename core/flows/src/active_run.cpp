#include "active_run.hpp"

#include <condition_variable>
#include <utility>

#include <boost/json/serialize.hpp>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/flows/recorded_value.hpp>
#include <prefect_sqlalchemy/flows/run_errors.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>

#include "attempt_end.hpp"
#include "run_attempt.hpp"
#include "run_id.hpp"
#include "run_name.hpp"

namespace prefect::detail {
namespace {

using prefect_sqlalchemy::OperationContext;

thread_local ActiveRun* current_run_of_thread = nullptr;

}  // namespace

ActiveRun* ActiveRun::current() noexcept { return current_run_of_thread; }

ActiveRun* ActiveRun::exchange_current(ActiveRun* run) noexcept {
  return std::exchange(current_run_of_thread, run);
}

std::shared_ptr<ActiveRun> ActiveRun::create(std::shared_ptr<const RunSpec> spec, const RecordedCall& body,
                                             ActiveRun* parent) {
  if (spec->retry.retries > 0 && !body.repeatable()) {
    throw prefect_sqlalchemy::ArgumentError(
        "\"" + spec->name +
        "\" has retries, but one of its arguments can only be moved: a second attempt would find it empty. "
        "Pass it as an lvalue or a shared_ptr, or set retries = 0.");
  }
  return std::make_shared<ActiveRun>(std::move(spec), body, parent);
}

ActiveRun::ActiveRun(std::shared_ptr<const RunSpec> spec, const RecordedCall& body, ActiveRun* parent)
    : spec_(std::move(spec)),
      outermost_(parent == nullptr),
      id_(new_run_id()),
      policy_(spec_->kind, spec_->retry, spec_->timeout) {
  boost::json::object parameters = named_parameters(*spec_, body.recorded_arguments());
  name_ = run_name(*spec_, parameters);
  if (parent) {
    outer_deadline_ = OperationContext::current().deadline;
    parent_link_.emplace(parent->attempt_stop(),
                         [source = cancel_source_]() mutable { source.request_stop(); });
  }
  if (is_flow()) {
    if (name_.empty()) name_ = new_run_name();
    scope_ = std::make_shared<RunScope>(spec_, id_, name_);
  } else if (parent && !parent->scope_->flow_run_id().empty()) {
    scope_ = parent->scope_;
  } else {
    scope_ = std::make_shared<RunScope>(spec_, std::string(), std::string());
  }
  record_created(std::move(parameters), parent);
}

void ActiveRun::record_created(boost::json::object parameters, ActiveRun* parent) {
  RunRecorder& recorder = RunRecorder::process();
  State pending = Pending();
  const bool recorded = recorder.enabled();
  const std::string parameter_text = recorded ? recorded_text(parameters) : std::string();
  TaskRunCreated task{.created = pending.timestamp};
  if (is_flow()) {
    if (parent) {
      task.id = parent_task_run_id_ = new_run_id();
      task.flow_run_id = parent->scope_->flow_run_id();
      task.dynamic_key = parent->scope_->next_dynamic_key(spec_->name);
      task.name = spec_->name + "-" + task.dynamic_key;
    }
  } else {
    task.id = id_;
    task.flow_run_id = scope_->flow_run_id();
    task.dynamic_key = scope_->next_dynamic_key(spec_->name);
    // Alone, there is no other run to count: the id's end tells runs apart, as in Prefect.
    if (name_.empty()) {
      name_ = spec_->name + "-" + (task.flow_run_id.empty() ? id_.substr(id_.size() - 3) : task.dynamic_key);
    }
    task.name = name_;
  }
  if (recorded && !task.id.empty()) {
    task.task_name = spec_->name;
    task.task_inputs = parameter_text;
    if (!is_flow()) task.tags = spec_->tags;
    recorder.record(std::move(task));
  }
  if (recorded && is_flow()) {
    recorder.record(FlowRunCreated{id_, spec_->name, name_, parameter_text, spec_->tags, parent_task_run_id_,
                                   pending.timestamp});
  }
  set_state(std::move(pending));
}

bool ActiveRun::begin() {
  if (is_flow() && policy_.run_count() == 0) {
    record_log(LogLevel::info, "Beginning flow run '" + name_ + "' for flow '" + spec_->name + "'");
  }
  State begun = policy_.begin(std::chrono::system_clock::now());
  attempt_ = policy_.run_count();
  set_state(std::move(begun));
  return policy_.last_attempt();
}

ActiveRun::Next ActiveRun::end(std::exception_ptr error, bool out_of_time, const RecordedCall& body) {
  const std::exception_ptr lost = take_lost_error();
  if (!error) error = lost;
  const AttemptEnd end = attempt_end(error, asked_to_stop(), out_of_time);
  RunPolicy::Step step =
      policy_.end(end, std::chrono::system_clock::now(), random_fraction(), !asked_to_stop());
  if (step.again_after) {
    if (step.state) set_state(*step.state);
    tell_retry(end, policy_.run_count(), *step.again_after);
  } else {
    if (end.how == AttemptEnd::How::timed_out) error = timeout_error(spec_->kind, step.state->message);
    set_state(*step.state,
              error || !RunRecorder::process().enabled() ? std::string() : body.recorded_result());
    tell_end(*step.state);
  }
  return {step.again_after, std::move(error)};
}

void ActiveRun::give_up() {
  State cancelled = Cancelled("Cancelled while waiting for a retry");
  set_state(cancelled);
  tell_end(cancelled);
}

std::exception_ptr ActiveRun::execute(RunBody& body) {
  for (;;) {
    const bool last = begin();
    std::exception_ptr error;
    bool out_of_time = false;
    {
      const RunAttempt attempt(shared_from_this());
      const RunAttempt::Timer timer(attempt);
      const RunAttempt::Scope scope(attempt);
      error = run_once([&] { body.attempt(last); });
      if (owns_scope()) scope_->wait_for_submitted();
      out_of_time = attempt.out_of_time();
    }
    const Next next = end(std::move(error), out_of_time, body);
    if (!next.again_after) return next.error;
    if (!wait(*next.again_after)) {
      give_up();
      return next.error;
    }
  }
}

std::exception_ptr ActiveRun::cancel_unstarted() {
  State cancelled = Cancelled("Cancelled before it began");
  set_state(cancelled);
  tell_end(cancelled);
  return std::make_exception_ptr(CancelledRun(title() + " was cancelled before it began"));
}

bool ActiveRun::wait(std::chrono::milliseconds delay) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  const std::stop_token stop = cancel_source_.get_token();
  if (delay.count() > 0) never.wait_for(lock, stop, delay, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace prefect::detail
