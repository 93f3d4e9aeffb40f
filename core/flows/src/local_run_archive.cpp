#include "local_run_archive.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <prefect_sqlalchemy/blocks/store_database.hpp>

#include "crashed_runs.hpp"
#include "run_id.hpp"

namespace prefect {
namespace {

using prefect_sqlalchemy::Connection;
using prefect_sqlalchemy::Parameters;
using prefect_sqlalchemy::Row;

constexpr const char* run_columns =
    "id, name, state_type, state_name, state_message, run_count, tags, start_time, end_time, created, "
    "result, "
    "operations";

std::optional<State::TimePoint> time_of(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(detail::parse_iso_time(text));
}

StateType type_of(const std::string& text) {
  // A type that a later version writes is at least not final.
  return state_type(text).value_or(StateType::pending);
}

void read_run(const Row& row, RecordedRun& run) {
  run.id = row.get<std::string>(0);
  run.name = row.get<std::string>(1);
  run.state.type = type_of(row.get<std::string>(2));
  run.state.name = row.get<std::string>(3);
  run.state.message = row.get<std::string>(4);
  run.run_count = static_cast<int>(row.get<std::int64_t>(5));
  const boost::json::value tags = boost::json::parse(row.get<std::string>(6));
  for (const auto& tag : tags.as_array()) run.tags.emplace_back(tag.as_string());
  run.started = time_of(row.get<std::string>(7));
  run.ended = time_of(row.get<std::string>(8));
  run.created = detail::parse_iso_time(row.get<std::string>(9));
  run.state.timestamp = run.ended.value_or(run.started.value_or(run.created));
  run.result = row.get<std::string>(10);
  run.operations = row.get<std::int64_t>(11);
}

RecordedFlowRun flow_run_of(const Row& row) {
  RecordedFlowRun run;
  read_run(row, run);
  run.of = row.get<std::string>(12);
  run.arguments = row.get<std::string>(13);
  run.parent_task_run_id = row.get<std::string>(14);
  return run;
}

RecordedTaskRun task_run_of(const Row& row) {
  RecordedTaskRun run;
  read_run(row, run);
  run.of = row.get<std::string>(12);
  run.arguments = row.get<std::string>(13);
  run.flow_run_id = row.get<std::string>(14);
  if (run.flow_run_id == run.id) run.flow_run_id.clear();
  return run;
}

template <class Run>
std::vector<Run> runs(Connection& connection, const std::string& rest, const Parameters& parameters,
                      Run (*make)(const Row&)) {
  constexpr bool flows = std::is_same_v<Run, RecordedFlowRun>;
  std::vector<Run> found;
  auto result =
      connection.execute("SELECT " + std::string(run_columns) +
                             (flows ? ", flow_name, parameters, parent_task_run_id FROM psa_flow_run "
                                    : ", task_name, task_inputs, flow_run_id FROM psa_task_run ") +
                             rest,
                         parameters);
  for (const Row& row : result) found.push_back(make(row));
  return found;
}

std::vector<State> states_of(Connection& connection, const std::string& run_id) {
  std::vector<State> found;
  auto result = connection.execute(
      "SELECT type, name, message, timestamp, id FROM psa_run_state WHERE run_id = :id ORDER BY sequence",
      {{"id", run_id}});
  for (const Row& row : result) {
    found.push_back(State{type_of(row.get<std::string>(0)), row.get<std::string>(1), row.get<std::string>(2),
                          detail::parse_iso_time(row.get<std::string>(3)), row.get<std::string>(4)});
  }
  return found;
}

std::vector<RecordedLog> logs_of(Connection& connection, const std::string& scope) {
  std::vector<RecordedLog> found;
  auto result = connection.execute(
      "SELECT timestamp, level, task_run_id, message FROM psa_log WHERE run_id = :id ORDER BY sequence",
      {{"id", scope}});
  for (const Row& row : result) {
    found.push_back({detail::parse_iso_time(row.get<std::string>(0)),
                     static_cast<int>(row.get<std::int64_t>(1)), row.get<std::string>(2),
                     row.get<std::string>(3)});
  }
  return found;
}

std::vector<RecordedOperation> operations_of(Connection& connection, const std::string& scope) {
  std::vector<RecordedOperation> found;
  auto result = connection.execute(
      "SELECT started, duration_us, task_run_id, driver, statement, row_count, error"
      " FROM psa_database_operation WHERE run_id = :id ORDER BY sequence",
      {{"id", scope}});
  for (const Row& row : result) {
    found.push_back({detail::parse_iso_time(row.get<std::string>(0)),
                     std::chrono::microseconds(row.get<std::int64_t>(1)), row.get<std::string>(2),
                     row.get<std::string>(3), row.get<std::string>(4), row.get<std::int64_t>(5),
                     row.get<std::string>(6)});
  }
  return found;
}

/// Gives logs and operations of a scope to the runs that they belong to.
template <class Entry>
void hand_out(std::vector<Entry> entries, std::vector<Entry>& own, std::vector<RecordedTaskRun>& task_runs,
              std::vector<Entry> RecordedTaskRun::*theirs) {
  std::map<std::string, RecordedTaskRun*> by_id;
  for (RecordedTaskRun& run : task_runs) by_id.emplace(run.id, &run);
  for (Entry& entry : entries) {
    const auto found = by_id.find(entry.task_run_id);
    (found == by_id.end() ? own : found->second->*theirs).push_back(std::move(entry));
  }
}

void fill(Connection& connection, RecordedFlowRun& run) {
  run.states = states_of(connection, run.id);
  run.task_runs =
      runs(connection, "WHERE flow_run_id = :id ORDER BY created, id", {{"id", run.id}}, task_run_of);
  for (RecordedTaskRun& task : run.task_runs) {
    task.states = states_of(connection, task.id);
    auto subflow =
        connection.execute("SELECT id FROM psa_flow_run WHERE parent_task_run_id = :id", {{"id", task.id}});
    task.subflow_run_id = subflow.scalar<std::string>().value_or("");
  }
  hand_out(logs_of(connection, run.id), run.logs, run.task_runs, &RecordedTaskRun::logs);
  hand_out(operations_of(connection, run.id), run.operations_run, run.task_runs,
           &RecordedTaskRun::operations_run);
}

template <class Entry>
std::vector<Entry> only_of(std::vector<Entry> entries, const std::string& task_run_id) {
  std::erase_if(entries, [&](const Entry& entry) { return entry.task_run_id != task_run_id; });
  return entries;
}

}  // namespace

namespace detail {

LocalRunArchive::LocalRunArchive(StoreDatabase& store) : store_(store) { mark_crashed_runs(store_); }

std::vector<RecordedFlowRun> LocalRunArchive::flow_runs(int limit) const {
  return store_.read([&](Connection& connection) {
    return runs(connection, "ORDER BY created DESC, id DESC LIMIT :limit", {{"limit", std::max(limit, 1)}},
                flow_run_of);
  });
}

std::vector<RecordedTaskRun> LocalRunArchive::task_runs_alone(int limit) const {
  return store_.read([&](Connection& connection) {
    return runs(connection, "WHERE flow_run_id = id ORDER BY created DESC, id DESC LIMIT :limit",
                {{"limit", std::max(limit, 1)}}, task_run_of);
  });
}

std::optional<RecordedFlowRun> LocalRunArchive::flow_run(const std::string& id) const {
  return store_.read([&](Connection& connection) -> std::optional<RecordedFlowRun> {
    auto found = runs(connection, "WHERE id = :id", {{"id", id}}, flow_run_of);
    if (found.empty()) return std::nullopt;
    fill(connection, found.front());
    return std::move(found.front());
  });
}

std::optional<RecordedTaskRun> LocalRunArchive::task_run(const std::string& id) const {
  return store_.read([&](Connection& connection) -> std::optional<RecordedTaskRun> {
    auto found = runs(connection, "WHERE id = :id", {{"id", id}}, task_run_of);
    if (found.empty()) return std::nullopt;
    RecordedTaskRun& run = found.front();
    run.states = states_of(connection, id);
    const std::string& scope = run.flow_run_id.empty() ? id : run.flow_run_id;
    run.logs = only_of(logs_of(connection, scope), id);
    run.operations_run = only_of(operations_of(connection, scope), id);
    return std::move(run);
  });
}

}  // namespace detail
}  // namespace prefect
