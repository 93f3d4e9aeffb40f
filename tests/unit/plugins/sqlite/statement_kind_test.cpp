// SPDX-License-Identifier: Apache-2.0
#include "statement_kind.hpp"

#include <gtest/gtest.h>

namespace {

using psa::sqlite::statement_kind;
using Kind = psa::sqlite::StatementKind;

TEST(StatementKind, IsToldByTheFirstWord) {
  EXPECT_EQ(statement_kind("insert into t values (1)"), Kind::insert);
  EXPECT_EQ(statement_kind("REPLACE INTO t VALUES (1)"), Kind::insert);
  EXPECT_EQ(statement_kind("Update t SET a = 1"), Kind::change);
  EXPECT_EQ(statement_kind("DELETE FROM t"), Kind::change);
  EXPECT_EQ(statement_kind("WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x"), Kind::with);
  EXPECT_EQ(statement_kind("COMMIT"), Kind::transaction);
  EXPECT_EQ(statement_kind("END;"), Kind::transaction);
  EXPECT_EQ(statement_kind("savepoint a"), Kind::savepoint);
  EXPECT_EQ(statement_kind("PRAGMA user_version"), Kind::outside);
  EXPECT_EQ(statement_kind("SELECT 1"), Kind::other);
  EXPECT_EQ(statement_kind("EXPLAIN INSERT INTO t VALUES (1)"), Kind::other);
  EXPECT_EQ(statement_kind("inserting"), Kind::other);
  EXPECT_EQ(statement_kind(""), Kind::other);
}

TEST(StatementKind, LooksBehindCommentsAndSemicolons) {
  EXPECT_EQ(statement_kind(" \n;-- INSERT\n/* DELETE * / */ UPDATE t SET a = 1"), Kind::change);
  EXPECT_EQ(statement_kind("-- only a comment"), Kind::other);
  EXPECT_EQ(statement_kind("/* open"), Kind::other);
}

TEST(StatementKind, SaysWhatBeginsATransaction) {
  using psa::sqlite::begins_transaction;
  EXPECT_TRUE(begins_transaction(Kind::insert, false));
  EXPECT_TRUE(begins_transaction(Kind::other, false));  // CREATE TABLE
  EXPECT_FALSE(begins_transaction(Kind::other, true));
  EXPECT_FALSE(begins_transaction(Kind::with, true));
  EXPECT_FALSE(begins_transaction(Kind::outside, false));      // VACUUM
  EXPECT_FALSE(begins_transaction(Kind::transaction, false));  // BEGIN IMMEDIATE
  EXPECT_TRUE(begins_transaction(Kind::savepoint, true));
}

}  // namespace
