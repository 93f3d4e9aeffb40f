// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include <psa/sdk/wake_descriptor.hpp>

#include "options.hpp"

namespace psa::postgres {

/// Looks host names up on a thread of its own: the C library can only do it waiting. A lookup whose
/// connection has gone ends unheard.
class HostLookup {
 public:
  /// Starts. @throws std::system_error without threads or descriptors
  explicit HostLookup(std::vector<Host> hosts);

  /// Readable once done().
  int descriptor() const noexcept;
  bool done() const noexcept;
  /// Once done: each host with an address, in the order given, one entry for each address found.
  const std::vector<Host>& hosts() const noexcept;
  /// Why names were not found, one line each; empty if all were.
  const std::string& failures() const noexcept;

 private:
  struct State {
    WakeDescriptor waker;
    std::atomic<bool> done{false};
    std::vector<Host> asked;
    std::vector<Host> found;
    std::string failures;
  };
  static void look(State& state);

  std::shared_ptr<State> state_;
};

}  // namespace psa::postgres
