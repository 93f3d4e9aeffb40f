// SPDX-License-Identifier: Apache-2.0
//
// Parameters of every kind to every type: by a statement, by COPY, and inside an array; what arrives is what
// the server itself writes.
#include <functional>
#include <limits>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "cells.hpp"
#include "modes.hpp"

namespace {

using namespace driver_client;

constexpr std::string_view sixteen("\x12\x34\x56\x78\x9a\xbc\xde\xf0\x01\x23\x45\x67\x89\xab\xcd\xef", 16);

struct Case {
  const char* type;
  std::function<void(Cells&)> put;
  const char* arrives;  // as text; NULL: refused, in words that hold `why`
  const char* why = "";
};

void PrintTo(const Case& given, std::ostream* to) {
  *to << given.type << " " << (given.arrives == nullptr ? given.why : given.arrives);
}

std::string refusal_of(const psa::DriverError& error) {
  EXPECT_EQ(error.category, PSA_CATEGORY_DATA);
  return error.message;
}

class PostgresParameters : public OnServer, public testing::WithParamInterface<Case> {
 protected:
  // Runs `sql`, which gives one text, or says why not.
  static std::string outcome(const Connection& db, const std::string& sql, Cells& row) {
    try {
      return rest(execute(prepare(db, sql), row.execute(), 0));
    } catch (const psa::DriverError& error) {
      return refusal_of(error);
    }
  }
  static void expect(const std::string& outcome) {
    if (GetParam().arrives != nullptr)
      EXPECT_EQ(outcome, "text " + std::string(GetParam().arrives));
    else
      EXPECT_NE(outcome.find(GetParam().why), std::string::npos) << outcome;
  }
};

TEST_P(PostgresParameters, ArriveUnchangedOrAreRefused) {
  if (server() == nullptr) return;
  const auto db = open();
  Cells row;
  GetParam().put(row);
  expect(outcome(db, "SELECT ($1::" + std::string(GetParam().type) + ")::text", row));
}

TEST_P(PostgresParameters, ArriveByCopyAsByAStatement) {
  if (server() == nullptr) return;
  const auto db = open();
  run(db, "CREATE TEMP TABLE t (v " + std::string(GetParam().type) + ")");
  Cells rows(1);
  for (int i = 0; i < 120; ++i) {
    if (i % 2 == 0)
      GetParam().put(rows);
    else
      rows.null();
  }
  try {
    EXPECT_EQ(info(execute(prepare(db, "INSERT INTO t VALUES ($1)"), rows.execute(), 0)).rows_affected, 120);
  } catch (const psa::DriverError& error) {
    EXPECT_EQ(error.parameter_row, 0);
    expect(refusal_of(error));
    EXPECT_EQ(run(db, "SELECT count(*) FROM t"), "int64 0");
    return;
  }
  EXPECT_EQ(run(db, "SELECT count(v) FROM t"), "int64 60");
  expect(run(db, "SELECT DISTINCT v::text FROM t WHERE v IS NOT NULL"));
}

TEST_P(PostgresParameters, ArriveInsideAnArray) {
  if (server() == nullptr || std::string_view(GetParam().type).ends_with(']')) return;
  const auto db = open();
  Cells elements, row;
  GetParam().put(elements);
  elements.null();
  row.list(elements);
  const std::string type = GetParam().type;
  expect(outcome(
      db, "SELECT (($1::" + type + "[])[1])::text || coalesce((($1::" + type + "[])[2])::text, '')", row));
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Kinds, PostgresParameters, testing::Values(
    Case{"bool", [](Cells& c) { c.boolean(true); }, "true"},
    Case{"bool", [](Cells& c) { c.integer(1); }, nullptr, "expects boolean"},
    Case{"int2", [](Cells& c) { c.integer(-32768); }, "-32768"},
    Case{"int2", [](Cells& c) { c.integer(40000); }, nullptr, "does not fit the server's type smallint"},
    Case{"int2", [](Cells& c) { c.integer(-32769); }, nullptr, "does not fit"},
    Case{"int4", [](Cells& c) { c.integer(2147483647); }, "2147483647"},
    Case{"int4", [](Cells& c) { c.small(-7); }, "-7"},
    Case{"int4", [](Cells& c) { c.integer(INT64_C(2147483648)); }, nullptr, "does not fit the server's type integer"},
    Case{"int4", [](Cells& c) { c.integer(INT64_C(-2147483649)); }, nullptr, "does not fit"},
    Case{"int8", [](Cells& c) { c.integer(INT64_MIN); }, "-9223372036854775808"},
    Case{"int8", [](Cells& c) { c.uint64(INT64_MAX); }, "9223372036854775807"},
    Case{"int8", [](Cells& c) { c.uint64(UINT64_C(9223372036854775808)); }, nullptr, "does not fit"},
    Case{"int8", [](Cells& c) { c.real(3.0); }, "3"},
    Case{"int8", [](Cells& c) { c.real(3.5); }, nullptr, "does not fit"},
    Case{"int8", [](Cells& c) { c.real(9223372036854775808.0); }, nullptr, "does not fit"},
    Case{"int4", [](Cells& c) { c.decimal("12.00"); }, "12"},
    Case{"int4", [](Cells& c) { c.decimal("12.01"); }, nullptr, "does not fit"},
    Case{"int4", [](Cells& c) { c.boolean(true); }, nullptr, "expects integer"},
    Case{"oid", [](Cells& c) { c.integer(INT64_C(4294967295)); }, "4294967295"},
    Case{"oid", [](Cells& c) { c.integer(-1); }, nullptr, "does not fit"},
    Case{"float4", [](Cells& c) { c.real(0.5); }, "0.5"},
    Case{"float4", [](Cells& c) { c.real(1e300); }, nullptr, "does not fit"},
    Case{"float8", [](Cells& c) { c.real(0.1); }, "0.1"},
    Case{"float8", [](Cells& c) { c.real(std::numeric_limits<double>::quiet_NaN()); }, "NaN"},
    Case{"float8", [](Cells& c) { c.real(-std::numeric_limits<double>::infinity()); }, "-Infinity"},
    Case{"float8", [](Cells& c) { c.integer(INT64_C(9007199254740993)); }, nullptr, "does not fit"},
    Case{"float8", [](Cells& c) { c.decimal("0.1"); }, "0.1"},
    Case{"numeric", [](Cells& c) { c.decimal("-12345678901234567890.12345678901234567890"); },
         "-12345678901234567890.12345678901234567890"},
    Case{"numeric", [](Cells& c) { c.decimal("1.500"); }, "1.500"},
    Case{"numeric", [](Cells& c) { c.decimal("NaN"); }, "NaN"},
    Case{"numeric", [](Cells& c) { c.uint64(UINT64_MAX); }, "18446744073709551615"},
    Case{"numeric", [](Cells& c) { c.real(0.1); }, "0.1"},
    Case{"numeric(4,2)", [](Cells& c) { c.decimal("123.4"); }, nullptr, "overflow"},
    Case{"money", [](Cells& c) { c.decimal("12.34"); }, "$12.34"},
    Case{"text", [](Cells& c) { c.text("äöü€𝄞"); }, "äöü€𝄞"},
    Case{"text", [](Cells& c) { c.text(""); }, ""},
    Case{"text", [](Cells& c) { c.text(std::string_view("a\0b", 3)); }, nullptr, "NUL"},
    Case{"text", [](Cells& c) { c.integer(-5); }, "-5"},
    Case{"text", [](Cells& c) { c.real(1.5); }, "1.5"},
    Case{"text", [](Cells& c) { c.boolean(false); }, "false"},
    Case{"text", [](Cells& c) { c.date(19782); }, "2024-02-29"},
    Case{"text", [](Cells& c) { c.timestamp(1000001); }, "1970-01-01 00:00:01.000001"},
    Case{"text", [](Cells& c) { c.uuid(sixteen); }, "12345678-9abc-def0-0123-456789abcdef"},
    Case{"text", [](Cells& c) { c.bytes("x"); }, nullptr, "expects text"},
    Case{"varchar(3)", [](Cells& c) { c.text("abc"); }, "abc"},
    Case{"name", [](Cells& c) { c.text("n"); }, "n"},
    Case{"\"char\"", [](Cells& c) { c.text("c"); }, "c"},
    Case{"xml", [](Cells& c) { c.text("<a/>"); }, "<a/>"},
    Case{"bytea", [](Cells& c) { c.bytes(std::string_view("\0\xff", 2)); }, "\\x00ff"},
    Case{"bytea", [](Cells& c) { c.bytes(""); }, "\\x"},
    Case{"bytea", [](Cells& c) { c.integer(1); }, nullptr, "expects bytea"},
    Case{"date", [](Cells& c) { c.date(-719163); }, "0001-12-31 BC"},
    Case{"date", [](Cells& c) { c.date(2145042905); }, "5874897-12-31"},
    Case{"date", [](Cells& c) { c.date(2145042906); }, nullptr, "does not fit"},
    Case{"date", [](Cells& c) { c.timestamp(86400000000); }, "1970-01-02"},
    Case{"date", [](Cells& c) { c.timestamp(86400000001); }, nullptr, "time of day"},
    Case{"date", [](Cells& c) { c.text("infinity"); }, "infinity"},
    Case{"time", [](Cells& c) { c.time(86399999999); }, "23:59:59.999999"},
    Case{"time", [](Cells& c) { c.time(86400000000); }, "24:00:00"},
    Case{"time", [](Cells& c) { c.time(86400000001); }, nullptr, "does not fit"},
    Case{"timetz", [](Cells& c) { c.text("12:30+05:30"); }, "12:30:00+05:30"},
    Case{"timestamp", [](Cells& c) { c.timestamp(INT64_C(-210863520000000000)); }, "4713-01-01 00:00:00 BC"},
    Case{"timestamp", [](Cells& c) { c.timestamp(INT64_C(253402300799999999)); }, "9999-12-31 23:59:59.999999"},
    Case{"timestamp", [](Cells& c) { c.timestamp(INT64_MIN); }, nullptr, "does not fit"},
    Case{"timestamp", [](Cells& c) { c.timestamp(INT64_MAX); }, "294247-01-10 04:00:54.775807"},
    Case{"timestamp", [](Cells& c) { c.timestamp_ns(1000); }, "1970-01-01 00:00:00.000001"},
    Case{"timestamp", [](Cells& c) { c.timestamp_ns(1001); }, nullptr, "below a microsecond"},
    Case{"timestamp", [](Cells& c) { c.timestamp_tz(0); }, nullptr, "time zone"},
    Case{"timestamp", [](Cells& c) { c.date(1); }, "1970-01-02 00:00:00"},
    Case{"timestamptz", [](Cells& c) { c.timestamp_tz(1); }, "1970-01-01 00:00:00.000001+00"},
    Case{"timestamptz", [](Cells& c) { c.text("-infinity"); }, "-infinity"},
    Case{"interval", [](Cells& c) { c.interval(14, -3, 14706789000000); }, "1 year 2 mons -3 days +04:05:06.789"},
    Case{"timestamptz", [](Cells& c) { c.timestamp(1); }, "1970-01-01 00:00:00.000001+00"},
    Case{"timestamptz", [](Cells& c) { c.date(1); }, "1970-01-02 00:00:00+00"},
    Case{"timestamptz", [](Cells& c) { c.date(-800000); }, nullptr, "out of range"},
    Case{"timetz", [](Cells& c) { c.time(1000000); }, "00:00:01+00"},
    Case{"json", [](Cells& c) { c.boolean(true); }, "true"},
    Case{"jsonb", [](Cells& c) { c.decimal("1.50"); }, "1.50"},
    Case{"bytea", [](Cells& c) { c.text("\\x00ff"); }, "\\x00ff"},
    Case{"interval", [](Cells& c) { c.text("1 day"); }, "1 day"},
    Case{"interval", [](Cells& c) { c.interval(0, 0, 1); }, nullptr, "below a microsecond"},
    Case{"interval", [](Cells& c) { c.duration(90000000); }, "00:01:30"},
    Case{"uuid", [](Cells& c) { c.uuid(sixteen); }, "12345678-9abc-def0-0123-456789abcdef"},
    Case{"uuid", [](Cells& c) { c.text("{123456789abcdef00123456789ABCDEF}"); }, "12345678-9abc-def0-0123-456789abcdef"},
    Case{"uuid", [](Cells& c) { c.text("no"); }, nullptr, "invalid input syntax for type uuid"},
    Case{"json", [](Cells& c) { c.json("{\"a\":  1}"); }, "{\"a\":  1}"},
    Case{"jsonb", [](Cells& c) { c.json("{\"a\":  1}"); }, "{\"a\": 1}"},
    Case{"jsonb", [](Cells& c) { c.text("[null]"); }, "[null]"},
    Case{"jsonb", [](Cells& c) { c.text("{"); }, nullptr, "invalid input syntax for type json"},
    Case{"jsonb", [](Cells& c) { c.integer(5); }, "5"},
    Case{"inet", [](Cells& c) { c.text("10.1.2.3/8"); }, "10.1.2.3/8"},
    Case{"cidr", [](Cells& c) { c.text("10.0.0.0/8"); }, "10.0.0.0/8"},
    Case{"macaddr", [](Cells& c) { c.text("08:00:2b:01:02:03"); }, "08:00:2b:01:02:03"},
    Case{"varbit", [](Cells& c) { c.text("101"); }, "101"},
    Case{"int4range", [](Cells& c) { c.text("[1,5)"); }, "[1,5)"},
    Case{"int4[]", [](Cells& c) { c.list(Cells().integer(1).null().integer(-3)); }, "{1,NULL,-3}"},
    Case{"int4[]", [](Cells& c) { c.list(Cells()); }, "{}"},
    Case{"int2[]", [](Cells& c) { c.list(Cells().integer(40000)); }, nullptr, "does not fit"},
    Case{"int4[]", [](Cells& c) { c.list(Cells().list(Cells().integer(1).integer(2)).list(Cells().integer(3).integer(4))); },
         "{{1,2},{3,4}}"},
    Case{"int4[]", [](Cells& c) { c.list(Cells().list(Cells().integer(1)).list(Cells().integer(3).integer(4))); },
         nullptr, "different lengths"},
    Case{"text[]", [](Cells& c) { c.list(Cells().text("a,b").text("\"q\"").text("NULL").null()); },
         "{\"a,b\",\"\\\"q\\\"\",\"NULL\",NULL}"},
    Case{"int4[]", [](Cells& c) { c.text("{7,8}"); }, "{7,8}"},
    Case{"box[]", [](Cells& c) { c.list(Cells().text("(1,1),(0,0)").null()); }, "{(1,1),(0,0);NULL}"},
    Case{"money[]", [](Cells& c) { c.list(Cells().list(Cells().text("1")).list(Cells().text("2.5"))); },
         "{{$1.00},{$2.50}}"},
    Case{"xml[]", [](Cells& c) { c.list(Cells().text("<a b=\"\\\"/>")); }, "{\"<a b=\\\"\\\\\\\"/>\"}"},
    Case{"inet[]", [](Cells& c) { c.list(Cells().text("10.0.0.1")); }, "{10.0.0.1}"},
    Case{"int4[]", [](Cells& c) { c.integer(7); }, nullptr, "expects integer[]"}));
// clang-format on

class PostgresParameterPlaces : public InBothModes {};
PSA_IN_BOTH_MODES(PostgresParameterPlaces);

TEST_P(PostgresParameterPlaces, TakeTheServersTypeWhereverTheyStand) {
  const auto db = open();
  Cells key;
  key.text("a");
  EXPECT_EQ(rest(execute(prepare(db, "SELECT ('{\"a\": [1]}'::jsonb -> $1)::text"), key.execute(), 0)),
            "text [1]");
  Cells index;
  index.integer(1);
  EXPECT_EQ(rest(execute(prepare(db, "SELECT ('[7,8]'::jsonb ->> $1::int)"), index.execute(), 0)), "text 8");
  run(db, "CREATE FUNCTION pg_temp.twice(int4) RETURNS int4 LANGUAGE sql AS 'SELECT $1 * 2'");
  Cells four;
  four.integer(4);
  EXPECT_EQ(rest(execute(prepare(db, "SELECT pg_temp.twice($1)"), four.execute(), 0)), "int64 8");
  Cells limit;
  limit.integer(2).integer(1);
  EXPECT_EQ(rest(execute(prepare(db, "SELECT * FROM generate_series(1, 9) LIMIT $1 OFFSET $2"),
                         limit.execute(), 0)),
            "int64 2; int64 3");
  Cells any;
  any.list(Cells().integer(2).integer(3));
  EXPECT_EQ(
      rest(execute(prepare(db, "SELECT i FROM generate_series(1, 9) i WHERE i = ANY($1)"), any.execute(), 0)),
      "int64 2; int64 3");
  Cells nothing;
  nothing.null();
  EXPECT_EQ(rest(execute(prepare(db, "SELECT $1::int IS NULL"), nothing.execute(), 0)), "bool true");
}

// PostgreSQL takes a parameter without a context for text.
TEST_P(PostgresParameterPlaces, WithoutATypeAreText) {
  const auto db = open();
  const auto statement = prepare(db, "SELECT $1");
  Cells number, text;
  number.integer(5);
  text.text("five");
  EXPECT_EQ(rest(execute(statement, number.execute(), 0)), "text 5");
  EXPECT_EQ(rest(execute(statement, text.execute(), 0)), "text five");
}

TEST_P(PostgresParameterPlaces, MayHaveOtherKindsAtTheNextRun) {
  const auto db = open();
  const auto statement = prepare(db, "SELECT ($1::numeric)::text");
  Cells whole, exact, text, none;
  whole.integer(1);
  exact.decimal("1.10");
  text.text("1.20");
  none.null();
  EXPECT_EQ(rest(execute(statement, whole.execute(), 0)), "text 1");
  EXPECT_EQ(rest(execute(statement, exact.execute(), 0)), "text 1.10");
  EXPECT_EQ(rest(execute(statement, text.execute(), 0)), "text 1.20");
  EXPECT_EQ(rest(execute(statement, none.execute(), 0)), "null");
}

TEST_P(PostgresParameterPlaces, MissingOrTooManyAreCounted) {
  const auto db = open();
  Cells one;
  one.integer(1);
  const auto error = error_of([&] { execute(prepare(db, "SELECT $1::int, $2::int"), one.execute(), 0); });
  EXPECT_EQ(error.status, PSA_INVALID_ARGUMENT);
  EXPECT_EQ(error.message, "the statement has 2 parameters, and 1 are given");
}

TEST_P(PostgresParameterPlaces, BeyondWhatTheProtocolCountsAreRefused) {
  const auto db = open();
  std::string sql = "SELECT 1 WHERE 1 IN (";
  Cells many;
  for (int i = 1; i <= 70000; ++i) {
    sql += (i == 1 ? "$" : ",$") + std::to_string(i);
    many.integer(i);
  }
  const auto error = error_of([&] { execute(prepare(db, sql + ")"), many.execute(), 0); });
  EXPECT_NE(error.message.find("65,535"), std::string::npos) << error.message;
  EXPECT_NE(error.hint.find("ANY"), std::string::npos) << error.hint;
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresParameterPlaces, AsManyAsTheProtocolCountsWork) {
  const auto db = open();
  std::string sql = "SELECT 65535 IN (";
  Cells many;
  for (int i = 1; i <= 65535; ++i) {
    sql += (i == 1 ? "$" : ",$") + std::to_string(i);
    many.integer(i);
  }
  EXPECT_EQ(rest(execute(prepare(db, sql + ")"), many.execute(), 0)), "bool true");
}

TEST_P(PostgresParameterPlaces, OfMoreThanLibpqDescribesAreReadByTheServer) {
  const auto db = open();
  std::string sql =
      "SELECT $1::text, $2::date + 1, $3::bytea, $4::bool, $5::numeric FROM generate_series(1, 1) AS n"
      " WHERE n IN (";
  Cells many;
  many.text("it's").date(0).bytes(std::string("\0\xff", 2)).null().decimal("-0.50");
  for (int i = 6; i <= 8000; ++i) {
    sql += (i == 6 ? "$" : ",$") + std::to_string(i);
    many.integer(i - 5);
  }
  const auto statement = prepare(db, sql + ")");
  EXPECT_EQ(rest(execute(statement, many.execute(), 0)),
            "text it's, date 1970-01-02, bytes 00FF, null, decimal -0.50");
  Cells few;
  few.integer(1);
  EXPECT_EQ(error_of([&] { execute(statement, few.execute(), 0); }).sqlstate, "08P01");
  EXPECT_EQ(run(db, "SELECT 1"), "int64 1");
}

TEST_P(PostgresParameterPlaces, OfAFailedConversionAreNamed) {
  const auto db = open();
  Cells row;
  row.integer(1).text("12x");
  const auto error = error_of([&] { execute(prepare(db, "SELECT $1::int, $2::int"), row.execute(), 0); });
  EXPECT_EQ(error.sqlstate, "22P02");
  EXPECT_EQ(error.category, PSA_CATEGORY_DATA);
  Cells bad;
  bad.integer(1).bytes("x");
  const auto ours = error_of([&] { execute(prepare(db, "SELECT $1::int, $2::int"), bad.execute(), 0); });
  EXPECT_EQ(ours.parameter_column, 1);
  EXPECT_EQ(ours.message, "parameter 2 ('p') is a value of type 'bytes', but the server expects integer");
  Cells list;
  list.list(Cells().integer(1)).integer(1);
  EXPECT_EQ(error_of([&] { execute(prepare(db, "SELECT $1::int, $2::int"), list.execute(), 0); }).message,
            "parameter 1 ('p') is a value of type 'list', but the server expects integer");
}

}  // namespace
