#include "active_run.hpp"

#include <algorithm>
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
      repeatable_(body.repeatable()),
      policy_(spec_->kind, spec_->retry, spec_->timeout) {
  boost::json::object parameters = named_parameters(*spec_, body.recorded_arguments());
  name_ = run_name(*spec_, parameters);
  name_wanted_ = !name_.empty();
  if (parent) {
    outer_deadline_ = OperationContext::current().deadline;
    parent_link_.emplace(parent->attempt_stop(),
                         [source = cancel_source_]() mutable { source.request_stop(); });
  }
  in_flow_ = parent && !parent->scope_->flow_run_id().empty();
  RunRecorder& recorder = RunRecorder::process();
  const bool recorded = recorder.enabled();
  if (recorded) {
    authority_ = recorder.authority();
    parameters_ = recorded_text(parameters);
  }
  created_ = std::chrono::system_clock::now();
  if (is_flow()) {
    if (name_.empty()) name_ = new_run_name();
    if (parent) task_created_ = task_created(parent);
    // With an authority, the server gives the id first.
    if (!authority_) scope_ = std::make_shared<RunScope>(spec_, id_, name_);
  } else {
    scope_ = in_flow_ ? parent->scope_ : std::make_shared<RunScope>(spec_, std::string(), std::string());
    task_created_ = task_created(parent);
  }
  if (recorded && !authority_) record_created();
  set_state(Pending(), {}, authority_ ? Telling::known : Telling::news);
}

RetryRule ActiveRun::retry_rule() const {
  RetryRule rule{.retries = spec_->retry.retries, .jitter_factor = spec_->retry.jitter_factor};
  for (int retry = 0; retry < std::min(rule.retries, 50); ++retry) {
    rule.delays.push_back(static_cast<double>(spec_->retry.delay.before(retry).count()) / 1000.0);
  }
  return rule;
}

/// The task run itself, or the one that stands for a subflow in its parent.
TaskRunCreated ActiveRun::task_created(const ActiveRun* parent) {
  TaskRunCreated task{.id = id_, .task_name = spec_->name, .task_inputs = parameters_, .created = created_};
  RunScope& scope = is_flow() ? *parent->scope_ : *scope_;
  task.flow_run_id = scope.flow_run_id();
  task.dynamic_key = scope.next_dynamic_key(spec_->name);
  if (is_flow()) {
    task.id = parent_task_run_id_ = new_run_id();
    task.name = spec_->name + "-" + task.dynamic_key;
    return task;
  }
  // Alone, there is no other run to count: the id's end tells runs apart, as in Prefect.
  if (name_.empty()) {
    name_ = spec_->name + "-" + (task.flow_run_id.empty() ? id_.substr(id_.size() - 3) : task.dynamic_key);
  }
  task.name = name_;
  task.tags = spec_->tags;
  task.retry = retry_rule();
  return task;
}

FlowRunCreated ActiveRun::flow_created() const {
  return {id_, spec_->name, name_, parameters_, spec_->tags, parent_task_run_id_, created_, retry_rule()};
}

void ActiveRun::record_created() {
  RunRecorder& recorder = RunRecorder::process();
  if (task_created_) recorder.record(*std::move(task_created_));
  task_created_.reset();
  if (is_flow()) recorder.record(flow_created());
}

ActiveRun::Start ActiveRun::begin() {
  if (authority_ && !enrolled_) {
    try {
      enroll();
    } catch (...) {
      return {.error = std::current_exception()};
    }
  }
  if (is_flow() && policy_.run_count() == 0) {
    record_log(LogLevel::info, "Beginning flow run '" + name_ + "' for flow '" + spec_->name + "'");
  }
  State begun = policy_.begin(std::chrono::system_clock::now());
  attempt_ = policy_.run_count();
  if (!authority_) {
    set_state(std::move(begun));
    return {.last = policy_.last_attempt()};
  }
  asked_ = std::move(begun);
  return ask_again();
}

ActiveRun::Start ActiveRun::ask_again() { return started(propose(asked_)); }

ActiveRun::Start ActiveRun::started(const std::optional<Verdict>& verdict) {
  // A server may grant more retries to a flow than are known here: its arguments stay.
  Start start{.last = is_flow() ? !repeatable_ : policy_.last_attempt()};
  if (!verdict) {
    set_state(asked_, {}, Telling::held_back);
    return start;
  }
  const RunPolicy::Start decided = RunPolicy::started(*verdict, std::chrono::system_clock::now());
  start.ask_again_after = decided.ask_again_after;
  if (!decided.go) {
    const std::string text = title() + " was stopped by the server: " + decided.reason;
    record_log(LogLevel::warning, text);
    set_state(verdict->state && verdict->state->is_final() ? *verdict->state : Cancelled(decided.reason), {},
              Telling::known);
    over();
    start.error = std::make_exception_ptr(AbortedRun(text));
  } else if (!decided.ask_again_after) {
    set_state(asked_, {}, Telling::known);
  }
  return start;
}

ActiveRun::Next ActiveRun::end(std::exception_ptr error, bool out_of_time, const RecordedCall& body) {
  const std::exception_ptr lost = take_lost_error();
  if (!error) error = lost;
  AttemptEnd end = attempt_end(error, asked_to_stop(), out_of_time);
  if (authority_ && end.how != AttemptEnd::How::returned && Termination::requested())
    end.how = AttemptEnd::How::terminated;
  RunPolicy::Step step =
      policy_.end(end, std::chrono::system_clock::now(), random_fraction(), !asked_to_stop());
  if (authority_) return end_by_verdict(end, std::move(step), std::move(error), body);
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
  if (authority_ && Termination::requested()) {
    cancelled = policy_.outcome({AttemptEnd::How::terminated}, std::chrono::system_clock::now());
  }
  put_state(cancelled);
  tell_end(cancelled);
  over();
}

std::exception_ptr ActiveRun::execute(RunBody& body) {
  for (;;) {
    Start start = begin();
    while (start.ask_again_after) {
      if (!wait(*start.ask_again_after)) {
        give_up();
        return std::make_exception_ptr(CancelledRun(title() + " was cancelled before it began"));
      }
      start = ask_again();
    }
    if (start.error) return start.error;
    std::exception_ptr error;
    bool out_of_time = false;
    {
      const RunAttempt attempt(shared_from_this());
      const RunAttempt::Timer timer(attempt);
      const RunAttempt::Scope scope(attempt);
      error = run_once([&] { body.attempt(start.last); });
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
  if (authority_) record_created();
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
