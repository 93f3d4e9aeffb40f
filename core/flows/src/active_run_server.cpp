// How an ActiveRun asks a server that decides about its states.

#include <utility>

#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/blocks/rest_client.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>

#include "active_run.hpp"
#include "attempt_end.hpp"

namespace prefect::detail {

void ActiveRun::announce() const {
  if (authority_ && task_created_) authority_->announce(*task_created_);
}

/// Makes the run known to the server. @throws PrefectServerError  it cannot begin without
void ActiveRun::enroll() {
  RunRecorder& recorder = RunRecorder::process();
  enrolled_ = true;
  try {
    // While states are held back, a new run waits behind them.
    if (recorder.holds_back() && !outermost_) {
      if (is_flow()) scope_ = std::make_shared<RunScope>(spec_, id_, name_);
      record_created();
    } else {
      if (task_created_) authority_->create(*task_created_);
      task_created_.reset();
      if (is_flow()) enroll_flow();
    }
  } catch (const PrefectServerError& error) {
    if (outermost_ || !error.retryable()) throw;
    if (is_flow()) scope_ = std::make_shared<RunScope>(spec_, id_, name_);
    record_created();
  }
  entry_.emplace(shared_from_this());
}

void ActiveRun::enroll_flow() {
  std::string key_prefix;
  if (spec_->taken) {
    id_ = spec_->taken->id;
    FlowRunCreated event = flow_created();
    if (!name_wanted_) {
      name_ = spec_->taken->name;
      event.name.clear();
    }
    if (spec_->taken->retries >= 0) event.retry.retries = 0;  // the deployment's own number stands
    authority_->adopt(event);
    // Task runs of an earlier time stay as they are.
    if (spec_->taken->run_count > 0) key_prefix = std::to_string(spec_->taken->run_count) + "-";
  } else {
    RunAuthority::KnownRun known = authority_->create(flow_created());
    id_ = std::move(known.id);
    if (!known.name.empty()) name_ = std::move(known.name);
  }
  scope_ = std::make_shared<RunScope>(spec_, id_, name_, std::move(key_prefix));
}

/// @return std::nullopt if it could not be asked: the server is away
std::optional<Verdict> ActiveRun::propose(const State& state, bool force) {
  RunRecorder& recorder = RunRecorder::process();
  if (recorder.holds_back()) return std::nullopt;
  try {
    return authority_->propose(state_change(state, {}), force);
  } catch (const PrefectServerError& error) {
    if (!error.retryable()) prefect_sqlalchemy::log::warning(title() + " goes on by itself: " + error.what());
    return std::nullopt;
  }
}

/// Puts a state that nothing may hinder.
void ActiveRun::put_state(State state, const std::string& result) {
  if (!authority_) {
    set_state(std::move(state), result);
    return;
  }
  const bool told = propose(state, true).has_value();
  set_state(std::move(state), result, told ? Telling::known : Telling::held_back);
}

ActiveRun::Next ActiveRun::end_by_verdict(const AttemptEnd& end, RunPolicy::Step step,
                                          std::exception_ptr error, const RecordedCall& body) {
  const auto now = std::chrono::system_clock::now();
  const bool may_retry = !asked_to_stop() && repeatable_;
  Telling telling = Telling::news;
  if (is_flow()) {
    // Retries of flows are the server's decision; what was logged is there before it.
    RunRecorder::process().flush();
    const State outcome = policy_.outcome(end, now);
    const std::optional<Verdict> verdict = propose(outcome);
    telling = verdict ? Telling::known : Telling::held_back;
    if (verdict) {
      step = RunPolicy::ended(outcome, *verdict, std::chrono::system_clock::now(), may_retry);
      const bool waits = verdict->how == Verdict::How::rejected && verdict->state &&
                         verdict->state->type == StateType::scheduled && !step.again_after;
      if (waits) put_state(outcome);
    } else if (!may_retry) {
      step = {outcome, std::nullopt};
    }
  } else if (step.again_after && step.state) {
    const std::optional<Verdict> verdict = propose(*step.state);
    telling = verdict ? Telling::known : Telling::held_back;
    if (verdict && verdict->how == Verdict::How::aborted) step = {Cancelled(verdict->reason), std::nullopt};
  }
  if (step.again_after) {
    if (step.state) set_state(*step.state, {}, telling);
    tell_retry(end, policy_.run_count(), *step.again_after);
    return {step.again_after, std::move(error)};
  }
  if (end.how == AttemptEnd::How::timed_out) error = timeout_error(spec_->kind, step.state->message);
  tell_end(*step.state);
  set_state(*step.state, error ? std::string() : body.recorded_result(), telling);
  over();
  return {std::nullopt, std::move(error)};
}

/// An outermost run still has its record sent: it is under way until leave().
void ActiveRun::over() {
  over_ = true;
  if (!outermost_) entry_.reset();
}

void ActiveRun::crash() noexcept {
  if (over_) return;
  try {
    // The thread that executes the run goes on meanwhile: none of what it changes is used.
    StateChanged change{
        .kind = spec_->kind,
        .run_id = id_,
        .state = policy_.outcome({AttemptEnd::How::terminated}, std::chrono::system_clock::now()),
        .run_count = attempt_,
        .operations = operations_,
        .telling = Telling::held_back};
    if (!RunRecorder::process().holds_back()) {
      authority_->propose(change, true);
      change.telling = Telling::known;
    }
    RunRecorder::process().record(std::move(change));
  } catch (const std::exception& error) {
    prefect_sqlalchemy::log::warning(title() + " is not told Crashed: " + error.what());
  }
}

}  // namespace prefect::detail
