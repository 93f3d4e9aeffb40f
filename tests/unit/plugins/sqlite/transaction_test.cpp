// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "driver_client.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace driver_client;

class SqliteTransaction : public testing::Test {
 protected:
  SqliteTransaction() : db_(open("")) { run(db_, "CREATE TABLE t (v UNIQUE)"); }

  uint32_t transaction() const { return state(db_).transaction; }
  std::string count() const { return run(db_, "SELECT count(*) FROM t"); }

  Connection db_;
};

TEST_F(SqliteTransaction, CommitsAndRollsBack) {
  begin(db_);
  EXPECT_EQ(transaction(), PSA_TRANSACTION_OPEN);
  run(db_, "INSERT INTO t VALUES (1)");
  commit(db_);
  EXPECT_EQ(transaction(), PSA_TRANSACTION_NONE);
  begin(db_);
  run(db_, "INSERT INTO t VALUES (2)");
  rollback(db_);
  EXPECT_EQ(count(), "int64 1");
}

TEST_F(SqliteTransaction, BegunLazilyWaitsForTheFirstWrite) {
  begin(db_, PSA_BEGIN_LAZY);
  EXPECT_EQ(transaction(), PSA_TRANSACTION_DEFERRED);
  run(db_, "SELECT * FROM t");
  run(db_, "PRAGMA user_version");
  EXPECT_EQ(transaction(), PSA_TRANSACTION_DEFERRED);
  run(db_, "INSERT INTO t VALUES (1)");
  EXPECT_EQ(transaction(), PSA_TRANSACTION_OPEN);
  rollback(db_);
  EXPECT_EQ(count(), "int64 0");
}

TEST_F(SqliteTransaction, BegunLazilyEndsWithoutAnythingSent) {
  begin(db_, PSA_BEGIN_LAZY);
  commit(db_);
  EXPECT_EQ(transaction(), PSA_TRANSACTION_NONE);
  begin(db_, PSA_BEGIN_LAZY);
  rollback(db_);
  EXPECT_EQ(transaction(), PSA_TRANSACTION_NONE);
}

TEST_F(SqliteTransaction, BegunLazilyLetsVacuumRun) {
  const test_support::TemporaryFolder folder;
  const auto db = open(std::string(folder.path() / "x.db"));
  begin(db, PSA_BEGIN_LAZY);
  run(db, "VACUUM");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_DEFERRED);
}

TEST_F(SqliteTransaction, BegunLazilyBeginsWithASavepoint) {
  begin(db_, PSA_BEGIN_LAZY);
  savepoint(db_, PSA_SAVEPOINT_SET, "a");
  savepoint(db_, PSA_SAVEPOINT_RELEASE, "a");
  EXPECT_EQ(transaction(), PSA_TRANSACTION_OPEN);
}

TEST_F(SqliteTransaction, SeesABeginInSql) {
  run(db_, "BEGIN");
  EXPECT_EQ(transaction(), PSA_TRANSACTION_OPEN);
  EXPECT_EQ(error_of([&] { begin(db_); }).status, PSA_INVALID_STATE);
  run(db_, "COMMIT");
  EXPECT_EQ(transaction(), PSA_TRANSACTION_NONE);
}

TEST_F(SqliteTransaction, SeesItsEndInSql) {
  begin(db_, PSA_BEGIN_READ_ONLY);
  run(db_, "COMMIT");
  EXPECT_EQ(transaction(), PSA_TRANSACTION_NONE);
  run(db_, "INSERT INTO t VALUES (1)");
  commit(db_);
  EXPECT_EQ(count(), "int64 1");
}

TEST_F(SqliteTransaction, RollsBackToASavepointWhateverItsName) {
  const std::string name = "odd \"name\"; DROP TABLE t";
  begin(db_);
  run(db_, "INSERT INTO t VALUES (1)");
  savepoint(db_, PSA_SAVEPOINT_SET, name);
  run(db_, "INSERT INTO t VALUES (2)");
  savepoint(db_, PSA_SAVEPOINT_ROLLBACK_TO, name);
  run(db_, "INSERT INTO t VALUES (3)");
  savepoint(db_, PSA_SAVEPOINT_RELEASE, name);
  commit(db_);
  EXPECT_EQ(run(db_, "SELECT v FROM t ORDER BY v"), "int64 1; int64 3");
  EXPECT_EQ(error_of([&] { savepoint(db_, PSA_SAVEPOINT_RELEASE, "nope"); }).message,
            "no such savepoint: nope");
}

