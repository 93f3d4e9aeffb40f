#include "rest_run_archive.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <prefect_sqlalchemy/base/log.hpp>

#include "rest_messages.hpp"

namespace prefect::detail {
namespace {

namespace json = boost::json;
using Object = json::object;

constexpr std::size_t page_of_runs = 200;  // the server's own limit of one answer
constexpr std::size_t all = std::numeric_limits<std::size_t>::max();

Object any_of(json::array values) { return {{"any_", std::move(values)}}; }

Object any_of(const std::string& value) {
  json::array list;
  list.emplace_back(value);
  return any_of(std::move(list));
}

bool is_unknown(const PrefectServerError& error) { return error.status() == 404 || error.status() == 422; }

const Object& part(const Object& object, std::string_view key) {
  static const Object none;
  const json::value* const value = object.if_contains(key);
  return value && value->is_object() ? value->get_object() : none;
}

void read_common(const Object& run, RecordedRun& out) {
  out.id = rest::text(run, "id");
  out.name = rest::text(run, "name");
  out.state = rest::state(part(run, "state"));
  if (out.state.name.empty()) {
    out.state.name = rest::text(run, "state_name");
    out.state.type = state_type(rest::text(run, "state_type")).value_or(StateType::pending);
  }
  if (const auto* const count = run.if_contains("run_count"); count && count->is_int64()) {
    out.run_count = static_cast<int>(count->get_int64());
  }
  if (const auto* const tags = run.if_contains("tags"); tags && tags->is_array()) {
    for (const json::value& tag : tags->get_array()) {
      if (tag.is_string()) out.tags.emplace_back(tag.get_string());
    }
  }
  out.created = rest::time(run, "created").value_or(State::TimePoint{});
  out.started = rest::time(run, "start_time");
  out.ended = rest::time(run, "end_time");
}

RecordedLog log_of(const Object& line) {
  RecordedLog out;
  out.timestamp = rest::time(line, "timestamp").value_or(State::TimePoint{});
  if (const auto* const level = line.if_contains("level"); level && level->is_int64()) {
    out.level = static_cast<int>(level->get_int64());
  }
  out.task_run_id = rest::text(line, "task_run_id");
  out.message = rest::text(line, "message");
  return out;
}

/// The operations in a table that RestRunSink made; none of anybody else's tables.
std::vector<RecordedOperation> operations_of(const Object& artifact) {
  std::vector<RecordedOperation> out;
  try {
    const json::value table = json::parse(rest::text(artifact, "data"));
    for (const json::value& row : table.as_array()) {
      const Object& held = row.as_object();
      RecordedOperation operation;
      operation.task_run_id = rest::text(artifact, "task_run_id");
      operation.statement = rest::text(held, "statement");
      operation.driver = rest::text(held, "driver");
      operation.error = rest::text(held, "error");
      operation.started = rest::time(held, "started").value_or(State::TimePoint{});
      operation.duration =
          std::chrono::microseconds(std::llround(held.at("duration_ms").to_number<double>() * 1000));
      if (held.at("rows").is_int64()) operation.rows = held.at("rows").get_int64();
      out.push_back(std::move(operation));
    }
  } catch (const std::exception&) {
    out.clear();
  }
  return out;
}

}  // namespace

std::vector<Object> RestRunArchive::found(const std::string& kind, Object filter, std::size_t most) const {
  std::vector<Object> out;
  while (out.size() < most) {
    const std::size_t wanted = std::min(most - out.size(), page_of_runs);
    filter["limit"] = static_cast<std::int64_t>(wanted);
    filter["offset"] = static_cast<std::int64_t>(out.size());
    const json::value page = client_->post("/" + kind + "/filter", filter);
    const json::array* const list = page.if_array();
    if (!list) break;
    for (const json::value& each : *list) {
      if (each.is_object()) out.push_back(each.get_object());
    }
    if (list->size() < wanted) break;
  }
  return out;
}

std::optional<Object> RestRunArchive::one(const std::string& kind, const std::string& id) const {
  try {
    const json::value answer = client_->get("/" + kind + "/" + RestClient::escaped(id));
    if (const Object* const object = answer.if_object()) return *object;
  } catch (const PrefectServerError& error) {
    if (!is_unknown(error)) throw;
  }
  return std::nullopt;
}

std::vector<State> RestRunArchive::states(const std::string& kind, const std::string& id) const {
  std::vector<State> out;
  const json::value answer = client_->get("/" + kind + "_states/?" + kind + "_id=" + RestClient::escaped(id));
  if (const json::array* const list = answer.if_array()) {
    for (const json::value& each : *list) {
      if (each.is_object()) out.push_back(rest::state(each.get_object()));
    }
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const State& a, const State& b) { return a.timestamp < b.timestamp; });
  return out;
}

std::string RestRunArchive::flow_name(const std::string& flow_id) const {
  const auto flow = one("flows", flow_id);
  return flow ? rest::text(*flow, "name") : std::string();
}

RecordedFlowRun RestRunArchive::flow_run_of(const Object& run) const {
  RecordedFlowRun out;
  read_common(run, out);
  out.of = rest::text(run, "flow_id");
  out.arguments = json::serialize(part(run, "parameters"));
  out.parent_task_run_id = rest::text(run, "parent_task_run_id");
  return out;
}

