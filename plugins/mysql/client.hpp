// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mysql.h>

#include "options.hpp"

namespace psa::mysql {

class Waiter;

/// One session of the client library.
class Client {
 public:
  Client() = default;
  Client(Client&& other) noexcept;
  Client& operator=(Client&& other) noexcept;
  /// Drops the session without waiting.
  ~Client() { close(); }

  /// Connects as `settings` say. @throws DriverError
  void open(const Settings& settings, Waiter& waiter);
  /// The socket is shut, so that nothing can wait for it any more.
  void cut() noexcept;
  void close() noexcept;

  MYSQL* handle() const noexcept { return handle_; }
  bool is_tls() const noexcept;

 private:
  MYSQL* handle_ = nullptr;
};

}  // namespace psa::mysql
