// SPDX-License-Identifier: Apache-2.0
//
// Cancels, deadlines, lost connections, and operations that leave their thread free; with and without TLS.
#include <algorithm>
#include <csignal>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <psa/sdk/operation.hpp>
#include <psa/sdk/text.hpp>

#include "driver_client.hpp"

namespace {

using namespace driver_client;

constexpr int64_t millisecond = 1'000'000;
constexpr char endless[] = "SELECT COUNT(*) FROM seq_1_to_100000 a, seq_1_to_1000000 b";
constexpr char streaming[] = "SELECT a.seq FROM seq_1_to_100000 a, seq_1_to_1000000 b";

class MysqlStopping : public testing::TestWithParam<bool> {
 protected:
  static Connection connect(uint32_t flags = 0) {
    return GetParam() ? open(Options{{"ssl", "true"}, {"ssl_verify_cert", "false"}}, flags) : open({}, flags);
  }
};

INSTANTIATE_TEST_SUITE_P(OverTlsOrNot, MysqlStopping, testing::Bool());

TEST_P(MysqlStopping, EndsAtTheDeadline) {
  NEED_SERVER();
  const auto db = connect();
  for (const char* sql : {"SELECT SLEEP(30)", endless, streaming}) {
    const int64_t start = psa::monotonic_now();
    const psa::DriverError error = error_of([&] { run(db, sql, start + 100 * millisecond); });
    EXPECT_EQ(error.status, PSA_DEADLINE) << sql;
    EXPECT_LT(psa::monotonic_now() - start, 2000 * millisecond) << sql;
    EXPECT_EQ(run(db, "SELECT 1"), "int 1");
  }
}

TEST_P(MysqlStopping, IsCancelledFromAnotherThread) {
  NEED_SERVER();
  const auto db = connect();
  const auto watcher = connect();
  const auto handle = cancel_handle(db);
  const std::string id = run(db, "SELECT CONNECTION_ID()").substr(4);
  for (const char* sql : {"SELECT SLEEP(30)", endless}) {
    std::thread canceller([&] {
      // Until the server has begun with it.
      const std::string running = "SELECT COUNT(*) FROM information_schema.processlist WHERE id = " + id +
                                  " AND command = 'Execute' AND info = '" + sql + "'";
      while (run(watcher, running) != "int 1") {
      }
      cancel(handle);
    });
    EXPECT_EQ(error_of([&] { run(db, sql); }).status, PSA_CANCELLED) << sql;
    canceller.join();
    EXPECT_EQ(run(db, "SELECT 1"), "int 1");
  }
}

TEST_P(MysqlStopping, IgnoresACancelWhileNothingRuns) {
  NEED_SERVER();
  const auto db = connect();
  const auto handle = cancel_handle(db);
  for (int i = 0; i < 20; ++i) {
    cancel(handle);
    EXPECT_EQ(run(db, "SELECT COUNT(*) FROM seq_1_to_1000"), "int 1000");
  }
}

TEST_P(MysqlStopping, KnowsThatTheConnectionIsLost) {
  NEED_SERVER();
  struct sigaction before;
  sigaction(SIGPIPE, nullptr, &before);
  EXPECT_EQ(before.sa_handler, SIG_DFL) << "the client library's change is put back";
  const auto db = connect();
  const auto killer = connect();
  run(killer, "KILL " + run(db, "SELECT CONNECTION_ID()").substr(4));
  const psa::DriverError error = error_of([&] {
    for (int i = 0; i < 3; ++i) run(db, "SELECT 1");
  });
  EXPECT_NE(error.flags & PSA_ERROR_CONNECTION_LOST, 0U);
  EXPECT_EQ(error.flags & PSA_ERROR_MAYBE_APPLIED, 0U);
  EXPECT_NE(state(db).flags & PSA_STATE_BROKEN, 0U);
}

TEST_P(MysqlStopping, SaysThatALostChangeMayHaveBeenApplied) {
  NEED_SERVER();
  const auto db = connect();
  const auto killer = connect();
  run(db, "CREATE TEMPORARY TABLE lost (a int)");
  const auto insert = prepare(db, "INSERT INTO lost VALUES (1)");
  run(killer, "KILL " + run(db, "SELECT CONNECTION_ID()").substr(4));
  const psa::DriverError error = error_of([&] {
    for (int i = 0; i < 3; ++i) execute(insert);
  });
  EXPECT_NE(error.flags & PSA_ERROR_MAYBE_APPLIED, 0U);
}

// One non-blocking statement; the longest that any call kept the thread.
struct Waits {
  int32_t status;
  int resumes = 0;
  int64_t longest = 0;
};

Waits run_nonblocking(const Connection& db, std::string_view sql) {
  Waits waits{PSA_OK};
  Sink sink;
  const psa_call call{PSA_INIT(psa_call), 0, &sink, 0};
  const psa_string text = psa::c_text(sql);
  psa_statement* statement = nullptr;
  waits.status = finish(db, table().statement_prepare(db.get(), &text, 0, &statement, &call));
  const Statement owner(statement);
  if (waits.status != PSA_OK) return waits;
  const psa_execute execute{PSA_INIT(psa_execute), 0, nullptr, nullptr};
  psa_result* result = nullptr;
  int64_t start = psa::monotonic_now();
  waits.status = table().statement_execute(statement, &execute, &result, &call);
  waits.longest = psa::monotonic_now() - start;
  waits.status = finish(db, waits.status, &waits.resumes);
  const Result result_owner(result);
  while (waits.status == PSA_OK && result != nullptr) {
    const psa_fetch fetch{PSA_INIT(psa_fetch), 0, 1, 1000, 1 << 20};
    psa_batch batch{};
    batch.struct_size = PSA_INIT(psa_batch);
    start = psa::monotonic_now();
    waits.status = table().result_next(result, &fetch, &batch, &call);
    waits.longest = std::max(waits.longest, psa::monotonic_now() - start);
    waits.status = finish(db, waits.status, &waits.resumes);
    if (batch.array.release != nullptr) batch.array.release(&batch.array);
    if (batch.schema.release != nullptr) batch.schema.release(&batch.schema);
    if (waits.status != PSA_OK || (batch.flags & PSA_BATCH_LAST) != 0) break;
  }
  return waits;
}

TEST_P(MysqlStopping, LeavesTheThreadFreeWhileItWaits) {
  NEED_SERVER();
  const auto db = connect(PSA_CONNECTION_NONBLOCKING);
  const Waits waits = run_nonblocking(db, "SELECT SLEEP(0.3)");
  EXPECT_EQ(waits.status, PSA_OK);
  EXPECT_GT(waits.resumes, 0);
  EXPECT_LT(waits.longest, 100 * millisecond);
}

TEST_P(MysqlStopping, DropsAPendingOperationWithTheConnection) {
  NEED_SERVER();
  auto db = connect(PSA_CONNECTION_NONBLOCKING);
  Sink sink;
  const psa_call call{PSA_INIT(psa_call), 0, &sink, 0};
  const psa_string text = psa::c_text("SELECT SLEEP(30)");
  psa_statement* statement = nullptr;
  ASSERT_EQ(finish(db, table().statement_prepare(db.get(), &text, 0, &statement, &call)), PSA_OK);
  const psa_execute execute{PSA_INIT(psa_execute), 0, nullptr, nullptr};
  psa_result* result = nullptr;
  int32_t status = table().statement_execute(statement, &execute, &result, &call);
  EXPECT_EQ(status, PSA_PENDING);
  table().statement_release(statement);
  const int64_t start = psa::monotonic_now();
  db.reset();
  EXPECT_LT(psa::monotonic_now() - start, 500 * millisecond);
}

TEST_P(MysqlStopping, ReleasesAConnectionThatIsStillConnecting) {
  NEED_SERVER();
  auto db = make(*server(), {}, PSA_CONNECTION_NONBLOCKING);
  Sink sink;
  const psa_call call{PSA_INIT(psa_call), 0, &sink, 0};
  EXPECT_EQ(table().connection_connect(db.get(), &call), PSA_PENDING);
  db.reset();
}

TEST(MysqlConnecting, GivesUpOnAServerThatDoesNotAnswer) {
  const int listener = test_listener();
  ASSERT_GE(listener, 0);
  Server silent;
  silent.host = "127.0.0.1";
  silent.port = listener_port(listener);
  const auto db = make(silent);
  Sink sink;
  const int64_t start = psa::monotonic_now();
  const psa_call call{PSA_INIT(psa_call), 0, &sink, start + 150 * millisecond};
  EXPECT_EQ(table().connection_connect(db.get(), &call), PSA_DEADLINE);
  EXPECT_LT(psa::monotonic_now() - start, 1000 * millisecond);
  close_listener(listener);
}

}  // namespace
