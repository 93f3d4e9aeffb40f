#include "rest_messages.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <prefect_sqlalchemy/blocks/rest_client.hpp>
#include <prefect_sqlalchemy/flows/recorded_value.hpp>
#include <prefect_sqlalchemy/sql/value_types.hpp>

#include "run_id.hpp"

namespace prefect::detail::rest {
namespace {

namespace json = boost::json;

json::array text_list(const std::vector<std::string>& texts) {
  json::array out;
  for (const std::string& each : texts) out.emplace_back(each);
  return out;
}

/// Parameters are recorded as text, cut where that is too long: then they are one text here, too.
json::object parameters_of(const std::string& recorded) {
  if (recorded.empty()) return {};
  json::value value = json::parse(recorded);
  if (value.is_object()) return std::move(value.get_object());
  return {{"parameters", std::move(value)}};
}

json::object pending() { return {{"type", "PENDING"}, {"name", "Pending"}}; }

/// How Prefect knows where a task's arguments came from: a list for each, of the task runs that gave it.
json::object inputs_of(const std::string& recorded) {
  json::object out;
  for (const auto& [name, value] : parameters_of(recorded)) {
    json::array sources;
    const auto add = [&](const json::value& from) {
      const auto* const object = from.if_object();
      if (object && object->size() == 2 && object->contains("input_type") && object->contains("id"))
        sources.push_back(from);
    };
    if (const auto* const list = value.if_array()) {
      for (const json::value& each : *list) add(each);
    } else {
      add(value);
    }
    out[name] = std::move(sources);
  }
  return out;
}

}  // namespace

std::string text(const json::object& object, std::string_view key) {
  const json::value* const value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<State::TimePoint> time(const json::object& object, std::string_view key) {
  prefect_sqlalchemy::TimestampTz moment{};
  if (!prefect_sqlalchemy::from_iso(text(object, key), moment)) return std::nullopt;
  return std::chrono::time_point_cast<State::TimePoint::duration>(moment);
}

json::object flow_run_policy(const RetryRule& retry) {
  const double first = retry.delays.empty() ? 0 : retry.delays.front();
  return {{"retries", retry.retries}, {"retry_delay", static_cast<std::int64_t>(std::llround(first))}};
}

json::object flow_run(const FlowRunCreated& event, const std::string& flow_id,
                      const std::string& parent_task_run_id) {
  json::object out{{"flow_id", flow_id},
                   {"parameters", parameters_of(event.parameters)},
                   {"tags", text_list(event.tags)},
                   {"state", pending()},
                   {"empirical_policy", flow_run_policy(event.retry)},
                   // Sent twice, because an answer was lost, it still makes one run.
                   {"idempotency_key", event.id}};
  if (!event.name.empty()) out["name"] = event.name;
  if (!parent_task_run_id.empty()) out["parent_task_run_id"] = parent_task_run_id;
  return out;
}

json::object task_run(const TaskRunCreated& event, const std::string& flow_run_id, bool fractions) {
  json::object policy{{"retries", event.retry.retries}};
  const auto delay = [&](double seconds) {
    return fractions ? json::value(seconds) : json::value(static_cast<std::int64_t>(std::llround(seconds)));
  };
  const std::vector<double>& delays = event.retry.delays;
  if (!delays.empty() && std::equal(delays.begin() + 1, delays.end(), delays.begin())) {
    policy["retry_delay"] = delay(delays.front());
  } else if (!delays.empty()) {
    json::array list;
    for (const double each : delays) list.push_back(delay(each));
    policy["retry_delay"] = std::move(list);
  }
  if (event.retry.jitter_factor > 0) policy["retry_jitter_factor"] = event.retry.jitter_factor;
  json::object out{{"name", event.name},
                   {"task_key", event.task_name},
                   {"dynamic_key", event.dynamic_key},
                   {"tags", text_list(event.tags)},
                   {"state", pending()},
                   {"empirical_policy", std::move(policy)},
                   {"task_inputs", inputs_of(event.task_inputs)}};
  if (!flow_run_id.empty()) out["flow_run_id"] = flow_run_id;
  return out;
}

json::object state_change(const StateChanged& change, bool force) {
  const State& state = change.state;
  json::object details{{"transition_id", state.id}};
  if (state.scheduled_time) details["scheduled_time"] = iso_time(*state.scheduled_time);
  // Retries of tasks are decided here, where each delay is exact: the server must not add its own.
  if (change.kind == RunKind::task && state.type == StateType::failed) details["retriable"] = false;
  json::object out{
      {"type", to_string(state.type)}, {"name", state.name}, {"state_details", std::move(details)}};
  if (!state.message.empty()) out["message"] = state.message;
  return {{"state", std::move(out)}, {"force", force}};
}

json::object log_line(const LogLine& line, const std::string& flow_run_id, const std::string& task_run_id) {
  json::object out{{"name", line.name},
                   {"level", static_cast<int>(line.level)},
                   {"message", line.message},
                   {"timestamp", iso_time(line.timestamp)}};
  if (!flow_run_id.empty()) out["flow_run_id"] = flow_run_id;
  if (!task_run_id.empty()) out["task_run_id"] = task_run_id;
  return out;
}

State state(const json::object& object) {
  State out;
  out.type = state_type(text(object, "type")).value_or(StateType::pending);
  out.name = text(object, "name");
  out.message = text(object, "message");
  out.id = text(object, "id");
  out.timestamp = time(object, "timestamp").value_or(std::chrono::system_clock::now());
  if (const json::value* const details = object.if_contains("state_details");
      details && details->is_object()) {
    out.scheduled_time = time(details->get_object(), "scheduled_time");
  }
  return out;
}

Verdict verdict(const json::value& answer, const std::string& server) {
  const auto malformed = [&] {
    return PrefectServerError("an answer of " + server + " about a run's state is not what Prefect says", 200,
                              {}, false);
  };
  const json::object* const object = answer.if_object();
  if (!object) throw malformed();
  const std::string status = text(*object, "status");
  Verdict out;
  const json::value* const details = object->if_contains("details");
  if (details && details->is_object()) {
    out.reason = text(details->get_object(), "reason");
    const json::value* const delay = details->get_object().if_contains("delay_seconds");
    if (delay && delay->is_number()) {
      const double seconds = std::clamp(delay->to_number<double>(), 0.0, 1e9);
      out.delay = std::chrono::milliseconds(static_cast<long long>(std::ceil(seconds * 1000.0)));
    }
  }
  const json::value* const given = object->if_contains("state");
  if (given && given->is_object()) out.state = state(given->get_object());
  if (status == "ACCEPT") {
    out.how = Verdict::How::accepted;
  } else if (status == "REJECT") {
    out.how = Verdict::How::rejected;
  } else if (status == "WAIT") {
    out.how = Verdict::How::wait;
  } else if (status == "ABORT") {
    out.how = Verdict::How::aborted;
  } else {
    throw malformed();
  }
  return out;
}

}  // namespace prefect::detail::rest
