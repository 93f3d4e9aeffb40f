// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "odbc_places.hpp"

namespace {

using namespace driver_client;

class OdbcStopping : public OnOdbcPlace {
 protected:
  const std::string endless = GetParam() == OdbcPlace::postgres ? "SELECT pg_sleep(600)"
                              : GetParam() == OdbcPlace::mariadb
                                  ? "SELECT max(seq % 7) FROM seq_1_to_1000000000000"
                                  : "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) "
                                    "SELECT max(x) FROM n";
};
INSTANTIATE_TEST_SUITE_P(On, OdbcStopping,
                         testing::Values(OdbcPlace::postgres, OdbcPlace::mariadb, OdbcPlace::sqlite),
                         odbc_place_name);

TEST_P(OdbcStopping, ByACancelFromAnotherThread) {
  const Connection db = open();
  const Cancel handle = cancel_handle(db);
  std::atomic<bool> ended = false;
  // As the host does: again and again, since a cancel that comes between two calls hits nothing.
  std::thread other([&] {
    while (!ended) {
      cancel(handle);
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  });
  const psa::DriverError error = error_of([&] { run(db, endless); });
  ended = true;
  other.join();
  EXPECT_EQ(error.status, PSA_CANCELLED) << error.message;
  EXPECT_EQ(run(db, "SELECT 7"), "int64 7");
}

TEST_P(OdbcStopping, ByADeadline) {
  const Connection db = open();
  const psa::DriverError error = error_of([&] { run(db, endless, psa::monotonic_now() + 50 * millisecond); });
  EXPECT_EQ(error.status, PSA_DEADLINE) << error.message;
  EXPECT_EQ(run(db, "SELECT 7"), "int64 7");
  EXPECT_EQ(error_of([&] { run(db, "SELECT 1", 1); }).status, PSA_DEADLINE) << "it had passed before";
}

TEST_P(OdbcStopping, LeavesAStatementThatRunsAgain) {
  const Connection db = open();
  const Statement statement = prepare(db, endless);
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(error_of([&] { execute(statement, psa::monotonic_now() + 50 * millisecond); }).status,
              PSA_DEADLINE);
  EXPECT_EQ(run(db, "SELECT 7"), "int64 7");
}

TEST_P(OdbcStopping, ByAHandleThatOutlivesItsConnectionIsHarmless) {
  Connection db = open();
  const Cancel handle = cancel_handle(db);
  cancel(handle);
  EXPECT_EQ(run(db, "SELECT 7"), "int64 7") << "nothing ran";
  db.reset();
  cancel(handle);
}

}  // namespace
