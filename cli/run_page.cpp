#include "run_page.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <list>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <prefect_sqlalchemy.hpp>

namespace psa_cli {
namespace {

using prefect::RecordedFlowRun;
using prefect::RecordedLog;
using prefect::RecordedOperation;
using prefect::RecordedRun;
using prefect::RecordedTaskRun;
using prefect::State;
using Moment = State::TimePoint;
using std::chrono::microseconds;

/// A text as HTML shows it. Control characters, which HTML does not allow, become U+FFFD.
std::string html(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') {
          out += "\xef\xbf\xbd";
        } else {
          out += c;
        }
    }
  }
  return out;
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

std::string duration_text(microseconds time) {
  char text[32];
  const auto us = static_cast<double>(time.count());
  if (time.count() < 1'000) {
    std::snprintf(text, sizeof text, "%.0f \xc2\xb5s", us);
  } else if (time.count() < 1'000'000) {
    std::snprintf(text, sizeof text, "%.3f ms", us / 1e3);
  } else {
    std::snprintf(text, sizeof text, "%.3f s", us / 1e6);
  }
  return text;
}

microseconds between(Moment begin, Moment end) {
  return std::chrono::duration_cast<microseconds>(end - begin);
}

/// A duration, with its microseconds for machines.
std::string duration_data(microseconds time) {
  return "<data value=\"" + std::to_string(time.count()) + "\">" + duration_text(time) + "</data>";
}

std::string iso(Moment when) {
  return prefect_sqlalchemy::to_iso(
      prefect_sqlalchemy::TimestampTz(std::chrono::floor<std::chrono::milliseconds>(when)));
}

std::string count_of(std::size_t count, std::string_view one) {
  return std::to_string(count) + " " + std::string(one) + (count == 1 ? "" : "s");
}

const char* level_word(int level) {
  return level >= 40 ? "ERROR" : level >= 30 ? "WARNING" : level >= 20 ? "INFO" : "DEBUG";
}

/// A run and those below it.
struct PageRun {
  const RecordedRun* run;
  bool is_flow;
  const std::vector<State>* states;
  const std::vector<RecordedOperation>* operations;
  const std::vector<RecordedLog>* logs;
  std::vector<PageRun> below = {};
};

class RunPage {
 public:
  RunPage(std::ostream& out, const prefect::RunHistory& history, const FoundRun& run)
      : out_(out), history_(history), root_(root_of(run)) {
    begin_ = end_ = root_.run->started.value_or(root_.run->created);
    measure(root_);
  }

  void write() {
    const RecordedRun& run = *root_.run;
    out_ << "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
            "'unsafe-inline'\">\n"
            "<meta name=\"viewport\" content=\"width=device-width\">\n<title>"
         << html(run.name) << " (" << html(run.state.name) << ")</title>\n<style>" << run_page_style
         << "</style>\n</head>\n<body>\n<header>\n<h1>" << html(run.name) << "</h1>\n<p>"
         << (root_.is_flow ? "Flow run of " : "Task run of ") << "<strong>" << html(run.of) << "</strong>, "
         << state_word(run.state) << "</p>\n";
    write_facts(root_);
    out_ << "</header>\n<main>\n<h2 id=\"timeline\">Timeline</h2>\n<p class=\"of\">" << count_of(runs_, "run")
         << ", " << count_of(operations_, "database operation") << ", "
         << duration_text(between(begin_, end_))
         << ". Open a run to see its states, statements and logs.</p>\n";
    write_axis();
    out_ << "<ul aria-labelledby=\"timeline\">\n";
    write_run(root_, 0);
    out_ << "</ul>\n</main>\n</body>\n</html>\n";
  }

 private:
  PageRun root_of(const FoundRun& run) {
    if (const auto* flow = std::get_if<RecordedFlowRun>(&run)) return flow_page(*flow);
    return task_page(std::get<RecordedTaskRun>(run));
  }

