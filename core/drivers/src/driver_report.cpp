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

}  // namespace

std::string DriverReport::text() const {
  const auto quoted = '"' + name + '"';
  const bool refused = !candidates.empty() && !candidates.front().reason.empty();
  std::string headline = "no driver plugin is installed for " + quoted;
  if (refused) headline = "the driver plugin for " + quoted + " cannot be used";
  if (!candidates.empty() && !refused) headline = "a driver plugin is installed for " + quoted;
  LabelledLines lines(std::move(headline));
  for (const auto& candidate : candidates) {
    const auto& file = candidate.library.empty() ? candidate.manifest : candidate.library;
    lines.add("plugin", file.empty() ? candidate.plugin + " (linked into the program)" : file.string());
    if (!candidate.reason.empty()) lines.add("reason", candidate.reason);
  }
  if (!near_matches.empty()) lines.add("similar", joined(near_matches));
  if (!install_hint.empty()) lines.add("install", install_hint);
  if (!ignored.empty()) lines.add("ignored", joined(ignored) + " (the process is privileged)");
  for (const auto& folder : folders) lines.add("searched", place(folder) + " (" + holdings(folder) + ")");
  return lines.take();
}

MissingDriverError::MissingDriverError(DriverReport report)
    : Error(report.text()), report_(std::make_shared<const DriverReport>(std::move(report))) {}

}  // namespace prefect_sqlalchemy
