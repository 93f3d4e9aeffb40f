// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include "modes.hpp"

namespace {

using namespace driver_client;

class PostgresTransaction : public InBothModes {
 protected:
  /// A table that two connections see, dropped at the end.
  void make_table(const Connection& db) {
    table_ = "psa_transaction_" + std::to_string(getpid());
    run(db, "DROP TABLE IF EXISTS " + table_);
    run(db, "CREATE TABLE " + table_ + " (i int PRIMARY KEY, v int)");
    run(db, "INSERT INTO " + table_ + " VALUES (1, 0), (2, 0)");
  }
  std::string update(int row) const {
    return "UPDATE " + table_ + " SET v = v + 1 WHERE i = " + std::to_string(row);
  }
  void TearDown() override {
    if (!table_.empty()) run(open(), "DROP TABLE " + table_);
  }
  std::string table_;
};
PSA_IN_BOTH_MODES(PostgresTransaction);

TEST_P(PostgresTransaction, HasTheIsolationThatWasAskedFor) {
  const auto db = open();
  const std::pair<uint32_t, const char*> levels[] = {{PSA_ISOLATION_DEFAULT, "read committed"},
                                                     {PSA_ISOLATION_READ_UNCOMMITTED, "read uncommitted"},
                                                     {PSA_ISOLATION_READ_COMMITTED, "read committed"},
                                                     {PSA_ISOLATION_REPEATABLE_READ, "repeatable read"},
                                                     {PSA_ISOLATION_SERIALIZABLE, "serializable"}};
  for (const uint32_t lazy : {0U, PSA_BEGIN_LAZY})
    for (const auto& [level, name] : levels) {
      begin(db, lazy, level);
      EXPECT_EQ(run(db, "SHOW transaction_isolation"), "text " + std::string(name));
      rollback(db);
    }
  EXPECT_EQ(error_of([&] { begin(db, 0, PSA_ISOLATION_SNAPSHOT); }).status, PSA_NOT_SUPPORTED);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
}

TEST_P(PostgresTransaction, MayBeReadOnlyAndDeferrable) {
  const auto db = open();
  run(db, "CREATE TEMP SEQUENCE s");
  for (const uint32_t lazy : {0U, PSA_BEGIN_LAZY}) {
    begin(db, lazy | PSA_BEGIN_READ_ONLY | PSA_BEGIN_DEFERRABLE, PSA_ISOLATION_SERIALIZABLE);
    EXPECT_EQ(
        run(db, "SELECT current_setting('transaction_read_only'), current_setting('transaction_deferrable')"),
        "text on, text on");
    const auto error = error_of([&] { run(db, "CREATE TABLE never (i int)"); });
    EXPECT_EQ(error.sqlstate, "25006");
    EXPECT_EQ(error.category, PSA_CATEGORY_INTERNAL);
    rollback(db);
  }
}

TEST_P(PostgresTransaction, ThatFailedTakesNothingButRollback) {
  const auto db = open();
  begin(db);
  error_of([&] { run(db, "SELECT 1/0"); });
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_FAILED);
  const auto error = error_of([&] { run(db, "SELECT 1"); });
  EXPECT_EQ(error.sqlstate, "25P02");
  EXPECT_EQ(error.category, PSA_CATEGORY_INTERNAL);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_FAILED);
  const auto commit_error = error_of([&] { commit(db); });
  EXPECT_EQ(commit_error.status, PSA_ERROR);
  EXPECT_EQ(commit_error.flags, 0U);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresTransaction, OfSqlIsSeen) {
  const auto db = open();
  run(db, "BEGIN ISOLATION LEVEL SERIALIZABLE");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_OPEN);
  EXPECT_EQ(error_of([&] { begin(db); }).status, PSA_INVALID_STATE);
  EXPECT_EQ(error_of([&] { begin(db, PSA_BEGIN_LAZY); }).status, PSA_INVALID_STATE);
  run(db, "COMMIT AND CHAIN");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_OPEN);
  rollback(db);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
}

TEST_P(PostgresTransaction, BegunLazilyIsEndedBySqlToo) {
  const auto db = open();
  begin(db, PSA_BEGIN_LAZY);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_DEFERRED);
  run(db, "ROLLBACK");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
  begin(db, PSA_BEGIN_LAZY);
  commit(db);
  commit(db);
  rollback(db);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
}

