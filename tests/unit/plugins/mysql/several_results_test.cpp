// SPDX-License-Identifier: Apache-2.0
//
// Texts with several statements, and statements that the server does not prepare.
#include <string>

#include <gtest/gtest.h>

#include "driver_client.hpp"
#include "sessions.hpp"

namespace {

using namespace driver_client;

class MysqlSeveral : public OnServer {};

constexpr char several[] =
    "SELECT 1, 'a'; CREATE TEMPORARY TABLE s (n int); INSERT INTO s VALUES (1), (2); SELECT n FROM s";

void expect_all(const Connection& db, const Result& result) {
  EXPECT_EQ(rest(result), "int64 1, text a");
  ASSERT_NE(info(result).flags & PSA_RESULT_MORE, 0U);
  next_result(result);
  EXPECT_EQ(info(result).kind, PSA_RESULT_COUNT);
  next_result(result);
  EXPECT_EQ(info(result).rows_affected, 2);
  next_result(result);
  EXPECT_EQ(info(result).kind, PSA_RESULT_ROWS);
  EXPECT_EQ(rest(result), "int64 1; int64 2");
  EXPECT_EQ(info(result).flags & PSA_RESULT_MORE, 0U);
  next_result(result);
  EXPECT_EQ(info(result).kind, PSA_RESULT_NONE);
  EXPECT_EQ(run(db, "SELECT 7"), "int64 7");
}

TEST_F(MysqlSeveral, AreRefusedUnlessAllowed) {
  const auto db = open();
  const psa::DriverError error = error_of([&] { run(db, "SELECT 1; SELECT 2"); });
  EXPECT_EQ(error.vendor_code, 1064);
  EXPECT_EQ(error.sql_offset, 10);
  EXPECT_EQ(run(db, "SELECT 1;  "), "int64 1") << "a semicolon behind one does no harm";
}

TEST_F(MysqlSeveral, RunOneAfterTheOther) {
  for (const Mode mode : {Mode::blocking, Mode::nonblocking}) {
    for (const Options& options : {Options{{"multi_statements", "1"}}, Options{{"client_flag", "65536"}}}) {
      const auto db = open(options, mode);
      expect_all(db, execute(prepare(db, several)));
    }
  }
}

TEST_F(MysqlSeveral, RunWhereTheStatementAloneAllowsThem) {
  const auto db = open();
  expect_all(db, execute(prepare(db, several, PSA_PREPARE_SEVERAL)));
  // What the server can't prepare is run as a text: that must not have learnt to hold several.
  EXPECT_EQ(error_of([&] { run(db, "SELECT 1; SELECT 2"); }).vendor_code, 1064);
}

TEST_F(MysqlSeveral, StopAtTheFirstThatFails) {
  const auto db = open(Options{{"multi_statements", "1"}});
  const auto result = execute(prepare(db, "SELECT 1; SELECT nothing; SELECT 3"));
  EXPECT_EQ(rest(result), "int64 1");
  EXPECT_EQ(error_of([&] { next_result(result); }).vendor_code, 1054);
  EXPECT_EQ(run(db, "SELECT 4"), "int64 4");
}

TEST_F(MysqlSeveral, MayBeReleasedUnread) {
  const auto db = open(Options{{"multi_statements", "1"}});
  {
    const auto result =
        execute(prepare(db, "SELECT seq FROM seq_1_to_20000; SELECT seq FROM seq_1_to_20000"));
    EXPECT_EQ(next(result, 1), "uint64 1");
    EXPECT_EQ(error_of([&] { run(db, "SELECT 1"); }).status, PSA_INVALID_STATE);
  }
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
  const auto kept = execute(prepare(db, "SELECT seq FROM seq_1_to_20000; SELECT 2"));
  reset(db);
  EXPECT_EQ(error_of([&] { next(kept, 1); }).status, PSA_INVALID_STATE);
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_F(MysqlSeveral, MayOutliveTheirConnection) {
  auto db = open(Options{{"multi_statements", "1"}});
  const auto result = execute(prepare(db, "SELECT seq FROM seq_1_to_20000; SELECT 2"));
  next(result, 1);
  db.reset();
  psa_result_info out{PSA_INIT(psa_result_info)};
  table().result_info(result.get(), &out);
  EXPECT_EQ(out.flags & PSA_RESULT_MORE, 0U);
}

// Each type as text has to be what it is in binary form.
TEST_F(MysqlSeveral, BringTheSameValuesAsPreparedStatements) {
  const auto db = open(Options{{"sql_mode", "ALLOW_INVALID_DATES"}});
  run(db,
      "CREATE TEMPORARY TABLE texts (a tinyint, b bigint unsigned, c double, d decimal(20,5), e date,"
      " f datetime(6), g time(3), h year, i bit(12), j blob, k varchar(20) CHARACTER SET latin1, l uuid,"
      " m json, n int(6) ZEROFILL, o point)");
  run(db,
      "INSERT INTO texts VALUES (-128, 18446744073709551615, -0.1, -12345.00001, '2024-02-29',"
      " '1000-01-01 23:59:59.000001', '-838:59:59', 1901, b'101000000001', x'00ff', 'h\xC3\xB6',"
      " '123e4567-e89b-12d3-a456-426614174000', '[1]', 42, point(1, 2)),"
      " (NULL, 0, 1e308, 0, '0000-00-00', '2024-05-00 01:02:03', '00:00:00.5', 2155, b'0', '', '',"
      " NULL, NULL, NULL, NULL)");
  const std::string prepared = run(db, "SELECT * FROM texts");
  const auto text = execute(prepare(db, "SELECT * FROM texts; SELECT 1", PSA_PREPARE_SEVERAL));
  EXPECT_EQ(rest(text), prepared);
}

TEST_F(MysqlSeveral, DoNotHideWhatTheServerCannotPrepare) {
  const auto db = open();
  run(db, "LOCK TABLES mysql.db READ");
  run(db, "UNLOCK TABLES");
  run(db, "DROP PROCEDURE IF EXISTS not_preparable_test");
  run(db, "CREATE PROCEDURE not_preparable_test() SELECT 5");
  EXPECT_EQ(run(db, "CALL not_preparable_test()"), "int64 5");
  run(db, "DROP PROCEDURE not_preparable_test");
  // 1295: "This command is not supported in the prepared statement protocol yet"
  for (int i = 0; i < 2; ++i) EXPECT_EQ(run(db, "PREPARE from_text FROM 'SELECT 6'"), "");
  EXPECT_EQ(run(db, "EXECUTE from_text"), "int64 6");
}

TEST_F(MysqlSeveral, AndOneThatRunsOnceNeedNotBePrepared) {
  const auto db = open();
  const auto once = prepare(db, "SELECT 1", PSA_PREPARE_ONCE);
  EXPECT_EQ(rest(execute(once)), "int64 1");
  EXPECT_EQ(rest(execute(once)), "int64 1") << "it is a permission";
  EXPECT_EQ(error_of([&] { prepare(db, "SELECT 1", 4); }).status, PSA_INVALID_ARGUMENT);
}

}  // namespace