RecordedTaskRun RestRunArchive::task_run_of(const Object& run) {
  RecordedTaskRun out;
  read_common(run, out);
  out.of = rest::text(run, "task_key");
  out.arguments = json::serialize(part(run, "task_inputs"));
  out.flow_run_id = rest::text(run, "flow_run_id");
  return out;
}

std::vector<RecordedFlowRun> RestRunArchive::flow_runs(int limit) const {
  std::map<std::string, std::string> names;
  std::vector<RecordedFlowRun> out;
  for (const Object& run : found("flow_runs", {{"sort", "EXPECTED_START_TIME_DESC"}},
                                 static_cast<std::size_t>(std::max(limit, 1)))) {
    out.push_back(flow_run_of(run));
    std::string& of = out.back().of;
    const auto place = names.find(of);
    of = place != names.end() ? place->second : names.emplace(of, flow_name(of)).first->second;
  }
  return out;
}

std::vector<RecordedTaskRun> RestRunArchive::task_runs_alone(int limit) const {
  std::vector<RecordedTaskRun> out;
  const Object filter{{"sort", "EXPECTED_START_TIME_DESC"},
                      {"task_runs", Object{{"flow_run_id", Object{{"is_null_", true}}}}}};
  try {
    for (const Object& run : found("task_runs", filter, static_cast<std::size_t>(std::max(limit, 1)))) {
      if (rest::text(run, "flow_run_id").empty()) out.push_back(task_run_of(run));
    }
  } catch (const PrefectServerError& error) {
    if (error.status() != 422) throw;  // Prefect 2 cannot be asked for them
  }
  return out;
}

/// Finds the flow runs that task runs stand for, asking for many at once.
/// @param places  of the task runs, by id
void RestRunArchive::find_subflows(std::vector<RecordedTaskRun>& tasks,
                                   const std::map<std::string, std::size_t>& places) const {
  for (std::size_t begin = 0; begin < tasks.size(); begin += page_of_runs) {
    json::array ids;
    for (std::size_t i = begin; i < std::min(begin + page_of_runs, tasks.size()); ++i) {
      ids.emplace_back(tasks[i].id);
    }
    const Object below{{"parent_task_run_id", any_of(std::move(ids))}};
    for (const Object& run : found("flow_runs", {{"flow_runs", below}}, all)) {
      const auto place = places.find(rest::text(run, "parent_task_run_id"));
      if (place != places.end()) tasks[place->second].subflow_run_id = rest::text(run, "id");
    }
  }
}

std::optional<RecordedFlowRun> RestRunArchive::flow_run(const std::string& id) const {
  const auto run = one("flow_runs", id);
  if (!run) return std::nullopt;
  RecordedFlowRun out = flow_run_of(*run);
  out.of = flow_name(out.of);
  out.states = states("flow_run", id);
  const Object of_run{{"flow_run_id", any_of(id)}};
  std::map<std::string, std::size_t> places;
  for (const Object& task :
       found("task_runs", {{"sort", "EXPECTED_START_TIME_ASC"}, {"task_runs", of_run}}, all)) {
    places.emplace(rest::text(task, "id"), out.task_runs.size());
    out.task_runs.push_back(task_run_of(task));
    out.task_runs.back().states = states("task_run", out.task_runs.back().id);
  }
  find_subflows(out.task_runs, places);
  for (const Object& line : found("logs", {{"sort", "TIMESTAMP_ASC"}, {"logs", of_run}}, all)) {
    RecordedLog log = log_of(line);
    const auto place = places.find(log.task_run_id);
    (place == places.end() ? out.logs : out.task_runs[place->second].logs).push_back(std::move(log));
  }
  for (const Object& artifact : found("artifacts", {{"sort", "CREATED_DESC"}, {"artifacts", of_run}}, all)) {
    std::vector<RecordedOperation> operations = operations_of(artifact);
    const auto place = places.find(rest::text(artifact, "task_run_id"));
    RecordedRun& owner =
        place == places.end() ? static_cast<RecordedRun&>(out) : out.task_runs[place->second];
    owner.operations += static_cast<std::int64_t>(operations.size());
    auto& kept = place == places.end() ? out.operations_run : out.task_runs[place->second].operations_run;
    kept.insert(kept.end(), operations.begin(), operations.end());
  }
  return out;
}

std::optional<RecordedTaskRun> RestRunArchive::task_run(const std::string& id) const {
  const auto run = one("task_runs", id);
  if (!run) return std::nullopt;
  RecordedTaskRun out = task_run_of(*run);
  out.states = states("task_run", id);
  const Object of_run{{"task_run_id", any_of(id)}};
  for (const Object& line : found("logs", {{"sort", "TIMESTAMP_ASC"}, {"logs", of_run}}, all)) {
    out.logs.push_back(log_of(line));
  }
  for (const Object& artifact : found("artifacts", {{"sort", "CREATED_DESC"}, {"artifacts", of_run}}, all)) {
    const std::vector<RecordedOperation> operations = operations_of(artifact);
    out.operations_run.insert(out.operations_run.end(), operations.begin(), operations.end());
  }
  out.operations = static_cast<std::int64_t>(out.operations_run.size());
  return out;
}

}  // namespace prefect::detail
