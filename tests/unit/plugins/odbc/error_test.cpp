// SPDX-License-Identifier: Apache-2.0
#include "error.hpp"

#include <string>

#include <gtest/gtest.h>

namespace {

using namespace psa::odbc;

TEST(OdbcErrorTable, FollowsPythonsClassesAndTheStandard) {
  struct {
    DbmsKind dbms;
    const char* sqlstate;
    int64_t native;
    uint32_t category;
    uint32_t flags;
  } const cases[] = {
      // ODBC's own, and the standard's, which SQL Server, Oracle and Db2 answer with.
      {DbmsKind::sqlserver, "23000", 2627, PSA_CATEGORY_INTEGRITY, 0},   // unique
      {DbmsKind::sqlserver, "23000", 547, PSA_CATEGORY_INTEGRITY, 0},    // foreign key, CHECK
      {DbmsKind::sqlserver, "22003", 8115, PSA_CATEGORY_DATA, 0},        // overflow
      {DbmsKind::sqlserver, "22001", 2628, PSA_CATEGORY_DATA, 0},        // too long
      {DbmsKind::sqlserver, "22012", 8134, PSA_CATEGORY_DATA, 0},        // division by zero
      {DbmsKind::sqlserver, "42S02", 208, PSA_CATEGORY_PROGRAMMING, 0},  // no such table
      {DbmsKind::sqlserver, "42000", 102, PSA_CATEGORY_PROGRAMMING, 0},  // syntax
      {DbmsKind::sqlserver, "40001", 1205, PSA_CATEGORY_OPERATIONAL, PSA_ERROR_RETRYABLE},  // deadlock
      {DbmsKind::sqlserver, "28000", 18456, PSA_CATEGORY_OPERATIONAL, 0},                   // login failed
      {DbmsKind::sqlserver, "08S01", 10054, PSA_CATEGORY_OPERATIONAL, PSA_ERROR_CONNECTION_LOST},
      {DbmsKind::oracle, "23000", 1, PSA_CATEGORY_INTEGRITY, 0},  // ORA-00001
      {DbmsKind::db2, "23505", -803, PSA_CATEGORY_INTEGRITY, 0},
      {DbmsKind::other, "HYC00", 0, PSA_CATEGORY_NOT_SUPPORTED, 0},
      {DbmsKind::other, "IM001", 0, PSA_CATEGORY_NOT_SUPPORTED, 0},
      {DbmsKind::other, "IM002", 0, PSA_CATEGORY_INTERFACE, 0},
      {DbmsKind::other, "HYT01", 0, PSA_CATEGORY_OPERATIONAL, PSA_ERROR_CONNECTION_LOST},
      {DbmsKind::other, "HY000", 0, PSA_CATEGORY_OPERATIONAL, 0},
      {DbmsKind::other, "?????", 0, PSA_CATEGORY_OPERATIONAL, 0},
      {DbmsKind::postgresql, "40P01", 1, PSA_CATEGORY_OPERATIONAL, PSA_ERROR_RETRYABLE},
      {DbmsKind::postgresql, "57P01", 1, PSA_CATEGORY_OPERATIONAL, PSA_ERROR_CONNECTION_LOST},
      {DbmsKind::postgresql, "0A000", 1, PSA_CATEGORY_NOT_SUPPORTED, 0},
      // Codes that say more than their SQLSTATE.
      {DbmsKind::mysql, "HY000", 1205, PSA_CATEGORY_OPERATIONAL, PSA_ERROR_RETRYABLE},
      {DbmsKind::mysql, "HY000", 1364, PSA_CATEGORY_INTEGRITY, 0},
      {DbmsKind::mysql, "HY000", 1366, PSA_CATEGORY_DATA, 0},
      {DbmsKind::mysql, "HY000", 2013, PSA_CATEGORY_OPERATIONAL, PSA_ERROR_CONNECTION_LOST},
      {DbmsKind::mysql, "23000", 1062, PSA_CATEGORY_INTEGRITY, 0},
      {DbmsKind::sqlite, "HY000", 19, PSA_CATEGORY_INTEGRITY, 0},
      {DbmsKind::sqlite, "HY000", 5, PSA_CATEGORY_OPERATIONAL, PSA_ERROR_RETRYABLE},
      {DbmsKind::sqlite, "HY000", 1, PSA_CATEGORY_OPERATIONAL, 0},
      {DbmsKind::other, "HY000", 19, PSA_CATEGORY_OPERATIONAL, 0},
  };
  for (const auto& each : cases) {
    const Classification found = classify(each.sqlstate, each.native, each.dbms);
    EXPECT_EQ(found.category, each.category) << each.sqlstate << ' ' << each.native;
    EXPECT_EQ(found.flags, each.flags) << each.sqlstate << ' ' << each.native;
  }
}

TEST(OdbcErrorTable, TellsStatusesApart) {
  EXPECT_EQ(classify("HY001", 0, DbmsKind::other).status, PSA_OUT_OF_MEMORY);
  EXPECT_EQ(classify("HYC00", 0, DbmsKind::other).status, PSA_NOT_SUPPORTED);
  EXPECT_EQ(classify("42000", 0, DbmsKind::other).status, PSA_ERROR);
}

TEST(OdbcErrorMessage, LosesWhoPassedItOn) {
  EXPECT_EQ(plain_message("[Microsoft][ODBC Driver 18 for SQL Server][SQL Server]Invalid object name 'x'."),
            "Invalid object name 'x'.");
  EXPECT_EQ(plain_message("[unixODBC][Driver Manager]Data source name not found"),
            "Data source name not found");
  EXPECT_EQ(plain_message("ERROR: relation \"x\" does not exist;\nError while executing the query"),
            "relation \"x\" does not exist");
  EXPECT_EQ(plain_message("[1, 2] is no range"), "is no range") << "what ODBC puts in front looks like this";
  EXPECT_EQ(plain_message("[x]"), "[x]");
  EXPECT_EQ(plain_message(""), "");
}

TEST(OdbcError, IsTheFirstRecordAndHasTheOthersInItsDetail) {
  const psa::DriverError error =
      make_error({{"23000", 2627, "[M][D][S]Violation of UNIQUE KEY constraint 'u'."},
                  {"01000", 3621, "[M][D][S]The statement has been terminated."}},
                 DbmsKind::sqlserver);
  EXPECT_EQ(error.message, "Violation of UNIQUE KEY constraint 'u'.");
  EXPECT_EQ(error.detail, "The statement has been terminated.");
  EXPECT_EQ(error.sqlstate, "23000");
  EXPECT_EQ(error.vendor_code, 2627);
  EXPECT_EQ(error.category, PSA_CATEGORY_INTEGRITY);
  EXPECT_FALSE(make_error({}, DbmsKind::other).message.empty());
}

TEST(OdbcError, KnowsWhatAStatementLooksLikeWhoseTableWasAltered) {
  psa::DriverError postgres(PSA_ERROR, PSA_CATEGORY_NOT_SUPPORTED, "cached plan must not change result type");
  postgres.sqlstate = "0A000";
  EXPECT_TRUE(is_stale_plan(postgres, DbmsKind::postgresql, false));
  EXPECT_FALSE(is_stale_plan(postgres, DbmsKind::sqlserver, true));
  psa::DriverError mysql(PSA_ERROR, PSA_CATEGORY_OPERATIONAL, "The number of columns changed");
  mysql.vendor_code = 2057;
  EXPECT_TRUE(is_stale_plan(mysql, DbmsKind::mysql, true));
  EXPECT_FALSE(is_stale_plan(mysql, DbmsKind::mysql, false)) << "what writes has done so";
}

TEST(OdbcError, OfACancelIsNotOneOfTheStatementsOwn) {
  const auto of = [](uint32_t category) { return psa::DriverError(PSA_ERROR, category, "x"); };
  EXPECT_TRUE(may_come_of_cancel(of(PSA_CATEGORY_OPERATIONAL)));
  EXPECT_FALSE(may_come_of_cancel(of(PSA_CATEGORY_INTEGRITY)));
  EXPECT_FALSE(may_come_of_cancel(of(PSA_CATEGORY_PROGRAMMING)));
}

}  // namespace
