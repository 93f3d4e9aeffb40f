// SPDX-License-Identifier: Apache-2.0
//
// Servers and networks that go away, at every moment.
#include <atomic>
#include <thread>

#include <gtest/gtest.h>

#include <psa/sdk/operation.hpp>

#include "modes.hpp"
#include "relay.hpp"

namespace {

using namespace driver_client;

constexpr uint32_t lost = PSA_ERROR_CONNECTION_LOST, maybe = PSA_ERROR_MAYBE_APPLIED;

class PostgresFaults : public InBothModes {
 protected:
  /// Kills the session of `db` once it sleeps, while `action` runs, and returns what that threw.
  template <class Action>
  static psa::DriverError error_when_killed_asleep(const Connection& db, Action&& action) {
    const std::string backend = backend_of(db);
    std::thread killer([&] {
      const auto other = driver_client::open();
      wait_until_asleep(other, backend);
      kill_backend(other, backend);
    });
    const auto error = error_of(action);
    killer.join();
    return error;
  }
  static void expect_gone(const Connection& db) {
    EXPECT_NE(state(db).flags & PSA_STATE_BROKEN, 0U);
    EXPECT_EQ(error_of([&] { ping(db); }).status, PSA_INVALID_STATE);
    const auto replacement = open();
    EXPECT_EQ(run(replacement, "SELECT 1"), "int64 1");
  }
};
PSA_IN_BOTH_MODES(PostgresFaults);

TEST_P(PostgresFaults, AConnectionKilledWhileIdleSaysSoAtTheNextCall) {
  const auto killer = driver_client::open();
  {
    const auto db = open();
    kill_backend(killer, backend_of(db));
    const auto error = error_of([&] { ping(db); });
    EXPECT_EQ(error.flags, lost) << error.message;
    EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
    expect_gone(db);
  }
  const auto db = open();
  const auto statement = prepare(db, "SELECT 1");
  kill_backend(killer, backend_of(db));
  const auto error = error_of([&] { execute(statement); });
  EXPECT_EQ(error.flags, lost) << error.message;
  EXPECT_EQ(error.sqlstate, "57P01");
  expect_gone(db);
}

TEST_P(PostgresFaults, AConnectionKilledBeforeAWriteSaysThatItMayHaveBeenApplied) {
  const auto killer = driver_client::open();
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int)");
  const auto statement = prepare(db, "INSERT INTO t VALUES (1)");
  kill_backend(killer, backend_of(db));
  EXPECT_EQ(error_of([&] { execute(statement); }).flags, lost | maybe);
}

TEST_P(PostgresFaults, AConnectionKilledWhileStreamingEndsTheResultWithAnError) {
  const auto killer = driver_client::open();
  const auto db = open();
  const std::string backend = backend_of(db);
  const auto result = execute(prepare(db, "SELECT i, repeat('x', 1000) FROM generate_series(1, 1000000) i"));
  EXPECT_NE(next(result, 10), "");
  run(killer, "SELECT pg_terminate_backend(" + backend + ")");
  bool last = false;
  const auto error = error_of([&] {
    while (!last) next(result, 10000, &last);
  });
  EXPECT_FALSE(last);
  EXPECT_NE(error.flags & lost, 0U) << error.message;
  expect_gone(db);
}

TEST_P(PostgresFaults, AConnectionKilledInATransactionHasAppliedNothing) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (v text)");
  begin(db);
  const auto error =
      error_when_killed_asleep(db, [&] { run(db, "INSERT INTO t SELECT pg_sleep(60)::text"); });
  EXPECT_EQ(error.flags, lost) << error.message;
  EXPECT_EQ(error.sqlstate, "57P01");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_UNKNOWN);
  expect_gone(db);
}

TEST_P(PostgresFaults, AConnectionKilledWhileAWriteRunsMayHaveAppliedIt) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (v text)");
  const auto error =
      error_when_killed_asleep(db, [&] { run(db, "INSERT INTO t SELECT pg_sleep(60)::text"); });
  EXPECT_EQ(error.flags, lost | maybe) << error.message;
  expect_gone(db);
}

// A trigger that sleeps at commit.
void make_slow_commit(const Connection& db) {
  run(db, "CREATE TEMP TABLE slow (i int)");
  run(db,
      "CREATE FUNCTION pg_temp.sleep() RETURNS trigger LANGUAGE plpgsql AS"
      " 'BEGIN PERFORM pg_sleep(60); RETURN NULL; END'");
  run(db,
      "CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED"
      " FOR EACH ROW EXECUTE FUNCTION pg_temp.sleep()");
}

