// SPDX-License-Identifier: Apache-2.0
//
// Results of every shape, read in every way.
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <unistd.h>

#include <psa_sanitizers.hpp>

#include "batch_text.hpp"
#include "cells.hpp"
#include "modes.hpp"
#include "process_status.hpp"
#include "result_text.hpp"

namespace {

using namespace driver_client;

class PostgresResult : public InBothModes {};
PSA_IN_BOTH_MODES(PostgresResult);

std::string names_of(const Result& result) {
  ArrowSchema schema{};
  Sink sink;
  expect_ok(table().result_schema(result.get(), &schema, &sink), sink);
  std::string names;
  for (int64_t i = 0; i < schema.n_children; ++i) names += std::string(schema.children[i]->name) + '|';
  schema.release(&schema);
  return names;
}

TEST_P(PostgresResult, KeepsDuplicateAndOddColumnNames) {
  const auto db = open();
  const auto result = execute(prepare(db, R"(SELECT 1 AS a, 2 AS a, 3 AS "a""b c", 4)"));
  EXPECT_EQ(names_of(result), "a|a|a\"b c|?column?|");
  EXPECT_EQ(rest(result), "int64 1, int64 2, int64 3, int64 4");
}

TEST_P(PostgresResult, WithoutColumnsHasItsRows) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int)");
  run(db, "INSERT INTO t SELECT generate_series(1, 3)");
  const auto result = execute(prepare(db, "SELECT FROM t"));
  EXPECT_EQ(info(result).kind, PSA_RESULT_ROWS);
  EXPECT_EQ(info(result).column_count, 0);
  const Batch batch(result, 10);
  ASSERT_TRUE(batch.has_rows());
  EXPECT_EQ(batch.array().length, 3);
  EXPECT_EQ(info(result).rows_affected, 3);
}

TEST_P(PostgresResult, OfQuotedIdentifiersIsFound) {
  const auto db = open();
  run(db, R"(CREATE TEMP TABLE "odd ""table""; --" ("select" int, "ä ""b""" text))");
  Cells row;
  row.integer(1).text("x");
  execute(prepare(db, R"(INSERT INTO "odd ""table""; --" ("select", "ä ""b""") VALUES ($1, $2))"),
          row.execute(), 0);
  Cells many(2);
  for (int i = 0; i < 200; ++i) many.integer(i).text("y");
  EXPECT_EQ(
      info(execute(prepare(db, R"(INSERT INTO "odd ""table""; --" ("select", "ä ""b""") VALUES ($1, $2))"),
                   many.execute(), 0))
          .rows_affected,
      200);
  const auto result =
      execute(prepare(db, R"(SELECT count("select"), min("ä ""b""") AS "ä" FROM "odd ""table""; --")"));
  EXPECT_EQ(names_of(result), "count|ä|");
  EXPECT_EQ(rest(result), "int64 201, text x");
}

TEST_P(PostgresResult, HalfReadOfAnInsertIsWholeAfterCommit) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int)");
  begin(db);
  {
    const auto result = execute(prepare(db, "INSERT INTO t SELECT generate_series(1, 30000) RETURNING i"));
    EXPECT_EQ(next(result, 1), "int64 1");
  }
  commit(db);
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 30000");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
}

TEST_P(PostgresResult, HalfReadIsReadToItsEndByRollbackPingAndClose) {
  const auto db = open();
  const auto half_read = [&] { next(execute(prepare(db, "SELECT generate_series(1, 30000)")), 1); };
  begin(db);
  half_read();
  rollback(db);
  half_read();
  ping(db);
  half_read();
  begin(db, PSA_BEGIN_LAZY);
  savepoint(db, PSA_SAVEPOINT_SET, "s");
  rollback(db);
  half_read();
  close(db);
}

TEST_P(PostgresResult, ErrorInAnAbandonedRestIsNobodysError) {
  const auto db = open();
  next(execute(prepare(db, "SELECT 1 / (20000 - i) FROM generate_series(1, 30000) i")), 1);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresResult, OutlivesItsStatementAndKeepsItsRowsAfterItsConnection) {
  const auto db = open();
  auto statement = prepare(db, "SELECT generate_series(1, 5)");
  const auto result = execute(statement);
  statement.reset();
  const Batch batch(result, 2);
  close(db);
  ASSERT_TRUE(batch.has_rows());
  EXPECT_EQ(batch.array().length, 2);
  EXPECT_EQ(error_of([&] { next(result, 1); }).status, PSA_INVALID_STATE);
}

