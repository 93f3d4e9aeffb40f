// Flow runs, task runs and what belongs to them, of PrefectServer.

#include <algorithm>

#include <prefect_sqlalchemy/sql/value_types.hpp>

#include "prefect_server.hpp"
#include "prefect_server_parts.hpp"

namespace test_support {

namespace json = boost::json;
using namespace prefect_parts;

namespace {

bool is_terminal(const std::string& type) {
  return type == "COMPLETED" || type == "FAILED" || type == "CANCELLED" || type == "CRASHED";
}

std::string default_name(const std::string& type) {
  return type.substr(0, 1) + [&] {
    std::string rest = type.substr(1);
    for (char& c : rest) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return rest;
  }();
}

SentAnswer state_answer(int status, const json::value& state, const char* word, object details) {
  return json_answer(status, object{{"state", state}, {"status", word}, {"details", std::move(details)}});
}

std::chrono::system_clock::time_point moment_of(const json::value& text) {
  prefect_sqlalchemy::TimestampTz time{};
  prefect_sqlalchemy::from_iso(std::string_view(text.as_string()), time);
  return time;
}

}  // namespace

object PrefectServer::write_state(Object& run, const Object& proposed, const std::string& name,
                                  const std::string& type) {
  Object details;
  if (const auto* const given = proposed.if_contains("state_details")) details = given->as_object();
  Object state{{"id", new_uuid()}, {"type", type}, {"name", name}, {"timestamp", now()}, {"data", nullptr}};
  state["message"] = proposed.contains("message") ? proposed.at("message") : json::value();
  state["state_details"] = details;
  if (type == "RUNNING") {
    run["run_count"] = run["run_count"].as_int64() + 1;
    if (run["start_time"].is_null()) run["start_time"] = state["timestamp"];
  }
  run["end_time"] = is_terminal(type) ? state["timestamp"] : json::value();
  run["state"] = state;
  run["state_type"] = type;
  run["state_name"] = name;
  states_[text_of(run, "id")].push_back(state);
  return state;
}

SentAnswer PrefectServer::create_flow_run(const Object& body) {
  if (!find_by(flows_, "id", text_of(body, "flow_id"))) return detail_answer(404, "Flow not found");
  if (const std::string key = text_of(body, "idempotency_key"); !key.empty()) {
    if (const Object* const there = find_by(flow_runs_, "idempotency_key", key))
      return json_answer(200, *there);
  }
  Object run{{"parameters", object{}},
             {"tags", json::array{}},
             {"deployment_id", nullptr},
             {"parent_task_run_id", nullptr},
             {"empirical_policy",
              object{{"retries", nullptr}, {"retry_delay", nullptr}, {"pause_keys", json::array{}}}}};
  for (const auto& [key, value] : body) run[key] = value;
  run["id"] = new_uuid();
  run["created"] = now();
  run["run_count"] = 0;
  run["start_time"] = run["end_time"] = nullptr;
  if (!run.contains("name")) run["name"] = "winged-hamster";
  const Object proposed = body.contains("state") ? body.at("state").as_object() : object{{"type", "PENDING"}};
  const std::string type = text_of(proposed, "type");
  write_state(run, proposed, proposed.contains("name") ? text_of(proposed, "name") : default_name(type),
              type);
  flow_runs_.push_back(run);
  return json_answer(201, run);
}

SentAnswer PrefectServer::create_task_run(const Object& body) {
  for (const Object& each : task_runs_) {
    if (each.at("flow_run_id") != (body.contains("flow_run_id") ? body.at("flow_run_id") : json::value()))
      continue;
    if (text_of(each, "task_key") == text_of(body, "task_key") &&
        text_of(each, "dynamic_key") == text_of(body, "dynamic_key")) {
      return json_answer(200, each);
    }
  }
  if (body.contains("flow_run_id") && !find_by(flow_runs_, "id", text_of(body, "flow_run_id"))) {
    problems_.push_back("a task run of a flow run that is not there");
    return detail_answer(404, "Flow run not found");
  }
  Object run{{"flow_run_id", nullptr},
             {"tags", json::array{}},
             {"task_inputs", object{}},
             {"empirical_policy", object{{"retries", nullptr}}}};
  for (const auto& [key, value] : body) run[key] = value;
  if (!run.contains("id")) run["id"] = new_uuid();
  run["created"] = now();
  run["run_count"] = 0;
  run["start_time"] = run["end_time"] = nullptr;
  const Object proposed = body.contains("state") ? body.at("state").as_object() : object{{"type", "PENDING"}};
  const std::string type = text_of(proposed, "type");
  write_state(run, proposed, proposed.contains("name") ? text_of(proposed, "name") : default_name(type),
              type);
  task_runs_.push_back(run);
  return json_answer(201, run);
}

SentAnswer PrefectServer::set_state(Object& run, bool is_flow, const Object& body) {
  const Object& proposed = body.at("state").as_object();
  const std::string type = text_of(proposed, "type");
  std::string name = proposed.contains("name") ? text_of(proposed, "name") : default_name(type);
  const Object current = run.at("state").as_object();
  const std::string here = text_of(current, "type");
  const auto accept = [&] {
    return state_answer(201, write_state(run, proposed, name, type), "ACCEPT", {{"type", "accept_details"}});
  };
  const auto abort = [&](const std::string& reason) {
    return state_answer(200, current, "ABORT", {{"type", "abort_details"}, {"reason", reason}});
  };
  if (const auto* const force = body.if_contains("force"); force && force->as_bool()) return accept();
  const Object details =
      proposed.contains("state_details") ? proposed.at("state_details").as_object() : object{};
  if (const std::string transition = text_of(details, "transition_id");
      !transition.empty() &&
      transition == text_of(current.at("state_details").as_object(), "transition_id")) {
    return state_answer(
        200, current, "REJECT",
        {{"type", "reject_details"}, {"reason", "This run has already made this state transition."}});
  }
  if (is_terminal(here) && (type == "CRASHED" || type == "CANCELLING" || type == "PAUSED")) {
    return abort("Run is already in terminal state " + here + ".");
  }
  if (here == "CANCELLING" && !is_terminal(type)) {
    return state_answer(200, nullptr, "REJECT",
                        {{"type", "reject_details"},
                         {"reason", "Cannot transition flows that are cancelling to a non-terminal state."}});
  }
  if (type == "RUNNING" && !is_flow && !run.at("flow_run_id").is_null()) {
    const Object* const flow_run = find_by(flow_runs_, "id", text_of(run, "flow_run_id"));
    if (text_of(*flow_run, "state_type") != "RUNNING")
      return abort("The enclosing flow must be running to begin task execution.");
  }
  if (type == "RUNNING" && here == "SCHEDULED" &&
      current.at("state_details").as_object().contains("scheduled_time")) {
    const auto left =
        moment_of(current.at("state_details").at("scheduled_time")) - std::chrono::system_clock::now();
    if (left > std::chrono::milliseconds(5)) {
      const double seconds = std::chrono::duration<double>(left).count();
      return state_answer(200, current, "WAIT",
                          {{"type", "wait_details"},
                           {"delay_seconds", seconds},
                           {"reason", "Scheduled time is in the future"}});
    }
  }
  if (type == "RUNNING" && text_of(current, "name") == "AwaitingRetry" && !is_flow) name = "Retrying";
  if (type == "FAILED") {
    const Object& policy = run.at("empirical_policy").as_object();
    const auto* const retries = policy.if_contains("retries");
    const auto* const retriable = details.if_contains("retriable");
    const bool final_task = !is_flow && retriable && retriable->is_bool() && !retriable->get_bool();
    if (retries && retries->is_int64() && run.at("run_count").as_int64() <= retries->get_int64() &&
        !final_task) {
      const auto* const delay = policy.if_contains("retry_delay");
      const auto seconds = std::chrono::milliseconds(
          static_cast<long long>(delay && delay->is_number() ? delay->to_number<double>() * 1000 : 0));
      Object retry = proposed;
      retry["state_details"] = object{{"scheduled_time", time(std::chrono::system_clock::now() + seconds)}};
      return state_answer(201, write_state(run, retry, "AwaitingRetry", "SCHEDULED"), "REJECT",
                          {{"type", "reject_details"}, {"reason", "Retrying"}});
    }
  }
  return accept();
}

SentAnswer PrefectServer::found(const std::string& kind, const Object& filter) const {
  const auto wanted = [&](const char* part, const char* field) -> std::optional<json::array> {
    const auto* const outer = filter.if_contains(part);
    const auto* const inner = outer ? outer->as_object().if_contains(field) : nullptr;
    const auto* const any = inner ? inner->as_object().if_contains("any_") : nullptr;
    return any ? std::optional(any->as_array()) : std::nullopt;
  };
  const std::vector<Object>& all = kind == "flow_runs"   ? flow_runs_
                                   : kind == "task_runs" ? task_runs_
                                   : kind == "logs"      ? logs_
                                   : kind == "flows"     ? flows_
                                                         : artifacts_;
  json::array out;
  const auto limit = filter.contains("limit") ? filter.at("limit").to_number<std::size_t>() : 200;
  const auto offset = filter.contains("offset") ? filter.at("offset").to_number<std::size_t>() : 0;
  if (limit > 200) return detail_answer(422, "Invalid limit: must be less than or equal to 200.");
  std::size_t skipped = 0;
  const auto take = [&](const Object& each) {
    for (const char* const field : {"id", "flow_run_id", "task_run_id", "parent_task_run_id", "name"}) {
      if (const auto any = wanted(kind.c_str(), field)) {
        const auto* const value = each.if_contains(field);
        if (!value || std::find(any->begin(), any->end(), *value) == any->end()) return;
      }
    }
    if (const auto* const outer = filter.if_contains("task_runs"); outer && kind == "task_runs") {
      const auto* const flow = outer->as_object().if_contains("flow_run_id");
      const auto* const null = flow ? flow->as_object().if_contains("is_null_") : nullptr;
      if (null && null->as_bool() != each.at("flow_run_id").is_null()) return;
    }
    if (skipped++ < offset || out.size() >= limit) return;
    out.push_back(each);
  };
  const std::string sort = text_of(filter, "sort");
  if (sort.ends_with("DESC")) {
    std::for_each(all.rbegin(), all.rend(), take);
  } else {
    std::for_each(all.begin(), all.end(), take);
  }
  return json_answer(200, out);
}

SentAnswer PrefectServer::runs(const std::string& method, const std::string& path, const std::string& query,
                               const json::value& body) {
  static const Object none;
  const Object& held = body.is_object() ? body.get_object() : none;
  if (path == "/flows/") {
    if (const Object* const there = find_by(flows_, "name", text_of(held, "name")))
      return json_answer(200, *there);
    Object made = held;
    made["id"] = new_uuid();
    flows_.push_back(made);
    return json_answer(201, made);
  }
  if (path == "/flow_runs/") return create_flow_run(held);
  if (path == "/task_runs/") return create_task_run(held);
  if (path == "/logs/") {
    for (const json::value& line : body.as_array()) logs_.push_back(line.as_object());
    return json_answer(201, nullptr);
  }
  if (path == "/artifacts/") {
    Object made = held;
    made["id"] = new_uuid();
    artifacts_.push_back(made);
    return json_answer(201, made);
  }
  for (const char* const kind : {"flow_runs", "task_runs", "logs", "artifacts", "flows"}) {
    if (path == std::string("/") + kind + "/filter") return found(kind, held);
  }
  if (path == "/flow_run_states/" || path == "/task_run_states/") {
    const std::string id = query.substr(query.find('=') + 1);
    return json_answer(200, states_.contains(id) ? states_.at(id) : json::array{});
  }
  if (const std::string id = between(path, "/flows/", ""); !id.empty()) {
    const Object* const flow = find_by(flows_, "id", id);
    return flow ? json_answer(200, *flow) : detail_answer(404, "Flow not found");
  }
  for (const bool is_flow : {true, false}) {
    const std::string root = is_flow ? "/flow_runs/" : "/task_runs/";
    std::vector<Object>& all = is_flow ? flow_runs_ : task_runs_;
    const char* const missing = is_flow ? "Flow run not found" : "Task not found";
    if (const std::string id = between(path, root, "/set_state"); !id.empty()) {
      Object* const run = find_by(all, "id", id);
      return run ? set_state(*run, is_flow, held) : detail_answer(404, missing);
    }
    if (const std::string id = between(path, root, ""); !id.empty()) {
      Object* const run = find_by(all, "id", id);
      if (!run) return detail_answer(404, missing);
      if (method != "PATCH") return json_answer(200, *run);
      for (const auto& [key, value] : held) (*run)[key] = value;
      return {.status = 204};
    }
  }
  return detail_answer(404, "Not Found");
}

object PrefectServer::flow_run(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const Object* const run = find_by(flow_runs_, "id", id);
  return run ? *run : object{};
}
std::vector<object> PrefectServer::flow_runs() const {
  const std::lock_guard lock(mutex_);
  return flow_runs_;
}
std::vector<object> PrefectServer::task_runs() const {
  const std::lock_guard lock(mutex_);
  return task_runs_;
}
object PrefectServer::task_run_named(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const Object* const run = find_by(task_runs_, "name", name);
  return run ? *run : object{};
}
json::array PrefectServer::states(const std::string& run_id) const {
  const std::lock_guard lock(mutex_);
  const auto found = states_.find(run_id);
  return found == states_.end() ? json::array{} : found->second;
}
std::vector<std::string> PrefectServer::state_names(const std::string& run_id) const {
  std::vector<std::string> out;
  for (const json::value& state : states(run_id)) out.emplace_back(state.at("name").as_string());
  return out;
}
std::vector<object> PrefectServer::logs() const {
  const std::lock_guard lock(mutex_);
  return logs_;
}
std::vector<object> PrefectServer::artifacts() const {
  const std::lock_guard lock(mutex_);
  return artifacts_;
}
std::vector<object> PrefectServer::deployments() const {
  const std::lock_guard lock(mutex_);
  return deployments_;
}

std::string PrefectServer::submit_flow_run(const std::string& flow_name, json::object parameters) {
  const std::lock_guard lock(mutex_);
  const json::value flow = json::value(flow_name);
  runs("POST", "/flows/", {}, object{{"name", flow}});
  create_flow_run({{"flow_id", find_by(flows_, "name", flow_name)->at("id")},
                   {"parameters", std::move(parameters)},
                   {"deployment_id", new_uuid()},
                   {"state", object{{"type", "PENDING"}, {"name", "Submitting"}}}});
  return text_of(flow_runs_.back(), "id");
}

void PrefectServer::cancel_flow_run(const std::string& id) {
  const std::lock_guard lock(mutex_);
  write_state(*find_by(flow_runs_, "id", id), {}, "Cancelling", "CANCELLING");
}

}  // namespace test_support