TEST_P(PostgresFaults, AConnectionKilledDuringCommitMayHaveAppliedIt) {
  const auto db = open();
  make_slow_commit(db);
  begin(db);
  run(db, "INSERT INTO slow VALUES (1)");
  const auto error = error_when_killed_asleep(db, [&] { commit(db); });
  EXPECT_EQ(error.flags, lost | maybe) << error.message;
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  expect_gone(db);
}

TEST_P(PostgresFaults, ACommitByASqlStatementMayHaveBeenAppliedToo) {
  const auto db = open();
  make_slow_commit(db);
  run(db, "BEGIN");
  run(db, "INSERT INTO slow VALUES (1)");
  const auto error = error_when_killed_asleep(db, [&] { run(db, "COMMIT"); });
  EXPECT_EQ(error.flags, lost | maybe) << error.message;
}

TEST_P(PostgresFaults, ACommitThatMeetsItsDeadlineIsRolledBack) {
  const auto db = open();
  make_slow_commit(db);
  begin(db);
  run(db, "INSERT INTO slow VALUES (1)");
  const auto error = error_of([&] { commit(db, psa::monotonic_now() + 100 * millisecond); });
  EXPECT_EQ(error.status, PSA_DEADLINE);
  EXPECT_EQ(error.flags, 0U);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
  EXPECT_EQ(run(db, "SELECT count(*) FROM slow"), "int64 0");
}

TEST_P(PostgresFaults, AKilledBatchMayHaveBeenApplied) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int)");
  const auto statement = prepare(db, "INSERT INTO t SELECT $1::int FROM pg_sleep(60)");
  Parameters rows(1);
  for (int64_t i = 0; i < 10; ++i) rows.add(i);
  const auto error = error_when_killed_asleep(db, [&] { execute(statement, rows); });
  EXPECT_EQ(error.flags, lost | maybe) << error.message;
  expect_gone(db);
}

class PostgresFrozen : public InBothModes {
 protected:
  /// A connection through a network that can be frozen.
  Connection open_through_relay() const {
    auto db = make(at_port(*server(), relay_.port()), GetParam());
    connect(db);
    return db;
  }
  test_support::Relay relay_{server() == nullptr ? 0 : server()->port};
};
PSA_IN_BOTH_MODES(PostgresFrozen);

TEST_P(PostgresFrozen, NetworkEndsAQueryAtItsDeadlineAndGivesTheConnectionUp) {
  const auto db = open_through_relay();
  const auto statement = prepare(db, "SELECT 1");
  relay_.freeze();
  const int64_t begun = psa::monotonic_now();
  const auto error = error_of([&] { execute(statement, begun + 100 * millisecond); });
  EXPECT_EQ(error.status, PSA_DEADLINE);
  EXPECT_EQ(error.flags, lost);
  EXPECT_LT(psa::monotonic_now() - begun, 5000 * millisecond);
  EXPECT_NE(state(db).flags & PSA_STATE_BROKEN, 0U);
}

TEST_P(PostgresFrozen, NetworkLeavesAWriteThatMayHaveBeenApplied) {
  const auto db = open_through_relay();
  run(db, "CREATE TEMP TABLE t (i int)");
  const auto statement = prepare(db, "INSERT INTO t VALUES ($1)");
  relay_.freeze();
  Parameters one(1);
  one.add(INT64_C(1));
  const auto error = error_of([&] { execute(statement, one, psa::monotonic_now() + 50 * millisecond); });
  EXPECT_EQ(error.status, PSA_DEADLINE);
  EXPECT_EQ(error.flags, lost | maybe);
}

TEST_P(PostgresFrozen, NetworkLeavesABatchThatMayHaveBeenApplied) {
  for (const int64_t rows : {10, 1000}) {
    test_support::Relay relay(server()->port);
    const auto db = make(at_port(*server(), relay.port()), GetParam());
    connect(db);
    run(db, "CREATE TEMP TABLE t (i int)");
    const auto statement = prepare(db, "INSERT INTO t VALUES ($1)");
    Parameters batch(1);
    for (int64_t i = 0; i < rows; ++i) batch.add(i);
    relay.freeze();
    const auto error = error_of([&] { execute(statement, batch, psa::monotonic_now() + 50 * millisecond); });
    EXPECT_EQ(error.status, PSA_DEADLINE);
    EXPECT_EQ(error.flags & lost, lost);
  }
}

TEST_P(PostgresFrozen, NetworkLeavesACommitThatMayHaveBeenApplied) {
  const auto db = open_through_relay();
  run(db, "CREATE TEMP TABLE t (i int)");
  begin(db);
  run(db, "INSERT INTO t VALUES (1)");
  relay_.freeze();
  const auto error = error_of([&] { commit(db, psa::monotonic_now() + 50 * millisecond); });
  EXPECT_EQ(error.status, PSA_DEADLINE);
  EXPECT_EQ(error.flags, lost | maybe);
}

}  // namespace
