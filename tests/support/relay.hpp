// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>
#include <thread>
#include <vector>

#include "silent_listener.hpp"

namespace test_support {

/// Stands between clients and a server, both on loopback, and may spoil what the clients send.
class Relay {
 public:
  enum class Then { pass_on, hang_up };
  /// Looks at a piece that a client sends, on that connection's own thread: it may take its time.
  using Look = std::function<Then(std::string_view piece)>;

  /// @throws std::system_error
  explicit Relay(uint32_t server_port, Look look = {});
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;
  /// Ends its connections.
  ~Relay();

  uint16_t port() const { return listener_.port(); }
  /// From now on nothing comes through: a network that is gone.
  void freeze() { frozen_ = true; }

 private:
  void accept_all();
  void serve(int client) const;

  SilentListener listener_;
  const uint16_t server_port_;
  const Look look_;
  std::atomic<bool> frozen_{false};
  std::atomic<bool> ends_{false};
  std::vector<std::thread> connections_;
  std::thread accepts_;
};

}  // namespace test_support
