#pragma once

#include <prefect_sqlalchemy/blocks/store_database.hpp>

#include "run_archive.hpp"

namespace prefect::detail {

/// Runs in the local store. Making one tells the runs of processes that are gone Crashed.
class LocalRunArchive final : public RunArchive {
 public:
  /// @param store  must outlive this
  explicit LocalRunArchive(StoreDatabase& store);

  std::vector<RecordedFlowRun> flow_runs(int limit) const override;
  std::vector<RecordedTaskRun> task_runs_alone(int limit) const override;
  std::optional<RecordedFlowRun> flow_run(const std::string& id) const override;
  std::optional<RecordedTaskRun> task_run(const std::string& id) const override;

 private:
  StoreDatabase& store_;
};

}  // namespace prefect::detail
