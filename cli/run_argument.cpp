#include "run_argument.hpp"

#include <stdexcept>
#include <utility>
#include <vector>

namespace psa_cli {
namespace {

/// Runs among which a name or the beginning of an id is looked for.
constexpr int runs_looked_at = 1000;

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

}  // namespace

FoundRun find_run(const prefect::RunHistory& history, const std::string& text) {
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

}  // namespace psa_cli
