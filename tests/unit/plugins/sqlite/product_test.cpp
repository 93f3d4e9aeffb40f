// SPDX-License-Identifier: Apache-2.0
//
// The driver on SQLite, in what it does not share with SQLCipher's and that one's older SQLite.
#include <string>

#include <gtest/gtest.h>

#include <psa/sdk/text.hpp>

#include "driver_client.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace driver_client;

TEST(SqliteDriver, TellsWhatItIs) {
  EXPECT_EQ(psa::view(table().name), "sqlite");
  EXPECT_EQ(psa::view(table().client).substr(0, 7), "SQLite ");
  EXPECT_GT(table().option_count, 5U);
  EXPECT_EQ(psa::view(table().options[0].name), "timeout");
}

TEST(SqliteDriver, HandsOutTheRowsOfReturning) {
  const auto db = open("");
  run(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v)");
  const auto statement = prepare(db, "INSERT INTO t (v) VALUES ('a'), ('b') RETURNING id, v");
  const auto result = execute(statement);
  EXPECT_EQ(info(result).kind, PSA_RESULT_ROWS);
  EXPECT_EQ(info(result).rows_affected, -1);
  EXPECT_EQ(next(result, 1), "int64 1, text a");
  bool last = false;
  EXPECT_EQ(next(result, 1, &last), "int64 2, text b");
  EXPECT_TRUE(last);
  EXPECT_EQ(info(result).rows_affected, 2);
  EXPECT_EQ(info(result).last_insert_id, 2);
}

TEST(SqliteDriver, KeepsAllChangesOfAReturningThatIsNotReadToItsEnd) {
  const auto db = open("");
  run(db, "CREATE TABLE t (v)");
  {
    const auto statement = prepare(db, "INSERT INTO t VALUES ('a'), ('b') RETURNING v");
    EXPECT_EQ(next(execute(statement), 1), "text a");
  }
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 2");
}

TEST(SqliteDriver, ReportsErrorsInSqlitesWords) {
  const auto db = open("");
  auto error = error_of([&] { prepare(db, "SELECT * FROM nope"); });
  EXPECT_EQ(error.message, "no such table: nope");
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  error = error_of([&] { prepare(db, "-- first\n; SELEC 1"); });
  EXPECT_EQ(error.message, "near \"SELEC\": syntax error");
  EXPECT_EQ(error.sql_offset, 11);
  run(db, "CREATE TABLE c (name UNIQUE NOT NULL)");
  run(db, "INSERT INTO c VALUES ('a')");
  error = error_of([&] { run(db, "INSERT INTO c VALUES ('a')"); });
  EXPECT_EQ(error.message, "UNIQUE constraint failed: c.name");
  EXPECT_EQ(error.category, PSA_CATEGORY_INTEGRITY);
  EXPECT_EQ(error.vendor_code, 2067);
  EXPECT_EQ(error.table, "c");
  EXPECT_EQ(error.column, "name");
}

TEST(SqliteDriver, RefusesAFileThatIsNoDatabase) {
  const test_support::TemporaryFolder folder;
  const std::string path = folder.write("x.db", std::string(5000, 'x'));
  const auto db = open(path);
  const auto error = error_of([&] { run(db, "SELECT * FROM sqlite_master"); });
  EXPECT_EQ(error.message, "file is not a database");
  EXPECT_FALSE(error.hint.empty());
}

}  // namespace
