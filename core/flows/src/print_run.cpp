#include <cstdio>
#include <ostream>
#include <string>
#include <string_view>

#include <prefect_sqlalchemy/flows/run_history.hpp>

#include "run_id.hpp"

namespace prefect {
namespace {

std::string duration_text(std::chrono::microseconds duration) {
  char text[32];
  const double us = static_cast<double>(duration.count());
  if (us < 1e3) {
    std::snprintf(text, sizeof text, "%.0f us", us);
  } else if (us < 1e6) {
    std::snprintf(text, sizeof text, "%.1f ms", us / 1e3);
  } else {
    std::snprintf(text, sizeof text, "%.1f s", us / 1e6);
  }
  return text;
}

/// A statement on one line: runs of blanks and line ends become one blank.
std::string one_line(std::string_view text) {
  constexpr std::size_t limit = 120;
  std::string out;
  for (const char c : text) {
    const bool blank = c == ' ' || c == '\n' || c == '\t' || c == '\r';
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  if (out.size() <= limit) return out;
  std::size_t end = limit - 3;
  while (end > 0 && (static_cast<unsigned char>(out[end]) & 0xc0U) == 0x80U) --end;
  return out.substr(0, end) + "...";
}

std::string_view level_text(int level) {
  return level >= 40 ? "ERROR" : level >= 30 ? "WARNING" : level >= 20 ? "INFO" : "DEBUG";
}

void print_head(std::ostream& out, std::string_view kind, const RecordedRun& run) {
  out << kind << " '" << run.name << "' of " << (kind == "Flow run" ? "flow" : "task") << " '" << run.of
      << "'  " << run.state.name;
  if (run.started && run.ended) {
    out << "  "
        << duration_text(std::chrono::duration_cast<std::chrono::microseconds>(*run.ended - *run.started));
  }
  if (run.run_count > 1) out << "  " << run.run_count << " attempts";
  out << '\n';
}

void print_states(std::ostream& out, const std::string& indent, const std::vector<State>& states) {
  out << indent << "states: ";
  for (std::size_t i = 0; i < states.size(); ++i) out << (i > 0 ? ", " : "") << states[i].name;
  out << '\n';
}

void print_operations(std::ostream& out, const std::string& indent,
                      const std::vector<RecordedOperation>& list, std::int64_t all) {
  for (const RecordedOperation& operation : list) {
    out << indent << "sql: " << one_line(operation.statement) << "  [" << operation.driver << ", "
        << duration_text(operation.duration);
    if (operation.rows >= 0) out << ", " << operation.rows << (operation.rows == 1 ? " row" : " rows");
    out << "]\n";
    if (!operation.error.empty()) out << indent << "     error: " << one_line(operation.error) << '\n';
  }
  const auto shown = static_cast<std::int64_t>(list.size());
  if (all > shown) out << indent << "sql: and " << all - shown << " more operations\n";
}

void print_logs(std::ostream& out, const std::string& indent, const std::vector<RecordedLog>& logs) {
  for (const RecordedLog& line : logs) {
    out << indent << "log: " << level_text(line.level) << "  " << one_line(line.message) << '\n';
  }
}

void print_task(std::ostream& out, const std::string& indent, const RecordedTaskRun& run) {
  out << indent;
  print_head(out, "Task run", run);
  const std::string inner = indent + "    ";
  print_states(out, inner, run.states);
  if (!run.state.message.empty()) out << inner << "message: " << one_line(run.state.message) << '\n';
  if (!run.subflow_run_id.empty()) out << inner << "subflow: " << run.subflow_run_id << '\n';
  print_operations(out, inner, run.operations_run, run.operations);
  print_logs(out, inner, run.logs);
}

}  // namespace

void print(std::ostream& out, const RecordedFlowRun& run) {
  print_head(out, "Flow run", run);
  const std::string indent = "    ";
  out << indent << "id: " << run.id << "  created: " << detail::iso_time(run.created) << '\n';
  out << indent << "parameters: " << one_line(run.arguments) << '\n';
  print_states(out, indent, run.states);
  if (!run.state.message.empty()) out << indent << "message: " << one_line(run.state.message) << '\n';
  print_operations(out, indent, run.operations_run, run.operations);
  print_logs(out, indent, run.logs);
  for (const RecordedTaskRun& task : run.task_runs) print_task(out, indent, task);
}

void print(std::ostream& out, const RecordedTaskRun& run) { print_task(out, "", run); }

}  // namespace prefect
