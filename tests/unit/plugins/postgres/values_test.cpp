// SPDX-License-Identifier: Apache-2.0
//
// Values of every type as a real server sends them.
#include <string>

#include <gtest/gtest.h>

#include "driver_client.hpp"
#include "result_text.hpp"

namespace {

using namespace driver_client;

struct Case {
  const char* sql;
  const char* expected;
};

class PostgresValues : public OnServer, public testing::WithParamInterface<Case> {};

TEST_P(PostgresValues, ComeOutAsTheyAreInBothProtocolForms) {
  if (server() == nullptr) return;
  const auto db = open();
  EXPECT_EQ(result_text(db, std::string("SELECT ") + GetParam().sql), GetParam().expected);
  // A column of a type that only has text makes the whole statement text.
  EXPECT_EQ(result_text(db, std::string("SELECT ") + GetParam().sql + ", '1'::money"),
            std::string(GetParam().expected) + " | u money $1.00");
}

TEST_P(PostgresValues, AreElementsOfArraysToo) {
  if (server() == nullptr) return;
  const std::string sql = GetParam().sql, expected = GetParam().expected;
  // Arrays of records are a pseudo-type, which comes as text altogether.
  if (expected.starts_with("+l") || expected.starts_with("u record")) return;
  const auto db = open();
  const std::string type = run(db, "SELECT pg_typeof(" + sql + ")::text").substr(5);
  size_t at = expected.find(' ' + type) + 1 + type.size();
  if (expected[at] == '(') at = expected.find(')', at) + 1;
  const std::string value = expected.substr(at + 1);
  for (const char* text_too : {"", ", '1'::money"}) {
    const std::string text = result_text(db, "SELECT ARRAY[" + sql + ", NULL]" + text_too);
    EXPECT_TRUE(text.starts_with("+l ")) << text;
    EXPECT_NE(text.find("[] [" + value + ", NULL]"), std::string::npos) << text;
    const std::string nested =
        result_text(db, "SELECT ARRAY[[NULL, " + sql + "], [" + sql + ", NULL]]" + text_too);
    EXPECT_NE(nested.find("[] [[NULL, " + value + "], [" + value + ", NULL]]"), std::string::npos) << nested;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Types, PostgresValues,
    testing::Values(
        Case{"true", "b boolean true"}, Case{"NULL::boolean", "b boolean NULL"},
        Case{"'-32768'::int2", "s smallint -32768"}, Case{"'-2147483648'::int4", "i integer -2147483648"},
        Case{"'-9223372036854775808'::int8", "l bigint -9223372036854775808"},
        Case{"4294967295::oid", "I oid 4294967295"}, Case{"1.5::float4", "f real 1.5"},
        Case{"'NaN'::float8", "g double precision nan"},
        Case{"'-Infinity'::float8", "g double precision -inf"}, Case{"0.1::float8", "g double precision 0.1"},
        Case{"'NaN'::numeric", "u psa.decimal numeric NaN"},
        Case{"'-Infinity'::numeric", "u psa.decimal numeric -Infinity"},
        Case{"12345678901234567890.123456789000", "u psa.decimal numeric 12345678901234567890.123456789000"},
        Case{"0.00001::numeric(10,5)", "u psa.decimal numeric(10,5) 0.00001"},
        Case{"'-0.5'::numeric", "u psa.decimal numeric -0.5"},
        Case{"1e30::numeric", "u psa.decimal numeric 1000000000000000000000000000000"},
        Case{"0::numeric(4,2)", "u psa.decimal numeric(4,2) 0.00"}, Case{"'äöü€𝄞'::text", "u text äöü€𝄞"},
        Case{"'x'::varchar(5)", "u character varying(5) x"}, Case{"'ab'::char(4)", "u character(4) ab  "},
        Case{"'n'::name", "u name n"}, Case{"'c'::\"char\"", "u \"char\" c"},
        Case{"'\\xdeadbeef00'::bytea", "z bytea DEADBEEF00"}, Case{"''::bytea", "z bytea "},
        Case{"'2024-02-29'::date", "tdD date 19782"}, Case{"'4713-01-01 BC'::date", "tdD date -2440550"},
        Case{"'5874897-12-31'::date", "tdD date 2145042905"},
        Case{"'infinity'::date", "+ud:0,1 date infinity"},
        Case{"'23:59:59.999999'::time", "ttu time without time zone 86399999999"},
        Case{"'24:00'::time", "+ud:0,1 time without time zone 24:00:00"},
        Case{"'12:30:00.5+05:30'::timetz", "u time with time zone 12:30:00.5+05:30"},
        Case{"'1970-01-01 00:00:01'::timestamp", "tsu: timestamp without time zone 1000000"},
        Case{"'0044-03-15 12:00:00 BC'::timestamp", "tsu: timestamp without time zone -63517780800000000"},
        Case{"'294276-12-31 23:59:59'::timestamp",
             "+ud:0,1 timestamp without time zone 294276-12-31 23:59:59"},
        Case{"'-infinity'::timestamptz", "+ud:0,1 timestamp with time zone -infinity"},
        Case{"'2024-01-02 03:04:05.000006+02'::timestamptz",
             "tsu:UTC timestamp with time zone 1704157445000006"},
        Case{"'1 year 2 mons -3 days 04:05:06.789'::interval", "tin interval 14 -3 14706789000000"},
        Case{"'12345678-9abc-def0-0123-456789abcdef'::uuid",
             "w:16 arrow.uuid uuid 123456789ABCDEF00123456789ABCDEF"},
        Case{"'{\"a\": [1]}'::json", "u arrow.json json {\"a\": [1]}"},
        Case{"'{\"a\":1}'::jsonb", "u arrow.json jsonb {\"a\": 1}"},
        Case{"'10.1.2.3/8'::inet", "u inet 10.1.2.3/8"}, Case{"'::1'::inet", "u inet ::1"},
        Case{"'10.0.0.0/8'::cidr", "u cidr 10.0.0.0/8"},
        Case{"'08:00:2b:01:02:03'::macaddr", "u macaddr 08:00:2b:01:02:03"}, Case{"B'10110'", "u bit 10110"},
        Case{"'101'::varbit", "u bit varying 101"}, Case{"'[1,5)'::int4range", "u int4range [1,5)"},
        Case{"'(1.5,2)'::point", "u point (1.5,2)"}, Case{"'<a/>'::xml", "u xml <a/>"},
        Case{"row(1,'a')", "u record (1,a)"}, Case{"'pg_class'::regclass", "u regclass pg_class"},
        Case{"'32767'::int2", "s smallint 32767"}, Case{"2147483647::int4", "i integer 2147483647"},
        Case{"9223372036854775807::int8", "l bigint 9223372036854775807"},
        Case{"'Infinity'::float4", "f real inf"}, Case{"'NaN'::float4", "f real nan"},
        Case{"1.17549435e-38::float4", "f real 1.1754944e-38"},
        Case{"1.7976931348623157e308::float8", "g double precision 1.7976931348623157e+308"},
        Case{"5e-324::float8", "g double precision 5e-324"}, Case{"'-0'::float8", "g double precision -0"},
        Case{"-1e-20::numeric", "u psa.decimal numeric -0.00000000000000000001"},
        Case{"99999999999999999999999999999999999999.9999::numeric(42,4)",
             "u psa.decimal numeric(42,4) 99999999999999999999999999999999999999.9999"},
        Case{"''::text", "u text "}, Case{"''::varchar", "u character varying "},
        Case{"'-92233720368547758.08'::money", "u money -$92,233,720,368,547,758.08"},
        Case{"'-infinity'::date", "+ud:0,1 date -infinity"},
        Case{"'00:00'::time", "ttu time without time zone 0"},
        Case{"'24:00:00-15:59:59'::timetz", "u time with time zone 24:00:00-15:59:59"},
        Case{"'infinity'::timestamp", "+ud:0,1 timestamp without time zone infinity"},
        Case{"'4713-01-01 00:00:00 BC'::timestamp", "tsu: timestamp without time zone -210863520000000000"},
        Case{"'4713-01-01 00:00:00+00 BC'::timestamptz",
             "tsu:UTC timestamp with time zone -210863520000000000"},
        Case{"'294247-01-10 04:00:54.775807+00'::timestamptz",
             "tsu:UTC timestamp with time zone 9223372036854775807"},
        Case{"'294247-01-10 04:00:54.775808+00'::timestamptz",
             "+ud:0,1 timestamp with time zone 294247-01-10 04:00:54.775808+00"},
        Case{"'9999-12-31 23:59:59.999999'::timestamp",
             "tsu: timestamp without time zone 253402300799999999"},
        Case{"'-178000000 years'::interval", "tin interval -2136000000 0 0"},
        Case{"'-2562047788:00:54.775807'::interval", "+ud:0,1 interval -2562047788:00:54.775807"},
        Case{"'0'::interval", "tin interval 0 0 0"},
        Case{"'00000000-0000-0000-0000-000000000000'::uuid",
             "w:16 arrow.uuid uuid 00000000000000000000000000000000"},
        Case{"'null'::json", "u arrow.json json null"}, Case{"'\"é\"'::jsonb", "u arrow.json jsonb \"é\""},
        Case{"'2001:db8::/32'::cidr", "u cidr 2001:db8::/32"},
        Case{"'08:00:2b:01:02:03:04:05'::macaddr8", "u macaddr8 08:00:2b:01:02:03:04:05"},
        Case{"B''::varbit", "u bit varying "},
        Case{"'(,\"2024-01-01 00:00:00\"]'::tsrange", "u tsrange (,\"2024-01-01 00:00:00\"]"},
        Case{"'empty'::numrange", "u numrange empty"},
        Case{"'{[1,3),[7,9)}'::int4multirange", "u int4multirange {[1,3),[7,9)}"},
        Case{"'((0,0),(1,1))'::lseg", "u lseg [(0,0),(1,1)]"},
        Case{"'(2,2),(1,1)'::box", "u box (2,2),(1,1)"}, Case{"'<(0,0),1>'::circle", "u circle <(0,0),1>"},
        Case{"'a b'::tsvector", "u tsvector 'a' 'b'"}, Case{"'16/B374D848'::pg_lsn", "u pg_lsn 16/B374D848"},
        Case{"'7'::xid8", "u xid8 7"}, Case{"'1 2'::int2vector", "u int2vector 1 2"},
        Case{"'[0:1]={5,6}'::int4[]", "+l integer[] [5, 6]"}, Case{"'{}'::int4[]", "+l integer[] []"},
        Case{"'{1,NULL,3}'::int4[]", "+l integer[] [1, NULL, 3]"},
        Case{"'{{1,2},{3,4}}'::int4[]", "+l integer[] [[1, 2], [3, 4]]"},
        Case{"ARRAY['a,b','\"q\"','NULL',NULL,'']", "+l text[] [a,b, \"q\", NULL, NULL, ]"},
        Case{"ARRAY[1.50,'NaN']::numeric[]", "+l numeric[] [1.50, NaN]"},
        Case{"NULL::text[]", "+l text[] NULL"},
        Case{"ARRAY['infinity','2000-01-01']::date[]", "+l date[] [infinity, 10957]"},
        Case{"ARRAY['1','2']::money[]", "+l money[] [$1.00, $2.00]"}));

class PostgresResults : public OnServer {};

TEST_F(PostgresResults, NamesTypesOfTheUsersOwn) {
  const auto db = open();
  run(db, "DROP TYPE IF EXISTS mood CASCADE");
  run(db, "CREATE TYPE mood AS ENUM ('sad', 'ok')");
  run(db, "CREATE DOMAIN small AS int CHECK (value < 10)");
  run(db, "CREATE TABLE moods (m mood, a mood[], s small)");
  EXPECT_EQ(result_text(db, "INSERT INTO moods VALUES ('ok', '{sad,NULL}', 7) RETURNING *"),
            "u mood ok | +l mood[] [sad, NULL] | i integer 7");
  run(db, "DROP TABLE moods; ");
  run(db, "DROP DOMAIN small");
  run(db, "DROP TYPE mood");
}

TEST_F(PostgresResults, ChangesTheSchemaWhereArraysHaveOtherDimensions) {
  const auto db = open();
  EXPECT_EQ(
      result_text(db, "SELECT * FROM (VALUES ('{1}'::int[]), ('{{2},{3}}'), (NULL), ('{}'), ('{4}')) v"),
      "+l integer[] [1]; [[2], [3]]; NULL; []; [4]");
}

TEST_F(PostgresResults, HasRowsWithoutColumns) {
  const auto db = open();
  EXPECT_EQ(result_text(db, "SELECT FROM generate_series(1, 3)"), "; ; ");
}

}  // namespace
