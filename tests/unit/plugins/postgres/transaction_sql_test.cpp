// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "transaction.hpp"

namespace {

using namespace psa::postgres;

TEST(TransactionSql, WritesBeginAndQuotesSavepoints) {
  EXPECT_EQ(begin_sql({PSA_INIT(psa_begin), PSA_ISOLATION_SERIALIZABLE,
                       PSA_BEGIN_READ_ONLY | PSA_BEGIN_DEFERRABLE, 0}),
            "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE");
  EXPECT_EQ(savepoint_sql(PSA_SAVEPOINT_ROLLBACK_TO, "a\"b"), "ROLLBACK TO SAVEPOINT \"a\"\"b\"");
}

TEST(TransactionSql, KnowsWhatOnlyReads) {
  for (const char* sql : {"SELECT 1", " (select 1)", "TABLE t", "SHOW x", "-- only a comment", "",
                          "/* a /* b */ c */ SELECT a FROM t", "-- x\nselect a"})
    EXPECT_FALSE(may_write(sql)) << sql;
}

TEST(TransactionSql, TakesTheRestForWriting) {
  for (const char* sql : {"INSERT INTO t VALUES (1)", "SELECT f()", "WITH x AS (DELETE FROM t) SELECT 1",
                          "CALL p()", "/* SELECT */ UPDATE t SET a = 1", "-- SELECT\nDELETE FROM t"})
    EXPECT_TRUE(may_write(sql)) << sql;
}

TEST(TransactionSql, KnowsWhatCommits) {
  for (const char* sql : {"COMMIT", "end", "/* now */ Commit AND CHAIN", "PREPARE TRANSACTION 'x'"})
    EXPECT_TRUE(may_commit(sql)) << sql;
  for (const char* sql : {"ROLLBACK", "SELECT commit", "-- COMMIT", "ending"})
    EXPECT_FALSE(may_commit(sql)) << sql;
}

}  // namespace
