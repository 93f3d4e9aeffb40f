// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <psa/sdk/operation.hpp>

#include "driver_client.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace driver_client;

constexpr const char* endless =
    "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";

// Cancels again and again until it is destroyed: the test needs no luck to hit a running operation.
class Canceller {
 public:
  explicit Canceller(const Connection& connection) : handle_(cancel_handle(connection)) {
    thread_ = std::thread([this] {
      while (!done_) {
        cancel(handle_);
        std::this_thread::yield();
      }
    });
  }
  ~Canceller() {
    done_ = true;
    thread_.join();
  }

 private:
  Cancel handle_;
  std::atomic<bool> done_{false};
  std::thread thread_;
};

// A file whose write lock one connection holds, and another one that waits for it for an hour.
struct Locked {
  Locked() : path(folder.path() / "x.db"), holder(open(path)) {
    run(holder, "CREATE TABLE t (v)");
    run(holder, "BEGIN IMMEDIATE");
    waiter = open(path, {{"timeout", "3600"}});
  }
  test_support::TemporaryFolder folder;
  std::string path;
  Connection holder;
  Connection waiter;
};

TEST(SqliteCancel, EndsARunningStatement) {
  const auto db = open("");
  psa::DriverError error(PSA_OK, 0, "");
  {
    const Canceller canceller(db);
    error = error_of([&] { run(db, endless); });
  }
  EXPECT_EQ(error.status, PSA_CANCELLED);
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST(SqliteCancel, EndsAFetchInTheMiddleOfItsRows) {
  const auto db = open("");
  const auto statement = prepare(db,
                                 "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) "
                                 "SELECT i FROM n WHERE i < 3 OR i % 1000000000 = 7000000");
  const auto result = execute(statement);
  EXPECT_EQ(next(result, 2), "int64 0; int64 1");
  const Canceller canceller(db);
  EXPECT_EQ(error_of([&] { next(result, 1000); }).status, PSA_CANCELLED);
}

TEST(SqliteCancel, EndsAWaitForALock) {
  const Locked locked;
  const Canceller canceller(locked.waiter);
  const auto error = error_of([&] { run(locked.waiter, "INSERT INTO t VALUES (1)"); });
  EXPECT_EQ(error.status, PSA_CANCELLED);
}

TEST(SqliteCancel, DoesNotHitTheNextStatementWhenItComesLate) {
  const auto db = open("");
  const auto handle = cancel_handle(db);
  run(db, "SELECT 1");
  cancel(handle);
  EXPECT_EQ(run(db,
                "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 100000) SELECT "
                "count(*) FROM n"),
            "int64 100000");
}

TEST(SqliteCancel, NeverDamagesStatementsThatRunBesideIt) {
  const auto db = open("");
  {
    const Canceller canceller(db);
    for (int i = 0; i < 2000; ++i) {
      try {
        EXPECT_EQ(run(db, "SELECT 42"), "int64 42");
      } catch (const psa::DriverError& error) {
        EXPECT_EQ(error.status, PSA_CANCELLED);
      }
    }
  }
  EXPECT_EQ(run(db, "SELECT 42"), "int64 42");
}

TEST(SqliteCancel, HandleOutlivesItsConnection) {
  auto db = open("");
  const auto handle = cancel_handle(db);
  db.reset();
  cancel(handle);
}

TEST(SqliteCancel, MarksATransactionThatSqliteGaveUp) {
  const auto db = open("");
  run(db, "CREATE TABLE t (v)");
  begin(db);
  run(db, "INSERT INTO t VALUES (1)");
  const int64_t soon = psa::monotonic_now() + 20 * millisecond;
  const auto insert_endless =
      "INSERT INTO t WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i "
      "< 0";
  EXPECT_EQ(error_of([&] { run(db, insert_endless, soon); }).status, PSA_DEADLINE);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_FAILED);
  EXPECT_EQ(error_of([&] { run(db, "INSERT INTO t VALUES (2)"); }).status, PSA_INVALID_STATE);
  EXPECT_EQ(error_of([&] { commit(db); }).status, PSA_INVALID_STATE);
  rollback(db);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 0");
}

TEST(SqliteDeadline, EndsARunningStatement) {
  const auto db = open("");
  const int64_t deadline = psa::monotonic_now() + 30 * millisecond;
  const auto error = error_of([&] { run(db, endless, deadline); });
  EXPECT_EQ(error.status, PSA_DEADLINE);
  EXPECT_GE(psa::monotonic_now(), deadline);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST(SqliteDeadline, EndsAWaitForALock) {
  const Locked locked;
  const int64_t deadline = psa::monotonic_now() + 30 * millisecond;
  const auto error = error_of([&] { run(locked.waiter, "INSERT INTO t VALUES (1)", deadline); });
  EXPECT_EQ(error.status, PSA_DEADLINE);
  EXPECT_NE(error.message.find("lock"), std::string::npos);
  EXPECT_GE(psa::monotonic_now(), deadline);
}

TEST(SqliteDeadline, EndsACommitThatWaitsForReaders) {
  const test_support::TemporaryFolder folder;
  const std::string path = folder.path() / "x.db";
  const auto writer = open(path, {{"timeout", "3600"}}), reader = open(path);
  run(writer, "CREATE TABLE t (v)");
  run(writer, "INSERT INTO t VALUES (1), (2)");
  const auto statement = prepare(reader, "SELECT v FROM t");
  auto unread = execute(statement);
  begin(writer);
  run(writer, "INSERT INTO t VALUES (3)");
  EXPECT_EQ(error_of([&] { commit(writer, psa::monotonic_now() + 20 * millisecond); }).status, PSA_DEADLINE);
  EXPECT_EQ(state(writer).transaction, PSA_TRANSACTION_OPEN);
  unread.reset();
  commit(writer);
  EXPECT_EQ(run(reader, "SELECT count(*) FROM t"), "int64 3");
}

TEST(SqliteDeadline, ThatHasPassedEndsTheCallBeforeAnythingRuns) {
  const auto db = open("");
  const auto statement = prepare(db, "CREATE TABLE t (v)");
  EXPECT_EQ(error_of([&] { execute(statement, psa::monotonic_now() - 1); }).status, PSA_DEADLINE);
  EXPECT_EQ(run(db, "SELECT count(*) FROM sqlite_master"), "int64 0");
}

}  // namespace
