#include <array>
#include <ostream>
#include <utility>

#include <prefect_sqlalchemy/flows/states.hpp>

#include "run_id.hpp"

namespace prefect {
namespace {

constexpr std::array<std::string_view, 9> type_names = {
    "SCHEDULED", "PENDING", "RUNNING", "COMPLETED", "FAILED", "CRASHED", "CANCELLED", "CANCELLING", "PAUSED"};

State make(StateType type, const char* name, std::string message,
           std::optional<State::TimePoint> scheduled = std::nullopt) {
  return State{type,     name, std::move(message), std::chrono::system_clock::now(), detail::new_run_id(),
               scheduled};
}

}  // namespace

std::string_view to_string(StateType type) noexcept { return type_names[static_cast<std::size_t>(type)]; }

std::optional<StateType> state_type(std::string_view text) noexcept {
  for (std::size_t i = 0; i < type_names.size(); ++i) {
    if (type_names[i] == text) return static_cast<StateType>(i);
  }
  return std::nullopt;
}

std::string to_string(const State& state) {
  return state.message.empty() ? state.name + "()" : state.name + "('" + state.message + "')";
}

std::ostream& operator<<(std::ostream& out, const State& state) { return out << to_string(state); }

State Scheduled(State::TimePoint when, std::string message) {
  return make(StateType::scheduled, "Scheduled", std::move(message), when);
}
State Late(State::TimePoint when) { return make(StateType::scheduled, "Late", {}, when); }
State AwaitingRetry(State::TimePoint when, std::string message) {
  return make(StateType::scheduled, "AwaitingRetry", std::move(message), when);
}
State Pending(std::string message) { return make(StateType::pending, "Pending", std::move(message)); }
State Running(std::string message) { return make(StateType::running, "Running", std::move(message)); }
State Retrying(std::string message) { return make(StateType::running, "Retrying", std::move(message)); }
State Completed(std::string message) { return make(StateType::completed, "Completed", std::move(message)); }
State Failed(std::string message) { return make(StateType::failed, "Failed", std::move(message)); }
State TimedOut(std::string message) { return make(StateType::failed, "TimedOut", std::move(message)); }
State Crashed(std::string message) { return make(StateType::crashed, "Crashed", std::move(message)); }
State Cancelled(std::string message) { return make(StateType::cancelled, "Cancelled", std::move(message)); }
State Cancelling(std::string message) {
  return make(StateType::cancelling, "Cancelling", std::move(message));
}
State Paused(std::string message) { return make(StateType::paused, "Paused", std::move(message)); }

}  // namespace prefect
