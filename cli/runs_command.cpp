#include <algorithm>
#include <cstdio>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <variant>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include <prefect.hpp>
#include <prefect_sqlalchemy.hpp>

#include "commands.hpp"
#include "display_width.hpp"
#include "terminal.hpp"
#include "text_table.hpp"

namespace psa_cli {
namespace {

namespace json = boost::json;
using prefect::RecordedFlowRun;
using prefect::RecordedLog;
using prefect::RecordedTaskRun;
using prefect::RunHistory;
using prefect::State;

/// Runs among which a name or the beginning of an id is looked for.
constexpr int runs_looked_at = 1000;

std::string moment(State::TimePoint when) {
  return prefect_sqlalchemy::to_iso(
      prefect_sqlalchemy::TimestampTz(std::chrono::floor<std::chrono::milliseconds>(when)));
}

std::string seconds_between(const prefect::RecordedRun& run) {
  if (!run.started || !run.ended) return "";
  char text[32];
  std::snprintf(text, sizeof text, "%.3f s",
                std::chrono::duration<double>(*run.ended - *run.started).count());
  return text;
}

void list_runs(int limit, bool as_json) {
  const auto runs = RunHistory().flow_runs(limit);
  if (as_json) {
    json::array all;
    for (const auto& run : runs) {
      const auto or_null = [](const std::optional<State::TimePoint>& when) {
        return when ? json::value(moment(*when)) : json::value(nullptr);
      };
      all.push_back({{"id", run.id},
                     {"flow", run.of},
                     {"name", run.name},
                     {"state", run.state.name},
                     {"created", moment(run.created)},
                     {"started", or_null(run.started)},
                     {"ended", or_null(run.ended)}});
    }
    std::cout << json::serialize(all) << '\n';
    return;
  }
  TextTable table({"id", "flow", "name", "state", "created", "duration"}, output_width());
  table.align_right(5);
  for (const auto& run : runs) {
    table.add({run.id, printable(run.of), printable(run.name), printable(run.state.name), moment(run.created),
               seconds_between(run)});
  }
  table.print(std::cout);
}

using FoundRun = std::variant<RecordedFlowRun, RecordedTaskRun>;

/// The id of the newest run of that name, or of the only one whose id begins so; empty if there is none.
template <class Run>
std::string matching_id(const std::vector<Run>& runs, const std::string& text) {
  std::string found;
  for (const auto& run : runs) {
    if (run.name == text) return run.id;
    if (!run.id.starts_with(text)) continue;
    if (!found.empty()) throw std::runtime_error("several runs have an id that begins so; give more of it");
    found = run.id;
  }
  return found;
}

/// @param text  an id, the beginning of one, or a run's name; empty: the newest
FoundRun find_run(const RunHistory& history, const std::string& text) {
  constexpr std::size_t uuid_size = 36;
  if (text.size() == uuid_size) {
    if (auto run = history.flow_run(text)) return *std::move(run);
    if (auto run = history.task_run(text)) return *std::move(run);
  }
  const int looked_at = text.empty() ? 1 : runs_looked_at;
  const auto flow_id = matching_id(history.flow_runs(looked_at), text);
  if (!flow_id.empty()) return *history.flow_run(flow_id);
  const auto task_id = matching_id(history.task_runs_alone(looked_at), text);
  if (!task_id.empty()) return *history.task_run(task_id);
  if (text.empty()) throw std::runtime_error("no run is recorded yet");
  throw std::runtime_error("no run has this id or name; \"psa runs ls\" lists them");
}

/// What the library prints, safe for a terminal.
template <class Run>
void print_safely(const Run& run, const std::string& indent) {
  std::stringstream tree;
  print(tree, run);
  for (std::string line; std::getline(tree, line);) std::cout << indent << printable(line) << '\n';
}

/// A flow run, and below it the flow runs that it began.
void show_tree(const RunHistory& history, const RecordedFlowRun& run, const std::string& indent) {
  print_safely(run, indent);
  for (const auto& task : run.task_runs) {
    if (task.subflow_run_id.empty()) continue;
    if (const auto below = history.flow_run(task.subflow_run_id)) show_tree(history, *below, indent + "    ");
  }
}

void show_run(const std::string& text) {
  const RunHistory history;
  const auto found = find_run(history, text);
  if (const auto* flow = std::get_if<RecordedFlowRun>(&found)) return show_tree(history, *flow, "");
  print_safely(std::get<RecordedTaskRun>(found), "");
}

const char* level_name(int level) {
  return level >= 40 ? "ERROR" : level >= 30 ? "WARNING" : level >= 20 ? "INFO" : "DEBUG";
}

struct LogLine {
  RecordedLog log;
  std::string of;
};

void add_logs(std::vector<LogLine>& lines, const std::vector<RecordedLog>& logs, const std::string& of) {
  for (const auto& log : logs) lines.push_back({log, of});
}

void show_logs(const std::string& text) {
  const auto found = find_run(RunHistory(), text);
  std::vector<LogLine> lines;
  if (const auto* flow = std::get_if<RecordedFlowRun>(&found)) {
    add_logs(lines, flow->logs, "flow run '" + flow->name + "'");
    for (const auto& task : flow->task_runs) add_logs(lines, task.logs, "task run '" + task.name + "'");
  } else {
    const auto& task = std::get<RecordedTaskRun>(found);
    add_logs(lines, task.logs, "task run '" + task.name + "'");
  }
  std::stable_sort(lines.begin(), lines.end(), [](const auto& left, const auto& right) {
    return left.log.timestamp < right.log.timestamp;
  });
  for (const auto& [log, of] : lines) {
    std::cout << moment(log.timestamp) << " | " << level_name(log.level) << " | " << printable(of) << " - "
              << printable(log.message) << '\n';
  }
}

}  // namespace

void add_runs_command(CLI::App& app) {
  auto* runs = app.add_subcommand("runs", "Recorded runs of flows: list, show, logs");
  runs->require_subcommand(1);

  struct ListOptions {
    int limit = 20;
    bool as_json = false;
  };
  auto options = std::make_shared<ListOptions>();
  auto* list = runs->add_subcommand("ls", "List the newest flow runs");
  list->add_option("-n,--limit", options->limit, "How many")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  list->add_flag("--json", options->as_json, "Print JSON");
  list->callback([options] { list_runs(options->limit, options->as_json); });

  auto run = std::make_shared<std::string>();
  constexpr const char* run_help = "Id, beginning of an id, or name; the newest if left out";
  auto* show = runs->add_subcommand("show", "Show a run's tree: tasks, states, durations, statements");
  show->add_option("RUN", *run, run_help);
  show->callback([run] { show_run(*run); });

  auto* logs = runs->add_subcommand("logs", "Show what a run logged, in order of time");
  logs->add_option("RUN", *run, run_help);
  logs->callback([run] { show_logs(*run); });
}

}  // namespace psa_cli
