// SPDX-License-Identifier: Apache-2.0
#include "transaction.hpp"

#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "driver_client.hpp"

namespace {

using namespace driver_client;

TEST(MysqlTransaction, BeginsLateWhereItMay) {
  NEED_SERVER();
  const auto db = open();
  begin(db, PSA_BEGIN_LAZY);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_DEFERRED);
  run(db, "SELECT 1");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_OPEN);
  rollback(db);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
}

TEST(MysqlTransaction, KeepsOrDropsWhatItDid) {
  NEED_SERVER();
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
  EXPECT_EQ(run(db, "SELECT a FROM kept"), "int 1");
}

TEST(MysqlTransaction, SeesTheOneThatSqlOpened) {
  NEED_SERVER();
  const auto db = open();
  run(db, "START TRANSACTION");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_OPEN);
  EXPECT_EQ(error_of([&] { begin(db); }).status, PSA_INVALID_STATE);
  reset(db);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
}

TEST(MysqlTransaction, HasEveryIsolationLevelOfMysql) {
  NEED_SERVER();
  const auto db = open();
  for (const uint32_t level : {PSA_ISOLATION_READ_UNCOMMITTED, PSA_ISOLATION_READ_COMMITTED,
                               PSA_ISOLATION_REPEATABLE_READ, PSA_ISOLATION_SERIALIZABLE}) {
    begin(db, 0, level);
    rollback(db);
  }
  EXPECT_EQ(error_of([&] { begin(db, 0, PSA_ISOLATION_SNAPSHOT); }).status, PSA_NOT_SUPPORTED);
  EXPECT_EQ(error_of([&] { begin(db, PSA_BEGIN_DEFERRABLE); }).status, PSA_NOT_SUPPORTED);
}

TEST(MysqlTransaction, RefusesToWriteWhereItOnlyReads) {
  NEED_SERVER();
  const auto db = open();
  run(db, "CREATE TABLE IF NOT EXISTS read_only_test (a int)");
  begin(db, PSA_BEGIN_READ_ONLY);
  EXPECT_EQ(error_of([&] { run(db, "INSERT INTO read_only_test VALUES (1)"); }).vendor_code, 1792);
  rollback(db);
  run(db, "DROP TABLE read_only_test");
}

TEST(MysqlTransaction, HasFailedAfterADeadlock) {
  NEED_SERVER();
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
