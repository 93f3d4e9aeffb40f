// SPDX-License-Identifier: Apache-2.0
//
// Results of unusual shape, and results that are not read to their end.
#include <string>

#include <gtest/gtest.h>

#include "driver_client.hpp"
#include "result_text.hpp"
#include "sessions.hpp"

namespace {

using namespace driver_client;
using namespace mysql_test;

class MysqlResults : public OnServer {};

TEST_F(MysqlResults, MayHaveNoRows) {
  const auto db = open();
  const auto result = execute(prepare(db, "SELECT 1 AS a, 'x' AS b FROM DUAL WHERE FALSE"));
  EXPECT_EQ(info(result).kind, PSA_RESULT_ROWS);
  EXPECT_EQ(info(result).column_count, 2);
  bool last = false;
  EXPECT_EQ(next(result, 10, &last), "");
  EXPECT_TRUE(last);
}

TEST_F(MysqlResults, TellTheSchemaOnceForAllExecutionsOfAStatement) {
  const auto db = open();
  run(db, "CREATE TEMPORARY TABLE t AS SELECT 1 AS a");
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
  run(db, "ALTER TABLE t MODIFY a varchar(10)");
  EXPECT_TRUE(told()) << "another type";
  EXPECT_FALSE(told());
  EXPECT_TRUE(Batch(execute(prepare(db, "SELECT * FROM t")), 10).tells_schema()) << "another statement";
}

TEST_F(MysqlResults, AreReadAfterOneOfTheSameStatementWasReleasedUnread) {
  const auto db = open();
  const auto statement = prepare(db, "SELECT CAST(seq AS signed), CAST(seq AS char) FROM seq_1_to_3000");
  { const auto unread = execute(statement); }
  {
    const auto begun = execute(statement);
    EXPECT_EQ(next(begun, 1), "int64 1, text 1");
  }
  const auto whole = execute(statement);
  EXPECT_EQ(next(whole, 1), "int64 1, text 1");
  const std::string others = rest(whole);
  EXPECT_EQ(others.substr(0, 17), "int64 2, text 2; ");
  EXPECT_EQ(others.substr(others.size() - 21), "int64 3000, text 3000");
}

TEST_F(MysqlResults, MayRepeatAName) {
  const auto db = open();
  const auto result = execute(prepare(db, "SELECT 1 AS a, 'x' AS a, NULL AS a"));
  ArrowSchema schema{};
  ASSERT_EQ(table().result_schema(result.get(), &schema, nullptr), PSA_OK);
  EXPECT_EQ(schema.n_children, 3);
  EXPECT_STREQ(schema.children[2]->name, "a");
  schema.release(&schema);
  EXPECT_EQ(rest(result), "int64 1, text x, null");
}

TEST_F(MysqlResults, OfReturningAreWholeThoughReadByHalf) {
  const auto db = open();
  const Table table(db, "returning_half", "a int");
  begin(db);
  {
    const auto result =
        execute(prepare(db, "INSERT INTO returning_half SELECT seq FROM seq_1_to_50000 RETURNING a"));
    EXPECT_EQ(next(result, 3), "int64 1; int64 2; int64 3");
    EXPECT_EQ(error_of([&] { commit(db); }).status, PSA_INVALID_STATE) << "the host reads the rest first";
  }
  commit(db);
  const auto other = open();
  EXPECT_EQ(run(other, "SELECT COUNT(*) FROM returning_half"), "int64 50000");
}

TEST_F(MysqlResults, HandOutTheRowsBeforeAnError) {
  const auto db = open();
  const auto result =
      execute(prepare(db, "SELECT IF(seq < 5, seq, (SELECT seq FROM seq_1_to_2)) FROM seq_1_to_10"));
  std::string rows;
  const psa::DriverError error = error_of([&] {
    for (bool last = false; !last;) rows += next(result, 100, &last);
  });
  EXPECT_EQ(error.vendor_code, 1242) << error.message;
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_F(MysqlResults, MayBeLargerThanWhatIsBoundBeforehand) {
  const auto db = open();
  EXPECT_EQ(run(db, "SELECT LENGTH(a) FROM (SELECT REPEAT('x', 100000) AS a) t"), "int64 100000");
  EXPECT_EQ(run(db, "SELECT REPEAT('x', 100000)").size(), 100005U);
}

TEST_F(MysqlResults, QuoteNamesOfEveryKind) {
  const auto db = open();
  run(db, "CREATE TEMPORARY TABLE `we``ird \"name\" '?'` (`a?b` int, `select` int)");
  run(db, "INSERT INTO `we``ird \"name\" '?'` VALUES (1, 2)");
  Parameters parameters(1);
  parameters.add(INT64_C(1));
  EXPECT_EQ(
      rest(execute(prepare(db, "SELECT `select` FROM `we``ird \"name\" '?'` WHERE `a?b` = ?"), parameters)),
      "int64 2");
}

TEST_F(MysqlResults, TellTheLastInsertId) {
  const auto db = open();
  run(db, "CREATE TEMPORARY TABLE ids (id bigint unsigned AUTO_INCREMENT PRIMARY KEY, a int)");
  const auto insert = prepare(db, "INSERT INTO ids (a) VALUES (?)");
  for (int64_t i = 1; i <= 3; ++i) {
    Parameters parameters(1);
    parameters.add(i);
    const auto result = execute(insert, parameters);
    EXPECT_EQ(info(result).last_insert_id, i);
  }
  EXPECT_EQ(info(execute(prepare(db, "SELECT 1"))).flags & PSA_RESULT_HAS_INSERT_ID, 0U);
}

TEST_F(MysqlResults, ComeFromStatementsThatFailedBefore) {
  const auto db = open();
  const auto select = prepare(db, "SELECT a FROM made_later");
  EXPECT_EQ(error_of([&] { execute(select); }).vendor_code, 1146);
  EXPECT_EQ(error_of([&] { execute(select); }).vendor_code, 1146);
  run(db, "CREATE TEMPORARY TABLE made_later (a int)");
  run(db, "INSERT INTO made_later VALUES (4)");
  EXPECT_EQ(rest(execute(select)), "int64 4");
  run(db, "ALTER TABLE made_later ADD COLUMN b text FIRST, MODIFY a bigint unsigned");
  EXPECT_EQ(rest(execute(select)), "uint64 4") << "the table's new type";
}

// "SELECT 1" is not prepared: what it gives must not tell.
TEST_F(MysqlResults, OfAHealthCheckAreAsIfItWerePrepared) {
  const auto db = open();
  for (const std::string number : {"1", "0042", "4294967296", "18446744073709551615", "18446744073709551616"})
    EXPECT_EQ(result_text(db, "SELECT " + number), result_text(db, "SELECT /* prepared */ " + number));
  const auto again = prepare(db, "SELECT 1;");
  EXPECT_EQ(rest(execute(again)), "int64 1");
  EXPECT_EQ(rest(execute(again)), "int64 1");
}

TEST_F(MysqlResults, SayWhereASyntaxErrorLies) {
  const auto db = open();
  const std::string sql = "SELECT 'h\xC3\xB6',\n  1 FORM dual";
  EXPECT_EQ(error_of([&] { run(db, sql); }).sql_offset, static_cast<int64_t>(sql.find("dual")));
  EXPECT_EQ(error_of([&] { prepare(db, "SELECT ? FORM dual"); }).sql_offset, 14);
  EXPECT_EQ(error_of([&] { run(db, "SELECT nothing"); }).sql_offset, -1) << "the server does not tell";
}

}  // namespace
