// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "odbc_places.hpp"

namespace {

using namespace driver_client;

class OdbcTransactions : public OnOdbcPlace {
 protected:
  void SetUp() override {
    OnOdbcPlace::SetUp();
    if (IsSkipped()) return;
    db_ = open();
    run(db_, "DROP TABLE IF EXISTS psa_odbc_t");
    run(db_, "CREATE TABLE psa_odbc_t (n integer)");
  }
  void TearDown() override {
    if (db_ != nullptr && state(db_).flags == 0) run(db_, "DROP TABLE IF EXISTS psa_odbc_t");
  }
  std::string rows() { return run(db_, "SELECT count(*) FROM psa_odbc_t"); }
  void insert() { run(db_, "INSERT INTO psa_odbc_t VALUES (1)"); }
  Connection db_;
};
INSTANTIATE_TEST_SUITE_P(On, OdbcTransactions,
                         testing::Values(OdbcPlace::postgres, OdbcPlace::mariadb, OdbcPlace::sqlite),
                         odbc_place_name);

TEST_P(OdbcTransactions, CommitAndRollBack) {
  begin(db_);
  EXPECT_EQ(state(db_).transaction, PSA_TRANSACTION_OPEN);
  insert();
  rollback(db_);
  EXPECT_EQ(state(db_).transaction, PSA_TRANSACTION_NONE);
  EXPECT_EQ(rows(), "int64 0");
  begin(db_, PSA_BEGIN_LAZY);
  EXPECT_EQ(state(db_).transaction, PSA_TRANSACTION_DEFERRED);
  insert();
  EXPECT_EQ(state(db_).transaction, PSA_TRANSACTION_OPEN);
  commit(db_);
  rollback(db_);
  EXPECT_EQ(rows(), "int64 1");
  EXPECT_EQ(error_of([&] { begin(db_), begin(db_); }).status, PSA_INVALID_STATE);
}

TEST_P(OdbcTransactions, GoBackToASavepoint) {
  begin(db_);
  insert();
  savepoint(db_, PSA_SAVEPOINT_SET, "it's \"x\"");
  insert();
  savepoint(db_, PSA_SAVEPOINT_ROLLBACK_TO, "it's \"x\"");
  savepoint(db_, PSA_SAVEPOINT_RELEASE, "it's \"x\"");
  commit(db_);
  EXPECT_EQ(rows(), "int64 1");
}

TEST_P(OdbcTransactions, BegunAndEndedInSqlAreThoseOfOdbc) {
  run(db_, "BEGIN");
  EXPECT_EQ(state(db_).transaction, PSA_TRANSACTION_OPEN);
  insert();
  run(db_, "ROLLBACK");
  EXPECT_EQ(state(db_).transaction, PSA_TRANSACTION_NONE);
  EXPECT_EQ(rows(), "int64 0");
  run(db_, "BEGIN TRANSACTION");
  insert();
  run(db_, "COMMIT");
  EXPECT_EQ(rows(), "int64 1");
}

TEST_P(OdbcTransactions, BegunInSqlInASpecialWayAreNotKnownForSure) {
  if (GetParam() != OdbcPlace::mariadb) GTEST_SKIP() << "the ODBC driver begins and ends them itself";
  run(db_, "START TRANSACTION READ ONLY");
  EXPECT_EQ(state(db_).transaction, PSA_TRANSACTION_UNKNOWN);
  EXPECT_NE(error_of([&] { insert(); }).status, PSA_OK);
  rollback(db_);
  EXPECT_EQ(state(db_).transaction, PSA_TRANSACTION_NONE);
  insert();
  EXPECT_EQ(rows(), "int64 1");
}

TEST_P(OdbcTransactions, OfALevelThatTheDriverLacksAreRefused) {
  const psa::DriverError error = error_of([&] { begin(db_, 0, PSA_ISOLATION_SNAPSHOT); });
  EXPECT_EQ(error.status, PSA_NOT_SUPPORTED);
  EXPECT_EQ(state(db_).transaction, PSA_TRANSACTION_NONE);
}

TEST_P(OdbcTransactions, EndWithTheConnectionsReset) {
  begin(db_);
  insert();
  reset(db_);
  EXPECT_EQ(rows(), "int64 0");
}

TEST_P(OdbcTransactions, AreRolledBackByAConnectionThatIsJustReleased) {
  {
    const Connection other = open();
    begin(other);
    run(other, "INSERT INTO psa_odbc_t VALUES (2)");
  }
  // Saying goodbye takes its time, on a thread of the driver's; the table is free once it has.
  run(db_, "DELETE FROM psa_odbc_t");
  EXPECT_EQ(rows(), "int64 0");
}

TEST_P(OdbcTransactions, AreWhatTheConnectionSaysItCanDo) {
  const uint64_t can = state(db_).capabilities;
  EXPECT_NE(can & PSA_CAP_TRANSACTIONS, 0U);
  EXPECT_NE(can & PSA_CAP_SAVEPOINTS, 0U);
  EXPECT_EQ((can & PSA_CAP_SEVERAL_RESULTS) != 0, GetParam() != OdbcPlace::sqlite)
      << "asked of the ODBC driver";
}

TEST_P(OdbcTransactions, HandlesMayBeReleasedInAnyOrder) {
  Connection other = open();
  Statement statement = prepare(other, "SELECT 1 UNION ALL SELECT 2");
  Result result = execute(statement);
  other.reset();
  EXPECT_EQ(error_of([&] { execute(statement); }).status, PSA_INVALID_STATE);
  statement.reset();
  result.reset();
}

}  // namespace
