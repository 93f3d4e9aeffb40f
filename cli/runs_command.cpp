#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <system_error>
#include <variant>

#include <CLI/CLI.hpp>
#include <boost/json/serialize.hpp>

#include <prefect.hpp>
#include <prefect_sqlalchemy.hpp>

#include "commands.hpp"
#include "display_width.hpp"
#include "run_argument.hpp"
#include "run_page.hpp"
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

/// Writes the run's page into a file, or to standard output.
void write_page(const RunHistory& history, const FoundRun& run, const std::string& file) {
  if (file == "-") return write_run_page(std::cout, history, run);
  errno = 0;
  std::ofstream out(file);
  if (out) write_run_page(out, history, run);
  out.close();
  if (!out) {
    throw std::runtime_error(
        file + " cannot be written: " + std::system_category().message(errno != 0 ? errno : EIO));
  }
}

void show_run(const std::string& text, const std::string& html_file) {
  const RunHistory history;
  const auto found = find_run(history, text);
  if (!html_file.empty()) return write_page(history, found, html_file);
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
  auto html_file = std::make_shared<std::string>();
  show->add_option("--html", *html_file, "Write one page for a browser into FILE (- is standard output)")
      ->type_name("FILE");
  show->callback([run, html_file] { show_run(*run, *html_file); });

  auto* logs = runs->add_subcommand("logs", "Show what a run logged, in order of time");
  logs->add_option("RUN", *run, run_help);
  logs->callback([run] { show_logs(*run); });
}

}  // namespace psa_cli