TEST_P(PostgresTransaction, BegunLazilyFailsWithItsFirstStatement) {
  const auto db = open();
  begin(db, PSA_BEGIN_LAZY);
  EXPECT_EQ(error_of([&] { execute(prepare(db, "SELECT 1/0")); }).sqlstate, "22012");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_FAILED);
  rollback(db);
}

TEST_P(PostgresTransaction, SavepointsNestAndTheirNamesAreQuoted) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int)");
  begin(db, PSA_BEGIN_LAZY);
  savepoint(db, PSA_SAVEPOINT_SET, "a; DROP TABLE t");
  run(db, "INSERT INTO t VALUES (1)");
  savepoint(db, PSA_SAVEPOINT_SET, "in\"ner");
  run(db, "INSERT INTO t VALUES (2)");
  savepoint(db, PSA_SAVEPOINT_ROLLBACK_TO, "in\"ner");
  savepoint(db, PSA_SAVEPOINT_RELEASE, "a; DROP TABLE t");
  const auto error = error_of([&] { savepoint(db, PSA_SAVEPOINT_RELEASE, "in\"ner"); });
  EXPECT_EQ(error.sqlstate, "3B001");
  rollback(db);
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 0");
  EXPECT_EQ(error_of([&] { savepoint(db, PSA_SAVEPOINT_SET, ""); }).status, PSA_INVALID_ARGUMENT);
}

TEST_P(PostgresTransaction, ThatCannotBeSerializedIsRetryable) {
  const auto one = open(), two = open();
  make_table(one);
  begin(one, 0, PSA_ISOLATION_REPEATABLE_READ);
  run(one, "SELECT * FROM " + table_);
  run(two, update(1));
  const auto error = error_of([&] { run(one, update(1)); });
  EXPECT_EQ(error.sqlstate, "40001");
  EXPECT_EQ(error.flags, PSA_ERROR_RETRYABLE);
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  rollback(one);
}

TEST_P(PostgresTransaction, ThatFailsToSerializeAtCommitIsRetryable) {
  const auto one = open(), two = open();
  make_table(one);
  begin(one, 0, PSA_ISOLATION_SERIALIZABLE);
  begin(two, 0, PSA_ISOLATION_SERIALIZABLE);
  run(one, "SELECT sum(v) FROM " + table_);
  run(two, "SELECT sum(v) FROM " + table_);
  run(one, "INSERT INTO " + table_ + " VALUES (3, 1)");
  run(two, "INSERT INTO " + table_ + " VALUES (4, 1)");
  commit(one);
  const auto error = error_of([&] { commit(two); });
  EXPECT_EQ(error.sqlstate, "40001");
  EXPECT_EQ(error.flags, PSA_ERROR_RETRYABLE);
  EXPECT_EQ(state(two).transaction, PSA_TRANSACTION_NONE);
}

TEST_P(PostgresTransaction, InADeadlockIsRetryable) {
  const auto one = open(), two = open();
  make_table(one);
  for (const auto* db : {&one, &two}) {
    run(*db, "SET deadlock_timeout = '10ms'");
    begin(*db);
  }
  run(one, update(1));
  run(two, update(2));
  psa::DriverError other{PSA_OK, 0, ""};
  std::thread waiting([&] {
    other = error_of([&] { run(one, update(2)); });
    if (other.status != PSA_OK) rollback(one);
  });
  const auto own = error_of([&] { run(two, update(1)); });
  if (own.status != PSA_OK) rollback(two);
  waiting.join();
  EXPECT_NE(own.status == PSA_OK, other.status == PSA_OK) << "one of two is chosen";
  const auto& error = own.status == PSA_OK ? other : own;
  EXPECT_EQ(error.sqlstate, "40P01");
  EXPECT_EQ(error.flags, PSA_ERROR_RETRYABLE);
  for (const auto* db : {&one, &two}) rollback(*db);
}

TEST_P(PostgresTransaction, WithADeferredConstraintFailsAtCommit) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int CONSTRAINT one_each UNIQUE DEFERRABLE INITIALLY DEFERRED)");
  begin(db);
  run(db, "INSERT INTO t VALUES (1), (1)");
  const auto error = error_of([&] { commit(db); });
  EXPECT_EQ(error.category, PSA_CATEGORY_INTEGRITY);
  EXPECT_EQ(error.constraint, "one_each");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 0");
}

}  // namespace
