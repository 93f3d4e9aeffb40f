// SPDX-License-Identifier: Apache-2.0
//
// The driver on a real server, as the host sees it, blocking and non-blocking.
#include <gtest/gtest.h>

#include "modes.hpp"
#include "result_text.hpp"

namespace {

using namespace driver_client;

class PostgresDriver : public InBothModes {};
PSA_IN_BOTH_MODES(PostgresDriver);

TEST_P(PostgresDriver, RunsAPreparedStatementAgainWithOtherParameters) {
  const auto db = open();
  const auto statement = prepare(db, "SELECT $1::int4 + 1, $2::text");
  for (const int64_t value : {1, 2, 2147483646}) {
    Parameters parameters(2);
    parameters.add(value).add("x");
    EXPECT_EQ(rest(execute(statement, parameters)), "int64 " + std::to_string(value + 1) + ", text x");
  }
}

TEST_P(PostgresDriver, StreamsManyRowsWithASmallMemory) {
  const auto db = open();
  const auto result = execute(prepare(db, "SELECT i FROM generate_series(1, 100000) i"));
  int64_t batches = 0, last_seen = 0;
  bool last = false;
  while (!last) {
    const std::string text = next(result, 500, &last);
    ++batches;
    if (!text.empty()) last_seen = std::stoll(text.substr(text.rfind(' ') + 1));
  }
  EXPECT_EQ(last_seen, 100000);
  EXPECT_GE(batches, 200);
  EXPECT_EQ(info(result).rows_affected, 100000);
}

TEST_P(PostgresDriver, RefusesOtherCallsWhileAResultIsUnread) {
  const auto db = open();
  const auto result = execute(prepare(db, "SELECT generate_series(1, 10000)"));
  EXPECT_EQ(error_of([&] { run(db, "SELECT 1"); }).status, PSA_INVALID_STATE);
  rest(result);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresDriver, TellsWhatAStatementDid) {
  const auto db = open();
  EXPECT_EQ(info(execute(prepare(db, "CREATE TEMP TABLE t (i int)"))).kind, PSA_RESULT_NONE);
  EXPECT_EQ(run_count(db, "INSERT INTO t VALUES (1), (2)"), 2);
  EXPECT_EQ(run_count(db, "UPDATE t SET i = 3 WHERE i = 7"), 0);
  EXPECT_EQ(info(execute(prepare(db, "-- nothing"))).kind, PSA_RESULT_NONE);
  const auto empty = execute(prepare(db, "SELECT * FROM t WHERE false"));
  EXPECT_EQ(info(empty).kind, PSA_RESULT_ROWS);
  EXPECT_NE(info(empty).flags & PSA_RESULT_FINISHED, 0U);
}

TEST_P(PostgresDriver, GivesErrorsTheirPlaceAndFields) {
  const auto db = open();
  auto error = error_of([&] { run(db, "SELECT 'äöü€', nope"); });
  EXPECT_EQ(error.sqlstate, "42703");
  EXPECT_EQ(error.category, PSA_CATEGORY_PROGRAMMING);
  EXPECT_EQ(error.sql_offset, 20);
  run(db, "CREATE TEMP TABLE t (a int CONSTRAINT positive CHECK (a > 0) NOT NULL)");
  error = error_of([&] { run(db, "INSERT INTO t VALUES (-1)"); });
  EXPECT_EQ(error.category, PSA_CATEGORY_INTEGRITY);
  EXPECT_EQ(error.constraint, "positive");
  EXPECT_EQ(error.table, "t");
  error = error_of([&] { run(db, "SELECT 1; SELECT 2"); });
  EXPECT_NE(error.message.find("multiple commands"), std::string::npos);
  error = error_of([&] { run(db, "DO $$ BEGIN PERFORM 1/0; END $$"); });
  EXPECT_EQ(error.category, PSA_CATEGORY_DATA);
  EXPECT_NE(error.context.find("line 1"), std::string::npos);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresDriver, HandsOutTheRowsInFrontOfAnError) {
  const auto db = open();
  const auto result = execute(prepare(db, "SELECT 10 / (3 - i) FROM generate_series(1, 5) i"));
  EXPECT_EQ(next(result, 1000), "int64 5; int64 10");
  EXPECT_EQ(error_of([&] { next(result, 1000); }).sqlstate, "22012");
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

std::string metadata_text(const Connection& db, uint32_t kind, std::string_view table) {
  return rest(metadata(db, kind, "public", table));
}

TEST_P(PostgresDriver, DescribesTablesColumnsKeysAndIndexes) {
  const auto db = open();
  run(db, "DROP TABLE IF EXISTS child, parent");
  run(db, "CREATE TABLE parent (id serial PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x')");
  run(db, "CREATE TABLE child (p int REFERENCES parent ON DELETE CASCADE)");
  run(db, "CREATE UNIQUE INDEX by_name ON parent (lower(name), id DESC)");
  EXPECT_EQ(metadata_text(db, PSA_METADATA_TABLES, "parent"), "text public, text parent, text table, null");
  EXPECT_EQ(metadata_text(db, PSA_METADATA_COLUMNS, "parent"),
            "text public, text parent, int64 1, text id, text integer, bool false, text "
            "nextval('parent_id_seq'::regclass), bool true, null; text public, text parent, int64 2, text "
            "name, text "
            "character varying(20), bool false, text 'x'::character varying, bool false, null");
  EXPECT_EQ(
      metadata_text(db, PSA_METADATA_KEYS, "child"),
      "text public, text child, text child_p_fkey, text foreign, int64 1, text p, text public, text parent, "
      "text id, text NO ACTION, text CASCADE");
  EXPECT_EQ(
      metadata_text(db, PSA_METADATA_INDEXES, "parent"),
      "text public, text parent, text by_name, bool true, int64 1, null, text lower(name::text), bool false; "
      "text public, text parent, text by_name, bool true, int64 2, text id, null, bool true; "
      "text public, text parent, text parent_pkey, bool true, int64 1, text id, null, bool false");
  EXPECT_NE(metadata_text(db, PSA_METADATA_SCHEMAS, "").find("public"), std::string::npos);
  run(db, "DROP TABLE child, parent");
}

TEST_P(PostgresDriver, PreparesAgainWhatTheSessionForgot) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t AS SELECT 1 AS a");
  const auto statement = prepare(db, "SELECT * FROM t");
  EXPECT_EQ(rest(execute(statement)), "int64 1");
  run(db, "ALTER TABLE t ADD b text DEFAULT 'x'");
  EXPECT_EQ(rest(execute(statement)), "int64 1, text x");
  run(db, "DEALLOCATE ALL");
  EXPECT_EQ(rest(execute(statement)), "int64 1, text x");
}

TEST_P(PostgresDriver, ResetsAndCloses) {
  const auto db = open();
  begin(db);
  auto unread = execute(prepare(db, "SELECT generate_series(1, 100000)"));
  reset(db);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
  EXPECT_EQ(error_of([&] { next(unread, 1); }).status, PSA_INVALID_STATE);
  ping(db);
  const auto statement = prepare(db, "SELECT 1");
  close(db);
  EXPECT_EQ(error_of([&] { execute(statement); }).status, PSA_INVALID_STATE);
}

}  // namespace
