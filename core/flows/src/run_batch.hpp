#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include <prefect_sqlalchemy/flows/run_event.hpp>
#include <prefect_sqlalchemy/sql/connection.hpp>

namespace prefect::detail {

/// The rows that a batch of events becomes: a run that begins and ends within one batch is one INSERT.
class RunBatch {
 public:
  RunBatch(std::span<const RunEvent> events, std::string_view process_id);

  /// Runs the statements; a transaction around them is the caller's. May be called again.
  void apply(prefect_sqlalchemy::Connection& connection) const;

 private:
  /// What the batch's states make of one run.
  struct RunChange {
    RunKind kind = RunKind::task;
    const State* last = nullptr;
    std::string start_time;  ///< of its first state RUNNING in this batch
    int run_count = 0;
    std::string result;
    std::int64_t operations = 0;
  };

  void add(const FlowRunCreated& event);
  void add(const TaskRunCreated& event);
  void add(const StateChanged& event);
  void add(const LogLine& event);
  void add(const OperationRun& event);
  void update(prefect_sqlalchemy::Connection& connection, RunKind kind, std::string_view table) const;

  const std::string process_id_;
  std::map<std::string_view, RunChange> changes_;
  std::map<std::string_view, const FlowRunCreated*> flow_runs_;
  std::map<std::string_view, const TaskRunCreated*> task_runs_;
  prefect_sqlalchemy::ParameterRows states_;
  prefect_sqlalchemy::ParameterRows logs_;
  prefect_sqlalchemy::ParameterRows operations_;
};

}  // namespace prefect::detail