TEST_F(SqliteTransaction, ReadOnlyRefusesWritesUntilItsEnd) {
  begin(db_, PSA_BEGIN_READ_ONLY | PSA_BEGIN_LAZY);
  EXPECT_EQ(error_of([&] { run(db_, "INSERT INTO t VALUES (1)"); }).category, PSA_CATEGORY_OPERATIONAL);
  rollback(db_);
  EXPECT_EQ(run_count(db_, "INSERT INTO t VALUES (1)"), 1);
}

TEST_F(SqliteTransaction, KnowsTheIsolationLevelsOfSqlite) {
  begin(db_, 0, PSA_ISOLATION_SERIALIZABLE);
  rollback(db_);
  begin(db_, 0, PSA_ISOLATION_READ_UNCOMMITTED);
  EXPECT_EQ(run(db_, "PRAGMA read_uncommitted"), "int64 1");
  rollback(db_);
  EXPECT_EQ(run(db_, "PRAGMA read_uncommitted"), "int64 0");
  for (const uint32_t level :
       {PSA_ISOLATION_READ_COMMITTED, PSA_ISOLATION_REPEATABLE_READ, PSA_ISOLATION_SNAPSHOT})
    EXPECT_EQ(error_of([&] { begin(db_, 0, level); }).status, PSA_NOT_SUPPORTED);
  EXPECT_EQ(transaction(), PSA_TRANSACTION_NONE);
}

TEST_F(SqliteTransaction, StaysOpenAfterAConstraintError) {
  begin(db_);
  run(db_, "INSERT INTO t VALUES (1)");
  EXPECT_EQ(error_of([&] { run(db_, "INSERT INTO t VALUES (1)"); }).category, PSA_CATEGORY_INTEGRITY);
  EXPECT_EQ(transaction(), PSA_TRANSACTION_OPEN);
  commit(db_);
  EXPECT_EQ(count(), "int64 1");
}

TEST_F(SqliteTransaction, FailsAsAWholeWhenSqliteRollsItBack) {
  begin(db_);
  run(db_, "INSERT INTO t VALUES (1)");
  EXPECT_NE(error_of([&] { run(db_, "INSERT OR ROLLBACK INTO t VALUES (1)"); }).status, PSA_OK);
  EXPECT_EQ(transaction(), PSA_TRANSACTION_FAILED);
  const auto error = error_of([&] { run(db_, "INSERT INTO t VALUES (2)"); });
  EXPECT_EQ(error.status, PSA_INVALID_STATE);
  EXPECT_FALSE(error.hint.empty());
  EXPECT_EQ(error_of([&] { commit(db_); }).status, PSA_INVALID_STATE);
  rollback(db_);
  EXPECT_EQ(count(), "int64 0");
}

TEST_F(SqliteTransaction, ReportsADeferredConstraintAtCommit) {
  run(db_, "PRAGMA foreign_keys = 1");
  run(db_, "CREATE TABLE parent (id PRIMARY KEY)");
  run(db_, "CREATE TABLE child (id REFERENCES parent DEFERRABLE INITIALLY DEFERRED)");
  begin(db_);
  run(db_, "INSERT INTO child VALUES (1)");
  const auto error = error_of([&] { commit(db_); });
  EXPECT_EQ(error.category, PSA_CATEGORY_INTEGRITY);
  EXPECT_EQ(error.message, "FOREIGN KEY constraint failed");
  EXPECT_EQ(transaction(), PSA_TRANSACTION_OPEN);
  rollback(db_);
}

TEST_F(SqliteTransaction, IsRolledBackByReset) {
  begin(db_);
  run(db_, "INSERT INTO t VALUES (1)");
  const psa_call call{PSA_INIT(psa_call)};
  ASSERT_EQ(table().connection_reset(db_.get(), &call), PSA_OK);
  EXPECT_EQ(transaction(), PSA_TRANSACTION_NONE);
  EXPECT_EQ(count(), "int64 0");
}

TEST(SqliteIsolationLevel, ImmediateTakesTheWriteLockAtOnce) {
  const test_support::TemporaryFolder folder;
  const std::string path = folder.path() / "x.db";
  const auto first = open(path, {{"isolation_level", "immediate"}});
  const auto second = open(path, {{"isolation_level", "immediate"}, {"timeout", "0"}});
  begin(first);
  EXPECT_EQ(error_of([&] { begin(second); }).message, "database is locked");
  EXPECT_EQ(state(second).transaction, PSA_TRANSACTION_NONE);
  rollback(first);
  begin(second);
}

}  // namespace
