// SPDX-License-Identifier: Apache-2.0
//
// The driver as the host sees it: through the table alone.
#include <algorithm>
#include <filesystem>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/text.hpp>

#include "driver_client.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace driver_client;

TEST(SqliteDriver, HandsOutEachValueAsItIsStored) {
  const auto db = open("");
  run(db, "CREATE TABLE t (v)");
  run(db, "INSERT INTO t VALUES (7), ('text'), (2.5), (x'4142'), (NULL), (-9223372036854775808), ('')");
  EXPECT_EQ(run(db, "SELECT v FROM t ORDER BY rowid"),
            "int64 7; text text; double 2.5; bytes 4142; null; int64 -9223372036854775808; text ");
}

TEST(SqliteDriver, ChangesTheSchemaBetweenBatchesOnlyWhenValuesMakeIt) {
  const auto db = open("");
  run(db, "CREATE TABLE t (v)");
  run(db, "INSERT INTO t VALUES (1), (2), (NULL), ('a'), (3)");
  const auto statement = prepare(db, "SELECT v FROM t ORDER BY rowid");
  const auto result = execute(statement);
  const std::vector<std::pair<std::string, bool>> expected = {
      {"l", true}, {"", false}, {"", false}, {"+ud:0,1,2,3,4", true}, {"", false}};
  for (const auto& [format, has_schema] : expected) {
    const psa_call call{PSA_INIT(psa_call)};
    const psa_fetch fetch{PSA_INIT(psa_fetch), 0, 1, 1, 1000};
    psa_batch batch{PSA_INIT(psa_batch)};
    ASSERT_EQ(table().result_next(result.get(), &fetch, &batch, &call), PSA_OK);
    ASSERT_EQ(batch.schema.release != nullptr, has_schema);
    EXPECT_EQ(batch.array.length, 1);
    if (has_schema) {
      EXPECT_EQ(batch.schema.children[0]->format, format);
      batch.schema.release(&batch.schema);
    }
    batch.array.release(&batch.array);
  }
}

TEST(SqliteDriver, TellsNamesAndDeclaredTypesBeforeTheFirstBatch) {
  const auto db = open("");
  run(db, "CREATE TABLE t (name VARCHAR(10), n BIGINT)");
  const auto result = execute(prepare(db, "SELECT name, n, n + 1 AS more FROM t"));
  ArrowSchema schema;
  ASSERT_EQ(table().result_schema(result.get(), &schema, nullptr), PSA_OK);
  ASSERT_EQ(schema.n_children, 3);
  EXPECT_STREQ(schema.children[0]->name, "name");
  EXPECT_STREQ(schema.children[0]->format, "n");
  EXPECT_EQ(psa::find_metadata(schema.children[0]->metadata, "psa.type"), "VARCHAR(10)");
  EXPECT_EQ(psa::find_metadata(schema.children[1]->metadata, "psa.type"), "BIGINT");
  EXPECT_STREQ(schema.children[2]->name, "more");
  EXPECT_EQ(schema.children[2]->metadata, nullptr);
  schema.release(&schema);
  EXPECT_EQ(info(result).kind, PSA_RESULT_ROWS);
  EXPECT_NE(info(result).flags & PSA_RESULT_FINISHED, 0U);
}

TEST(SqliteDriver, SeesANewColumnInAStatementPreparedBefore) {
  const auto db = open("");
  run(db, "CREATE TABLE t (a)");
  run(db, "INSERT INTO t VALUES (1)");
  const auto statement = prepare(db, "SELECT * FROM t");
  EXPECT_EQ(rest(execute(statement)), "int64 1");
  run(db, "ALTER TABLE t ADD COLUMN b DEFAULT 'new'");
  const auto result = execute(statement);
  EXPECT_EQ(info(result).column_count, 2);
  EXPECT_EQ(rest(result), "int64 1, text new");
}

TEST(SqliteDriver, CountsRowsAsPythonDoes) {
  const auto db = open("");
  EXPECT_EQ(run_count(db, "CREATE TABLE t (v)"), -1);
  EXPECT_EQ(run_count(db, "INSERT INTO t VALUES (1), (2), (3)"), 3);
  EXPECT_EQ(run_count(db, "UPDATE t SET v = v WHERE v > 1"), 2);
  EXPECT_EQ(run_count(db, "UPDATE t SET v = 0 WHERE v = 99"), 0);
  EXPECT_EQ(run_count(db, "CREATE TABLE u (v)"), -1);
  EXPECT_EQ(run_count(db, "WITH x(v) AS (VALUES (4), (5)) INSERT INTO t SELECT v FROM x"), 2);
  EXPECT_EQ(run_count(db, "DELETE FROM t"), 5);
  EXPECT_EQ(run_count(db, "-- nothing"), -1);
  EXPECT_EQ(run_count(db, ""), -1);
}

