// SPDX-License-Identifier: Apache-2.0
#include "bulk.hpp"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/columns.hpp>

#include "driver_client.hpp"
#include "sessions.hpp"

namespace {

using namespace driver_client;
using namespace mysql_test;

class MysqlBulk : public OnServer {};

TEST_F(MysqlBulk, NamesTheRowThatBreaksAConstraintAndLeavesNothing) {
  const auto db = open();
  const Table table(db, "bulk_broken", "id int PRIMARY KEY, v varchar(10)");
  const auto insert = prepare(db, "INSERT INTO bulk_broken VALUES (?, ?)");
  Parameters rows(2);
  for (int64_t i = 0; i < 200'000; ++i) rows.add(i == 149'999 ? INT64_C(77) : i).add("v");
  begin(db);
  const psa::DriverError error = error_of([&] { execute(insert, rows); });
  EXPECT_EQ(error.parameter_row, 149'999);
  EXPECT_EQ(error.vendor_code, 1062);
  EXPECT_EQ(error.category, PSA_CATEGORY_INTEGRITY);
  EXPECT_EQ(error.constraint, "PRIMARY");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_OPEN);
  rollback(db);
  EXPECT_EQ(table.count(), "0");
}

TEST_F(MysqlBulk, LeavesNothingOutsideOfATransactionEither) {
  const auto db = open();
  const Table table(db, "bulk_alone", "id int PRIMARY KEY");
  Parameters rows(1);
  for (int64_t i = 0; i < 60'000; ++i) rows.add(i == 55'555 ? INT64_C(1) : i);
  const psa::DriverError error =
      error_of([&] { execute(prepare(db, "INSERT INTO bulk_alone VALUES (?)"), rows); });
  EXPECT_EQ(error.parameter_row, 55'555);
  EXPECT_EQ(table.count(), "0");
  EXPECT_EQ(state(db).transaction, PSA_TRANSACTION_NONE);
  Parameters changes(1);
  changes.add(INT64_C(1)).add("no number");
  EXPECT_EQ(
      error_of([&] { execute(prepare(db, "INSERT INTO bulk_alone VALUES (?)"), changes); }).parameter_row, 1)
      << "one by one";
  EXPECT_EQ(table.count(), "0");
}

TEST_F(MysqlBulk, NamesTheRowOfAValueThatDoesNotFit) {
  const auto db = open();
  const Table table(db, "bulk_range", "a tinyint");
  const auto insert = prepare(db, "INSERT INTO bulk_range VALUES (?)");
  Parameters rows(1);
  for (int64_t i = 0; i < 1000; ++i) rows.add(i == 700 ? INT64_C(128) : INT64_C(127));
  begin(db);
  const psa::DriverError error = error_of([&] { execute(insert, rows); });
  EXPECT_EQ(error.parameter_row, 700);
  EXPECT_EQ(error.vendor_code, 1264);
  EXPECT_EQ(error.category, PSA_CATEGORY_DATA);
  EXPECT_EQ(error.column, "a");
  rollback(db);
}

TEST_F(MysqlBulk, TakesTwoMillionParameters) {
  const auto db = open();
  const Table table(db, "bulk_large", "a int, b int, c varchar(20), d double");
  const auto insert = prepare(db, "INSERT INTO bulk_large VALUES (?, ?, ?, ?)");
  Parameters rows(4);
  for (int64_t i = 0; i < 500'000; ++i) {
    rows.add(i).add(-i).add("value").add(0.5);
  }
  begin(db);
  EXPECT_EQ(info(execute(insert, rows)).rows_affected, 500'000);
  commit(db);
  EXPECT_EQ(run(db, "SELECT COUNT(*), SUM(a), MIN(b), SUM(d) FROM bulk_large"),
            "int64 500000, decimal 124999750000, int64 -499999, double 250000");
}

TEST_F(MysqlBulk, RefusesMoreParametersThanAStatementMayHave) {
  const auto db = open();
  std::string sql = "SELECT ?";
  for (int i = 0; i < 70'000; ++i) sql += ",?";
  const psa::DriverError error = error_of([&] { prepare(db, sql); });
  EXPECT_EQ(error.vendor_code, 1390) << error.message;
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_F(MysqlBulk, GivesTheSameForArraysAndForSingleRows) {
  const auto db = open();
  const Table arrays(db, "bulk_same_arrays",
                     "n int AUTO_INCREMENT PRIMARY KEY, a bigint, b double, c text, d blob");
  const Table singles(db, "bulk_same_singles",
                      "n int AUTO_INCREMENT PRIMARY KEY, a bigint, b double, c text, d blob");
  const auto fill = [](Parameters& rows, bool first) {
    if (first)
      rows.add(INT64_MIN).add(-1.25).add("").add_bytes("");
    else
      rows.add_null().add_null().add_null().add_null();
  };
  const auto into_arrays = prepare(db, "INSERT INTO bulk_same_arrays (a, b, c, d) VALUES (?, ?, ?, ?)");
  const auto into_singles = prepare(db, "INSERT INTO bulk_same_singles (a, b, c, d) VALUES (?, ?, ?, ?)");
  Parameters both(4);
  for (const bool first : {true, false}) {
    fill(both, first);
    Parameters one(4);
    fill(one, first);
    execute(into_singles, one);
  }
  execute(into_arrays, both);
  EXPECT_EQ(run(db, "SELECT a, b, c, d FROM bulk_same_arrays ORDER BY n"),
            run(db, "SELECT a, b, c, d FROM bulk_same_singles ORDER BY n"));
  EXPECT_EQ(run(db, "SELECT a, b, c, d FROM bulk_same_arrays ORDER BY n LIMIT 1"),
            "int64 -9223372036854775808, double -1.25, text , bytes ");
}

TEST_F(MysqlBulk, TakesArraysOfDatesAndTimes) {
  const auto db = open();
  run(db, "CREATE TEMPORARY TABLE bulk_dates (d date, c time(6), t datetime(6))");
  psa::FixedColumn<int32_t> days;
  psa::Int64Column clocks, moments;
  for (const int32_t day : {19782, 0}) days.append(day);
  for (const int64_t clock : {INT64_C(86399'999999), INT64_C(1)}) clocks.append(clock);
  for (const int64_t moment : {INT64_C(1709208000'125000), INT64_C(-1)}) moments.append(moment);
  days.append_null();
  clocks.append_null();
  moments.append_null();
  std::vector<psa::ArrayNode> nodes = {{3, 0, 3, 1}};
  days.describe(nodes);
  clocks.describe(nodes);
  moments.describe(nodes);
  ArrowArray array = psa::make_array(nodes);
  ArrowSchema schema = psa::make_schema(
      std::array<psa::SchemaField, 3>{psa::SchemaField{"tdD", "d"}, {"ttu", "c"}, {"tsu:", "t"}});
  execute(prepare(db, "INSERT INTO bulk_dates VALUES (?, ?, ?)"),
          psa_execute{PSA_INIT(psa_execute), 0, &schema, &array}, 0);
  schema.release(&schema);
  array.release(&array);
  EXPECT_EQ(run(db, "SELECT * FROM bulk_dates"),
            "date 2024-02-29, time 86399999999 us, timestamp 2024-02-29 12:00:00.125000; "
            "date 1970-01-01, time 1 us, timestamp 1969-12-31 23:59:59.999999; null, null, null");
}

TEST_F(MysqlBulk, TakesRowsOfDifferingTypes) {
  const auto db = open();
  const Table table(db, "bulk_mixed", "n int AUTO_INCREMENT PRIMARY KEY, a varchar(20)");
  const auto insert = prepare(db, "INSERT INTO bulk_mixed (a) VALUES (?)");
  Parameters rows(1);
  rows.add(INT64_C(1)).add("two").add(3.5).add_null();
  EXPECT_EQ(info(execute(insert, rows)).rows_affected, 4);
  EXPECT_EQ(run(db, "SELECT a FROM bulk_mixed ORDER BY n"), "text 1; text two; text 3.5; null");
}

TEST_F(MysqlBulk, DiscardsTheRowsOfReturning) {
  const auto db = open();
  const Table table(db, "bulk_returning", "a int");
  Parameters rows(1);
  for (int64_t i = 0; i < 100; ++i) rows.add(i);
  const auto result = execute(prepare(db, "INSERT INTO bulk_returning VALUES (?) RETURNING a"), rows);
  EXPECT_NE(info(result).kind, PSA_RESULT_ROWS);
  EXPECT_EQ(table.count(), "100");
}

}  // namespace
