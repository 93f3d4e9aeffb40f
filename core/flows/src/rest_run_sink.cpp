#include "rest_run_sink.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>
#include <variant>

#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/flows/recorded_value.hpp>

#include "rest_messages.hpp"

namespace prefect::detail {
namespace {

namespace json = boost::json;
namespace log = prefect_sqlalchemy::log;

constexpr std::size_t ids_remembered = 100'000;
constexpr std::size_t log_lines_at_once = 1'000;
constexpr std::size_t log_bytes_at_once = 1'000'000;
constexpr std::size_t cloud_log_limit = 25'000;
constexpr std::size_t told_at_once = 8;

std::string id_in(const json::value& answer, const RestClient& client) {
  const json::object* const object = answer.if_object();
  std::string id = object ? rest::text(*object, "id") : std::string();
  if (!id.empty()) return id;
  throw PrefectServerError("an answer of " + client.name() + " has no id, as Prefect's have", 200, {}, false);
}

}  // namespace

void RestRunSink::Names::set(const std::string& here, const std::string& there) {
  if (here == there) return;
  const std::lock_guard lock(mutex_);
  if (!there_.insert_or_assign(here, there).second) return;
  order_.push_back(here);
  if (order_.size() <= ids_remembered) return;
  there_.erase(order_.front());
  order_.pop_front();
}

std::string RestRunSink::Names::of(const std::string& here) const {
  const std::lock_guard lock(mutex_);
  const auto found = there_.find(here);
  return found == there_.end() ? here : found->second;
}

bool RestRunSink::Names::has(const std::string& here) const {
  const std::lock_guard lock(mutex_);
  return there_.contains(here);
}

RestRunSink::RestRunSink(std::shared_ptr<RestClient> client)
    : client_(std::move(client)),
      in_cloud_(client_->settings().api_url.find("api.prefect.cloud") != std::string::npos) {
  client_->give_up_at(std::chrono::steady_clock::time_point::max());
}

std::string RestRunSink::flow_id(const std::string& flow_name) {
  {
    const std::lock_guard lock(mutex_);
    const auto found = flow_ids_.find(flow_name);
    if (found != flow_ids_.end()) return found->second;
  }
  std::string id =
      id_in(client_->post("/flows/", json::object{{"name", flow_name}, {"tags", json::array{}}}), *client_);
  const std::lock_guard lock(mutex_);
  return flow_ids_[flow_name] = std::move(id);
}

bool RestRunSink::takes_task_ids() {
  {
    const std::lock_guard lock(mutex_);
    if (takes_task_ids_) return *takes_task_ids_;
  }
  bool takes = true;
  try {
    const json::value version = client_->get("/admin/version");
    takes = !version.is_string() || version.get_string().starts_with("3") ||
            !version.get_string().starts_with("2");
  } catch (const PrefectServerError& error) {
    if (error.retryable()) throw;  // Prefect Cloud does not tell its version; it is a later one
  }
  const std::lock_guard lock(mutex_);
  takes_task_ids_ = takes;
  return takes;
}

RunAuthority::KnownRun RestRunSink::create(const FlowRunCreated& event) {
  const std::string parent =
      event.parent_task_run_id.empty() ? std::string() : names_.of(event.parent_task_run_id);
  const json::value made =
      client_->post("/flow_runs/", rest::flow_run(event, flow_id(event.flow_name), parent));
  KnownRun known{id_in(made, *client_), rest::text(made.get_object(), "name")};
  names_.set(event.id, known.id);
  return known;
}

void RestRunSink::announce(const TaskRunCreated& event) {
  const std::lock_guard lock(mutex_);
  announced_.insert_or_assign(event.id, event);
}

/// What the server calls a task run that is another's input. Where the server gives the ids, the run must be
/// there first; that its own thread creates it once more does no harm: its keys are the same.
std::string RestRunSink::input_id(const std::string& task_run) {
  if (!takes_task_ids() && !names_.has(task_run)) {
    std::optional<TaskRunCreated> first;
    {
      const std::lock_guard lock(mutex_);
      const auto found = announced_.find(task_run);
      if (found != announced_.end()) first = found->second;
    }
    if (first) create(*first);
  }
  return names_.of(task_run);
}

void RestRunSink::create(const TaskRunCreated& event) {
  const bool with_id = takes_task_ids();
  const std::string flow_run = event.flow_run_id.empty() ? std::string() : names_.of(event.flow_run_id);
  json::object body = rest::task_run(event, flow_run, with_id);
  if (with_id) body["id"] = event.id;
  for (auto& [name, sources] : body["task_inputs"].as_object()) {
    for (json::value& source : sources.as_array()) {
      json::value& id = source.as_object()["id"];
      if (id.is_string()) id = input_id(std::string(id.get_string()));
    }
  }
  names_.set(event.id, id_in(client_->post("/task_runs/", body), *client_));
  const std::lock_guard lock(mutex_);
  announced_.erase(event.id);
}

void RestRunSink::adopt(const FlowRunCreated& event) {
  json::object change;
  if (!event.name.empty()) change["name"] = event.name;
  if (event.retry.retries > 0) change["empirical_policy"] = rest::flow_run_policy(event.retry);
  if (!change.empty()) client_->patch("/flow_runs/" + event.id, change);
}

Verdict RestRunSink::propose(const StateChanged& change, bool force) {
  const std::string path =
      (change.kind == RunKind::flow ? "/flow_runs/" : "/task_runs/") + names_.of(change.run_id);
  if (change.kind == RunKind::flow && change.state.type == StateType::crashed) {
    // The process was asked to end: because a person cancelled the run, or for another reason?
    const json::value run = client_->get(path);
    if (run.is_object() && rest::text(run.get_object(), "state_type") == "CANCELLING") {
      StateChanged cancelled = change;
      cancelled.state.type = StateType::cancelled;
      cancelled.state.name = "Cancelled";
      return rest::verdict(client_->post(path + "/set_state", rest::state_change(cancelled, force)), name());
    }
  }
  return rest::verdict(client_->post(path + "/set_state", rest::state_change(change, force)), name());
}

void RestRunSink::write(std::span<const RunEvent> events) {
  const bool in_order = std::any_of(events.begin(), events.end(), [](const RunEvent& event) {
    const auto* const state = std::get_if<StateChanged>(&event);
    return state && state->telling == Telling::held_back;
  });
  for (; next_ < events.size(); ++next_) {
    const auto* const state = std::get_if<StateChanged>(&events[next_]);
    const bool ends_task = state && state->kind == RunKind::task && state->telling == Telling::news;
    if (ends_task && !in_order) {
      ends_.push_back({state});
    } else {
      deliver_or_tell([&] { std::visit([this](const auto& held) { deliver(held); }, events[next_]); });
    }
    if (logs_.empty() && ends_.empty()) settled_ = next_ + 1;
  }
  send_logs();
  deliver_ends();
  next_ = settled_ = 0;
}

std::size_t RestRunSink::drop_batch() {
  logs_.clear();
  ends_.clear();
  log_bytes_ = next_ = 0;
  return std::exchange(settled_, 0);
}

/// @throws PrefectServerError  the server is away
void RestRunSink::deliver_or_tell(const std::function<void()>& delivery) {
  try {
    delivery();
  } catch (const std::exception& error) {
    const auto* const refused = dynamic_cast<const PrefectServerError*>(&error);
    if (refused && refused->retryable()) throw;
    log::warning(std::string("a part of the record of runs is left out: ") + error.what());
  }
}

/// The ends of task runs need not wait for each other, so a slow server is told of several at once.
void RestRunSink::deliver_ends() {
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr away;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < ends_.size(); i = next++) {
        if (ends_[i].told) continue;
        deliver_or_tell([&] { deliver(*ends_[i].change); });
        ends_[i].told = true;
      }
    } catch (...) {
      const std::lock_guard lock(mutex);
      away = std::current_exception();
    }
  };
  std::vector<std::thread> helpers;
  try {
    for (std::size_t i = 1; i < std::min(ends_.size(), told_at_once); ++i) helpers.emplace_back(work);
  } catch (const std::system_error&) {
    // There are no more threads: those there are do it.
  }
  work();
  for (std::thread& helper : helpers) helper.join();
  if (away) std::rethrow_exception(away);
  ends_.clear();
}

