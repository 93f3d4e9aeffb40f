// SPDX-License-Identifier: Apache-2.0
//
// execute_many and ingest: many rows, by the fastest way whose outcome is the same.
#include <string>

#include <gtest/gtest.h>

#include "cells.hpp"
#include "modes.hpp"

namespace {

using namespace driver_client;

class PostgresBulk : public InBothModes {};
PSA_IN_BOTH_MODES(PostgresBulk);

TEST_P(PostgresBulk, TakesTwoMillionParameters) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int8, s text)");
  Parameters rows(2);
  for (int64_t i = 0; i < 1'000'000; ++i) rows.add(i).add("x");
  EXPECT_EQ(info(execute(prepare(db, "INSERT INTO t (i, s) VALUES ($1, $2)"), rows)).rows_affected,
            1'000'000);
  EXPECT_EQ(run(db, "SELECT count(*), sum(i) = 499999500000, min(s) FROM t"),
            "int64 1000000, bool true, text x");
}

class PostgresBadRow : public OnServer, public testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Statements, PostgresBadRow,
                         testing::Values("INSERT INTO t VALUES ($1, $2)",
                                         "INSERT INTO t VALUES ($1, $2) ON CONFLICT (i) DO NOTHING"));

// Zero-based: the 150,000th row is 149,999.
TEST_P(PostgresBadRow, IsNamedAndNothingOfItsBatchIsLeft) {
  if (server() == nullptr) return;
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int PRIMARY KEY, v int CONSTRAINT below CHECK (v < 10))");
  run(db, "INSERT INTO t VALUES (-1, 0)");
  const auto statement = prepare(db, GetParam());
  Parameters rows(2);
  for (int64_t i = 0; i < 200'000; ++i) rows.add(i).add(i == 149'999 ? INT64_C(10) : INT64_C(1));
  const auto error = error_of([&] { execute(statement, rows); });
  EXPECT_EQ(error.category, PSA_CATEGORY_INTEGRITY);
  EXPECT_EQ(error.constraint, "below");
  EXPECT_EQ(error.parameter_row, 149'999);
  EXPECT_EQ(error.flags, 0U);
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 1");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
}

TEST_P(PostgresBulk, LeavesAnOpenTransactionFailedAndItsEarlierWorkToRollBackTo) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int CHECK (i < 400))");
  begin(db);
  run(db, "INSERT INTO t VALUES (-1)");
  savepoint(db, PSA_SAVEPOINT_SET, "before");
  Parameters rows(1);
  for (int64_t i = 0; i < 500; ++i) rows.add(i);
  const auto error = error_of([&] { execute(prepare(db, "INSERT INTO t VALUES ($1)"), rows); });
  EXPECT_EQ(error.parameter_row, 400);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_FAILED);
  savepoint(db, PSA_SAVEPOINT_ROLLBACK_TO, "before");
  commit(db);
  EXPECT_EQ(run(db, "SELECT count(*), min(i) FROM t"), "int64 1, int64 -1");
}

TEST_P(PostgresBulk, RefusesARowThatDoesNotFitBeforeAnyIsSent) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int2)");
  for (const int64_t count : {5, 500}) {
    Parameters rows(1);
    for (int64_t i = 0; i < count; ++i) rows.add(i == 3 ? INT64_C(40000) : i);
    const auto error = error_of([&] { execute(prepare(db, "INSERT INTO t VALUES ($1)"), rows); });
    EXPECT_EQ(error.category, PSA_CATEGORY_DATA);
    EXPECT_EQ(error.parameter_row, 3);
    EXPECT_EQ(error.parameter_column, 0);
  }
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 0");
}

TEST_P(PostgresBulk, CountsTheRowsOfUpdatesAndDeletes) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t AS SELECT generate_series(1, 1000) AS i, 0 AS v");
  Parameters updates(2);
  for (int64_t i = 1; i <= 300; ++i) updates.add(i).add(i * 10);
  EXPECT_EQ(info(execute(prepare(db, "UPDATE t SET v = v + 1 WHERE i IN ($1, $2)"), updates)).rows_affected,
            400);
  Parameters deletes(1);
  for (int64_t i = 0; i < 10; ++i) deletes.add(i);
  EXPECT_EQ(info(execute(prepare(db, "DELETE FROM t WHERE i = $1"), deletes)).rows_affected, 9);
}

TEST_P(PostgresBulk, DiscardsTheRowsThatItsRunsReturn) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int)");
  Parameters rows(1);
  for (int64_t i = 0; i < 9000; ++i) rows.add(i);
  const auto result = execute(prepare(db, "INSERT INTO t VALUES ($1) RETURNING repeat('x', 100)"), rows);
  EXPECT_EQ(info(result).rows_affected, 9000);
  EXPECT_NE(info(result).flags & PSA_RESULT_FINISHED, 0U);
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 9000");
}

