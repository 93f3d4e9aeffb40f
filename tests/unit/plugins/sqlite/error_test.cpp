// SPDX-License-Identifier: Apache-2.0
#include "error.hpp"

#include <gtest/gtest.h>

namespace {

using psa::sqlite::classify;
using psa::sqlite::constraint_names;

struct Row {
  int code;
  uint32_t category;
  uint32_t flags;
};

class ErrorTable : public testing::TestWithParam<Row> {};

TEST_P(ErrorTable, FollowsPythonsClasses) {
  EXPECT_EQ(classify(GetParam().code).category, GetParam().category);
  EXPECT_EQ(classify(GetParam().code).flags, GetParam().flags);
}

INSTANTIATE_TEST_SUITE_P(
    Codes, ErrorTable,
    testing::Values(
        Row{SQLITE_ERROR, PSA_CATEGORY_OPERATIONAL, 0},
        Row{SQLITE_BUSY, PSA_CATEGORY_OPERATIONAL, PSA_ERROR_RETRYABLE},
        Row{SQLITE_BUSY_SNAPSHOT, PSA_CATEGORY_OPERATIONAL, PSA_ERROR_RETRYABLE},
        Row{SQLITE_LOCKED, PSA_CATEGORY_OPERATIONAL, PSA_ERROR_RETRYABLE},
        Row{SQLITE_READONLY_DBMOVED, PSA_CATEGORY_OPERATIONAL, 0},
        Row{SQLITE_IOERR_WRITE, PSA_CATEGORY_OPERATIONAL, 0}, Row{SQLITE_FULL, PSA_CATEGORY_OPERATIONAL, 0},
        Row{SQLITE_CANTOPEN, PSA_CATEGORY_OPERATIONAL, 0},
        Row{SQLITE_CONSTRAINT_UNIQUE, PSA_CATEGORY_INTEGRITY, 0},
        Row{SQLITE_MISMATCH, PSA_CATEGORY_INTEGRITY, 0}, Row{SQLITE_TOOBIG, PSA_CATEGORY_DATA, 0},
        Row{SQLITE_MISUSE, PSA_CATEGORY_INTERFACE, 0}, Row{SQLITE_RANGE, PSA_CATEGORY_INTERFACE, 0},
        Row{SQLITE_INTERNAL, PSA_CATEGORY_INTERNAL, 0}, Row{SQLITE_CORRUPT, PSA_CATEGORY_UNKNOWN, 0},
        Row{SQLITE_NOTADB, PSA_CATEGORY_UNKNOWN, 0}));

TEST(Error, TellsMemoryApart) { EXPECT_EQ(classify(SQLITE_NOMEM).status, PSA_OUT_OF_MEMORY); }

TEST(ConstraintNames, AreReadOutOfTheMessage) {
  auto names = constraint_names("UNIQUE constraint failed: c.name");
  EXPECT_EQ(names.table, "c");
  EXPECT_EQ(names.column, "name");
  names = constraint_names("UNIQUE constraint failed: c.a, c.b");
  EXPECT_EQ(names.table, "c");
  EXPECT_EQ(names.column, "");
  names = constraint_names("NOT NULL constraint failed: nn.a");
  EXPECT_EQ(names.table, "nn");
  EXPECT_EQ(names.column, "a");
  EXPECT_EQ(constraint_names("CHECK constraint failed: positive").constraint, "positive");
  EXPECT_EQ(constraint_names("UNIQUE constraint failed: index 'lower_name'").constraint, "lower_name");
  EXPECT_EQ(constraint_names("FOREIGN KEY constraint failed").table, "");
}

TEST(Error, AdvisesOnALockedDatabase) {
  const auto error = psa::sqlite::make_error(SQLITE_BUSY, "database is locked");
  EXPECT_EQ(error.message, "database is locked");
  EXPECT_NE(error.hint.find("timeout"), std::string::npos);
}

}  // namespace
