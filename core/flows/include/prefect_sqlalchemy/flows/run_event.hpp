#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include <prefect_sqlalchemy/flows/run_policy.hpp>
#include <prefect_sqlalchemy/flows/states.hpp>

/// What happens in runs, as it is handed to a RunSink. Ids are UUIDs; an empty one means none. `sequence`
/// counts from 0 within its run.
namespace prefect::detail {

/// How a run is repeated, for those who look at it.
struct RetryRule {
  int retries = 0;
  std::vector<double> delays;  ///< seconds; one for each retry
  double jitter_factor = 0;
};

struct FlowRunCreated {
  std::string id;
  std::string flow_name;
  std::string name;
  std::string parameters;  ///< JSON object
  std::vector<std::string> tags;
  std::string parent_task_run_id;
  State::TimePoint created;
  RetryRule retry = {};
};

struct TaskRunCreated {
  std::string id;
  std::string flow_run_id;
  std::string task_name;
  std::string dynamic_key;  ///< tells the runs of one task in one flow run apart
  std::string name;
  std::string task_inputs;  ///< JSON object
  std::vector<std::string> tags;
  State::TimePoint created;
  RetryRule retry = {};
};

/// What a store that decides about states knows of one.
enum class Telling : std::uint8_t {
  news,       ///< nothing yet
  held_back,  ///< nothing: it could not be asked, so it is told later
  known,      ///< it has decided so itself
};

struct StateChanged {
  RunKind kind = RunKind::task;
  std::string run_id;
  std::int64_t sequence = 0;
  State state;
  int run_count = 0;
  std::string result;            ///< JSON, with the state Completed
  std::int64_t operations = -1;  ///< database operations of the whole run, with a final state; else -1
  Telling telling = Telling::news;
};

/// Logs and operations belong to a flow run, to a task run in one, or to a task run alone. Their sequence is
/// that of the flow run, or of the task run alone.
struct RunPlace {
  std::string flow_run_id;
  std::string task_run_id;

  /// The run whose sequence counts.
  const std::string& scope() const noexcept { return flow_run_id.empty() ? task_run_id : flow_run_id; }
};

/// Python's levels, which Prefect stores.
enum class LogLevel : std::uint8_t { debug = 10, info = 20, warning = 30, error = 40 };

struct LogLine {
  RunPlace place;
  std::int64_t sequence = 0;
  LogLevel level = LogLevel::info;
  std::string name;  ///< "prefect.flow_runs" or "prefect.task_runs"
  std::string message;
  State::TimePoint timestamp;
};

struct OperationRun {
  RunPlace place;
  std::int64_t sequence = 0;
  std::string statement;
  std::string driver;
  State::TimePoint started;
  std::chrono::nanoseconds duration{0};
  std::int64_t rows = -1;
  std::string error;
};

using RunEvent = std::variant<FlowRunCreated, TaskRunCreated, StateChanged, LogLine, OperationRun>;

}  // namespace prefect::detail
