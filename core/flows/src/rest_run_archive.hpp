#pragma once

#include <cstddef>
#include <map>
#include <memory>

#include <boost/json/object.hpp>

#include <prefect_sqlalchemy/blocks/rest_client.hpp>

#include "run_archive.hpp"

namespace prefect::detail {

/// Runs on a Prefect server, those of Python programs, too. Database operations are read from the tables that
/// RestRunSink leaves among a run's artifacts.
class RestRunArchive final : public RunArchive {
 public:
  explicit RestRunArchive(std::shared_ptr<RestClient> client) : client_(std::move(client)) {}

  std::vector<RecordedFlowRun> flow_runs(int limit) const override;
  std::vector<RecordedTaskRun> task_runs_alone(int limit) const override;
  std::optional<RecordedFlowRun> flow_run(const std::string& id) const override;
  std::optional<RecordedTaskRun> task_run(const std::string& id) const override;

 private:
  using Object = boost::json::object;
  std::vector<Object> found(const std::string& kind, Object filter, std::size_t most) const;
  std::optional<Object> one(const std::string& kind, const std::string& id) const;
  std::vector<State> states(const std::string& kind, const std::string& id) const;
  std::string flow_name(const std::string& flow_id) const;
  void find_subflows(std::vector<RecordedTaskRun>& tasks,
                     const std::map<std::string, std::size_t>& places) const;
  RecordedFlowRun flow_run_of(const Object& run) const;
  static RecordedTaskRun task_run_of(const Object& run);

  std::shared_ptr<RestClient> client_;
};

}  // namespace prefect::detail
