// SPDX-License-Identifier: Apache-2.0
#include "transaction.hpp"

#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <psa/sdk/operation.hpp>

#include "driver_client.hpp"
#include "sessions.hpp"

namespace {

using namespace driver_client;
using namespace mysql_test;

class MysqlTransaction : public OnServer {};

TEST_F(MysqlTransaction, BeginsLateWhereItMay) {
  const auto db = open();
  begin(db, PSA_BEGIN_LAZY);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_DEFERRED);
  run(db, "SELECT 1");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_OPEN);
  rollback(db);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
}

TEST_F(MysqlTransaction, KeepsOrDropsWhatItDid) {
  const auto db = open();
  run(db, "CREATE TEMPORARY TABLE kept (a int) ENGINE = InnoDB");
  begin(db);
  run(db, "INSERT INTO kept VALUES (1)");
  savepoint(db, PSA_SAVEPOINT_SET, "a`b");
  run(db, "INSERT INTO kept VALUES (2)");
  savepoint(db, PSA_SAVEPOINT_ROLLBACK_TO, "a`b");
  savepoint(db, PSA_SAVEPOINT_RELEASE, "a`b");
  commit(db);
  begin(db);
  run(db, "INSERT INTO kept VALUES (3)");
  rollback(db);
  EXPECT_EQ(run(db, "SELECT a FROM kept"), "int64 1");
}

TEST_F(MysqlTransaction, SeesTheOneThatSqlOpened) {
  const auto db = open();
  run(db, "START TRANSACTION");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_OPEN);
  EXPECT_EQ(error_of([&] { begin(db); }).status, PSA_INVALID_STATE);
  reset(db);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
}

TEST_F(MysqlTransaction, HasEveryIsolationLevelOfMysql) {
  const auto db = open();
  const auto writer = open();
  const Table table(writer, "isolated", "a int");
  const auto count = [&] { return run(db, "SELECT COUNT(*) FROM isolated"); };
  struct Level {
    uint32_t level;
    const char* sees_uncommitted;
    const char* sees_committed;
  };
  for (const Level& each : {Level{PSA_ISOLATION_READ_UNCOMMITTED, "int64 1", "int64 1"},
                            Level{PSA_ISOLATION_READ_COMMITTED, "int64 0", "int64 1"},
                            Level{PSA_ISOLATION_REPEATABLE_READ, "int64 0", "int64 0"},
                            Level{PSA_ISOLATION_DEFAULT, "int64 0", "int64 0"}}) {
    SCOPED_TRACE(each.level);
    begin(db, 0, each.level);
    EXPECT_EQ(count(), "int64 0");
    begin(writer);
    run(writer, "INSERT INTO isolated VALUES (1)");
    EXPECT_EQ(count(), each.sees_uncommitted);
    commit(writer);
    EXPECT_EQ(count(), each.sees_committed);
    rollback(db);
    run(writer, "DELETE FROM isolated");
  }
  begin(db, 0, PSA_ISOLATION_SERIALIZABLE);
  EXPECT_EQ(count(), "int64 0");
  const int64_t soon = psa::monotonic_now() + INT64_C(50'000'000);
  EXPECT_EQ(error_of([&] { run(writer, "INSERT INTO isolated VALUES (1)", soon); }).status, PSA_DEADLINE)
      << "what was read is locked";
  rollback(db);
  EXPECT_EQ(error_of([&] { begin(db, 0, PSA_ISOLATION_SNAPSHOT); }).status, PSA_NOT_SUPPORTED);
  EXPECT_EQ(error_of([&] { begin(db, PSA_BEGIN_DEFERRABLE); }).status, PSA_NOT_SUPPORTED);
}

TEST_F(MysqlTransaction, RefusesToWriteWhereItOnlyReads) {
  const auto db = open();
  run(db, "CREATE TABLE IF NOT EXISTS read_only_test (a int)");
  begin(db, PSA_BEGIN_READ_ONLY);
  EXPECT_EQ(error_of([&] { run(db, "INSERT INTO read_only_test VALUES (1)"); }).vendor_code, 1792);
  rollback(db);
  run(db, "DROP TABLE read_only_test");
}

TEST_F(MysqlTransaction, HasFailedAfterADeadlock) {
  const auto first = open();
  const auto second = open();
  run(first, "DROP TABLE IF EXISTS deadlock_test");
  run(first, "CREATE TABLE deadlock_test (id int PRIMARY KEY, v int) ENGINE = InnoDB");
  run(first, "INSERT INTO deadlock_test VALUES (1, 0), (2, 0)");
  begin(first);
  begin(second);
  run(first, "UPDATE deadlock_test SET v = 1 WHERE id = 1");
  run(second, "UPDATE deadlock_test SET v = 1 WHERE id = 2");
  psa::DriverError others{PSA_OK, 0, ""};
  std::thread other(
      [&] { others = error_of([&] { run(second, "UPDATE deadlock_test SET v = 2 WHERE id = 1"); }); });
  const psa::DriverError own = error_of([&] { run(first, "UPDATE deadlock_test SET v = 2 WHERE id = 2"); });
  if (own.vendor_code == 1213) rollback(first);  // else the other waits for nothing any more
  other.join();
  const bool first_lost = own.vendor_code == 1213;
  ASSERT_NE(first_lost, others.vendor_code == 1213);
  EXPECT_NE((first_lost ? own : others).flags & PSA_ERROR_RETRYABLE, 0U);
  if (!first_lost) {
    EXPECT_EQ(state(second).transaction, PSA_TRANSACTION_FAILED);
    EXPECT_EQ(error_of([&] { run(second, "SELECT 1"); }).status, PSA_INVALID_STATE);
    EXPECT_EQ(error_of([&] { commit(second); }).status, PSA_ERROR);
    EXPECT_EQ(state(second).transaction, PSA_TRANSACTION_NONE);
  }
  if (state(first).transaction != PSA_TRANSACTION_NONE) rollback(first);
  if (state(second).transaction != PSA_TRANSACTION_NONE) rollback(second);
  run(first, "DROP TABLE deadlock_test");
}

}  // namespace
