// SPDX-License-Identifier: Apache-2.0
//
// Cancels and deadlines: in time, and nothing but what they are meant for.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include <psa/sdk/operation.hpp>
#include <psa_sanitizers.hpp>

#include "modes.hpp"

namespace {

using namespace driver_client;

#ifdef PSA_SANITIZED
constexpr int64_t in_time = 2000 * millisecond;
#else
constexpr int64_t in_time = 200 * millisecond;
#endif

class PostgresCancel : public InBothModes {
 protected:
  /// Cancels `db` once it sleeps, while `action` runs; returns what that threw, and how soon after the
  /// cancel.
  template <class Action>
  static std::pair<psa::DriverError, int64_t> cancelled_asleep(const Connection& db, Action&& action) {
    const std::string backend = backend_of(db);
    const auto handle = cancel_handle(db);
    std::atomic<int64_t> asked{0};
    std::thread other([&] {
      const auto watcher = driver_client::open();
      wait_until_asleep(watcher, backend);
      asked = psa::monotonic_now();
      cancel(handle);
    });
    const auto error = error_of(action);
    const int64_t ended = psa::monotonic_now();
    other.join();
    return {error, ended - asked};
  }
};
PSA_IN_BOTH_MODES(PostgresCancel);

TEST_P(PostgresCancel, EndsASleepingQueryInTime) {
  const auto db = open();
  const auto [error, took] = cancelled_asleep(db, [&] { run(db, "SELECT pg_sleep(60)"); });
  EXPECT_EQ(error.status, PSA_CANCELLED);
  EXPECT_EQ(error.sqlstate, "57014");
  EXPECT_EQ(error.flags, 0U);
  EXPECT_LT(took, in_time);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresCancel, EndsAWaitForALock) {
  const auto holder = open(), db = open();
  run(holder, "SELECT pg_advisory_lock(4711)");
  const auto handle = cancel_handle(db);
  const std::string backend = backend_of(db);
  std::thread other([&] {
    const auto watcher = driver_client::open();
    while (run(watcher, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND pid = " +
                            backend) != "int64 1") {
    }
    cancel(handle);
  });
  EXPECT_EQ(error_of([&] { run(db, "SELECT pg_advisory_lock(4711)"); }).status, PSA_CANCELLED);
  other.join();
}

TEST_P(PostgresCancel, EndsAStreamInTime) {
  const auto db = open();
  const auto handle = cancel_handle(db);
  const auto result = execute(prepare(db, "SELECT generate_series(1, 1000000000)"));
  next(result, 1000);
  std::atomic<int64_t> asked{0};
  std::thread other([&] {
    asked = psa::monotonic_now();
    cancel(handle);
  });
  psa::DriverError error{PSA_OK, 0, ""};
  try {
    for (;;) next(result, 100);
  } catch (const psa::DriverError& thrown) {
    error = thrown;
  }
  const int64_t ended = psa::monotonic_now();
  other.join();
  EXPECT_EQ(error.status, PSA_CANCELLED);
  EXPECT_LT(ended - asked, in_time);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresCancel, OfAnUnreadResultIsToldByTheNextBatch) {
  const auto db = open();
  const auto handle = cancel_handle(db);
  const auto result = execute(prepare(db, "SELECT generate_series(1, 1000000000)"));
  cancel(handle);
  psa::DriverError error{PSA_OK, 0, ""};
  try {
    for (;;) next(result, 10000);
  } catch (const psa::DriverError& thrown) {
    error = thrown;
  }
  EXPECT_EQ(error.status, PSA_CANCELLED);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresCancel, EndsACommit) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE slow (i int)");
  run(db,
      "CREATE FUNCTION pg_temp.sleep() RETURNS trigger LANGUAGE plpgsql AS"
      " 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END'");
  run(db,
      "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED"
      " FOR EACH ROW EXECUTE FUNCTION pg_temp.sleep()");
  begin(db);
  run(db, "INSERT INTO slow VALUES (1)");
  const auto [error, took] = cancelled_asleep(db, [&] { commit(db); });
  EXPECT_EQ(error.status, PSA_CANCELLED);
  EXPECT_LT(took, in_time);
  EXPECT_EQ(run(db, "SELECT count(*) FROM slow"), "int64 0");
}

