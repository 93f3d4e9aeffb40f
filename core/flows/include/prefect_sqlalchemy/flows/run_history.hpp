#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <prefect_sqlalchemy/base/export.hpp>
#include <prefect_sqlalchemy/flows/states.hpp>

namespace prefect {

class RestClient;
class StoreDatabase;
namespace detail {
class RunArchive;
}

/// What flow runs and task runs have in common in the record.
struct RecordedRun {
  std::string id;         ///< a UUID
  std::string of;         ///< the flow's or task's name
  std::string name;       ///< the run's
  State state;            ///< the last one recorded
  int run_count = 0;      ///< attempts
  std::string arguments;  ///< JSON object
  std::string result;     ///< JSON; empty where there is none
  std::vector<std::string> tags;
  State::TimePoint created;
  std::optional<State::TimePoint> started, ended;
  std::int64_t operations = 0;  ///< database operations in all, recorded or not
};

struct RecordedLog {
  State::TimePoint timestamp;
  int level = 0;            ///< as in Python: 10 debug, 20 info, 30 warning, 40 error
  std::string task_run_id;  ///< empty: the flow's own code
  std::string message;
};

struct RecordedOperation {
  State::TimePoint started;
  std::chrono::microseconds duration{0};
  std::string task_run_id;  ///< empty: the flow's own code
  std::string driver;
  std::string statement;
  std::int64_t rows = -1;  ///< read or affected; -1: unknown
  std::string error;       ///< empty if it went well
};

struct RecordedTaskRun : RecordedRun {
  std::string flow_run_id;  ///< empty: it ran outside of flows
  std::vector<State> states;
  std::vector<RecordedOperation> operations_run;
  std::vector<RecordedLog> logs;
  /// The subflow run that it stands for; empty for a task of its own.
  std::string subflow_run_id;
};

struct RecordedFlowRun : RecordedRun {
  std::string parent_task_run_id;  ///< empty: not a subflow
  std::vector<State> states;
  std::vector<RecordedTaskRun> task_runs;
  std::vector<RecordedOperation> operations_run;  ///< of the flow's own code
  std::vector<RecordedLog> logs;                  ///< of the flow's own code
};

/// Reads recorded runs back, from the local store or from a Prefect server, which also has those of Python
/// programs; there results are not kept, and a task's arguments are what Prefect calls its inputs. Making one
/// opens the local store, and tells the runs of processes that are gone Crashed; a server is asked by each
/// call (PrefectServerError). Threads: any number at once.
class PREFECT_SQLALCHEMY_API RunHistory {
 public:
  /// The store that the settings name: a Prefect server if there is one, else the local store.
  /// @throws SettingsError
  /// @throws MissingDriverError  its driver is not installed
  /// @throws StoreError          it cannot be used
  RunHistory();
  /// @param store  must outlive this
  explicit RunHistory(StoreDatabase& store);
  explicit RunHistory(std::shared_ptr<RestClient> server);

  /// @param limit  runs, 1 or more
  /// @return the newest flow runs, newest first, without task runs, states, logs and operations
  std::vector<RecordedFlowRun> flow_runs(int limit = 20) const;
  /// The newest task runs that ran outside of flows, in the same way.
  std::vector<RecordedTaskRun> task_runs_alone(int limit = 20) const;
  /// One flow run with all that belongs to it. @param id  a UUID
  std::optional<RecordedFlowRun> flow_run(const std::string& id) const;
  /// One task run with all that belongs to it.
  std::optional<RecordedTaskRun> task_run(const std::string& id) const;

 private:
  std::shared_ptr<const detail::RunArchive> archive_;
};

/// Prints a run as a tree: states, durations, task runs, statements, log lines.
PREFECT_SQLALCHEMY_API void print(std::ostream& out, const RecordedFlowRun& run);
PREFECT_SQLALCHEMY_API void print(std::ostream& out, const RecordedTaskRun& run);

}  // namespace prefect
