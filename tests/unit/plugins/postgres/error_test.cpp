// SPDX-License-Identifier: Apache-2.0
#include "error.hpp"

#include <gtest/gtest.h>

namespace {

using namespace psa::postgres;

TEST(PostgresErrors, HaveTheCategoryOfTheirSqlStateClass) {
  const struct {
    const char* sqlstate;
    uint32_t category, flags;
  } cases[] = {
      {"22012", PSA_CATEGORY_DATA, 0},
      {"23505", PSA_CATEGORY_INTEGRITY, 0},
      {"40001", PSA_CATEGORY_OPERATIONAL, PSA_ERROR_RETRYABLE},
      {"40P01", PSA_CATEGORY_OPERATIONAL, PSA_ERROR_RETRYABLE},
      {"42P01", PSA_CATEGORY_PROGRAMMING, 0},
      {"08006", PSA_CATEGORY_OPERATIONAL, PSA_ERROR_CONNECTION_LOST},
      {"57P01", PSA_CATEGORY_OPERATIONAL, PSA_ERROR_CONNECTION_LOST},
      {"57014", PSA_CATEGORY_OPERATIONAL, 0},
      {"0A000", PSA_CATEGORY_NOT_SUPPORTED, 0},
      {"53100", PSA_CATEGORY_OPERATIONAL, 0},
      {"54001", PSA_CATEGORY_OPERATIONAL, 0},
      {"28P01", PSA_CATEGORY_OPERATIONAL, 0},
      {"25006", PSA_CATEGORY_INTERNAL, 0},
      {"XX000", PSA_CATEGORY_INTERNAL, 0},
      {"ZZ123", PSA_CATEGORY_UNKNOWN, 0},
      {"", PSA_CATEGORY_OPERATIONAL, 0},
  };
  for (const auto& each : cases) {
    EXPECT_EQ(classify(each.sqlstate).category, each.category) << each.sqlstate;
    EXPECT_EQ(classify(each.sqlstate).flags, each.flags) << each.sqlstate;
  }
}

TEST(PostgresErrors, CountBytesWhereTheServerCountsCharacters) {
  EXPECT_EQ(byte_offset("abc", 1), 0);
  EXPECT_EQ(byte_offset("äö€x", 4), 7);
  EXPECT_EQ(byte_offset("ab", 3), 2);
  EXPECT_EQ(byte_offset("ab", 4), -1);
  EXPECT_EQ(byte_offset("ab", 0), -1);
}

TEST(PostgresErrors, TakeTheSqlStateOutOfAConnectFailure) {
  const auto error = connect_error(
      "connection to server at \"h\" (127.0.0.1), port 5432 failed: FATAL:  28P01: password authentication "
      "failed for "
      "user \"u\"\nLOCATION:  auth_failed, auth.c:330\n");
  EXPECT_EQ(error.sqlstate, "28P01");
  EXPECT_EQ(error.message,
            "connection to server at \"h\" (127.0.0.1), port 5432 failed: FATAL:  password authentication "
            "failed for "
            "user \"u\"");
  EXPECT_EQ(connect_error("Connection refused\n").message, "Connection refused");
}

}  // namespace
