// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <sql.h>

#include "canceller.hpp"
#include "error.hpp"
#include "facts.hpp"
#include "handles.hpp"

namespace psa::odbc {

/// A session, and the environment it is alone in: the driver manager and some drivers lock theirs.
struct Connected {
  Environment environment;
  Session session;
  Facts facts;

  /// Says goodbye; an open transaction is rolled back. May wait.
  void disconnect() noexcept;
};

/// Connects on a thread of its own, as SQLDriverConnect can't be ended: where `canceller` says stop, it is
/// left to itself, and what it brings is closed.
/// @param text  the connection string
/// @param login_timeout  seconds; 0: the driver's own
/// @throws DriverError
Connected open_session(std::string text, int64_t login_timeout, std::shared_ptr<Canceller> canceller);

/// Runs one statement in a session of its own. What goes wrong is nobody's: it is for cancelling.
/// @param text  the connection string
void run_beside(const std::string& text, const std::string& sql) noexcept;

}  // namespace psa::odbc
