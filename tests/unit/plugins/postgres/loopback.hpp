// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>

namespace driver_client {

/// A listening socket on a free port of the loopback address. Nobody accepts what connects.
class Listener {
 public:
  Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener();
  int socket() const { return socket_; }
  uint32_t port() const { return port_; }

 private:
  int socket_;
  uint32_t port_ = 0;
};

/// Answers each request for TLS as PostgreSQL does that has none, and says no more.
class ServerWithoutTls {
 public:
  ServerWithoutTls();
  ~ServerWithoutTls();
  uint32_t port() const { return listener_.port(); }

 private:
  Listener listener_;
  std::thread thread_;
};

/// Passes bytes on between its port and the test's server, until it freezes: a network that is gone.
class Proxy {
 public:
  Proxy();
  ~Proxy();
  uint32_t port() const { return listener_.port(); }
  void freeze() { frozen_ = true; }

 private:
  void pass();

  Listener listener_;
  std::atomic<bool> frozen_{false};
  std::atomic<bool> done_{false};
  std::thread thread_;
};

}  // namespace driver_client
