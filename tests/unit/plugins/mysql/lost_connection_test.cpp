// SPDX-License-Identifier: Apache-2.0
//
// Sessions that the server ends while something is going on.
#include <csignal>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "driver_client.hpp"
#include "sessions.hpp"

namespace {

using namespace driver_client;
using namespace mysql_test;

class MysqlLost : public OnServer, public testing::WithParamInterface<bool> {
 protected:
  static Connection connect() {
    return GetParam() ? open(Options{{"ssl_mode", "REQUIRED"}}) : open(Options{{"ssl_mode", "DISABLED"}});
  }
  static void expect_lost(const Connection& db, const psa::DriverError& error) {
    EXPECT_NE(error.flags & PSA_ERROR_CONNECTION_LOST, 0U) << error.message;
    EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
    EXPECT_NE(state(db).flags & PSA_STATE_BROKEN, 0U);
    EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
    const psa::DriverError later = error_of([&] { run(db, "SELECT 1"); });
    EXPECT_EQ(later.status, PSA_INVALID_STATE);
    EXPECT_NE(later.flags & PSA_ERROR_CONNECTION_LOST, 0U);
  }
};

INSTANTIATE_TEST_SUITE_P(WithoutAndWithTls, MysqlLost, testing::Bool());

TEST_P(MysqlLost, WhileIdle) {
  const auto db = connect();
  const auto killer = open();
  run(killer, "KILL CONNECTION " + session_id(db));
  const psa::DriverError error = error_of([&] {
    for (int i = 0; i < 100; ++i) ping(db);
  });
  expect_lost(db, error);
  EXPECT_EQ(error.flags & PSA_ERROR_MAYBE_APPLIED, 0U);
}

TEST_P(MysqlLost, WhileStreaming) {
  const auto db = connect();
  const auto killer = open();
  const std::string id = session_id(db);
  const auto result = execute(prepare(db, "SELECT a.seq FROM seq_1_to_100000 a, seq_1_to_1000000 b"));
  EXPECT_NE(next(result, 10), "");
  run(killer, "KILL CONNECTION " + id);
  const psa::DriverError error = error_of([&] { rest(result); });
  expect_lost(db, error);
  EXPECT_EQ(error.flags & PSA_ERROR_MAYBE_APPLIED, 0U) << "it only read";
}

TEST_P(MysqlLost, InATransaction) {
  const auto killer = open();
  const Table table(killer, GetParam() ? "lost_open_tls" : "lost_open", "a int");
  const std::string insert =
      std::string("INSERT INTO lost_open") + (GetParam() ? "_tls" : "") + " VALUES (1)";
  const auto db = connect();
  begin(db);
  run(db, insert);
  run(killer, "KILL CONNECTION " + session_id(db));
  const psa::DriverError error = error_of([&] {
    for (int i = 0; i < 100; ++i) run(db, insert);
  });
  expect_lost(db, error);
  EXPECT_EQ(error.flags & PSA_ERROR_MAYBE_APPLIED, 0U) << "nothing of it was committed";
  EXPECT_EQ(table.count(), "0");
}

TEST_P(MysqlLost, DuringCommit) {
  const auto blocker = open();
  const Table table(blocker, GetParam() ? "lost_commit_tls" : "lost_commit", "a int");
  const auto db = connect();
  const std::string id = session_id(db);
  begin(db);
  run(db, std::string("INSERT INTO lost_commit") + (GetParam() ? "_tls" : "") + " VALUES (1)");
  run(blocker, "BACKUP STAGE START");
  run(blocker, "BACKUP STAGE BLOCK_COMMIT");
  psa::DriverError error{PSA_OK, 0, ""};
  std::thread committing([&] { error = error_of([&] { commit(db); }); });
  wait_until(blocker, id, "info = 'COMMIT' AND state LIKE 'Waiting for backup lock%'");
  run(blocker, "KILL CONNECTION " + id);
  committing.join();
  run(blocker, "BACKUP STAGE END");
  EXPECT_NE(error.flags & PSA_ERROR_MAYBE_APPLIED, 0U) << error.message;
  expect_lost(db, error);
}

TEST_P(MysqlLost, DuringAChangeThatCommitsItself) {
  const auto killer = open();
  const Table table(killer, GetParam() ? "lost_change_tls" : "lost_change", "a int");
  const auto db = connect();
  const std::string id = session_id(db);
  const std::string name = std::string("lost_change") + (GetParam() ? "_tls" : "");
  psa::DriverError error{PSA_OK, 0, ""};
  std::thread changing(
      [&] { error = error_of([&] { run(db, "INSERT INTO " + name + " SELECT SLEEP(30)"); }); });
  wait_until(killer, id, "state = 'User sleep'");
  run(killer, "KILL CONNECTION " + id);
  changing.join();
  EXPECT_NE(error.flags & PSA_ERROR_MAYBE_APPLIED, 0U) << error.message;
  expect_lost(db, error);
}

// The client library ignores SIGPIPE in all of the program; this driver undoes that, and a connection that
// the other side has shut is an error all the same.
TEST_P(MysqlLost, RaisesNoSignalAndChangesNoDisposition) {
  struct sigaction before, after;
  sigaction(SIGPIPE, nullptr, &before);
  EXPECT_EQ(before.sa_handler, SIG_DFL);
  sigset_t mask_before, mask_after;
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_before);
  const auto db = connect();
  const auto killer = open();
  const auto statement = prepare(db, "SELECT LENGTH(?)");
  run(killer, "KILL CONNECTION " + session_id(db));
  wait_until(killer, session_id(killer), "TRUE");
  // Larger than what the system buffers: part of it is written to a connection that is gone.
  Parameters parameters(1);
  parameters.add(std::string(8'000'000, 'x'));
  EXPECT_NE(error_of([&] { execute(statement, parameters); }).flags & PSA_ERROR_CONNECTION_LOST, 0U);
  sigaction(SIGPIPE, nullptr, &after);
  EXPECT_EQ(after.sa_handler, SIG_DFL);
  pthread_sigmask(SIG_SETMASK, nullptr, &mask_after);
  EXPECT_EQ(sigismember(&mask_before, SIGPIPE), sigismember(&mask_after, SIGPIPE));
  sigset_t pending;
  sigpending(&pending);
  EXPECT_EQ(sigismember(&pending, SIGPIPE), 0);
}

}  // namespace