  PageRun flow_page(const RecordedFlowRun& flow) {
    PageRun page{&flow, true, &flow.states, &flow.operations_run, &flow.logs};
    for (const auto& task : flow.task_runs) page.below.push_back(task_page(task));
    return page;
  }

  PageRun task_page(const RecordedTaskRun& task) {
    PageRun page{&task, false, &task.states, &task.operations_run, &task.logs};
    if (task.subflow_run_id.empty()) return page;
    if (auto below = history_.flow_run(task.subflow_run_id)) {
      page.below.push_back(flow_page(subflows_.emplace_back(*std::move(below))));
    }
    return page;
  }

  /// Finds the moments between which everything was.
  void measure(const PageRun& page) {
    const auto see = [this](Moment when) {
      begin_ = std::min(begin_, when);
      end_ = std::max(end_, when);
    };
    if (page.run->started) see(*page.run->started);
    if (page.run->ended) see(*page.run->ended);
    for (const auto& state : *page.states) see(state.timestamp);
    for (const auto& operation : *page.operations) {
      see(operation.started);
      see(operation.started + operation.duration);
    }
    ++runs_;
    operations_ += page.operations->size();
    for (const PageRun& each : page.below) measure(each);
  }

  static std::string state_word(const State& state) {
    return "<span class=\"state " + lower(to_string(state.type)) + "\">" + html(state.name) + "</span>";
  }

  /// "left:10%;width:5%" on the axis.
  std::string place(Moment from, Moment to) const {
    const auto all = static_cast<double>(std::max<std::int64_t>(between(begin_, end_).count(), 1));
    char text[64];
    std::snprintf(text, sizeof text, "left:%.4f%%;width:%.4f%%",
                  100 * static_cast<double>(between(begin_, from).count()) / all,
                  100 * static_cast<double>(between(from, to).count()) / all);
    return text;
  }

  void write_axis() {
    out_ << "<div class=\"row axis\" aria-hidden=\"true\"><span></span><span></span><span></span>"
            "<span class=\"track\">";
    constexpr int parts = 4;
    for (int part = 0; part <= parts; ++part) {
      out_ << "<span style=\"left:" << 100 * part / parts << "%\">"
           << duration_text(between(begin_, end_) * part / parts) << "</span>";
    }
    out_ << "</span></div>\n";
  }

  void write_run(const PageRun& page, int depth) {
    const RecordedRun& run = *page.run;
    out_ << "<li><details id=\"run-" << html(run.id) << "\">\n"
         << "<summary class=\"row " << lower(to_string(run.state.type)) << "\" style=\"--depth:" << depth
         << "\"><span class=\"name\">" << html(run.name) << " <span class=\"of\">"
         << (page.is_flow ? "flow " : "task ") << html(run.of) << "</span></span> " << state_word(run.state)
         << " <span class=\"number\">";
    if (run.started && run.ended) {
      out_ << duration_data(between(*run.started, *run.ended));
    } else {
      out_ << (run.started ? "not ended" : "not begun");
    }
    out_ << "</span><span class=\"track\" aria-hidden=\"true\">";
    if (run.started) {
      out_ << "<span class=\"bar\" style=\"" << place(*run.started, run.ended.value_or(end_)) << "\"></span>";
    }
    for (const auto& operation : *page.operations) {
      out_ << "<span class=\"bar operation\" style=\""
           << place(operation.started, operation.started + operation.duration) << "\"></span>";
    }
    out_ << "</span></summary>\n<div class=\"inside\">\n";
    if (depth > 0) write_facts(page);
    write_states(*page.states);
    write_operations(run, *page.operations);
    write_logs(*page.logs);
    out_ << "</div>\n</details>\n";
    if (!page.below.empty()) {
      out_ << "<ul aria-label=\"Runs of " << html(run.name) << "\">\n";
      for (const PageRun& each : page.below) write_run(each, depth + 1);
      out_ << "</ul>\n";
    }
    out_ << "</li>\n";
  }

  void write_fact(std::string_view name, const std::string& value) {
    if (!value.empty()) out_ << "<dt>" << name << "</dt><dd>" << html(value) << "</dd>\n";
  }

