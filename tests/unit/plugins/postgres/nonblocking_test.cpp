// SPDX-License-Identifier: Apache-2.0
//
// Non-blocking connections over TLS: every call gives the thread back while the server works.
#include <functional>

#include <gtest/gtest.h>

#include <psa_sanitizers.hpp>

#include "modes.hpp"

namespace {

using namespace driver_client;

#ifdef PSA_SANITIZED
constexpr int64_t a_moment = 500 * millisecond;
#else
constexpr int64_t a_moment = 50 * millisecond;
#endif

class PostgresNonBlocking : public OnServer {
 protected:
  static Connection open_with_tls() {
    Server server = *driver_client::server();
    server.options = {{"sslmode", "require"}};
    auto db = make(server, Mode::nonblocking);
    connect(db);
    EXPECT_EQ(run(db, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"), "bool true");
    return db;
  }
  /// How often the calls inside were pending; each kept the thread for a moment only.
  static int pending_in(const std::function<void()>& calls) {
    progress() = {};
    calls();
    EXPECT_LT(progress().longest, a_moment);
    return progress().pending;
  }
};

TEST_F(PostgresNonBlocking, EachCallIsPendingWhileTheServerIsAsked) {
  Server server = *driver_client::server();
  server.options = {{"sslmode", "require"}};
  const auto db = make(server, Mode::nonblocking);
  EXPECT_GT(pending_in([&] { connect(db); }), 0);
  EXPECT_GT(pending_in([&] { ping(db); }), 0);
  EXPECT_GT(pending_in([&] { begin(db); }), 0);
  EXPECT_EQ(pending_in([&] {
              rollback(db);
              begin(db, PSA_BEGIN_LAZY);
            }),
            1)
      << "the rollback alone";
  Statement statement;
  EXPECT_GT(pending_in([&] { statement = prepare(db, "SELECT pg_sleep(0.2)"); }), 0);
  EXPECT_GT(pending_in([&] { rest(execute(statement)); }), 5);
  EXPECT_GT(pending_in([&] { savepoint(db, PSA_SAVEPOINT_SET, "s"); }), 0);
  EXPECT_GT(pending_in([&] { commit(db); }), 0);
  begin(db);
  EXPECT_GT(pending_in([&] { reset(db); }), 0);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
  pending_in([&] { close(db); });  // its goodbye waits for nothing
}

// The server sends what it has once that is some kilobytes.
TEST_F(PostgresNonBlocking, TheNextBatchIsPendingUntilItsRowsAreThere) {
  const auto db = open_with_tls();
  const auto result =
      execute(prepare(db, "SELECT i, repeat('x', 20000), pg_sleep(0.05) FROM generate_series(1, 5) i"));
  EXPECT_GT(pending_in([&] { EXPECT_EQ(rest(result).substr(0, 7), "int64 1"); }), 2);
}

TEST_F(PostgresNonBlocking, ALargeResultComesInShortTurns) {
  const auto db = open_with_tls();
  pending_in([&] {
    const auto result =
        execute(prepare(db, "SELECT i, i::text, repeat('x', 100) FROM generate_series(1, 300000) i"));
    int64_t rows = 0;
    for (bool last = false; !last;) {
      const Batch batch(result, 1'000'000);
      last = batch.last();
      if (batch.has_rows()) rows += batch.array().length;
    }
    EXPECT_EQ(rows, 300'000);
  });
}

TEST_F(PostgresNonBlocking, AnAbandonedResultIsReadInShortTurns) {
  const auto db = open_with_tls();
  next(execute(prepare(db, "SELECT repeat('x', 100) FROM generate_series(1, 300000)")), 1);
  pending_in([&] { EXPECT_EQ(run(db, "SELECT 1"), "int64 1"); });
}

TEST_F(PostgresNonBlocking, ABatchGoesOutInShortTurns) {
  const auto db = open_with_tls();
  run(db, "CREATE TEMP TABLE t (i int8, s text)");
  Parameters rows(2);
  for (int64_t i = 0; i < 300'000; ++i) rows.add(i).add("some text");
  const auto by_copy = prepare(db, "INSERT INTO t VALUES ($1, $2)");
  const auto one_by_one = prepare(db, "INSERT INTO t VALUES ($1 + 1, $2)");
  const psa_execute arguments = rows.execute();
  EXPECT_GT(pending_in([&] { execute(by_copy, arguments, 0); }), 0);
  EXPECT_GT(pending_in([&] { execute(one_by_one, arguments, 0); }), 0);
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 600000");
}

TEST_F(PostgresNonBlocking, TakesOneOperationAtATime) {
  const auto db = open_with_tls();
  const auto statement = prepare(db, "SELECT pg_sleep(0.1)");
  const psa_call call{PSA_INIT(psa_call)};
  const psa_execute arguments{PSA_INIT(psa_execute)};
  psa_result* handle = nullptr;
  ASSERT_EQ(table().statement_execute(statement.get(), &arguments, &handle, &call), PSA_PENDING);
  EXPECT_EQ(error_of([&] { ping(db); }).status, PSA_INVALID_STATE);
  EXPECT_EQ(drive(db.get(), PSA_PENDING), PSA_OK);
  table().result_release(handle);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_F(PostgresNonBlocking, MayBeResumedForNoReason) {
  const auto db = open_with_tls();
  const auto statement = prepare(db, "SELECT pg_sleep(0.05)");
  const psa_call call{PSA_INIT(psa_call)};
  const psa_execute arguments{PSA_INIT(psa_execute)};
  psa_result* handle = nullptr;
  int32_t status = table().statement_execute(statement.get(), &arguments, &handle, &call);
  for (int i = 0; i < 100 && status == PSA_PENDING; ++i) status = table().connection_resume(db.get());
  ASSERT_EQ(drive(db.get(), status), PSA_OK);
  table().result_release(handle);
}

TEST_F(PostgresNonBlocking, MayBeReleasedWhileAnythingIsPending) {
  const psa_call call{PSA_INIT(psa_call)};
  {
    const auto db = make(*driver_client::server(), Mode::nonblocking);
    EXPECT_EQ(table().connection_connect(db.get(), &call), PSA_PENDING);
  }
  {
    const auto db = open_with_tls();
    EXPECT_EQ(table().connection_ping(db.get(), &call), PSA_PENDING);
  }
  auto db = open_with_tls();
  auto result =
      execute(prepare(db, "SELECT i, repeat('x', 20000), pg_sleep(0.05) FROM generate_series(1, 100) i"));
  const psa_fetch fetch{PSA_INIT(psa_fetch), 0, 100, 100, 1 << 20};
  psa_batch batch{PSA_INIT(psa_batch)};
  EXPECT_EQ(table().result_next(result.get(), &fetch, &batch, &call), PSA_PENDING);
  result.reset();
  db.reset();
}

TEST_F(PostgresNonBlocking, AnOperationReleasedWithItsConnectionEndsAtTheServerToo) {
  auto db = open_with_tls();
  const std::string id = run(db, "SELECT pg_backend_pid()").substr(6);
  const auto watcher = open();
  const std::string running = "SELECT count(*) FROM pg_stat_activity WHERE pid = " + id;
  auto statement = prepare(db, "SELECT pg_sleep(600)");
  const psa_call call{PSA_INIT(psa_call)};
  const psa_execute execute{PSA_INIT(psa_execute)};
  psa_result* result = nullptr;
  EXPECT_EQ(table().statement_execute(statement.get(), &execute, &result, &call), PSA_PENDING);
  while (run(watcher, running + " AND query LIKE '%pg_sleep%' AND state = 'active'") != "int64 1")
    table().connection_resume(db.get());
  statement.reset();
  db.reset();
  while (run(watcher, running) != "int64 0") std::this_thread::yield();
}

}  // namespace
