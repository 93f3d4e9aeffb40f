#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>

#include <prefect_sqlalchemy/base/export.hpp>

namespace prefect {

/// What a run's state means; Prefect's StateType.
enum class StateType : std::uint8_t {
  scheduled,
  pending,
  running,
  completed,
  failed,
  crashed,
  cancelled,
  cancelling,
  paused,
};

/// As Prefect writes it: "SCHEDULED".
PREFECT_SQLALCHEMY_API std::string_view to_string(StateType type) noexcept;
/// The reverse; std::nullopt for any other text.
PREFECT_SQLALCHEMY_API std::optional<StateType> state_type(std::string_view text) noexcept;
/// True for completed, failed, crashed and cancelled: nothing follows.
constexpr bool is_final(StateType type) noexcept {
  return type == StateType::completed || type == StateType::failed || type == StateType::crashed ||
         type == StateType::cancelled;
}

/// The state of a flow run or a task run at one moment.
struct PREFECT_SQLALCHEMY_API State {
  using TimePoint = std::chrono::system_clock::time_point;

  StateType type = StateType::pending;
  std::string name;     ///< as people see it: "AwaitingRetry" is a SCHEDULED state, "TimedOut" a FAILED one
  std::string message;  ///< may be empty
  TimePoint timestamp;
  std::string id;  ///< a UUID; also identifies the transition to it
  /// When the run goes on; only for scheduled states.
  std::optional<TimePoint> scheduled_time = std::nullopt;

  bool is_final() const noexcept { return prefect::is_final(type); }
  bool is_completed() const noexcept { return type == StateType::completed; }
  bool is_failed() const noexcept { return type == StateType::failed; }
};

/// As Prefect prints it: `Failed('Flow run encountered an exception: ...')`, `Completed()`.
PREFECT_SQLALCHEMY_API std::string to_string(const State& state);
PREFECT_SQLALCHEMY_API std::ostream& operator<<(std::ostream& out, const State& state);

/// Prefect's states by their names. Each call makes a new one, with its own id, of this moment.
PREFECT_SQLALCHEMY_API State Scheduled(State::TimePoint when, std::string message = {});
PREFECT_SQLALCHEMY_API State Late(State::TimePoint when);
PREFECT_SQLALCHEMY_API State AwaitingRetry(State::TimePoint when, std::string message = {});
PREFECT_SQLALCHEMY_API State Pending(std::string message = {});
PREFECT_SQLALCHEMY_API State Running(std::string message = {});
PREFECT_SQLALCHEMY_API State Retrying(std::string message = {});
PREFECT_SQLALCHEMY_API State Completed(std::string message = {});
PREFECT_SQLALCHEMY_API State Failed(std::string message = {});
PREFECT_SQLALCHEMY_API State TimedOut(std::string message = {});
PREFECT_SQLALCHEMY_API State Crashed(std::string message = {});
PREFECT_SQLALCHEMY_API State Cancelled(std::string message = {});
PREFECT_SQLALCHEMY_API State Cancelling(std::string message = {});
PREFECT_SQLALCHEMY_API State Paused(std::string message = {});

}  // namespace prefect
