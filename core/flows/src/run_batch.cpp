#include "run_batch.hpp"

#include <algorithm>
#include <variant>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "run_id.hpp"

namespace prefect::detail {
namespace {

using prefect_sqlalchemy::Connection;
using prefect_sqlalchemy::ParameterRows;

std::string json_list(const std::vector<std::string>& texts) {
  boost::json::array list(texts.begin(), texts.end());
  return boost::json::serialize(list);
}

/// "INSERT INTO table (a, b) VALUES (:a, :b)" for the names of the rows.
void insert(Connection& connection, std::string_view table, const ParameterRows& rows) {
  if (rows.empty()) return;
  std::string columns, values;
  for (const std::string& name : rows.names()) {
    columns += (columns.empty() ? "" : ", ") + name;
    values += (values.empty() ? ":" : ", :") + name;
  }
  connection.execute_many("INSERT INTO " + std::string(table) + " (" + columns + ") VALUES (" + values + ")",
                          rows);
}

std::string end_time(const State& state) { return state.is_final() ? iso_time(state.timestamp) : ""; }

std::string type_text(const State& state) { return std::string(to_string(state.type)); }

}  // namespace

RunBatch::RunBatch(std::span<const RunEvent> events, std::string_view process_id)
    : process_id_(process_id),
      states_({"run_id", "sequence", "id", "type", "name", "message", "timestamp"}),
      logs_({"run_id", "sequence", "task_run_id", "level", "name", "message", "timestamp"}),
      operations_({"run_id", "sequence", "task_run_id", "statement", "driver", "started", "duration_us",
                   "row_count", "error"}) {
  for (const RunEvent& event : events) {
    std::visit([this](const auto& held) { add(held); }, event);
  }
}

void RunBatch::add(const FlowRunCreated& event) { flow_runs_.emplace(event.id, &event); }
void RunBatch::add(const TaskRunCreated& event) { task_runs_.emplace(event.id, &event); }

void RunBatch::add(const StateChanged& event) {
  states_.add(event.run_id, event.sequence, event.state.id, type_text(event.state), event.state.name,
              event.state.message, iso_time(event.state.timestamp));
  RunChange& change = changes_[event.run_id];
  change.kind = event.kind;
  change.last = &event.state;
  change.run_count = event.run_count;
  if (change.start_time.empty() && event.state.type == StateType::running) {
    change.start_time = iso_time(event.state.timestamp);
  }
  if (!event.result.empty()) change.result = event.result;
  change.operations = std::max(change.operations, event.operations);
}

void RunBatch::add(const LogLine& event) {
  logs_.add(event.place.scope(), event.sequence, event.place.task_run_id, static_cast<int>(event.level),
            event.name, event.message, iso_time(event.timestamp));
}

void RunBatch::add(const OperationRun& event) {
  operations_.add(event.place.scope(), event.sequence, event.place.task_run_id, event.statement, event.driver,
                  iso_time(event.started),
                  std::int64_t{std::chrono::duration_cast<std::chrono::microseconds>(event.duration).count()},
                  event.rows, event.error);
}

void RunBatch::apply(Connection& connection) const {
  static const State unknown{};
  const auto change_of = [this](std::string_view id) {
    const auto found = changes_.find(id);
    return found == changes_.end() ? RunChange{.last = &unknown} : found->second;
  };
  ParameterRows flows({"id", "flow_name", "name", "parameters", "tags", "state_type", "state_name",
                       "state_message", "run_count", "parent_task_run_id", "process", "start_time",
                       "end_time", "created", "result", "operations"});
  for (const auto& [id, run] : flow_runs_) {
    const RunChange change = change_of(id);
    const State& state = *change.last;
    flows.add(run->id, run->flow_name, run->name, run->parameters, json_list(run->tags), type_text(state),
              state.name, state.message, change.run_count, run->parent_task_run_id, process_id_,
              change.start_time, end_time(state), iso_time(run->created), change.result, change.operations);
  }
  insert(connection, "psa_flow_run", flows);
  ParameterRows tasks({"id", "flow_run_id", "task_name", "dynamic_key", "name", "tags", "task_inputs",
                       "state_type", "state_name", "state_message", "run_count", "process", "start_time",
                       "end_time", "created", "result", "operations"});
  for (const auto& [id, run] : task_runs_) {
    const RunChange change = change_of(id);
    const State& state = *change.last;
    tasks.add(run->id, run->flow_run_id.empty() ? run->id : run->flow_run_id, run->task_name,
              run->dynamic_key, run->name, json_list(run->tags), run->task_inputs, type_text(state),
              state.name, state.message, change.run_count, process_id_, change.start_time, end_time(state),
              iso_time(run->created), change.result, change.operations);
  }
  insert(connection, "psa_task_run", tasks);
  update(connection, RunKind::flow, "psa_flow_run");
  update(connection, RunKind::task, "psa_task_run");
  insert(connection, "psa_run_state", states_);
  insert(connection, "psa_log", logs_);
  insert(connection, "psa_database_operation", operations_);
}

void RunBatch::update(Connection& connection, RunKind kind, std::string_view table) const {
  ParameterRows rows({"state_type", "state_name", "state_message", "run_count", "start_time", "end_time",
                      "result", "operations", "id"});
  for (const auto& [id, change] : changes_) {
    if (change.kind != kind || flow_runs_.contains(id) || task_runs_.contains(id)) continue;
    rows.add(type_text(*change.last), change.last->name, change.last->message, change.run_count,
             change.start_time, end_time(*change.last), change.result, change.operations, id);
  }
  if (rows.empty()) return;
  connection.execute_many("UPDATE " + std::string(table) +
                              " SET state_type = :state_type, state_name = :state_name,"
                              " state_message = :state_message, run_count = :run_count,"
                              " start_time = CASE WHEN start_time = '' THEN :start_time ELSE start_time END,"
                              " end_time = :end_time, result = :result, operations = :operations"
                              " WHERE id = :id",
                          rows);
}

}  // namespace prefect::detail
