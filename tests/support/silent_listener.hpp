// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace test_support {

/// A server that never answers: it listens on loopback, and never accepts.
class SilentListener {
 public:
  /// @throws std::system_error
  SilentListener();
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;
  ~SilentListener();

  uint16_t port() const { return port_; }
  /// For those who accept in its place.
  int socket() const { return socket_; }

 private:
  int socket_;
  uint16_t port_;
};

}  // namespace test_support
