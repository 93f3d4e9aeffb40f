#pragma once

#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <prefect_sqlalchemy/flows/states.hpp>

namespace prefect {

/// Delays that double: the n-th retry (from 0) waits factor × 2^n.
struct ExponentialBackoff {
  explicit ExponentialBackoff(std::chrono::milliseconds first) : factor(first) {}
  std::chrono::milliseconds factor;
};

/// Prefect's name for it: `.retry_delay = prefect::exponential_backoff(10s)`.
inline ExponentialBackoff exponential_backoff(std::chrono::milliseconds factor) {
  return ExponentialBackoff(factor);
}

/// How long a run waits before each retry: `10s`, `{1s, 5s, 30s}` or `exponential_backoff(1s)`.
class PREFECT_SQLALCHEMY_API RetryDelay {
 public:
  RetryDelay() = default;
  template <class Rep, class Period>
  RetryDelay(std::chrono::duration<Rep, Period> fixed)  // NOLINT: written as a plain duration
      : delay_(std::chrono::duration_cast<std::chrono::milliseconds>(fixed)) {}
  /// One for each retry; further retries wait as long as the last one. Empty: no delay.
  RetryDelay(std::initializer_list<std::chrono::milliseconds> list) : delay_(std::vector(list)) {}
  RetryDelay(std::vector<std::chrono::milliseconds> list) : delay_(std::move(list)) {}  // NOLINT
  RetryDelay(ExponentialBackoff backoff) : delay_(backoff) {}                           // NOLINT

  /// @param retry  zero-based
  std::chrono::milliseconds before(int retry) const noexcept;

 private:
  std::variant<std::chrono::milliseconds, std::vector<std::chrono::milliseconds>, ExponentialBackoff> delay_ =
      std::chrono::milliseconds{0};
};

/// Flow runs and task runs go the same way, with slightly different states and words.
enum class RunKind : std::uint8_t { flow, task };

/// When and how often a run is repeated after a failure.
struct RetryPolicy {
  int retries = 0;
  RetryDelay delay = {};
  /// Each delay is lengthened by a random part of up to delay × factor, so that many do not come at once.
  double jitter_factor = 0;
};

/// How one attempt ended.
struct AttemptEnd {
  /// terminated: the process was asked to end, by SIGTERM
  enum class How : std::uint8_t { returned, threw, timed_out, cancelled, terminated };
  How how = How::returned;
  std::string error_type = {};  ///< of the exception, "std::runtime_error"
  std::string error_text = {};  ///< its what()
};

/// What a Prefect server says to a state that is proposed to it.
struct Verdict {
  enum class How : std::uint8_t { accepted, rejected, wait, aborted };
  How how = How::accepted;
  /// What the server has put in its place, with rejected; it may say nothing.
  std::optional<State> state = std::nullopt;
  std::chrono::milliseconds delay{0};  ///< with wait: propose it again after that
  std::string reason = {};             ///< the server's words
};

/// Decides the states of one run: a state machine without clock, threads or I/O.
///
///     begin() -> attempt -> end() -> [wait] -> begin() -> attempt -> end() ...
///
/// Threads: one at a time.
class PREFECT_SQLALCHEMY_API RunPolicy {
 public:
  using TimePoint = State::TimePoint;

  /// What follows the end of an attempt.
  struct Step {
    /// The state to take; none where the next attempt's own state says it (a task's retry without delay).
    std::optional<State> state;
    /// Run again after that time; std::nullopt: the run is over.
    std::optional<std::chrono::milliseconds> again_after;
  };

  /// @param timeout  of one attempt, for the message; 0: none
  RunPolicy(RunKind kind, RetryPolicy retry, std::chrono::milliseconds timeout);

  /// The state in which the next attempt starts: Running, or for a task's second one Retrying.
  State begin(TimePoint now);
  /// @param may_retry  false: the surroundings want no more (a cancelled run, a flow out of time)
  /// @param random     0 or more, below 1; used for jitter
  Step end(const AttemptEnd& attempt, TimePoint now, double random, bool may_retry = true);

  /// What follows the verdict on the state of begin().
  struct Start {
    /// Propose the same again after that time; std::nullopt: decided.
    std::optional<std::chrono::milliseconds> ask_again_after;
    /// The attempt may run; if not, the server has ended the run.
    bool go = true;
    std::string reason = {};  ///< why not
  };
  static Start started(const Verdict& verdict, TimePoint now);
  /// The final state of an attempt as it is proposed to a server, which decides about a retry.
  State outcome(const AttemptEnd& attempt, TimePoint now) const;
  /// What follows the verdict on outcome().
  static Step ended(const State& proposed, const Verdict& verdict, TimePoint now, bool may_retry = true);

  /// Attempts begun.
  int run_count() const noexcept { return run_count_; }
  /// True if a failure of the attempt under way ends the run.
  bool last_attempt() const noexcept { return run_count_ > retry_.retries; }

 private:
  State failure(const AttemptEnd& attempt) const;

  RunKind kind_;
  RetryPolicy retry_;
  std::chrono::milliseconds timeout_;
  int run_count_ = 0;
};

/// "2" or "0.25": as Prefect's timeout messages count seconds.
PREFECT_SQLALCHEMY_API std::string seconds_text(std::chrono::milliseconds duration);

}  // namespace prefect
