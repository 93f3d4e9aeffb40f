#pragma once

#include <optional>
#include <string>
#include <vector>

#include <prefect_sqlalchemy/flows/run_history.hpp>

namespace prefect::detail {

/// Where RunHistory reads from; its functions are RunHistory's. Threads: any number at once.
class RunArchive {
 public:
  virtual ~RunArchive() = default;
  virtual std::vector<RecordedFlowRun> flow_runs(int limit) const = 0;
  virtual std::vector<RecordedTaskRun> task_runs_alone(int limit) const = 0;
  virtual std::optional<RecordedFlowRun> flow_run(const std::string& id) const = 0;
  virtual std::optional<RecordedTaskRun> task_run(const std::string& id) const = 0;
};

}  // namespace prefect::detail
