// SPDX-License-Identifier: Apache-2.0
#include "ingest.hpp"

#include <string>

#include <gtest/gtest.h>

#include "driver_client.hpp"
#include "sessions.hpp"

namespace {

using namespace driver_client;
using namespace mysql_test;

// The client's parameter columns are all named "p".
class MysqlIngest : public OnServer {
 protected:
  Connection db_ = server() == nullptr ? Connection() : open();

  std::string leftovers() {
    return run(db_,
               "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND"
               " table_name LIKE 'psa\\_ingest\\_%'");
  }
};

TEST_F(MysqlIngest, AppendsToATable) {
  const Table table(db_, "ingest_append", "p int PRIMARY KEY, q int DEFAULT 7");
  Parameters rows(1);
  for (int64_t i = 0; i < 120'000; ++i) rows.add(i);
  EXPECT_EQ(ingest(db_, "ingest_append", PSA_INGEST_APPEND, rows), 120'000);
  EXPECT_EQ(run(db_, "SELECT COUNT(*), MIN(p), MAX(p), MIN(q) FROM ingest_append"),
            "int64 120000, int64 0, int64 119999, int64 7");
  EXPECT_EQ(state(db_).transaction, PSA_TRANSACTION_NONE);
}

TEST_F(MysqlIngest, LeavesNothingOfRowsThatBreakAConstraintAndNamesTheRow) {
  const Table table(db_, "ingest_broken", "p int PRIMARY KEY");
  Parameters rows(1);
  for (int64_t i = 0; i < 120'000; ++i) rows.add(i == 99'999 ? INT64_C(5) : i);
  const psa::DriverError error = error_of([&] { ingest(db_, "ingest_broken", PSA_INGEST_APPEND, rows); });
  EXPECT_EQ(error.vendor_code, 1062);
  EXPECT_EQ(error.parameter_row, 99'999);
  EXPECT_EQ(table.count(), "0");
  EXPECT_EQ(state(db_).transaction, PSA_TRANSACTION_NONE);
}

TEST_F(MysqlIngest, JoinsAnOpenTransaction) {
  const Table table(db_, "ingest_joined", "p int PRIMARY KEY");
  begin(db_);
  run(db_, "INSERT INTO ingest_joined VALUES (100)");
  Parameters good(1);
  good.add(INT64_C(1)).add(INT64_C(2));
  EXPECT_EQ(ingest(db_, "ingest_joined", PSA_INGEST_APPEND, good), 2);
  Parameters bad(1);
  bad.add(INT64_C(3)).add(INT64_C(100));
  EXPECT_EQ(error_of([&] { ingest(db_, "ingest_joined", PSA_INGEST_APPEND, bad); }).parameter_row, 1);
  EXPECT_EQ(run(db_, "SELECT p FROM ingest_joined ORDER BY p"), "int64 1; int64 2; int64 100");
  rollback(db_);
  EXPECT_EQ(table.count(), "0");
}

TEST_F(MysqlIngest, MakesTheTable) {
  run(db_, "DROP TABLE IF EXISTS ingest_made");
  Parameters rows(1);
  rows.add("h\xC3\xB6").add_null();
  EXPECT_EQ(ingest(db_, "ingest_made", PSA_INGEST_CREATE, rows), 2);
  EXPECT_EQ(run(db_, "SELECT p FROM ingest_made"), "text h\xC3\xB6; null");
  Parameters again(1);
  again.add("x");
  EXPECT_EQ(error_of([&] { ingest(db_, "ingest_made", PSA_INGEST_CREATE, again); }).vendor_code, 1050);
  run(db_, "DROP TABLE ingest_made");
}

TEST_F(MysqlIngest, LeavesNoTableThatItCouldNotFill) {
  run(db_, "DROP TABLE IF EXISTS ingest_unfilled");
  Parameters rows(1);
  rows.add(INT64_C(1)).add("two");
  EXPECT_EQ(error_of([&] { ingest(db_, "ingest_unfilled", PSA_INGEST_CREATE, rows); }).status,
            PSA_NOT_SUPPORTED)
      << "no column is a number here and a text there";
  EXPECT_EQ(error_of([&] { run(db_, "SELECT 1 FROM ingest_unfilled"); }).vendor_code, 1146);
}

TEST_F(MysqlIngest, ReplacesATableOnlyWhenTheNewRowsAreThere) {
  run(db_, "DROP TABLE IF EXISTS ingest_replaced");
  Parameters first(1);
  first.add("old");
  EXPECT_EQ(ingest(db_, "ingest_replaced", PSA_INGEST_REPLACE, first), 1) << "there need be none";
  Parameters second(1);
  second.add(INT64_C(1)).add(INT64_C(2));
  EXPECT_EQ(ingest(db_, "ingest_replaced", PSA_INGEST_REPLACE, second), 2);
  EXPECT_EQ(run(db_, "SELECT p FROM ingest_replaced ORDER BY p"), "int64 1; int64 2");

  const auto referrer = open();
  run(referrer, "DROP TABLE IF EXISTS ingest_child, ingest_parent");
  run(referrer, "CREATE TABLE ingest_parent (p bigint PRIMARY KEY) ENGINE = InnoDB");
  run(referrer,
      "CREATE TABLE ingest_child (p bigint, FOREIGN KEY (p) REFERENCES ingest_parent (p)) ENGINE = InnoDB");
  Parameters third(1);
  third.add(INT64_C(3));
  EXPECT_EQ(error_of([&] { ingest(db_, "ingest_parent", PSA_INGEST_REPLACE, third); }).vendor_code, 1451)
      << "a table that others refer to can't be dropped";
  EXPECT_EQ(run(db_, "SELECT COUNT(*) FROM ingest_parent"), "int64 0") << "and stays";
  EXPECT_EQ(leftovers(), "int64 0");
  run(db_, "DROP TABLE ingest_child, ingest_parent, ingest_replaced");
}

TEST_F(MysqlIngest, DoesNotCommitTheUsersTransactionInSilence) {
  begin(db_);
  Parameters rows(1);
  rows.add(INT64_C(1));
  const psa::DriverError error =
      error_of([&] { ingest(db_, "ingest_in_transaction", PSA_INGEST_CREATE, rows); });
  EXPECT_EQ(error.status, PSA_INVALID_STATE);
  EXPECT_NE(error.hint, "");
  EXPECT_EQ(state(db_).transaction, PSA_TRANSACTION_OPEN);
}

TEST_F(MysqlIngest, QuotesNames) {
  run(db_, "DROP TABLE IF EXISTS `in``gest \"it\"`");
  Parameters rows(1);
  rows.add(INT64_C(1));
  EXPECT_EQ(ingest(db_, "in`gest \"it\"", PSA_INGEST_CREATE, rows), 1);
  EXPECT_EQ(run(db_, "SELECT `p` FROM `in``gest \"it\"`"), "int64 1");
  run(db_, "DROP TABLE `in``gest \"it\"`");
}

TEST(MysqlIngestTypes, FollowTheArrowTypes) {
  const auto type = [](const char* format, const char* metadata = nullptr) {
    ArrowSchema field{};
    field.format = format;
    field.name = "f";
    field.metadata = metadata;
    return psa::mysql::column_type_for(field, true);
  };
  EXPECT_EQ(type("L"), "bigint unsigned");
  EXPECT_EQ(type("tsu:"), "datetime(6)");
  EXPECT_EQ(type("tsu:UTC"), "datetime(6)");
  EXPECT_EQ(type("d:10,2"), "decimal(10,2)");
  EXPECT_EQ(type("d:10,2,128"), "decimal(10,2)");
  EXPECT_EQ(type("u"), "longtext");
  EXPECT_EQ(error_of([&] { type("+l"); }).status, PSA_NOT_SUPPORTED);
}

}  // namespace
