// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include <boost/json.hpp>

#include "runner.hpp"

namespace psa_conformance {

/// All findings of a run, area by area.
struct Report {
  std::string library;
  std::string driver_name;
  std::string traits_file;  ///< empty: none
  PluginFacts facts;
  std::vector<Finding> findings;

  bool passes() const;
  /// The level of an area: fails if anything does, passes if anything else does.
  Level level_of(const std::string& area) const;
  std::vector<std::string> areas() const;

  /// @param all  each check, not only those that do not pass
  void print(std::ostream& out, bool all) const;
  boost::json::object json() const;
};

/// The names of capability bits, as manifests write them.
std::vector<std::string> capability_names(std::uint64_t bits);

}  // namespace psa_conformance
