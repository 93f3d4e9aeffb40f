// SPDX-License-Identifier: Apache-2.0
#include "statement_kind.hpp"

#include <gtest/gtest.h>

namespace {

using namespace psa::mysql;

TEST(MysqlStatementKind, IsToldByTheFirstWord) {
  EXPECT_EQ(statement_kind("select 1"), StatementKind::reads);
  EXPECT_EQ(statement_kind("(SELECT 1)"), StatementKind::reads);
  EXPECT_EQ(statement_kind("INSERT INTO t VALUES (1)"), StatementKind::insert);
  EXPECT_EQ(statement_kind("Replace t VALUES (1)"), StatementKind::insert);
  EXPECT_EQ(statement_kind("CREATE TABLE t (a int)"), StatementKind::other);
  EXPECT_EQ(statement_kind(""), StatementKind::other);
}

TEST(MysqlStatementKind, TellsWhatMayBeLostAndWhatCounts) {
  EXPECT_TRUE(only_reads(statement_kind("SHOW WARNINGS")));
  EXPECT_TRUE(only_reads(statement_kind("SELECT 1")));
  EXPECT_FALSE(only_reads(statement_kind("WITH x AS (SELECT 1) SELECT 1")));
  EXPECT_TRUE(counts_rows(statement_kind("DELETE FROM t")));
  EXPECT_FALSE(counts_rows(statement_kind("SHOW TABLES")));
}

TEST(MysqlStatementKind, LooksBehindComments) {
  EXPECT_EQ(statement_kind("# note\n update t set a = 1"), StatementKind::change);
  EXPECT_EQ(statement_kind("-- note\n /* more */ DELETE FROM t"), StatementKind::change);
  EXPECT_EQ(statement_kind("/*!40000 INSERT */ INTO t VALUES (1)"), StatementKind::insert);
  EXPECT_EQ(statement_kind("/* unclosed"), StatementKind::other);
}

}  // namespace
