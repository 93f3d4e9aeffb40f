// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <algorithm>
#include <iomanip>
#include <ostream>

#include <prefect_sqlalchemy.hpp>
#include <psa/driver.h>

namespace psa_conformance {
namespace {

int count(const std::vector<Finding>& findings, Level level) {
  return static_cast<int>(std::count_if(findings.begin(), findings.end(),
                                        [&](const Finding& each) { return each.level == level; }));
}

}  // namespace

std::vector<std::string> capability_names(std::uint64_t bits) {
  static constexpr const char* names[] = {
      "nonblocking",     "cancel",          "deadline", "transactions", "savepoints",   "concurrent_results",
      "several_results", "parameter_types", "ingest",   "metadata",     "dynamic_types"};
  std::vector<std::string> out;
  for (std::size_t i = 0; i < std::size(names); ++i)
    if ((bits >> i & 1) != 0) out.emplace_back(names[i]);
  return out;
}

bool Report::passes() const { return facts.loaded && count(findings, Level::fails) == 0; }

std::vector<std::string> Report::areas() const {
  std::vector<std::string> out;
  for (const Finding& each : findings)
    if (std::find(out.begin(), out.end(), each.area) == out.end()) out.push_back(each.area);
  return out;
}

Level Report::level_of(const std::string& area) const {
  bool passes = false, excused = false;
  for (const Finding& each : findings) {
    if (each.area != area) continue;
    if (each.level == Level::fails) return Level::fails;
    passes = passes || each.level == Level::passes;
    excused = excused || each.level == Level::excused;
  }
  return passes ? Level::passes : excused ? Level::excused : Level::not_claimed;
}

void Report::print(std::ostream& out, bool all) const {
  out << library << '\n';
  if (facts.loaded) {
    out << "  driver        " << facts.name << ' ' << facts.version << ", asked for as " << driver_name
        << '\n';
    if (!facts.client.empty()) out << "  client        " << facts.client << '\n';
    out << "  capabilities ";
    for (const auto& name : capability_names(facts.capabilities)) out << ' ' << name;
    out << '\n';
  }
  out << "  traits        " << (traits_file.empty() ? "none" : traits_file) << "\n\n";
  for (const auto& area : areas()) {
    int total = 0, good = 0;
    for (const Finding& each : findings) {
      total += each.area == area ? 1 : 0;
      good += each.area == area && each.level == Level::passes ? 1 : 0;
    }
    out << std::left << std::setw(28) << area << std::setw(12) << to_string(level_of(area)) << good << " of "
        << total << '\n';
    for (const Finding& each : findings) {
      if (each.area != area || (!all && each.level == Level::passes)) continue;
      if (!all && each.level == Level::not_claimed && level_of(area) == Level::not_claimed) continue;
      out << "  " << std::setw(12) << to_string(each.level) << each.name << " (" << each.rules
          << "): " << each.about << '\n';
      if (each.level == Level::fails)
        out << "      rule " << each.rule << ": " << each.text << '\n';
      else if (!each.text.empty())
        out << "      " << each.text << '\n';
    }
  }
  out << '\n'
      << count(findings, Level::passes) << " pass, " << count(findings, Level::fails) << " fail, "
      << count(findings, Level::not_claimed) << " not claimed, " << count(findings, Level::excused)
      << " excused by the traits: " << (passes() ? "the driver conforms" : "the driver does not conform")
      << '\n';
}

boost::json::object Report::json() const {
  namespace json = boost::json;
  json::array named;
  for (const auto& name : capability_names(facts.capabilities)) named.emplace_back(name);
  json::array list;
  for (const auto& area : areas()) {
    json::array checks;
    for (const Finding& each : findings) {
      if (each.area != area) continue;
      json::object check{{"name", each.name},
                         {"about", each.about},
                         {"rules", each.rules},
                         {"level", to_string(each.level)},
                         {"milliseconds", each.milliseconds}};
      if (!each.rule.empty()) check["broken_rule"] = each.rule;
      if (!each.text.empty()) check["text"] = each.text;
      checks.push_back(std::move(check));
    }
    list.push_back(
        json::object{{"area", area}, {"level", to_string(level_of(area))}, {"checks", std::move(checks)}});
  }
  return {{"format", 1},
          {"conforms", passes()},
          {"program", "psa-conformance " + std::string(prefect_sqlalchemy::version())},
          {"abi", json::object{{"major", PSA_ABI_MAJOR}, {"minor", PSA_ABI_MINOR}}},
          {"library", library},
          {"loaded", facts.loaded},
          {"name", facts.name},
          {"version", facts.version},
          {"client", facts.client},
          {"capabilities", std::move(named)},
          {"driver", driver_name},
          {"traits", traits_file},
          {"areas", std::move(list)}};
}

}  // namespace psa_conformance
