#include <algorithm>
#include <cmath>
#include <cstdio>
#include <utility>

#include <prefect_sqlalchemy/flows/run_policy.hpp>

namespace prefect {
namespace {

using std::chrono::milliseconds;

// A year: no doubling gets past it, and adding it to a clock cannot overflow.
constexpr milliseconds longest_delay = std::chrono::hours(24 * 365);

milliseconds clamped(double count) {
  if (!(count > 0)) return milliseconds{0};
  if (count >= static_cast<double>(longest_delay.count())) return longest_delay;
  return milliseconds(std::llround(count));
}

}  // namespace

milliseconds RetryDelay::before(int retry) const noexcept {
  if (const auto* fixed = std::get_if<milliseconds>(&delay_))
    return clamped(static_cast<double>(fixed->count()));
  if (const auto* list = std::get_if<std::vector<milliseconds>>(&delay_)) {
    if (list->empty()) return milliseconds{0};
    const auto place = std::min(static_cast<std::size_t>(std::max(retry, 0)), list->size() - 1);
    return clamped(static_cast<double>((*list)[place].count()));
  }
  const auto factor = static_cast<double>(std::get<ExponentialBackoff>(delay_).factor.count());
  return clamped(std::ldexp(factor, std::clamp(retry, 0, 60)));
}

std::string seconds_text(milliseconds duration) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", static_cast<double>(duration.count()) / 1000.0);
  return text;
}

RunPolicy::RunPolicy(RunKind kind, RetryPolicy retry, milliseconds timeout)
    : kind_(kind), retry_(std::move(retry)), timeout_(timeout) {}

State RunPolicy::begin(TimePoint now) {
  ++run_count_;
  // Prefect renames the second start of a task run, but not that of a flow run.
  State state = kind_ == RunKind::task && run_count_ > 1 ? Retrying() : Running();
  state.timestamp = now;
  return state;
}

RunPolicy::Start RunPolicy::started(const Verdict& verdict, TimePoint now) {
  constexpr milliseconds soon{200};  // as often as Prefect's own engine asks
  switch (verdict.how) {
    case Verdict::How::accepted:
      return {};
    case Verdict::How::wait:
      return {.ask_again_after = clamped(static_cast<double>(verdict.delay.count()))};
    case Verdict::How::aborted:
      return {.go = false, .reason = verdict.reason};
    case Verdict::How::rejected:
      break;
  }
  if (!verdict.state) return {.go = false, .reason = verdict.reason};
  switch (verdict.state->type) {
    case StateType::running:
      return {};
    case StateType::pending:
      return {.ask_again_after = soon};
    case StateType::scheduled:
      if (!verdict.state->scheduled_time) return {.ask_again_after = soon};
      return {.ask_again_after = std::max(
                  soon, std::chrono::duration_cast<milliseconds>(*verdict.state->scheduled_time - now))};
    default:
      return {
          .go = false,
          .reason = "it is " + verdict.state->name + (verdict.reason.empty() ? "" : ": " + verdict.reason)};
  }
}

RunPolicy::Step RunPolicy::ended(const State& proposed, const Verdict& verdict, TimePoint now,
                                 bool may_retry) {
  if (verdict.how != Verdict::How::rejected || !verdict.state) return Step{proposed, std::nullopt};
  const State& put = *verdict.state;
  if (put.type != StateType::scheduled) return Step{put.is_final() ? put : proposed, std::nullopt};
  if (!may_retry) return Step{proposed, std::nullopt};
  const auto delay = std::chrono::ceil<milliseconds>(put.scheduled_time.value_or(now) -
                                                     now);  // the server's clock may be ahead
  return Step{put, std::max(delay, milliseconds{0})};
}

State RunPolicy::outcome(const AttemptEnd& attempt, TimePoint now) const {
  State state;
  switch (attempt.how) {
    case AttemptEnd::How::returned:
      state = Completed();
      break;
    case AttemptEnd::How::cancelled:
      state = Cancelled(attempt.error_text);
      break;
    case AttemptEnd::How::terminated:
      state = Crashed("Execution was aborted by a termination signal.");
      break;
    default:
      state = failure(attempt);
  }
  state.timestamp = now;
  return state;
}

State RunPolicy::failure(const AttemptEnd& attempt) const {
  const std::string run = kind_ == RunKind::flow ? "Flow run" : "Task run";
  if (attempt.how == AttemptEnd::How::timed_out) {
    std::string message = run + " exceeded timeout of " + seconds_text(timeout_) + " second(s)";
    if (!attempt.error_type.empty())
      message += "; it ended with " + attempt.error_type + ": " + attempt.error_text;
    return TimedOut(std::move(message));
  }
  return Failed(
      run + " encountered an exception" + (kind_ == RunKind::flow ? ": " : " ") +
      (attempt.error_text.empty() ? attempt.error_type : attempt.error_type + ": " + attempt.error_text));
}

RunPolicy::Step RunPolicy::end(const AttemptEnd& attempt, TimePoint now, double random, bool may_retry) {
  const bool failed = attempt.how == AttemptEnd::How::threw || attempt.how == AttemptEnd::How::timed_out;
  if (!failed || last_attempt() || !may_retry) return Step{outcome(attempt, now), std::nullopt};
  const milliseconds delay = retry_.delay.before(run_count_ - 1);
  const milliseconds again =
      clamped(static_cast<double>(delay.count()) * (1.0 + std::max(0.0, retry_.jitter_factor) * random));
  if (kind_ == RunKind::task && again == milliseconds{0}) return Step{std::nullopt, again};
  State state = AwaitingRetry(now + again, failure(attempt).message);
  state.timestamp = now;
  return Step{std::move(state), again};
}

}  // namespace prefect
