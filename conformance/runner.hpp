// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "check.hpp"

namespace psa_conformance {

enum class Level { passes, fails, not_claimed, excused };
const char* to_string(Level level);

/// How a check ended.
struct Finding {
  std::string area, name, rules, about;
  Level level = Level::passes;
  std::string rule;  ///< that was broken
  std::string text;  ///< why
  std::int64_t milliseconds = 0;

  std::string full_name() const { return area + "." + name; }
};

/// What the loaded plugin says of itself.
struct PluginFacts {
  bool loaded = false;
  std::string name, version, client;
  std::uint64_t capabilities = 0;
};

/// Runs checks, each in a process of its own, so that one that crashes or never ends is a finding and no
/// more. Nothing of the plugin ever runs in the calling process.
class Runner {
 public:
  explicit Runner(std::chrono::seconds time_limit) : time_limit_(time_limit) {}

  PluginFacts load();
  Finding run(const Check& check);
  /// What the runs so far have shown about B6: output, signal handlers, locale.
  std::vector<Finding> edge_findings() const;

 private:
  struct Child;
  Child run_child(const std::function<std::string()>& body, bool ends_the_process);
  void note_edge(const Check& check, const Child& child);

  std::chrono::seconds time_limit_;
  std::vector<std::string> printed_, changed_;
};

}  // namespace psa_conformance
