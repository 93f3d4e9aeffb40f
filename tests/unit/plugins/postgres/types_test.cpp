// SPDX-License-Identifier: Apache-2.0
//
// Types that the database's users made: nothing is known of them beforehand.
#include <string>

#include <gtest/gtest.h>

#include "cells.hpp"
#include "modes.hpp"
#include "result_text.hpp"

namespace {

using namespace driver_client;

class PostgresUserTypes : public InBothModes {};
PSA_IN_BOTH_MODES(PostgresUserTypes);

TEST_P(PostgresUserTypes, EnumsAreText) {
  const auto db = open();
  run(db, "CREATE TYPE pg_temp.mood AS ENUM ('sad', 'o k')");
  run(db, "CREATE TEMP TABLE t (m pg_temp.mood, a pg_temp.mood[])");
  Cells row;
  row.text("o k").list(Cells().text("sad").null().text("o k"));
  execute(prepare(db, "INSERT INTO t VALUES ($1, $2)"), row.execute(), 0);
  EXPECT_EQ(result_text(db, "SELECT * FROM t"), "u mood o k | +l mood[] [sad, NULL, o k]");
  Cells unknown;
  unknown.text("gay").null();
  EXPECT_EQ(
      error_of([&] { execute(prepare(db, "INSERT INTO t VALUES ($1, $2)"), unknown.execute(), 0); }).sqlstate,
      "22P02");
}

TEST_P(PostgresUserTypes, DomainsAreTheirBaseType) {
  const auto db = open();
  run(db, "CREATE DOMAIN pg_temp.percent AS int2 CHECK (value BETWEEN 0 AND 100)");
  run(db, "CREATE DOMAIN pg_temp.half AS pg_temp.percent CHECK (value < 50)");
  run(db, "CREATE DOMAIN pg_temp.digits AS int4[]");
  run(db, "CREATE TEMP TABLE t (h pg_temp.half, d pg_temp.digits, many pg_temp.half[])");
  const auto insert = prepare(db, "INSERT INTO t VALUES ($1, $2, $3)");
  Cells row;
  row.integer(49).list(Cells().integer(1).integer(2)).list(Cells().integer(3));
  execute(insert, row.execute(), 0);
  EXPECT_EQ(result_text(db, "SELECT h, d, many FROM t").substr(0, 12), "s smallint 4");
  EXPECT_NE(result_text(db, "SELECT h, d, many FROM t").find("[1, 2] | +l half[] [3]"), std::string::npos)
      << result_text(db, "SELECT h, d, many FROM t");
  Cells large;
  large.integer(50).null().null();
  const auto error = error_of([&] { execute(insert, large.execute(), 0); });
  EXPECT_EQ(error.sqlstate, "23514");
  EXPECT_EQ(error.category, PSA_CATEGORY_INTEGRITY);
}

TEST_P(PostgresUserTypes, CompositesAndRangesAreText) {
  const auto db = open();
  run(db, "CREATE TYPE pg_temp.place AS (name text, at point)");
  run(db, "CREATE TYPE pg_temp.span AS RANGE (subtype = float8)");
  run(db, "CREATE TEMP TABLE t (p pg_temp.place, s pg_temp.span, ps pg_temp.place[])");
  Cells row;
  row.text("(\"a, b\",\"(1,2)\")").text("[1.5,2)").text("{\"(x,)\",NULL}");
  execute(prepare(db, "INSERT INTO t VALUES ($1, $2, $3)"), row.execute(), 0);
  EXPECT_EQ(result_text(db, "SELECT * FROM t"),
            "u place (\"a, b\",\"(1,2)\") | u span [1.5,2) | +l place[] [(x,), NULL]");
}

TEST_P(PostgresUserTypes, OnesWithoutABinaryFormAreText) {
  const auto db = open();
  run(db, "CREATE TYPE pg_temp.secret");
  run(db,
      "CREATE FUNCTION pg_temp.secret_in(cstring) RETURNS pg_temp.secret LANGUAGE internal STRICT AS "
      "'textin'");
  run(db,
      "CREATE FUNCTION pg_temp.secret_out(pg_temp.secret) RETURNS cstring LANGUAGE internal STRICT AS "
      "'textout'");
  run(db, "CREATE TYPE pg_temp.secret (INPUT = pg_temp.secret_in, OUTPUT = pg_temp.secret_out)");
  const auto statement = prepare(db, "SELECT $1::pg_temp.secret AS s, 7 AS n");
  Cells row;
  row.text("né");
  EXPECT_EQ(rest(execute(statement, row.execute(), 0)), "text né, int64 7");
  EXPECT_EQ(result_text(db, "SELECT 'né'::pg_temp.secret AS s, 7 AS n"), "u secret né | i integer 7");
  EXPECT_EQ(result_text(db, "SELECT ARRAY['a','b']::pg_temp.secret[]"), "+l secret[] [a, b]");
}

TEST_P(PostgresUserTypes, HstoreAndCitextAreText) {
  const auto db = open();
  if (run(db, "SELECT count(*) FROM pg_available_extensions WHERE name IN ('hstore', 'citext')") != "int64 2")
    GTEST_SKIP() << "the server has no hstore and citext";
  run(db, "SELECT pg_advisory_lock(815)");
  run(db, "CREATE EXTENSION IF NOT EXISTS hstore");
  run(db, "CREATE EXTENSION IF NOT EXISTS citext");
  run(db, "SELECT pg_advisory_unlock(815)");
  Cells row;
  row.text("a=>1,b=>NULL").text("ÄÖ");
  EXPECT_EQ(
      rest(execute(prepare(db, "SELECT $1::hstore -> 'a', $2::citext = 'äö'::citext"), row.execute(), 0)),
      "text 1, bool true");
  EXPECT_EQ(result_text(db, "SELECT 'a=>1,b=>NULL'::hstore, 'X'::citext"),
            "u hstore \"a\"=>\"1\", \"b\"=>NULL | u citext X");
}

TEST_P(PostgresUserTypes, ATypeDroppedAndMadeAgainIsLearnedAgain) {
  const auto db = open();
  run(db, "CREATE TYPE pg_temp.thing AS ENUM ('a')");
  EXPECT_EQ(result_text(db, "SELECT 'a'::pg_temp.thing"), "u thing a");
  run(db, "DROP TYPE pg_temp.thing");
  run(db, "CREATE DOMAIN pg_temp.thing AS int");
  EXPECT_EQ(result_text(db, "SELECT '5'::pg_temp.thing"), "i integer 5");
}

TEST_P(PostgresUserTypes, TellsTheParametersTypesOfAStatement) {
  const auto db = open();
  const auto statement = prepare(db, "SELECT $1::int2, $2::jsonb, $3::text[], $4::point, $5::numeric");
  ArrowSchema schema{};
  Sink sink;
  const psa_call call{PSA_INIT(psa_call), 0, &sink, 0};
  expect_ok(drive(db.get(), table().statement_parameters(statement.get(), &schema, &call)), sink);
  std::string formats;
  for (int64_t i = 0; i < schema.n_children; ++i) formats += std::string(schema.children[i]->format) + ' ';
  schema.release(&schema);
  EXPECT_EQ(formats, "s u +l u u ");
}

}  // namespace
