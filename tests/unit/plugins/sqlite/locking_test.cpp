// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "driver_client.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace driver_client;

class SqliteLocking : public testing::Test {
 protected:
  SqliteLocking()
      : path_(folder_.path() / "x.db"), reader_(open(path_)), writer_(open(path_, {{"timeout", "0"}})) {
    run(reader_, "CREATE TABLE t (v)");
    run(reader_, "INSERT INTO t VALUES (1), (2)");
  }

  test_support::TemporaryFolder folder_;
  std::string path_;
  Connection reader_;
  Connection writer_;
};

TEST_F(SqliteLocking, ADrainedResultBlocksNoWriter) {
  begin(reader_, PSA_BEGIN_LAZY);
  const auto statement = prepare(reader_, "SELECT v FROM t");
  const auto result = execute(statement);
  bool last = false;
  EXPECT_EQ(next(result, 2, &last), "int64 1; int64 2");
  EXPECT_TRUE(last);
  EXPECT_EQ(run_count(writer_, "INSERT INTO t VALUES (3)"), 1);
}

TEST_F(SqliteLocking, AnUndrainedResultBlocksAWriterWhoIsToldWhatToDo) {
  const auto statement = prepare(reader_, "SELECT v FROM t");
  auto result = execute(statement);
  EXPECT_EQ(next(result, 1), "int64 1");
  const auto error = error_of([&] { run(writer_, "INSERT INTO t VALUES (3)"); });
  EXPECT_EQ(error.message, "database is locked");
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  EXPECT_EQ(error.flags, PSA_ERROR_RETRYABLE);
  EXPECT_EQ(error.status, PSA_ERROR);
  EXPECT_NE(error.hint.find("reset_connections()"), std::string::npos);
  result.reset();
  EXPECT_EQ(run_count(writer_, "INSERT INTO t VALUES (3)"), 1);
}

TEST_F(SqliteLocking, AWriterWaitsUntilTheLockIsFree) {
  run(reader_, "BEGIN IMMEDIATE");
  const auto patient = open(path_, {{"timeout", "60"}});
  std::thread releases([&] { run(reader_, "COMMIT"); });
  EXPECT_EQ(run_count(patient, "INSERT INTO t VALUES (3)"), 1);
  releases.join();
}

TEST_F(SqliteLocking, AWriterGivesUpAfterItsTimeout) {
  run(reader_, "BEGIN IMMEDIATE");
  const auto hasty = open(path_, {{"timeout", "0.02"}});
  EXPECT_EQ(error_of([&] { run(hasty, "INSERT INTO t VALUES (3)"); }).message, "database is locked");
}

TEST_F(SqliteLocking, ReleasingAConnectionFreesItsLocks) {
  begin(reader_);
  run(reader_, "INSERT INTO t VALUES (3)");
  const auto statement = prepare(reader_, "SELECT v FROM t");
  const auto result = execute(statement);
  reader_.reset();
  EXPECT_EQ(run_count(writer_, "INSERT INTO t VALUES (4)"), 1);
  EXPECT_EQ(run(writer_, "SELECT v FROM t"), "int64 1; int64 2; int64 4");
}

}  // namespace