TEST(SqliteDriver, TellsTheInsertIdOfAnInsertOnly) {
  const auto db = open("");
  run(db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v UNIQUE)");
  const auto inserted = info(execute(prepare(db, "INSERT INTO t VALUES (41, 'a')")));
  EXPECT_NE(inserted.flags & PSA_RESULT_HAS_INSERT_ID, 0U);
  EXPECT_EQ(inserted.last_insert_id, 41);
  EXPECT_EQ(
      info(execute(prepare(db, "INSERT OR IGNORE INTO t VALUES (42, 'a')"))).flags & PSA_RESULT_HAS_INSERT_ID,
      0U);
  EXPECT_EQ(info(execute(prepare(db, "UPDATE t SET v = 'b'"))).flags & PSA_RESULT_HAS_INSERT_ID, 0U);
}

TEST(SqliteDriver, RunsOneStatementAtATime) {
  const auto db = open("");
  EXPECT_EQ(run(db, "-- a comment\n ; SELECT 1; -- done\n ;"), "int64 1");
  const auto error = error_of([&] { prepare(db, "SELECT 1; SELECT 2"); });
  EXPECT_EQ(error.message, "You can only execute one statement at a time.");
  EXPECT_EQ(error.category, PSA_CATEGORY_PROGRAMMING);
  EXPECT_EQ(error_of([&] { prepare(db, "SELECT 1; /* x */ nonsense"); }).category, PSA_CATEGORY_PROGRAMMING);
}

TEST(SqliteDriver, RefusesANulInTheSqlAndSaysWhere) {
  const auto db = open("");
  const auto error = error_of([&] { prepare(db, std::string_view("SELECT '\0'", 11)); });
  EXPECT_EQ(error.category, PSA_CATEGORY_PROGRAMMING);
  EXPECT_EQ(error.sql_offset, 8);
}

TEST(SqliteDriver, RunsOnceForEachRowOfParameters) {
  const auto db = open("");
  run(db, "CREATE TABLE t (a, b)");
  const auto statement = prepare(db, "INSERT INTO t VALUES (?1, ?2)");
  Parameters rows(2);
  rows.add(int64_t{1}).add("one").add(2.5).add_null().add("three").add(int64_t{3});
  EXPECT_EQ(info(execute(statement, rows)).rows_affected, 3);
  EXPECT_EQ(run(db, "SELECT a, b FROM t"), "int64 1, text one; double 2.5, null; text three, int64 3");
}

TEST(SqliteDriver, RefusesABatchWithoutRows) {
  const auto db = open("");
  run(db, "CREATE TABLE t (a)");
  Parameters none(1);
  EXPECT_EQ(error_of([&] { execute(prepare(db, "INSERT INTO t VALUES (?1)"), none); }).status,
            PSA_INVALID_ARGUMENT);
  EXPECT_EQ(run(db, "SELECT * FROM t"), "");
}

TEST(SqliteDriver, SaysWhichRowOfParametersFailed) {
  const auto db = open("");
  run(db, "CREATE TABLE t (a UNIQUE)");
  const auto statement = prepare(db, "INSERT INTO t VALUES (?1)");
  Parameters rows(1);
  rows.add(int64_t{1}).add(int64_t{2}).add(int64_t{1}).add(int64_t{4});
  const auto error = error_of([&] { execute(statement, rows); });
  EXPECT_EQ(error.category, PSA_CATEGORY_INTEGRITY);
  EXPECT_EQ(error.parameter_row, 2);
  EXPECT_EQ(run(db, "SELECT a FROM t"), "int64 1; int64 2");
  Parameters again(1);
  again.add(int64_t{5});
  EXPECT_EQ(info(execute(statement, again)).rows_affected, 1);
}

TEST(SqliteDriver, RefusesAWrongNumberOfParameters) {
  const auto db = open("");
  const auto statement = prepare(db, "SELECT ?1");
  const auto error = error_of([&] { execute(statement); });
  EXPECT_EQ(error.message,
            "Incorrect number of bindings supplied. The current statement uses 1, and there are 0 supplied.");
  EXPECT_EQ(error.category, PSA_CATEGORY_PROGRAMMING);
}

