#include <prefect_sqlalchemy/blocks/store_database.hpp>
#include <prefect_sqlalchemy/flows/run_history.hpp>

#include "local_run_archive.hpp"
#include "rest_run_archive.hpp"

namespace prefect {

RunHistory::RunHistory() {
  if (auto client = RestClient::current()) {
    archive_ = std::make_shared<detail::RestRunArchive>(std::move(client));
  } else {
    archive_ = std::make_shared<detail::LocalRunArchive>(StoreDatabase::current());
  }
}

RunHistory::RunHistory(StoreDatabase& store) : archive_(std::make_shared<detail::LocalRunArchive>(store)) {}

RunHistory::RunHistory(std::shared_ptr<RestClient> server)
    : archive_(std::make_shared<detail::RestRunArchive>(std::move(server))) {}

std::vector<RecordedFlowRun> RunHistory::flow_runs(int limit) const { return archive_->flow_runs(limit); }

std::vector<RecordedTaskRun> RunHistory::task_runs_alone(int limit) const {
  return archive_->task_runs_alone(limit);
}

std::optional<RecordedFlowRun> RunHistory::flow_run(const std::string& id) const {
  return archive_->flow_run(id);
}

std::optional<RecordedTaskRun> RunHistory::task_run(const std::string& id) const {
  return archive_->task_run(id);
}

}  // namespace prefect