  void write_facts(const PageRun& page) {
    const RecordedRun& run = *page.run;
    std::string tags;
    for (const std::string& tag : run.tags) tags += (tags.empty() ? "" : ", ") + tag;
    out_ << "<dl>\n";
    write_fact("Id", run.id);
    write_fact("Message", run.state.message);
    write_fact("Started", run.started ? iso(*run.started) : std::string());
    write_fact("Ended", run.ended ? iso(*run.ended) : std::string());
    write_fact("Attempts", run.run_count > 1 ? std::to_string(run.run_count) : std::string());
    write_fact("Tags", tags);
    write_fact(page.is_flow ? "Parameters" : "Inputs", run.arguments == "{}" ? std::string() : run.arguments);
    write_fact("Result", run.result);
    out_ << "</dl>\n";
  }

  void write_states(const std::vector<State>& states) {
    if (states.empty()) return;
    out_ << "<h3>States</h3>\n<table class=\"states\">\n<tr><th scope=\"col\">State</th><th "
            "scope=\"col\">After"
            "</th><th scope=\"col\">Message</th></tr>\n";
    for (const State& state : states) {
      out_ << "<tr><td>" << state_word(state) << "</td><td class=\"number\">"
           << duration_data(between(begin_, state.timestamp)) << "</td><td class=\"message\">"
           << html(state.message) << "</td></tr>\n";
    }
    out_ << "</table>\n";
  }

  void write_operations(const RecordedRun& run, const std::vector<RecordedOperation>& operations) {
    if (operations.empty() && run.operations <= 0) return;
    const auto more = run.operations - static_cast<std::int64_t>(operations.size());
    out_ << "<h3>Database operations</h3>\n<ol class=\"operations\">\n";
    for (const RecordedOperation& operation : operations) {
      out_ << "<li class=\"row" << (operation.error.empty() ? "" : " error") << "\"><div><pre><code>"
           << html(operation.statement) << "</code></pre><span class=\"of\">" << html(operation.driver)
           << "</span>";
      if (!operation.error.empty()) out_ << "<pre class=\"error-text\">" << html(operation.error) << "</pre>";
      out_ << "</div><span class=\"number\">";
      if (operation.rows >= 0) {
        out_ << "<data value=\"" << operation.rows << "\">"
             << count_of(static_cast<std::size_t>(operation.rows), "row") << "</data>";
      }
      out_ << "</span><span class=\"number\">" << duration_data(operation.duration)
           << "</span><span class=\"track\" aria-hidden=\"true\"><span class=\"bar\" style=\""
           << place(operation.started, operation.started + operation.duration) << "\"></span></span></li>\n";
    }
    out_ << "</ol>\n";
    if (more > 0) {
      out_ << "<dl><dt>Not recorded one by one</dt><dd>"
           << count_of(static_cast<std::size_t>(more), "more operation") << "</dd></dl>\n";
    }
  }

  void write_logs(const std::vector<RecordedLog>& logs) {
    if (logs.empty()) return;
    out_ << "<h3>Logs</h3>\n<table class=\"logs\">\n<tr><th scope=\"col\">After</th><th "
            "scope=\"col\">Level</th>"
            "<th scope=\"col\">Message</th></tr>\n";
    for (const RecordedLog& line : logs) {
      out_ << "<tr><td class=\"number\">" << duration_data(between(begin_, line.timestamp)) << "</td><td>"
           << level_word(line.level) << "</td><td class=\"message\">" << html(line.message) << "</td></tr>\n";
    }
    out_ << "</table>\n";
  }

  std::ostream& out_;
  const prefect::RunHistory& history_;
  std::list<RecordedFlowRun> subflows_;
  PageRun root_;
  Moment begin_, end_;
  std::size_t runs_ = 0;
  std::size_t operations_ = 0;
};

}  // namespace

void write_run_page(std::ostream& out, const prefect::RunHistory& history, const FoundRun& run) {
  RunPage(out, history, run).write();
}

}  // namespace psa_cli
