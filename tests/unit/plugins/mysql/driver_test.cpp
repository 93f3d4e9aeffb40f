// SPDX-License-Identifier: Apache-2.0
//
// The driver as the host sees it: through the table alone.
#include <string>

#include <gtest/gtest.h>

#include <psa/sdk/text.hpp>

#include "driver_client.hpp"

namespace {

using namespace driver_client;

class MysqlDriver : public OnServer {};

TEST(MysqlTable, TellsWhatItIs) {
  EXPECT_EQ(psa::view(table().name), "mysql");
  EXPECT_NE(psa::view(table().client).find("Connector/C 3"), std::string_view::npos);
  EXPECT_EQ(psa::view(table().options[0].name), "unix_socket");
}

TEST_F(MysqlDriver, SaysWhyItDidNotConnect) {
  Server wrong = *server();
  wrong.password = "not it";
  const psa::DriverError password = error_of([&] { open(wrong); });
  EXPECT_EQ(password.vendor_code, 1045);
  EXPECT_EQ(password.message.find("not it"), std::string::npos);
  wrong = *server();
  wrong.database = "no_such_database";
  EXPECT_EQ(error_of([&] { open(wrong); }).vendor_code, 1049);
}

TEST_F(MysqlDriver, RunsAStatementAgainAndAgain) {
  const auto db = open();
  const auto statement = prepare(db, "SELECT ? + 1");
  for (int64_t i = 0; i < 20; ++i) {
    Parameters parameters(1);
    parameters.add(i);
    EXPECT_EQ(rest(execute(statement, parameters)), "int64 " + std::to_string(i + 1));
  }
}

TEST_F(MysqlDriver, CountsMatchedRows) {
  const auto db = open();
  run(db, "CREATE TEMPORARY TABLE counted (id int AUTO_INCREMENT PRIMARY KEY, a int)");
  const auto inserted = execute(prepare(db, "INSERT INTO counted (a) VALUES (1), (1), (2)"));
  EXPECT_EQ(info(inserted).rows_affected, 3);
  EXPECT_EQ(info(inserted).last_insert_id, 1);
  EXPECT_NE(info(inserted).flags & PSA_RESULT_HAS_INSERT_ID, 0U);
  EXPECT_EQ(run_count(db, "UPDATE counted SET a = 1 WHERE a = 1"), 2) << "matched, though not changed";
  EXPECT_EQ(run_count(db, "DELETE FROM counted WHERE a = 7"), 0);
  EXPECT_EQ(info(execute(prepare(db, "CREATE TEMPORARY TABLE another (a int)"))).kind, PSA_RESULT_NONE);
}

TEST_F(MysqlDriver, DoesNothingForATextWithoutStatement) {
  const auto db = open();
  EXPECT_EQ(info(execute(prepare(db, ""))).kind, PSA_RESULT_NONE);
  EXPECT_EQ(info(execute(prepare(db, "-- only a note"))).kind, PSA_RESULT_NONE);
}

TEST_F(MysqlDriver, HandsOutBatchesAndSaysWhichIsTheLast) {
  const auto db = open();
  const auto result = execute(prepare(db, "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3"));
  bool last = true;
  EXPECT_EQ(next(result, 2, &last), "int64 1; int64 2");
  EXPECT_FALSE(last);
  EXPECT_EQ(next(result, 2, &last), "int64 3");
  EXPECT_TRUE(last);
  EXPECT_NE(info(result).flags & PSA_RESULT_FINISHED, 0U);
}

TEST_F(MysqlDriver, RefusesASecondStatementWhileRowsAreUnread) {
  const auto db = open();
  auto result = execute(prepare(db, "SELECT seq FROM seq_1_to_100000"));
  EXPECT_EQ(error_of([&] { run(db, "SELECT 1"); }).status, PSA_INVALID_STATE);
  result.reset();
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1") << "a result released unread is read to its end";
}

TEST_F(MysqlDriver, EndsUnreadResultsWithAReset) {
  const auto db = open();
  const auto result = execute(prepare(db, "SELECT seq FROM seq_1_to_100000"));
  reset(db);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
  EXPECT_EQ(error_of([&] { next(result, 1); }).status, PSA_INVALID_STATE);
}

TEST_F(MysqlDriver, ReadsEveryResultOfAProcedure) {
  const auto db = open();
  run(db, "DROP PROCEDURE IF EXISTS several_results_test");
  run(db, "CREATE PROCEDURE several_results_test(n int) BEGIN SELECT n; SELECT 'a', 2; END");
  Parameters parameters(1);
  parameters.add(INT64_C(7));
  const auto result = execute(prepare(db, "CALL several_results_test(?)"), parameters);
  EXPECT_EQ(rest(result), "int64 7");
  ASSERT_NE(info(result).flags & PSA_RESULT_MORE, 0U);
  next_result(result);
  EXPECT_EQ(rest(result), "text a, int64 2");
  next_result(result);
  EXPECT_NE(info(result).kind, PSA_RESULT_ROWS);
  EXPECT_EQ(info(result).flags & PSA_RESULT_MORE, 0U);
  run(db, "DROP PROCEDURE several_results_test");
}

TEST_F(MysqlDriver, RunsAStatementForEachRow) {
  const auto db = open();
  run(db, "CREATE TEMPORARY TABLE many (id int PRIMARY KEY, v varchar(20))");
  const auto insert = prepare(db, "INSERT INTO many VALUES (?, ?)");
  Parameters rows(2);
  for (int64_t i = 0; i < 60'000; ++i) {
    rows.add(i);
    if (i % 2 == 0)
      rows.add("even");
    else
      rows.add_null();
  }
  EXPECT_EQ(info(execute(insert, rows)).rows_affected, 60'000);
  EXPECT_EQ(run(db, "SELECT COUNT(*), COUNT(v), MAX(v) FROM many"), "int64 60000, int64 30000, text even");
  Parameters changes(1);
  changes.add("even").add("odd");
  EXPECT_EQ(info(execute(prepare(db, "UPDATE many SET v = v WHERE v = ?"), changes)).rows_affected, 30'000);
}

TEST_F(MysqlDriver, NamesTheRowThatFailedInATransaction) {
  const auto db = open();
  run(db, "CREATE TEMPORARY TABLE broken (id int PRIMARY KEY) ENGINE = InnoDB");
  const auto insert = prepare(db, "INSERT INTO broken VALUES (?)");
  Parameters rows(1);
  for (int64_t i = 0; i < 70'000; ++i) rows.add(i == 60'123 ? INT64_C(5) : i);
  begin(db);
  const psa::DriverError error = error_of([&] { execute(insert, rows); });
  EXPECT_EQ(error.vendor_code, 1062);
  EXPECT_EQ(error.parameter_row, 60'123);
  rollback(db);
  EXPECT_EQ(run(db, "SELECT COUNT(*) FROM broken"), "int64 0");
}

TEST_F(MysqlDriver, TellsHowTextsAreRead) {
  const auto db = open();
  const auto flags = [&] {
    psa_lexical out{PSA_INIT(psa_lexical), 0, 0, 0};
    table().connection_lexical(db.get(), &out);
    return out.flags;
  };
  EXPECT_NE(flags() & PSA_LEXICAL_BACKSLASH_ESCAPE, 0U);
  EXPECT_NE(flags() & PSA_LEXICAL_DOUBLE_QUOTE_TEXT, 0U);
  run(db, "SET sql_mode = 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'");
  EXPECT_EQ(flags() & PSA_LEXICAL_BACKSLASH_ESCAPE, 0U);
  EXPECT_EQ(flags() & PSA_LEXICAL_DOUBLE_QUOTE_TEXT, 0U);
}

TEST_F(MysqlDriver, SpeaksUtf8OverTls) {
  const auto db = open(Options{{"ssl", "true"}, {"ssl_verify_cert", "false"}});
  EXPECT_NE(run(db, "SHOW STATUS LIKE 'Ssl_cipher'").find("TLS"), std::string::npos);
  EXPECT_EQ(run(db, "SELECT LENGTH(REPEAT('x', 20000000)), '\xC3\xB6'"), "int64 20000000, text \xC3\xB6");
}

TEST_F(MysqlDriver, WritesLargeTextsOverTls) {
  const auto db = open(Options{{"ssl", "true"}, {"ssl_verify_cert", "false"}});
  Parameters parameters(1);
  parameters.add(std::string(12'000'000, 'x'));
  EXPECT_EQ(rest(execute(prepare(db, "SELECT LENGTH(?)"), parameters)), "int64 12000000");
}

}  // namespace