void RestRunSink::deliver(const StateChanged& event) {
  if (event.telling != Telling::known) {
    const Verdict verdict = propose(event, event.telling == Telling::held_back);
    if (verdict.how == Verdict::How::aborted) {
      log::debug("the server keeps the state of run " + event.run_id + ": " + verdict.reason);
    }
  }
  if (event.state.is_final()) send_table(event.run_id);
}

void RestRunSink::deliver(const LogLine& event) {
  if (!client_->settings().logging_to_api) return;
  if (logs_.size() >= log_lines_at_once || log_bytes_ >= log_bytes_at_once) send_logs();
  if (in_cloud_ && event.message.size() > cloud_log_limit) {
    LogLine shorter = event;
    shorter.message = limited(event.message, cloud_log_limit - 100);
    return deliver(shorter);
  }
  const auto there = [this](const std::string& id) { return id.empty() ? id : names_.of(id); };
  logs_.push_back(rest::log_line(event, there(event.place.flow_run_id), there(event.place.task_run_id)));
  log_bytes_ += event.message.size() + 200;
}

void RestRunSink::deliver(const OperationRun& event) {
  const bool of_task = !event.place.task_run_id.empty();
  deliver(LogLine{event.place, event.sequence, event.error.empty() ? LogLevel::info : LogLevel::warning,
                  of_task ? "prefect.task_runs" : "prefect.flow_runs", OperationTables::line(event),
                  event.started + std::chrono::duration_cast<State::TimePoint::duration>(event.duration)});
  const std::lock_guard lock(mutex_);
  tables_.add(event);  // last: where sending lines fails, the event comes again
}

void RestRunSink::send_logs() {
  if (logs_.empty()) return;
  try {
    client_->post("/logs/", logs_);
  } catch (const PrefectServerError& error) {
    if (error.retryable()) throw;
    log::warning(std::to_string(logs_.size()) + " log lines are left out: " + error.what());
  }
  logs_.clear();
  log_bytes_ = 0;
  settled_ = next_;
}

void RestRunSink::send_table(const std::string& run_id) {
  json::object body;
  {
    const std::lock_guard lock(mutex_);
    const OperationTables::Artifact* const table = tables_.find(run_id);
    if (!table) return;
    body = table->body();
    if (!table->place.flow_run_id.empty()) body["flow_run_id"] = names_.of(table->place.flow_run_id);
    if (!table->place.task_run_id.empty()) body["task_run_id"] = names_.of(table->place.task_run_id);
  }
  try {
    client_->post("/artifacts/", body);
  } catch (const PrefectServerError& error) {
    if (error.retryable()) throw;
    log::warning(std::string("the table of database operations of a run is left out: ") + error.what());
  }
  const std::lock_guard lock(mutex_);
  tables_.drop(run_id);
}

}  // namespace prefect::detail
