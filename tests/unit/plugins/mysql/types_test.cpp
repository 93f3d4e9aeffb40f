// SPDX-License-Identifier: Apache-2.0
//
// Each type of MariaDB, there and back.
#include "types.hpp"

#include <string>

#include <gtest/gtest.h>

#include <psa/sdk/arrow_schema.hpp>

#include "driver_client.hpp"

namespace {

using namespace driver_client;

class MysqlTypes : public OnServer {};

struct Case {
  const char* declared;
  const char* sql;     // the value as SQL writes it
  const char* value;   // as batch_text has it
  const char* format;  // Arrow's
  const char* name;    // psa.type
};

const Case cases[] = {
    {"tinyint", "-128", "int64 -128", "l", "tinyint"},
    {"tinyint unsigned", "255", "int64 255", "l", "tinyint unsigned"},
    {"tinyint(1)", "1", "int64 1", "l", "tinyint"},
    {"smallint", "-32768", "int64 -32768", "l", "smallint"},
    {"smallint unsigned", "65535", "int64 65535", "l", "smallint unsigned"},
    {"mediumint", "-8388608", "int64 -8388608", "l", "mediumint"},
    {"mediumint unsigned", "16777215", "int64 16777215", "l", "mediumint unsigned"},
    {"int", "-2147483648", "int64 -2147483648", "l", "int"},
    {"int unsigned", "4294967295", "int64 4294967295", "l", "int unsigned"},
    {"bigint", "-9223372036854775808", "int64 -9223372036854775808", "l", "bigint"},
    {"bigint unsigned", "18446744073709551615", "uint64 18446744073709551615", "L", "bigint unsigned"},
    {"bit(1)", "b'1'", "bytes 01", "z", "bit"},
    {"bit(12)", "b'101000000001'", "bytes 0A01", "z", "bit"},
    {"float", "1.5", "double 1.5", "f", "float"},
    {"double", "-2.25", "double -2.25", "g", "double"},
    {"decimal(65,30)", "-12345678901234567890123456789012345.123456789012345678901234567890",
     "decimal -12345678901234567890123456789012345.123456789012345678901234567890", "u", "decimal"},
    {"varchar(10) character set utf8mb4", "'h\xC3\xB6\xF0\x9F\x98\x80'", "text h\xC3\xB6\xF0\x9F\x98\x80",
     "u", "varchar"},
    {"varchar(10) character set latin1", "'h\xC3\xB6'", "text h\xC3\xB6", "u", "varchar"},
    {"char(5)", "'ab'", "text ab", "u", "char"},
    {"text", "''", "text ", "u", "text"},
    {"varbinary(4)", "x'00ff'", "bytes 00FF", "z", "varbinary"},
    {"binary(3)", "x'01'", "bytes 010000", "z", "binary"},
    {"blob", "x''", "bytes ", "z", "blob"},
    {"date", "'9999-12-31'", "date 9999-12-31", "tdD", "date"},
    {"date", "'1000-01-01'", "date 1000-01-01", "tdD", "date"},
    {"time(6)", "'-838:59:58.999999'", "time -3020398999999 us", "ttu", "time"},
    {"time", "'100:00:00'", "time 360000000000 us", "ttu", "time"},
    {"datetime(6)", "'9999-12-31 23:59:59.999999'", "timestamp 9999-12-31 23:59:59.999999",
     "tsu:", "datetime"},
    {"timestamp(3)", "'2024-02-29 12:00:00.125'", "timestamp 2024-02-29 12:00:00.125000",
     "tsu:", "timestamp"},
    {"year", "2155", "int64 2155", "l", "year"},
    {"enum('a','b')", "'b'", "text b", "u", "enum"},
    {"set('a','b','c')", "'a,c'", "text a,c", "u", "set"},
    {"json", "'{\"a\": [1]}'", "json {\"a\": [1]}", "u", "json"},
    {"uuid", "'123e4567-e89b-12d3-a456-426614174000'", "uuid 123E4567E89B12D3A456426614174000", "w:16",
     "uuid"},
    {"inet6", "'2001:db8::1'", "text 2001:db8::1", "u", "inet6"},
    {"inet4", "'1.2.3.4'", "text 1.2.3.4", "u", "inet4"},
    {"point", "point(1, 2)", "bytes 000000000101000000000000000000F03F0000000000000040", "z", "point"},
};

TEST_F(MysqlTypes, ComeAsTheServerHoldsThem) {
  const auto db = open();
  for (const Case& each : cases) {
    SCOPED_TRACE(each.declared);
    run(db, "CREATE OR REPLACE TEMPORARY TABLE typed (n int, v " + std::string(each.declared) + " NULL)");
    run(db, "INSERT INTO typed VALUES (1, " + std::string(each.sql) + "), (2, NULL)");
    const auto statement = prepare(db, "SELECT v FROM typed ORDER BY n");
    const auto result = execute(statement);
    ArrowSchema schema{};
    ASSERT_EQ(table().result_schema(result.get(), &schema, nullptr), PSA_OK);
    EXPECT_STREQ(schema.children[0]->format, each.format);
    EXPECT_EQ(psa::find_metadata(schema.children[0]->metadata, "psa.type"), each.name);
    schema.release(&schema);
    EXPECT_EQ(rest(result), std::string(each.value) + "; null");
  }
}

TEST_F(MysqlTypes, KeepDatesThatAreNoneAsText) {
  const auto db = open(Options{{"sql_mode", "ALLOW_INVALID_DATES"}});
  run(db, "CREATE TEMPORARY TABLE zero (n int, d date, t datetime)");
  run(db,
      "INSERT INTO zero VALUES (1, '2024-01-02', '2024-01-02'), (2, NULL, NULL), (3, '0000-00-00', "
      "'0000-00-00'), (4, '2024-05-00', '2024-05-00 01:02:03'), (5, '2024-02-31', '2024-01-03')");
  EXPECT_EQ(run(db, "SELECT d, t FROM zero ORDER BY n"),
            "date 2024-01-02, timestamp 2024-01-02 00:00:00; null, null; text 0000-00-00, text 0000-00-00 "
            "00:00:00; text 2024-05-00, text 2024-05-00 01:02:03; text 2024-02-31, timestamp 2024-01-03 "
            "00:00:00");
}

TEST_F(MysqlTypes, BringLongValuesWhole) {
  const auto db = open();
  const std::string value = run(db, "SELECT CONCAT(REPEAT('x', 9000000), 'end'), REPEAT('y', 3000)");
  EXPECT_EQ(value.size(), 5 + 9000003 + 2 + 5 + 3000U);
  EXPECT_EQ(value.substr(5 + 9000000, 5), "end, ");
}

TEST_F(MysqlTypes, TakeParameters) {
  const auto db = open();
  Parameters parameters(5);
  parameters.add(INT64_MIN).add(0.5).add("h\xC3\xB6'\\").add_bytes(std::string_view("\0\xFF", 2)).add_null();
  EXPECT_EQ(rest(execute(prepare(db, "SELECT ?, ?, ?, HEX(?), ?"), parameters)),
            "int64 -9223372036854775808, double 0.5, text h\xC3\xB6'\\, text 00FF, null");
}

}  // namespace