TEST_P(PostgresResult, StopsABatchAtItsBytesAndAtItsRows) {
  const auto db = open();
  const auto result = execute(prepare(db, "SELECT repeat('x', 1000) FROM generate_series(1, 10000)"));
  EXPECT_EQ(Batch(result, 7).array().length, 7);
  const psa_fetch fetch{PSA_INIT(psa_fetch), 0, 1, 1'000'000, 50'000};
  Sink sink;
  const psa_call call{PSA_INIT(psa_call), 0, &sink, 0};
  psa_batch batch{PSA_INIT(psa_batch)};
  expect_ok(drive(db.get(), table().result_next(result.get(), &fetch, &batch, &call)), sink);
  EXPECT_GE(batch.array.length, 1);
  EXPECT_LE(batch.array.length, 60);
  batch.array.release(&batch.array);
  if (batch.schema.release != nullptr) batch.schema.release(&batch.schema);
  rest(result);
  EXPECT_EQ(info(result).rows_affected, 10000);
}

TEST_P(PostgresResult, OfSeveralStatementsComesOneAfterTheOther) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int)");
  const auto result = execute(prepare(
      db,
      "INSERT INTO t VALUES (1), (2); SELECT i AS n, 'x' AS s FROM t ORDER BY i; SELECT 3 AS z; DROP TABLE t",
      PSA_PREPARE_SEVERAL));
  EXPECT_EQ(info(result).kind, PSA_RESULT_COUNT);
  EXPECT_EQ(info(result).rows_affected, 2);
  EXPECT_NE(info(result).flags & PSA_RESULT_MORE, 0U);
  next_result(result);
  EXPECT_EQ(names_of(result), "n|s|");
  EXPECT_EQ(rest(result), "int64 1, text x; int64 2, text x");
  next_result(result);
  EXPECT_EQ(names_of(result), "z|");
  next_result(result);  // unread rows of "SELECT 3" go
  EXPECT_EQ(info(result).kind, PSA_RESULT_NONE);
  next_result(result);
  EXPECT_EQ(info(result).flags & PSA_RESULT_MORE, 0U);
  EXPECT_NE(info(result).flags & PSA_RESULT_FINISHED, 0U);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresResult, OfSeveralStatementsEndsWithTheErrorOfOne) {
  const auto db = open();
  const auto result = execute(prepare(db, "SELECT 1 AS a; SELECT 1/0; SELECT 3", PSA_PREPARE_SEVERAL));
  EXPECT_EQ(rest(result), "int64 1");
  EXPECT_EQ(error_of([&] { next_result(result); }).sqlstate, "22012");
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
  const auto error = error_of([&] { execute(prepare(db, "SELECT nope; SELECT 1", PSA_PREPARE_SEVERAL)); });
  EXPECT_EQ(error.sqlstate, "42703");
  EXPECT_EQ(error.sql_offset, 7);
}

TEST_P(PostgresResult, OfSeveralStatementsMayBeLeftInTheMiddle) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int)");
  {
    const auto result = execute(prepare(
        db, "SELECT generate_series(1, 20000); INSERT INTO t VALUES (1); SELECT 2", PSA_PREPARE_SEVERAL));
    next(result, 1);
  }
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 1");
}

TEST_P(PostgresResult, OfSeveralStatementsIsRefusedUnlessAskedFor) {
  const auto db = open();
  EXPECT_EQ(error_of([&] { prepare(db, "SELECT 1; SELECT 2"); }).sqlstate, "42601");
}

TEST_P(PostgresResult, OfCallHasTheProceduresOutput) {
  const auto db = open();
  run(db, "CREATE PROCEDURE pg_temp.add(a int, INOUT b int) LANGUAGE plpgsql AS 'BEGIN b := a + b; END'");
  EXPECT_EQ(run(db, "CALL pg_temp.add(2, 40)"), "int64 42");
}

TEST_P(PostgresResult, KeepsItsSchemaWhereItHasOneType) {
  const auto db = open();
  const auto result = execute(prepare(db, "SELECT i, i::text FROM generate_series(1, 100) i"));
  Sink sink;
  const psa_call call{PSA_INIT(psa_call), 0, &sink, 0};
  int schemas = 0;
  for (bool last = false; !last;) {
    const psa_fetch fetch{PSA_INIT(psa_fetch), 0, 1, 10, 1 << 20};
    psa_batch batch{PSA_INIT(psa_batch)};
    expect_ok(drive(db.get(), table().result_next(result.get(), &fetch, &batch, &call)), sink);
    last = (batch.flags & PSA_BATCH_LAST) != 0;
    if (batch.schema.release != nullptr) {
      ++schemas;
      batch.schema.release(&batch.schema);
    }
    if (batch.array.release != nullptr) batch.array.release(&batch.array);
  }
  EXPECT_EQ(schemas, 1);
}

