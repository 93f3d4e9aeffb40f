// SPDX-License-Identifier: Apache-2.0
//
// Parameters on real ODBC drivers: one row, arrays of rows, and the row that fails.
#include <string>

#include <gtest/gtest.h>

#include "odbc_places.hpp"

namespace {

using namespace driver_client;

class OdbcParameters : public OnOdbcPlace {
 protected:
  static constexpr int64_t many = 2345;  // more than two arrays
};
INSTANTIATE_TEST_SUITE_P(On, OdbcParameters,
                         testing::Values(OdbcPlace::postgres, OdbcPlace::mariadb, OdbcPlace::sqlite),
                         odbc_place_name);

TEST_P(OdbcParameters, OfManyRowsAllArrive) {
  const Connection db = open();
  run(db, "CREATE TEMPORARY TABLE many (n integer, t varchar(60), x double precision)");
  Parameters rows(3);
  for (int64_t n = 0; n < many; ++n) {
    rows.add(n);
    if (n % 7 == 0)
      rows.add_null();
    else
      rows.add(std::string_view(std::string(static_cast<size_t>(n % 50), 'x')));
    rows.add(static_cast<double>(n) / 4);
  }
  const Result result = execute(prepare(db, "INSERT INTO many VALUES (?, ?, ?)"), rows);
  EXPECT_EQ(info(result).rows_affected, many);
  EXPECT_EQ(run(db, "SELECT count(*), count(t), sum(n) FROM many WHERE x = n / 4.0"),
            GetParam() == OdbcPlace::sqlite ? "int64 2345, int64 2010, int64 2748340"
                                            : run(db, "SELECT 2345, 2010, sum(n) FROM many"));
}

TEST_P(OdbcParameters, ThatFailNameTheirRowAlone) {
  const Connection db = open();
  run(db, "CREATE TEMPORARY TABLE unique_ones (n integer UNIQUE)");
  begin(db);
  Parameters rows(1);
  for (int64_t n = 0; n < many; ++n) rows.add(n == 1777 ? 5 : n);
  const psa::DriverError error =
      error_of([&] { execute(prepare(db, "INSERT INTO unique_ones VALUES (?)"), rows); });
  EXPECT_EQ(error.category, PSA_CATEGORY_INTEGRITY) << error.message;
  EXPECT_EQ(error.parameter_row, 1777);
  rollback(db);
  EXPECT_EQ(run(db, "SELECT count(*) FROM unique_ones"), "int64 0");
}

TEST_P(OdbcParameters, OfUpdatesCountTheRowsThatMatch) {
  const Connection db = open();
  run(db, "CREATE TEMPORARY TABLE counted (n integer)");
  run(db, "INSERT INTO counted VALUES (1), (1), (2), (3)");
  Parameters rows(1);
  for (int64_t n = 1; n <= 5; ++n) rows.add(n);
  EXPECT_EQ(info(execute(prepare(db, "UPDATE counted SET n = n WHERE n = ?"), rows)).rows_affected, 4);
}

TEST_P(OdbcParameters, InTheWrongNumberAreRefusedBeforeAnythingIsSent) {
  const Connection db = open();
  Parameters one(1);
  one.add(int64_t{1});
  EXPECT_EQ(error_of([&] { execute(prepare(db, "SELECT 1"), one); }).status, PSA_INVALID_ARGUMENT);
}

TEST_P(OdbcParameters, OfAStatementThatReadsRunOnceForEachRow) {
  const Connection db = open();
  run(db, "CREATE TEMPORARY TABLE numbers (n integer)");
  Parameters rows(1);
  rows.add(int64_t{1}).add(int64_t{2});
  EXPECT_EQ(info(execute(prepare(db, "SELECT n FROM numbers WHERE n = ?"), rows)).kind, PSA_RESULT_NONE);
}

}  // namespace