TEST(SqliteDriver, KeepsTextParametersWhileRowsAreRead) {
  const auto db = open("");
  const auto rows = prepare(db, "WITH x(v) AS (VALUES (1), (2)) SELECT ?1 || v FROM x");
  Result result;
  {
    Parameters parameters(1);
    parameters.add("a text that is long enough not to be kept inside anything ");
    result = execute(rows, parameters);
  }
  EXPECT_EQ(rest(result),
            "text a text that is long enough not to be kept inside anything 1; "
            "text a text that is long enough not to be kept inside anything 2");
}

TEST(SqliteDriver, RefusesToRunAStatementWhoseRowsAreUnread) {
  const auto db = open("");
  const auto statement = prepare(db, "SELECT 1 UNION ALL SELECT 2");
  auto result = execute(statement);
  EXPECT_EQ(error_of([&] { execute(statement); }).status, PSA_INVALID_STATE);
  result.reset();
  EXPECT_EQ(rest(execute(statement)), "int64 1; int64 2");
}

TEST(SqliteDriver, HandsOutRowsBeforeTheErrorBehindThem) {
  const auto db = open("");
  const auto result =
      execute(prepare(db, "WITH x(v) AS (VALUES (1), (2), (-9223372036854775808)) SELECT abs(v) FROM x"));
  bool last = true;
  EXPECT_EQ(next(result, 100, &last), "int64 1; int64 2");
  EXPECT_FALSE(last);
  EXPECT_EQ(error_of([&] { next(result, 100); }).message, "integer overflow");
  EXPECT_EQ(next(result, 100, &last), "");
  EXPECT_TRUE(last);
}

TEST(SqliteDriver, RefusesTextThatIsNoUtf8AndNamesTheColumn) {
  const auto db = open("");
  const auto result =
      execute(prepare(db, "SELECT 1 AS n, 'good' AS x UNION ALL SELECT 2, CAST(x'C328' AS TEXT)"));
  EXPECT_EQ(next(result, 100), "int64 1, text good");
  const auto error = error_of([&] { next(result, 100); });
  EXPECT_EQ(error.message, "Could not decode to UTF-8 column 'x'");
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  EXPECT_EQ(error.column, "x");
}

TEST(SqliteDriver, StreamsALargeResultInBatches) {
  const auto db = open("");
  const auto result = execute(prepare(db,
                                      "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE "
                                      "i < 9999) SELECT i, 'v' || i FROM n"));
  const std::string all = rest(result);
  EXPECT_EQ(all.substr(0, 16), "int64 0, text v0");
  EXPECT_EQ(all.substr(all.rfind(';')), "; int64 9999, text v9999");
  EXPECT_EQ(std::count(all.begin(), all.end(), ';'), 9999);
}

TEST(SqliteDriver, StopsABatchAtItsBytes) {
  const auto db = open("");
  const auto result =
      execute(prepare(db,
                      "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n LIMIT 10) "
                      "SELECT hex(zeroblob(500)) FROM n"));
  const psa_call call{PSA_INIT(psa_call)};
  const psa_fetch fetch{PSA_INIT(psa_fetch), 0, 1, 100, 2500};
  psa_batch batch{PSA_INIT(psa_batch)};
  ASSERT_EQ(table().result_next(result.get(), &fetch, &batch, &call), PSA_OK);
  EXPECT_EQ(batch.array.length, 3);
  batch.schema.release(&batch.schema);
  batch.array.release(&batch.array);
}

TEST(SqliteDriver, LetsHandlesBeReleasedInAnyOrder) {
  for (int order = 0; order < 6; ++order) {
    auto db = open("");
    run(db, "CREATE TABLE t (v)");
    run(db, "INSERT INTO t VALUES (1), (2)");
    auto statement = prepare(db, "SELECT v FROM t");
    auto result = execute(statement);
    EXPECT_EQ(next(result, 1), "int64 1");
    const char* sequences[] = {"csr", "crs", "scr", "src", "rcs", "rsc"};
    for (const char* step = sequences[order]; *step != '\0'; ++step) {
      if (*step == 'c') db.reset();
      if (*step == 's') statement.reset();
      if (*step == 'r') result.reset();
    }
  }
}

TEST(SqliteDriver, AnswersInvalidStateOnceTheConnectionIsGone) {
  auto db = open("");
  const auto statement = prepare(db, "SELECT 1 UNION ALL SELECT 2");
  const auto result = execute(statement);
  db.reset();
  EXPECT_EQ(error_of([&] { next(result, 1); }).status, PSA_INVALID_STATE);
  EXPECT_EQ(error_of([&] { execute(statement); }).status, PSA_INVALID_STATE);
}

