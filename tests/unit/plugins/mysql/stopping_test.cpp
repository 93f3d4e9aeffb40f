// SPDX-License-Identifier: Apache-2.0
//
// Cancels, deadlines, lost connections, and operations that leave their thread free; with and without TLS.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <psa/sdk/operation.hpp>
#include <psa_sanitizers.hpp>

#include "driver_client.hpp"
#include "relay.hpp"
#include "sessions.hpp"
#include "silent_listener.hpp"

namespace {

using namespace driver_client;
using namespace mysql_test;
using test_support::Relay;

// For the answer to a cancel; sanitizers take their time.
#ifdef PSA_SANITIZED
constexpr int64_t slack = 2000;
#else
constexpr int64_t slack = 200;
#endif
constexpr char endless[] = "SELECT COUNT(*) FROM seq_1_to_100000 a, seq_1_to_1000000 b";
constexpr char streaming[] = "SELECT a.seq FROM seq_1_to_100000 a, seq_1_to_1000000 b";

class MysqlStopping : public OnServer, public testing::WithParamInterface<bool> {
 protected:
  static Connection connect(Mode mode = Mode::blocking) {
    return GetParam() ? open(Options{{"ssl", "true"}, {"ssl_verify_cert", "false"}}, mode) : open(mode);
  }
};

INSTANTIATE_TEST_SUITE_P(OverTlsOrNot, MysqlStopping, testing::Bool());

TEST_P(MysqlStopping, EndsAtTheDeadline) {
  const auto db = connect();
  for (const char* sql : {"SELECT SLEEP(30)", endless, streaming}) {
    const int64_t start = psa::monotonic_now();
    const psa::DriverError error = error_of([&] { run(db, sql, start + 100 * millisecond); });
    EXPECT_EQ(error.status, PSA_DEADLINE) << sql;
    EXPECT_LT(psa::monotonic_now() - start, 2000 * millisecond) << sql;
    EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
  }
}

TEST_P(MysqlStopping, IsCancelledFromAnotherThread) {
  const auto db = connect();
  const auto watcher = connect();
  const auto handle = cancel_handle(db);
  const std::string id = session_id(db);
  for (const char* sql : {"SELECT SLEEP(30)", endless}) {
    std::thread canceller([&] {
      // Until the server has begun with it.
      const std::string running = "SELECT COUNT(*) FROM information_schema.processlist WHERE id = " + id +
                                  " AND command = 'Execute' AND info = '" + sql + "'";
      while (run(watcher, running) != "int64 1") {
      }
      cancel(handle);
    });
    EXPECT_EQ(error_of([&] { run(db, sql); }).status, PSA_CANCELLED) << sql;
    canceller.join();
    EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
  }
}

// Reads a statement's rows and does nothing with them.
void drain(const Connection& db, std::string_view sql, int64_t deadline = 0) {
  const auto result = execute(prepare(db, sql), deadline);
  while (!Batch(result, 10'000, deadline).last()) {
  }
}

// The best of a few times counts: what is measured is the driver, not how busy the machine is.
TEST_P(MysqlStopping, EndsWithinTwoTenthsOfASecond) {
  constexpr int attempts = 5;
  const auto db = connect();
  const auto watcher = connect();
  const auto handle = cancel_handle(db);
  const std::string id = session_id(db);
  for (const char* sql : {"SELECT SLEEP(30)", endless, streaming}) {
    int64_t by_deadline = INT64_MAX;
    int64_t by_cancel = INT64_MAX;
    for (int i = 0; i < attempts && std::max(by_deadline, by_cancel) >= slack * millisecond; ++i) {
      const int64_t deadline = psa::monotonic_now() + 50 * millisecond;
      EXPECT_EQ(error_of([&] { drain(db, sql, deadline); }).status, PSA_DEADLINE) << sql;
      by_deadline = std::min(by_deadline, psa::monotonic_now() - deadline);

      int64_t asked = 0;
      std::thread canceller([&] {
        wait_until(watcher, id, "command = 'Execute' AND info = '" + std::string(sql) + "'");
        asked = psa::monotonic_now();
        cancel(handle);
      });
      EXPECT_EQ(error_of([&] { drain(db, sql); }).status, PSA_CANCELLED) << sql;
      const int64_t ended = psa::monotonic_now();
      canceller.join();
      by_cancel = std::min(by_cancel, ended - asked);
      EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
    }
    EXPECT_LT(by_deadline, slack * millisecond) << sql;
    EXPECT_LT(by_cancel, slack * millisecond) << sql;
  }
}

TEST_P(MysqlStopping, StopsWaitingForALock) {
  const auto holder = connect();
  const Table table(holder, GetParam() ? "locked_tls" : "locked", "id int PRIMARY KEY, v int");
  const std::string name = GetParam() ? "locked_tls" : "locked";
  run(holder, "INSERT INTO " + name + " VALUES (1, 0)");
  begin(holder);
  run(holder, "UPDATE " + name + " SET v = 1");
  const auto db = connect();
  const std::string change = "UPDATE " + name + " SET v = 2";
  const int64_t begun = psa::monotonic_now();
  EXPECT_EQ(error_of([&] { run(db, change, begun + 50 * millisecond); }).status, PSA_DEADLINE);
  EXPECT_LT(psa::monotonic_now() - begun, 2000 * millisecond) << "not the lock's own fifty seconds";
  run(db, "SET innodb_lock_wait_timeout = 1");
  const psa::DriverError timeout = error_of([&] { run(db, change); });
  EXPECT_EQ(timeout.vendor_code, 1205);
  EXPECT_NE(timeout.flags & PSA_ERROR_RETRYABLE, 0U);
  rollback(holder);
  EXPECT_EQ(run_count(db, change), 1) << "the same again succeeds";
}

// Cancels come at every moment of short statements; the one after the last has returned is never hit.
TEST_P(MysqlStopping, NeverLetsALateCancelHitTheNextStatement) {
  const auto db = connect();
  const auto handle = cancel_handle(db);
  for (int round = 0; round < 20; ++round) {
    std::thread canceller([&] {
      for (int i = 0; i < 3; ++i) cancel(handle);
    });
    for (int i = 0; i < 5; ++i) {
      const psa::DriverError error = error_of([&] { run(db, "SELECT SLEEP(0.001)"); });
      EXPECT_TRUE(error.status == PSA_OK || error.status == PSA_CANCELLED) << error.message;
    }
    canceller.join();
    EXPECT_EQ(run(db, "SELECT COUNT(*) FROM seq_1_to_1000"), "int64 1000");
  }
}

TEST_P(MysqlStopping, IgnoresACancelWhileNothingRuns) {
  const auto db = connect();
  const auto handle = cancel_handle(db);
  for (int i = 0; i < 20; ++i) {
    cancel(handle);
    EXPECT_EQ(run(db, "SELECT COUNT(*) FROM seq_1_to_1000"), "int64 1000");
  }
}

TEST_P(MysqlStopping, KnowsThatTheConnectionIsLost) {
  struct sigaction before;
  sigaction(SIGPIPE, nullptr, &before);
  EXPECT_EQ(before.sa_handler, SIG_DFL) << "the client library's change is put back";
  const auto db = connect();
  const auto killer = connect();
  run(killer, "KILL " + session_id(db));
  const psa::DriverError error = error_of([&] {
    for (int i = 0; i < 3; ++i) run(db, "SELECT 1");
  });
  EXPECT_NE(error.flags & PSA_ERROR_CONNECTION_LOST, 0U);
  EXPECT_EQ(error.flags & PSA_ERROR_MAYBE_APPLIED, 0U);
  EXPECT_NE(state(db).flags & PSA_STATE_BROKEN, 0U);
}

TEST_P(MysqlStopping, SaysThatALostChangeMayHaveBeenApplied) {
  const auto db = connect();
  const auto killer = connect();
  run(db, "CREATE TEMPORARY TABLE lost (a int)");
  const auto insert = prepare(db, "INSERT INTO lost VALUES (1)");
  run(killer, "KILL " + session_id(db));
  const psa::DriverError error = error_of([&] {
    for (int i = 0; i < 3; ++i) execute(insert);
  });
  EXPECT_NE(error.flags & PSA_ERROR_MAYBE_APPLIED, 0U);
}

TEST_P(MysqlStopping, LeavesTheThreadFreeWhileItWaits) {
  const auto db = connect(Mode::nonblocking);
  progress() = {};
  EXPECT_EQ(run(db, "SELECT SLEEP(0.3)"), "int64 0");
  EXPECT_GT(progress().pending, 0);
  EXPECT_LT(progress().longest, 100 * millisecond);
}

TEST_P(MysqlStopping, KeepsTheThreadShortlyWhateverItDoes) {
  const auto owner = connect();
  progress() = {};
  const auto db = connect(Mode::nonblocking);
  const Table table(owner, GetParam() ? "in_turns_tls" : "in_turns", "a int");
  begin(db);
  run(db, std::string("INSERT INTO ") + (GetParam() ? "in_turns_tls" : "in_turns") +
              " SELECT seq FROM seq_1_to_20000");
  commit(db);
  ping(db);
  EXPECT_EQ(table.count(), "20000");
  const auto result = execute(prepare(db, "SELECT seq, REPEAT('x', 100) FROM seq_1_to_50000"));
  int64_t rows = 0;
  for (bool last = false; !last;) {
    const Batch batch(result, 1000);
    if (batch.has_rows()) rows += batch.array().length;
    last = batch.last();
  }
  EXPECT_EQ(rows, 50'000);
  close(db);
  EXPECT_GT(progress().pending, 0);
  EXPECT_LT(progress().longest, slack * millisecond);
}

TEST_P(MysqlStopping, DropsAPendingOperationWithTheConnection) {
  auto db = connect(Mode::nonblocking);
  auto statement = prepare(db, "SELECT SLEEP(30)");
  const psa_call call{PSA_INIT(psa_call)};
  const psa_execute execute{PSA_INIT(psa_execute)};
  psa_result* result = nullptr;
  EXPECT_EQ(table().statement_execute(statement.get(), &execute, &result, &call), PSA_PENDING);
  statement.reset();
  const int64_t start = psa::monotonic_now();
  db.reset();
  EXPECT_LT(psa::monotonic_now() - start, 500 * millisecond);
}

// The thread that ends the dropped operation at the server uses OpenSSL, which goes with the process.
TEST_P(MysqlStopping, EndsTheProcessRightBehindADroppedOperation) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (int i = 0; i < 5; ++i)
    EXPECT_EXIT(
        {
          auto db = connect(Mode::nonblocking);
          const auto statement = prepare(db, "SELECT SLEEP(30)");
          const psa_call call{PSA_INIT(psa_call)};
          const psa_execute execute{PSA_INIT(psa_execute)};
          psa_result* result = nullptr;
          table().statement_execute(statement.get(), &execute, &result, &call);
          db.reset();
          std::exit(0);
        },
        testing::ExitedWithCode(0), "");
}

TEST_P(MysqlStopping, EndsADroppedOperationAtTheServerToo) {
  auto db = connect(Mode::nonblocking);
  const std::string id = session_id(db);
  const auto watcher = connect(Mode::blocking);
  auto statement = prepare(db, "SELECT SLEEP(600)");
  const psa_call call{PSA_INIT(psa_call)};
  const psa_execute execute{PSA_INIT(psa_execute)};
  psa_result* result = nullptr;
  EXPECT_EQ(table().statement_execute(statement.get(), &execute, &result, &call), PSA_PENDING);
  wait_until(watcher, id, "info LIKE 'SELECT SLEEP%'");
  statement.reset();
  db.reset();
  while (run(watcher, "SELECT COUNT(*) FROM information_schema.processlist WHERE id = " + id) != "int64 0")
    std::this_thread::yield();
}

TEST_P(MysqlStopping, ReleasesAConnectionThatIsStillConnecting) {
  auto db = make(*server(), Mode::nonblocking);
  Sink sink;
  const psa_call call{PSA_INIT(psa_call), 0, &sink, 0};
  EXPECT_EQ(table().connection_connect(db.get(), &call), PSA_PENDING);
  db.reset();
}

// Without TLS, where a relay sees what is sent.
class MysqlCancelling : public OnServer, public testing::WithParamInterface<Mode> {
 protected:
  static Connection connect(const Relay& relay) { return open(at_port(*server(), relay.port()), GetParam()); }
};

INSTANTIATE_TEST_SUITE_P(BlockingOrNot, MysqlCancelling, testing::Values(Mode::blocking, Mode::nonblocking));

// The server forgets a KILL QUERY that comes before the statement: one cancel ends that all the same.
TEST_P(MysqlCancelling, EndsAStatementThatTheServerHasNotBegun) {
  std::atomic<bool> on_its_way = false;
  Relay relay(server()->port, [&](std::string_view piece) {
    if (piece.find("SLEEP") != std::string_view::npos) {
      on_its_way = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    }
    return Relay::Then::pass_on;
  });
  const auto db = connect(relay);
  const auto handle = cancel_handle(db);
  std::thread canceller([&] {
    while (!on_its_way) std::this_thread::yield();
    cancel(handle);
  });
  const int64_t start = psa::monotonic_now();
  EXPECT_EQ(error_of([&] { run(db, "SELECT SLEEP(30)"); }).status, PSA_CANCELLED);
  EXPECT_LT(psa::monotonic_now() - start, 5000 * millisecond);
  canceller.join();
  EXPECT_EQ(run(db, "SELECT COUNT(*) FROM seq_1_to_1000"), "int64 1000") << "and no other one";
}

TEST_P(MysqlCancelling, GivesTheConnectionUpWhereTheAnswerIsLost) {
  std::atomic<bool> on_its_way = false;
  Relay relay(server()->port, [&](std::string_view piece) {
    on_its_way = on_its_way || piece.find("SLEEP") != std::string_view::npos;
    return piece.find("KILL") == std::string_view::npos ? Relay::Then::pass_on : Relay::Then::hang_up;
  });
  const auto db = connect(relay);
  const auto handle = cancel_handle(db);
  std::string told;
  std::thread canceller([&] {
    while (!on_its_way) std::this_thread::yield();
    told = error_of([&] { cancel(handle); }).message;
  });
  const int64_t start = psa::monotonic_now();
  const psa::DriverError error = error_of([&] { run(db, "SELECT SLEEP(30)"); });
  canceller.join();
  EXPECT_LT(psa::monotonic_now() - start, 5000 * millisecond);
  EXPECT_NE(told.find("the connection is given up"), std::string::npos) << told;
  EXPECT_EQ(error.status, PSA_CANCELLED);
  EXPECT_NE(error.flags & PSA_ERROR_CONNECTION_LOST, 0U);
  EXPECT_NE(state(db).flags & PSA_STATE_BROKEN, 0U);
}

TEST(MysqlConnecting, GivesUpOnAServerThatDoesNotAnswer) {
  const test_support::SilentListener listener;
  const auto db = make(at_port({}, listener.port()));
  const int64_t start = psa::monotonic_now();
  EXPECT_EQ(error_of([&] { driver_client::connect(db, start + 150 * millisecond); }).status, PSA_DEADLINE);
  EXPECT_LT(psa::monotonic_now() - start, 1000 * millisecond);
}

}  // namespace