TEST_P(PostgresCancel, EndsABatch) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int)");
  const auto statement = prepare(db, "INSERT INTO t SELECT $1::int FROM pg_sleep(5)");
  Parameters rows(1);
  for (int64_t i = 0; i < 20; ++i) rows.add(i);
  const auto [error, took] = cancelled_asleep(db, [&] { execute(statement, rows); });
  EXPECT_EQ(error.status, PSA_CANCELLED);
  EXPECT_LT(took, in_time);
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 0");
}

TEST_P(PostgresCancel, NeverHitsTheNextStatementWhenItComesLate) {
  const auto db = open();
  const auto handle = cancel_handle(db);
  const auto quick = prepare(db, "SELECT 1"), next_one = prepare(db, "SELECT pg_sleep(0.001)");
  std::atomic<int> round{0};
  std::atomic<bool> done{false};
  std::thread other([&] {
    for (int seen = 0; !done;) {
      if (const int now = round; now > 0 && now != seen) {
        seen = now;
        cancel(handle);
        round = -now;
      }
    }
  });
  for (int i = 1; i <= 200; ++i) {
    round = i;
    try {
      rest(execute(quick));
    } catch (const psa::DriverError& error) {
      EXPECT_EQ(error.status, PSA_CANCELLED) << error.message;
    }
    while (round == i) {
    }
    const auto error = error_of([&] { rest(execute(next_one)); });
    EXPECT_EQ(error.status, PSA_OK) << error.message << " in round " << i;
  }
  done = true;
  other.join();
}

TEST_P(PostgresCancel, WithNothingRunningDoesNothing) {
  const auto db = open();
  const auto handle = cancel_handle(db);
  cancel(handle);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
  cancel(handle);
  close(db);
  cancel(handle);
}

TEST_P(PostgresCancel, HandleOutlivesItsConnection) {
  auto db = open();
  const auto handle = cancel_handle(db);
  db.reset();
  cancel(handle);
}

class PostgresDeadline : public PostgresCancel {};
PSA_IN_BOTH_MODES(PostgresDeadline);

TEST_P(PostgresDeadline, EndsASleepingQueryInTime) {
  const auto db = open();
  const auto statement = prepare(db, "SELECT pg_sleep(60)");
  const int64_t deadline = psa::monotonic_now() + 100 * millisecond;
  const auto error = error_of([&] { execute(statement, deadline); });
  EXPECT_EQ(error.status, PSA_DEADLINE);
  EXPECT_GE(psa::monotonic_now(), deadline);
  EXPECT_LT(psa::monotonic_now() - deadline, in_time);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresDeadline, EndsAStreamThatGoesOnAndOn) {
  const auto db = open();
  const auto result =
      execute(prepare(db, "SELECT repeat('x', 20000), pg_sleep(0.01) FROM generate_series(1, 100000) i"));
  const int64_t deadline = psa::monotonic_now() + 100 * millisecond;
  psa::DriverError error{PSA_OK, 0, ""};
  try {
    for (;;) next(result, 10, nullptr, deadline);
  } catch (const psa::DriverError& thrown) {
    error = thrown;
  }
  EXPECT_EQ(error.status, PSA_DEADLINE) << error.message;
  EXPECT_LT(psa::monotonic_now() - deadline, in_time);
}

TEST_P(PostgresDeadline, ThatHasPassedEndsTheCallBeforeAnythingIsSent) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int)");
  const auto statement = prepare(db, "INSERT INTO t VALUES (1)");
  EXPECT_EQ(error_of([&] { execute(statement, 1); }).status, PSA_DEADLINE);
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 0");
}

}  // namespace
