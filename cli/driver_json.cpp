#include "driver_json.hpp"

#include <boost/json/value_from.hpp>

namespace psa_cli {

namespace json = boost::json;
using prefect_sqlalchemy::DriverCandidate;
using prefect_sqlalchemy::DriverReport;

json::object candidate_json(const DriverCandidate& candidate) {
  json::array missing;
  for (const auto& library : candidate.missing_libraries) {
    missing.push_back({{"name", library.name}, {"needed_by", library.needed_by.string()}});
  }
  return {{"plugin", candidate.plugin},
          {"version", candidate.version},
          {"manifest", candidate.manifest.string()},
          {"library", candidate.library.string()},
          {"linked", candidate.manifest.empty()},
          {"drivers", json::value_from(candidate.drivers)},
          {"package", candidate.package},
          {"usable", candidate.reason.empty()},
          {"reason", candidate.reason},
          {"missing_libraries", std::move(missing)}};
}

json::object report_json(const DriverReport& report) {
  json::array candidates, folders, variables, allowlists;
  for (const auto& candidate : report.candidates) {
    auto object = candidate_json(candidate);
    const bool first = candidates.empty();
    object["verdict"] = !first ? "passed over" : candidate.reason.empty() ? "taken" : "refused";
    candidates.push_back(std::move(object));
  }
  for (const auto& folder : report.folders) {
    folders.push_back({{"path", folder.path.string()},
                       {"named_by", folder.origin},
                       {"problem", folder.problem},
                       {"plugins", json::value_from(folder.plugins)}});
  }
  for (const auto& variable : report.variables) {
    variables.push_back({{"name", variable.name}, {"value", variable.value}, {"ignored", variable.ignored}});
  }
  for (const auto& file : report.allowlists) allowlists.emplace_back(file.string());
  const bool usable = !report.candidates.empty() && report.candidates.front().reason.empty();
  return {{"driver", report.name},
          {"usable", usable},
          {"candidates", std::move(candidates)},
          {"install", report.install_hint},
          {"similar", json::value_from(report.near_matches)},
          {"searched", std::move(folders)},
          {"variables", std::move(variables)},
          {"allowlists", std::move(allowlists)},
          {"switched_off", report.switched_off}};
}

}  // namespace psa_cli
