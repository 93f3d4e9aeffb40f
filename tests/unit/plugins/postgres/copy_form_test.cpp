// SPDX-License-Identifier: Apache-2.0
#include "copy_form.hpp"

#include <gtest/gtest.h>

namespace {

using namespace psa::postgres;

std::string form(std::string_view sql) {
  const auto found = copy_form(sql, {built_in_type(oids::int4), built_in_type(oids::bpchar)});
  return found ? found->table + " | " + found->target : "none";
}

TEST(PostgresCopyForm, KnowsAPlainInsert) {
  EXPECT_EQ(form("INSERT INTO t (a, \"b c\") VALUES ($1, $2)"), "t | t (a, \"b c\")");
  EXPECT_EQ(form("insert into \"S\".t values($1,$2) ;"), "\"S\".t | \"S\".t");
}

TEST(PostgresCopyForm, LeavesEverythingElseAlone) {
  for (const char* sql :
       {"INSERT INTO t VALUES ($2, $1)", "INSERT INTO t VALUES ($1, $2 + 1)",
        "INSERT INTO t VALUES ($1, $2) RETURNING a", "INSERT INTO t VALUES ($1, $2) ON CONFLICT DO NOTHING",
        "INSERT INTO t VALUES ($1, $2), (3, 'x')", "INSERT INTO t VALUES ($1, 7, $2)",
        "UPDATE t SET a = $1 WHERE b = $2", "INSERT INTO t /* x */ VALUES ($1, $2)",
        "INSERT INTO t VALUES ($1, $20)", "INSERT INTO t VALUES ($1::int, $2)"})
    EXPECT_EQ(form(sql), "none") << sql;
}

}  // namespace
