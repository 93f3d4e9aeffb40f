// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <csignal>
#include <string>
#include <vector>

namespace psa_conformance {

/// What a process has that no driver may change (B6): looked at before the plugin is loaded, and again.
class EdgeWatch {
 public:
  EdgeWatch();

  /// What differs now: "signal handler of SIGPIPE", "locale", "working folder".
  std::vector<std::string> changes() const;

 private:
  std::array<struct sigaction, 65> handlers_{};
  sigset_t mask_{};
  std::string locale_;
  std::string folder_;
};

}  // namespace psa_conformance
