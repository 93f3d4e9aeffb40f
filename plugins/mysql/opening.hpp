// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <exception>

#include "client.hpp"
#include "options.hpp"

namespace psa::mysql {

class Waiter;

/// A connection on its way, which may be made on another thread and outlive the one that wanted it.
struct Opening {
  Client client;
  bool ansi_quotes = false;
  std::exception_ptr error;

  /// Tells a new session what the settings ask of it. @throws DriverError
  void set_session(const Settings& settings, const Waiter& waiter);
};

/// Whether double quotes are around names in this session. @throws DriverError
bool ask_ansi_quotes(MYSQL* mysql, const Waiter& waiter);

}  // namespace psa::mysql
