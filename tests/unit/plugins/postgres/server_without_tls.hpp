// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <thread>

#include "silent_listener.hpp"

namespace driver_client {

/// Answers each request for TLS as PostgreSQL does that has none, and says no more.
class ServerWithoutTls {
 public:
  ServerWithoutTls();
  ~ServerWithoutTls();
  uint32_t port() const { return listener_.port(); }

 private:
  test_support::SilentListener listener_;
  std::thread thread_;
};

}  // namespace driver_client
