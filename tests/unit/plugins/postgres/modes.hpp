// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "driver_client.hpp"

namespace driver_client {

/// A test that runs on a blocking connection and on a non-blocking one. Names a test suite of its own:
/// `class PostgresTls : public InBothModes {}; PSA_IN_BOTH_MODES(PostgresTls);`
class InBothModes : public OnServer, public testing::WithParamInterface<Mode> {
 protected:
  static Connection open() { return driver_client::open(GetParam()); }
  /// Connects to the tests' server by a changed address or other options, and closes.
  static void try_to_connect(const Server& other) { connect(make(other, GetParam())); }
};

#define PSA_IN_BOTH_MODES(suite)                                        \
  INSTANTIATE_TEST_SUITE_P(                                             \
      Modes, suite, testing::Values(Mode::blocking, Mode::nonblocking), \
      [](const auto& instance) { return instance.param == Mode::blocking ? "Blocking" : "NonBlocking"; })

inline std::string backend_of(const Connection& connection) {
  return run(connection, "SELECT pg_backend_pid()::text").substr(5);
}

/// Waits until that session sleeps in pg_sleep().
inline void wait_until_asleep(const Connection& watcher, const std::string& backend) {
  while (run(watcher, "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND pid = " +
                          backend) != "bool true") {
  }
}

/// Ends the session, and returns when it has gone.
inline void kill_backend(const Connection& killer, const std::string& backend) {
  ASSERT_EQ(run(killer, "SELECT pg_terminate_backend(" + backend + ", 10000)"), "bool true");
}

}  // namespace driver_client