// Each of these would turn out otherwise by COPY.
TEST_P(PostgresBulk, GivesTheSameWhereCopyWouldNot) {
  const auto db = open();
  Parameters rows(1);
  for (int64_t i = 0; i < 200; ++i) rows.add(i);
  const psa_execute arguments = rows.execute();
  run(db, "CREATE TEMP TABLE statements (n int)");
  run(db, "CREATE TEMP TABLE t (i int)");
  run(db,
      "CREATE FUNCTION pg_temp.note() RETURNS trigger LANGUAGE plpgsql AS"
      " 'BEGIN INSERT INTO statements VALUES (1); RETURN NULL; END'");
  run(db, "CREATE TRIGGER each AFTER INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.note()");
  execute(prepare(db, "INSERT INTO t VALUES ($1)"), arguments, 0);
  EXPECT_EQ(run(db, "SELECT count(*) FROM statements"), "int64 200");

  run(db, "CREATE TEMP TABLE real (i int)");
  run(db, "CREATE TEMP VIEW seen AS SELECT i FROM real WHERE i >= 0");
  execute(prepare(db, "INSERT INTO seen VALUES ($1)"), arguments, 0);
  EXPECT_EQ(run(db, "SELECT count(*) FROM real"), "int64 200");

  run(db, "CREATE TEMP TABLE ruled (i int)");
  run(db, "CREATE RULE elsewhere AS ON INSERT TO ruled DO INSTEAD INSERT INTO real VALUES (NEW.i)");
  execute(prepare(db, "INSERT INTO ruled VALUES ($1)"), arguments, 0);
  EXPECT_EQ(run(db, "SELECT (SELECT count(*) FROM ruled), (SELECT count(*) FROM real)"),
            "int64 0, int64 400");

  run(db, "CREATE TEMP TABLE defaulted (i int, d int DEFAULT 7, g int GENERATED ALWAYS AS (i * 2) STORED)");
  execute(prepare(db, "INSERT INTO defaulted (i) VALUES ($1)"), arguments, 0);
  EXPECT_EQ(run(db, "SELECT min(d), max(g) FROM defaulted"), "int64 7, int64 398");

  run(db, "CREATE TEMP TABLE identified (i int GENERATED ALWAYS AS IDENTITY, v int)");
  const auto error =
      error_of([&] { execute(prepare(db, "INSERT INTO identified (i) VALUES ($1)"), arguments, 0); });
  EXPECT_EQ(error.sqlstate, "428C9") << error.message;
  EXPECT_EQ(run(db, "SELECT count(*) FROM identified"), "int64 0");
}

TEST_P(PostgresBulk, FiresRowTriggersByCopyToo) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int)");
  run(db,
      "CREATE FUNCTION pg_temp.twice() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.i := NEW.i * 2; RETURN "
      "NEW; END'");
  run(db, "CREATE TRIGGER each BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION pg_temp.twice()");
  Parameters rows(1);
  for (int64_t i = 0; i < 200; ++i) rows.add(i);
  execute(prepare(db, "INSERT INTO t VALUES ($1)"), rows);
  EXPECT_EQ(run(db, "SELECT max(i) FROM t"), "int64 398");
}

TEST_P(PostgresBulk, EndsAtItsDeadlineAndLeavesNothing) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (i int)");
  const auto statement = prepare(db, "INSERT INTO t SELECT $1::int FROM pg_sleep(0.05)");
  Parameters rows(1);
  for (int64_t i = 0; i < 1000; ++i) rows.add(i);
  EXPECT_EQ(error_of([&] { execute(statement, rows, psa::monotonic_now() + 300'000'000); }).status,
            PSA_DEADLINE);
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 0");
}

TEST_P(PostgresBulk, IngestTakesTheOpenTransactionOrItsOwn) {
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (p int)");
  Parameters rows(1), more(1), bad(1);
  rows.add(INT64_C(1)).add(INT64_C(2));
  more.add(INT64_C(3));
  begin(db, PSA_BEGIN_LAZY);
  EXPECT_EQ(ingest(db, "t", PSA_INGEST_APPEND, rows), 2);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_OPEN);
  rollback(db);
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 0");
  EXPECT_EQ(ingest(db, "t", PSA_INGEST_APPEND, more), 1);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
  bad.add(INT64_C(1));
  const auto error = error_of([&] { ingest(db, "no such table", PSA_INGEST_APPEND, bad); });
  EXPECT_EQ(error.sqlstate, "42P01");
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 1");
}

TEST_P(PostgresBulk, LoadsRowsByCopyAndLeavesNothingOfAFailedLoad) {
  const auto db = open();
  Parameters rows(1);
  for (int64_t i = 0; i < 30000; ++i) rows.add(i);
  run(db, "DROP TABLE IF EXISTS \"lo\"\"ad\"");
  EXPECT_EQ(ingest(db, "lo\"ad", PSA_INGEST_CREATE, rows), 30000);
  EXPECT_EQ(run(db, "SELECT sum(p) = 449985000 FROM \"lo\"\"ad\""), "bool true");
  Parameters more(1);
  more.add(INT64_C(1)).add(INT64_C(2));
  EXPECT_EQ(error_of([&] { ingest(db, "lo\"ad", PSA_INGEST_CREATE, more); }).sqlstate, "42P07");
  Parameters again(1);
  again.add(INT64_C(1)).add_null();
  EXPECT_EQ(ingest(db, "lo\"ad", PSA_INGEST_REPLACE, again), 2);
  run(db, "ALTER TABLE \"lo\"\"ad\" ALTER p TYPE smallint");
  Parameters large(1);
  large.add(INT64_C(5)).add(INT64_C(70000));
  const auto error = error_of([&] { ingest(db, "lo\"ad", PSA_INGEST_APPEND, large); });
  EXPECT_EQ(error.category, PSA_CATEGORY_DATA);
  EXPECT_EQ(error.parameter_row, 1);
  EXPECT_EQ(run(db, "SELECT count(*) FROM \"lo\"\"ad\""), "int64 2");
  run(db, "ALTER TABLE \"lo\"\"ad\" ALTER p TYPE inet USING NULL");
  Parameters text(1);
  text.add("10.0.0.1");
  EXPECT_EQ(ingest(db, "lo\"ad", PSA_INGEST_APPEND, text), 1);
  EXPECT_EQ(run(db, "SELECT p FROM \"lo\"\"ad\" WHERE p IS NOT NULL"), "text 10.0.0.1");
  run(db, "DROP TABLE \"lo\"\"ad\"");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
}

}  // namespace