// A database that does not know what its bytes mean.
TEST_P(PostgresResult, OfBytesThatAreNoUtf8IsAnErrorAndNotSilentlyChanged) {
  const auto maker = open();
  const std::string name =
      "psa_ascii_" + std::to_string(getpid()) + (GetParam() == Mode::blocking ? "b" : "n");
  run(maker, "DROP DATABASE IF EXISTS " + name);
  run(maker,
      "CREATE DATABASE " + name + " TEMPLATE template0 ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C'");
  Server ascii = *server();
  ascii.database = name;
  {
    const auto db = make(ascii, GetParam());
    connect(db);
    run(db, "CREATE TABLE t (i int, s text)");
    run(db, R"(INSERT INTO t VALUES (1, 'fine'), (2, E'caf\xe9'), (3, 'é'))");
    const auto error = error_of([&] { run(db, "SELECT i, s FROM t ORDER BY i"); });
    EXPECT_EQ(error.category, PSA_CATEGORY_DATA) << error.message;
    EXPECT_NE(error.message.find("UTF"), std::string::npos) << error.message;
    EXPECT_EQ(run(db, "SELECT convert_to(s, 'SQL_ASCII') = '\\x636166e9'::bytea, 1 FROM t WHERE i = 2"),
              "bool true, int64 1");
    EXPECT_EQ(run(db, "SELECT s FROM t WHERE i <> 2 ORDER BY i"), "text fine; text é");
  }
  run(maker, "DROP DATABASE " + name + " (FORCE)");
}

TEST_P(PostgresResult, TellsTheSchemaOnceForAllExecutionsOfAStatement) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t AS SELECT 1 AS a");
  const auto statement = prepare(db, "SELECT * FROM t");
  const auto told = [&] {
    const auto result = execute(statement);
    return Batch(result, 10).tells_schema();
  };
  EXPECT_TRUE(told());
  EXPECT_FALSE(told());
  run(db, "DELETE FROM t");
  EXPECT_EQ(rest(execute(statement)), "");
  run(db, "INSERT INTO t VALUES (2)");
  EXPECT_FALSE(told());
  run(db, "ALTER TABLE t ADD b text DEFAULT 'x'");
  EXPECT_TRUE(told()) << "another column";
  EXPECT_FALSE(told());
  run(db, "DEALLOCATE ALL");
  EXPECT_TRUE(told()) << "prepared again";
  EXPECT_TRUE(Batch(execute(prepare(db, "SELECT * FROM t")), 10).tells_schema()) << "another statement";
}

TEST_P(PostgresResult, TellsTheSchemaAnewWhereValuesChangeItFromOneExecutionToTheNext) {
  const auto db = open();
  const auto statement = prepare(db, "SELECT CASE $1::int WHEN 0 THEN '{7}'::int[] ELSE '{{7}}' END");
  const auto row = [&](int dimensions) {
    Cells cells;
    cells.integer(dimensions - 1);
    const auto result = execute(statement, cells.execute(), 0);
    const Batch batch(result, 10);
    return (batch.tells_schema() ? "told " : "") + test_support::batch_text(batch.schema(), batch.array());
  };
  EXPECT_EQ(row(1), "told list [7]");
  EXPECT_EQ(row(1), "list [7]");
  EXPECT_EQ(row(2), "told list [[7]]");
  EXPECT_EQ(row(2), "list [[7]]");
  EXPECT_EQ(row(1), "told list [7]");
}

TEST_P(PostgresResult, OfFiveMillionRowsStreamsInFlatMemory) {
#ifdef PSA_SANITIZED
  GTEST_SKIP() << "sanitizers keep memory";
#endif
  const auto db = open();
  const auto result = execute(prepare(
      db, "SELECT i, i::text || ' and some text', i / 7.0 FROM (SELECT generate_series(1, 5000000) AS i) s"));
  test_support::forget_peak_memory();
  const int64_t before = test_support::process_status("VmHWM");
  int64_t rows = 0;
  for (bool last = false; !last;) {
    const Batch batch(result, 65536);
    last = batch.last();
    if (batch.has_rows()) rows += batch.array().length;
  }
  EXPECT_EQ(rows, 5'000'000);
  EXPECT_LT(test_support::process_status("VmHWM") - before, 64 * 1024);
}

}  // namespace
