#include <string_view>
#include <utility>

#include <prefect_sqlalchemy/drivers/driver_report.hpp>
#include <prefect_sqlalchemy/drivers/missing_driver_error.hpp>

namespace prefect_sqlalchemy {
namespace {

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) {
    if (!all.empty()) all += ", ";
    all += text;
  }
  return all;
}

// "  install    apt install ...": labels stand in a column of their own, written once for several lines.
class LabelledLines {
 public:
  explicit LabelledLines(std::string headline) : text_(std::move(headline)) {}

  /// Writes the label again, though the line before had the same.
  void part() { last_.clear(); }

  void add(std::string_view label, std::string_view line) {
    const std::string_view shown = label == last_ ? std::string_view() : label;
    last_ = label;
    text_ += "\n  ";
    text_ += shown;
    text_.append(11 - shown.size(), ' ');
    text_ += line;
  }

  std::string take() { return std::move(text_); }

 private:
  std::string text_;
  std::string last_;
};

std::string holdings(const SearchedFolder& folder) {
  if (!folder.problem.empty()) return folder.problem;
  return folder.plugins.empty() ? "empty" : joined(folder.plugins);
}

std::string place(const SearchedFolder& folder) {
  return folder.path.empty() ? "plugins linked into the program" : folder.path.string();
}

bool refused(const DriverReport& report) {
  return !report.candidates.empty() && !report.candidates.front().reason.empty();
}

std::string headline(const DriverReport& report) {
  const auto quoted = '"' + report.name + '"';
  if (refused(report)) return "the driver plugin for " + quoted + " cannot be used";
  if (!report.candidates.empty()) return "a driver plugin is installed for " + quoted;
  if (report.switched_off.empty()) return "no driver plugin is installed for " + quoted;
  return "no driver for " + quoted +
         " is linked into the program, and no plugin is loaded: " + report.switched_off;
}

std::string file_of(const DriverCandidate& candidate) {
  const auto& file = candidate.library.empty() ? candidate.manifest : candidate.library;
  return file.empty() ? candidate.plugin + " (linked into the program)" : file.string();
}

void add_missing(LabelledLines& lines, const DriverCandidate& candidate) {
  for (const auto& library : candidate.missing_libraries) {
    lines.add("missing", library.name + " (needed by " + library.needed_by.string() + ")");
  }
}

void add_advice(LabelledLines& lines, const DriverReport& report) {
  if (!report.near_matches.empty()) lines.add("similar", joined(report.near_matches));
  if (!report.install_hint.empty()) lines.add("install", report.install_hint);
}

// The first candidate decides; what would speak against those behind it is told all the same.
std::string verdict(const DriverCandidate& candidate, bool first) {
  if (first) return candidate.reason.empty() ? "taken" : "refused: " + candidate.reason;
  const std::string passed_over = "passed over: the first in order decides";
  return candidate.reason.empty() ? passed_over : passed_over + "; besides: " + candidate.reason;
}

}  // namespace

std::string DriverReport::text() const {
  LabelledLines lines(headline(*this));
  for (const auto& candidate : candidates) {
    lines.add("plugin", file_of(candidate));
    if (!candidate.reason.empty()) lines.add("reason", candidate.reason);
    add_missing(lines, candidate);
  }
  add_advice(lines, *this);
  if (!ignored.empty()) lines.add("ignored", joined(ignored) + " (the process is privileged)");
  for (const auto& folder : folders) lines.add("searched", place(folder) + " (" + holdings(folder) + ")");
  return lines.take();
}

std::string DriverReport::explanation() const {
  LabelledLines lines(headline(*this));
  bool first = true;
  for (const auto& candidate : candidates) {
    lines.part();
    lines.add("plugin", candidate.plugin + (candidate.version.empty() ? "" : " " + candidate.version));
    if (!candidate.manifest.empty()) lines.add("manifest", candidate.manifest.string());
    if (!candidate.library.empty()) lines.add("library", candidate.library.string());
    if (candidate.manifest.empty()) lines.add("library", "linked into the program");
    if (!candidate.drivers.empty()) lines.add("serves", joined(candidate.drivers));
    lines.add("verdict", verdict(candidate, std::exchange(first, false)));
    add_missing(lines, candidate);
  }
  add_advice(lines, *this);
  for (const auto& folder : folders) {
    const auto origin = folder.path.empty() ? "" : "; named by: " + folder.origin;
    lines.add("searched", place(folder) + " (" + holdings(folder) + origin + ")");
  }
  for (const auto& file : allowlists) lines.add("allowed", "only what " + file.string() + " pins");
  for (const auto& variable : variables) {
    const auto ignoring = variable.ignored.empty() ? "" : "  (ignored: " + variable.ignored + ")";
    lines.add("variable", variable.name + "=" + variable.value + ignoring);
  }
  return lines.take();
}

MissingDriverError::MissingDriverError(DriverReport report)
    : Error(report.text()), report_(std::make_shared<const DriverReport>(std::move(report))) {}

}  // namespace prefect_sqlalchemy