TEST(SqliteDriver, AnswersInvalidStateBeforeItIsConnected) {
  const auto db = make("");
  EXPECT_EQ(error_of([&] { prepare(db, "SELECT 1"); }).status, PSA_INVALID_STATE);
  EXPECT_EQ(error_of([&] { begin(db); }).status, PSA_INVALID_STATE);
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
}

TEST(SqliteDriver, LetsABatchOutliveItsConnectionAndThread) {
  psa_batch batch{PSA_INIT(psa_batch)};
  {
    const auto db = open("");
    const auto result = execute(prepare(db, "SELECT 5"));
    const psa_call call{PSA_INIT(psa_call)};
    const psa_fetch fetch{PSA_INIT(psa_fetch), 0, 1, 1, 1};
    ASSERT_EQ(table().result_next(result.get(), &fetch, &batch, &call), PSA_OK);
  }
  EXPECT_EQ(static_cast<const int64_t*>(batch.array.children[0]->buffers[1])[0], 5);
  std::thread([&] {
    batch.array.release(&batch.array);
    batch.schema.release(&batch.schema);
  }).join();
}

TEST(SqliteDriver, SaysWhichFileItCannotOpen) {
  const test_support::TemporaryFolder folder;
  const std::string path = folder.path() / "missing" / "x.db";
  const auto error = error_of([&] { open(path); });
  EXPECT_EQ(error.message, "unable to open database file");
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  EXPECT_EQ(error.detail, "file: " + path);
}

TEST(SqliteDriver, WritesNothingToADatabaseOpenedReadOnly) {
  const test_support::TemporaryFolder folder;
  const std::string path = folder.path() / "x.db";
  run(open(path), "CREATE TABLE t (v)");
  const auto db = open(path, {{"mode", "ro"}});
  EXPECT_EQ(error_of([&] { run(db, "INSERT INTO t VALUES (1)"); }).message,
            "attempt to write a readonly database");
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 0");
  EXPECT_EQ(error_of([&] {
              open(std::string(folder.path() / "y.db"), {{"mode", "rw"}});
            }).message,
            "unable to open database file");
}

TEST(SqliteDriver, OpensUris) {
  const test_support::TemporaryFolder folder;
  const std::string path = folder.path() / "x.db";
  run(open(path), "CREATE TABLE t (v)");
  const auto db = open("file:" + path + "?mode=ro", {{"uri", "true"}});
  EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 0");
  EXPECT_NE(error_of([&] { run(db, "DELETE FROM t"); }).message, "no error");
}

TEST(SqliteDriver, AppliesForeignKeysAndJournalMode) {
  const test_support::TemporaryFolder folder;
  const auto db =
      open(std::string(folder.path() / "x.db"), {{"foreign_keys", "true"}, {"journal_mode", "wal"}});
  EXPECT_EQ(run(db, "PRAGMA foreign_keys"), "int64 1");
  EXPECT_EQ(run(db, "PRAGMA journal_mode"), "text wal");
}

TEST(SqliteDriver, TellsAPrivateDatabaseFromAFile) {
  const test_support::TemporaryFolder folder;
  EXPECT_EQ(state(open("")).flags, PSA_STATE_PRIVATE_DATABASE);
  EXPECT_EQ(state(open(std::string(folder.path() / "x.db"))).flags, 0U);
}

TEST(SqliteDriver, TellsAReaderThatAResetCutItsResultOff) {
  const auto db = open("");
  const auto statement = prepare(db, "SELECT 1 UNION ALL SELECT 2");
  const auto result = execute(statement);
  EXPECT_EQ(next(result, 1), "int64 1");
  const psa_call call{PSA_INIT(psa_call)};
  ASSERT_EQ(table().connection_reset(db.get(), &call), PSA_OK);
  EXPECT_EQ(error_of([&] { next(result, 1); }).status, PSA_INVALID_STATE);
  EXPECT_EQ(rest(execute(statement)), "int64 1; int64 2");
}

TEST(SqliteDriver, ClosesAndIsPinged) {
  const auto db = open("");
  const psa_call call{PSA_INIT(psa_call)};
  EXPECT_EQ(table().connection_ping(db.get(), &call), PSA_OK);
  EXPECT_EQ(table().connection_close(db.get(), &call), PSA_OK);
  EXPECT_EQ(table().connection_close(db.get(), &call), PSA_OK);
  EXPECT_EQ(table().connection_ping(db.get(), &call), PSA_INVALID_STATE);
}

}  // namespace
