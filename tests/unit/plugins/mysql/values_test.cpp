// SPDX-License-Identifier: Apache-2.0
//
// Values as parameters: what each type of column takes, and what it refuses.
#include <array>
#include <cmath>
#include <cstring>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/columns.hpp>

#include "driver_client.hpp"

namespace {

using namespace driver_client;

class MysqlValues : public OnServer {
 protected:
  Connection db_ = server() == nullptr ? Connection() : open();

  void make(std::string_view declared) {
    run(db_, "CREATE OR REPLACE TEMPORARY TABLE vals (v " + std::string(declared) + " NULL)");
  }
  std::string stored() { return run(db_, "SELECT v FROM vals"); }
};

struct Written {
  const char* declared;
  const char* text;    // the value as a text parameter
  const char* stored;  // as batch_text has it
};

constexpr Written written[] = {
    {"tinyint", "-128", "int64 -128"},
    {"tinyint", "127", "int64 127"},
    {"tinyint unsigned", "255", "int64 255"},
    {"smallint", "-32768", "int64 -32768"},
    {"smallint unsigned", "65535", "int64 65535"},
    {"mediumint", "-8388608", "int64 -8388608"},
    {"mediumint unsigned", "16777215", "int64 16777215"},
    {"int", "-2147483648", "int64 -2147483648"},
    {"int unsigned", "4294967295", "int64 4294967295"},
    {"bigint", "-9223372036854775808", "int64 -9223372036854775808"},
    {"bigint", "9223372036854775807", "int64 9223372036854775807"},
    {"bigint unsigned", "18446744073709551615", "uint64 18446744073709551615"},
    {"double", "1.7976931348623157e308", "double 1.7976931348623157e+308"},
    {"double", "2.2250738585072014e-308", "double 2.2250738585072014e-308"},
    {"float", "3.40282e38", "double 3.40282e+38"},
    {"decimal(65,30)", "99999999999999999999999999999999999.999999999999999999999999999999",
     "decimal 99999999999999999999999999999999999.999999999999999999999999999999"},
    {"decimal(65,30)", "-0.000000000000000000000000000001", "decimal -0.000000000000000000000000000001"},
    {"char(4)", "\xF0\x9F\x98\x80", "text \xF0\x9F\x98\x80"},
    {"varchar(10) character set latin1", "h\xC3\xB6", "text h\xC3\xB6"},
    {"longtext", "", "text "},
    {"date", "0000-00-00", "text 0000-00-00"},
    {"date", "9999-12-31", "date 9999-12-31"},
    {"datetime(6)", "9999-12-31 23:59:59.999999", "timestamp 9999-12-31 23:59:59.999999"},
    {"datetime", "0000-00-00 00:00:00", "text 0000-00-00 00:00:00"},
    {"timestamp(6)", "2038-01-19 03:14:07.999999", "timestamp 2038-01-19 03:14:07.999999"},
    {"timestamp", "0000-00-00 00:00:00", "text 0000-00-00 00:00:00"},
    {"time(6)", "838:59:58.999999", "time 3020398999999 us"},
    {"time", "-838:59:59", "time -3020399000000 us"},
    {"year", "1901", "int64 1901"},
    {"enum('a','b')", "b", "text b"},
    {"set('a','b','c')", "c,a", "text a,c"},
    {"json", "{\"a\": [null, 1.5]}", "json {\"a\": [null, 1.5]}"},
    {"uuid", "ffffffff-ffff-ffff-ffff-ffffffffffff", "uuid FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF"},
    {"inet6", "::ffff:1.2.3.4", "text ::ffff:1.2.3.4"},
};

TEST_F(MysqlValues, AreTakenToTheEndsOfEachTypesRange) {
  run(db_, "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES'");
  for (const Written& each : written) {
    SCOPED_TRACE(std::string(each.declared) + " " + each.text);
    make(each.declared);
    Parameters parameters(1);
    parameters.add(std::string_view(each.text)).add_null();
    execute(prepare(db_, "INSERT INTO vals VALUES (?)"), parameters);
    EXPECT_EQ(stored(), std::string(each.stored) + "; null");
  }
}

struct Refused {
  const char* declared;
  const char* text;
  int64_t code;
};

constexpr Refused refused[] = {
    {"tinyint", "128", 1264},
    {"tinyint unsigned", "-1", 1264},
    {"smallint", "32768", 1264},
    {"mediumint unsigned", "16777216", 1264},
    {"int", "2147483648", 1264},
    {"int unsigned", "4294967296", 1264},
    {"bigint", "9223372036854775808", 1264},
    {"bigint unsigned", "-1", 1264},
    {"bigint unsigned", "18446744073709551616", 1264},
    {"float", "1e39", 1264},
    {"decimal(4,2)", "100.00", 1264},
    {"bit(3)", "xx", 1406},
    {"varchar(2)", "abc", 1406},
    {"varchar(2) character set latin1", "\xE2\x82\xAC\xE2\x98\x83", 1366},  // a snowman, which latin1 lacks
    {"varbinary(1)", "ab", 1406},
    {"date", "2024-02-30", 1292},
    {"datetime", "10000-01-01", 1292},
    {"timestamp", "2038-01-19 03:14:08", 1292},
    {"time", "839:00:00", 1292},
    {"year", "2156", 1264},
    {"enum('a','b')", "c", 1265},
    {"set('a','b')", "c", 1265},
    {"json", "{", 4025},
    {"uuid", "no uuid", 1292},
    {"inet6", "1:2", 1292},
};

TEST_F(MysqlValues, AreRefusedBeyondThem) {
  run(db_, "SET time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES'");
  for (const Refused& each : refused) {
    SCOPED_TRACE(std::string(each.declared) + " " + each.text);
    make(each.declared);
    Parameters parameters(1);
    parameters.add(std::string_view(each.text));
    const auto insert = prepare(db_, "INSERT INTO vals VALUES (?)");
    const psa::DriverError error = error_of([&] { execute(insert, parameters); });
    EXPECT_EQ(error.vendor_code, each.code) << error.message;
    const bool is_constraint = each.code == 4025;
    EXPECT_EQ(error.category, is_constraint ? PSA_CATEGORY_INTEGRITY : PSA_CATEGORY_DATA);
    EXPECT_EQ(stored(), "");
  }
}

TEST_F(MysqlValues, OfBytesStayAsTheyAre) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  for (const char* declared : {"varbinary(300)", "blob", "longblob"}) {
    make(declared);
    Parameters parameters(1);
    parameters.add_bytes(all);
    execute(prepare(db_, "INSERT INTO vals VALUES (?)"), parameters);
    EXPECT_EQ(run(db_, "SELECT LENGTH(v), HEX(v) = HEX(v) FROM vals"), "int64 256, int64 1");
    EXPECT_EQ(stored().substr(0, 16), "bytes 0001020304");
    EXPECT_EQ(stored().size(), 6 + 512U);
  }
  make("bit(12)");
  Parameters bits(1);
  bits.add_bytes(std::string_view("\x0A\x01", 2));
  execute(prepare(db_, "INSERT INTO vals VALUES (?)"), bits);
  EXPECT_EQ(stored(), "bytes 0A01");
  make("point");
  Parameters geometry(1);
  const auto shape = std::string_view("\0\0\0\0\1\1\0\0\0\0\0\0\0\0\0\xF0?\0\0\0\0\0\0\0@", 25);
  geometry.add_bytes(shape);
  execute(prepare(db_, "INSERT INTO vals VALUES (?)"), geometry);
  EXPECT_EQ(run(db_, "SELECT ST_AsText(v) FROM vals"), "text POINT(1 2)");
}

// One parameter of any Arrow type, from the bytes of its value.
std::string echo(const Connection& db, std::string_view format, std::string_view extension,
                 std::string_view bytes, const char* sql = "SELECT CAST(? AS CHAR)") {
  const bool varies = format == "u" || format == "U" || format == "z" || format == "Z";
  const std::array<int32_t, 2> offsets = {0, static_cast<int32_t>(bytes.size())};
  const void* buffers[3] = {nullptr, varies ? static_cast<const void*>(offsets.data()) : bytes.data(),
                            bytes.data()};
  ArrowArray value{};
  value.length = 1;
  value.n_buffers = varies ? 3 : 2;
  value.buffers = buffers;
  ArrowArray* values[1] = {&value};
  const void* no_buffers[1] = {nullptr};
  ArrowArray batch{};
  batch.length = 1;
  batch.n_buffers = 1;
  batch.buffers = no_buffers;
  batch.n_children = 1;
  batch.children = values;
  const std::string metadata =
      extension.empty() ? "" : psa::encode_metadata({{"ARROW:extension:name", extension}});
  const psa::SchemaField fields[1] = {{format, "p", metadata}};
  ArrowSchema schema = psa::make_schema(fields);
  const psa_execute arguments{PSA_INIT(psa_execute), 0, &schema, &batch};
  std::string text;
  try {
    const auto statement = prepare(db, sql);
    text = rest(execute(statement, arguments, 0));
  } catch (...) {
    schema.release(&schema);
    throw;
  }
  schema.release(&schema);
  return text;
}

template <class T>
std::string_view raw(const T& value) {
  return {reinterpret_cast<const char*>(&value), sizeof value};
}

TEST_F(MysqlValues, OfEveryArrowTypeAreParameters) {
  const int8_t small = -128;
  EXPECT_EQ(echo(db_, "c", "", raw(small)), "text -128");
  const uint32_t middle = 4294967295;
  EXPECT_EQ(echo(db_, "I", "", raw(middle)), "text 4294967295");
  const uint64_t large = UINT64_MAX;
  EXPECT_EQ(echo(db_, "L", "", raw(large)), "text 18446744073709551615");
  const uint8_t truth = 1;
  EXPECT_EQ(echo(db_, "b", "", raw(truth)), "text 1");
  const float real = 1.5F;
  EXPECT_EQ(echo(db_, "f", "", raw(real)), "text 1.5");
  const int32_t day = 19782;  // 2024-02-29
  EXPECT_EQ(echo(db_, "tdD", "", raw(day), "SELECT CAST(? AS DATE)"), "date 2024-02-29");
  const int64_t moment = INT64_C(1709208000'125000);
  EXPECT_EQ(echo(db_, "tsu:", "", raw(moment)), "text 2024-02-29 12:00:00.125000");
  EXPECT_EQ(echo(db_, "tsu:Europe/Berlin", "", raw(moment)), "text 2024-02-29 12:00:00.125000")
      << "as its UTC time";
  const int64_t clock = INT64_C(86399'999999);
  EXPECT_EQ(echo(db_, "ttu", "", raw(clock)), "text 23:59:59.999999");
  const int64_t negative = -INT64_C(360000);
  EXPECT_EQ(echo(db_, "tDs", "", raw(negative)), "text -100:00:00");
  EXPECT_EQ(echo(db_, "u", "psa.decimal", "-123456789012345678901234567890.5"),
            "text -123456789012345678901234567890.5");
  EXPECT_EQ(echo(db_, "u", "arrow.json", "[1]"), "text [1]");
  EXPECT_EQ(echo(db_, "w:16", "arrow.uuid", "0123456789abcdef"), "text 30313233-3435-3637-3839-616263646566");
}

TEST_F(MysqlValues, ThatMysqlHasNoTypeForAreRefusedByName) {
  const double infinity = HUGE_VAL;
  EXPECT_EQ(error_of([&] { echo(db_, "g", "", raw(infinity)); }).category, PSA_CATEGORY_DATA);
  const int64_t far = INT64_C(400'000'000'000);  // seconds: beyond the year 9999
  EXPECT_EQ(error_of([&] { echo(db_, "tss:", "", raw(far)); }).category, PSA_CATEGORY_DATA);
  const int64_t long_time = INT64_C(839) * 3600;
  EXPECT_EQ(error_of([&] { echo(db_, "tDs", "", raw(long_time)); }).category, PSA_CATEGORY_DATA);
  const std::array<int32_t, 4> interval = {1, 2, 3, 0};
  const psa::DriverError error = error_of([&] { echo(db_, "tin", "", raw(interval)); });
  EXPECT_EQ(error.status, PSA_NOT_SUPPORTED);
  EXPECT_EQ(error.parameter_column, 0);
  EXPECT_NE(error.message.find("interval"), std::string::npos);
  EXPECT_EQ(run(db_, "SELECT 1"), "int64 1");
}

TEST_F(MysqlValues, WithATextThatIsNoUtf8AreAnErrorThatNamesTheColumn) {
  // A server whose connection character set is another would convert; bytes that claim to be UTF-8 can't be.
  const psa::DriverError error =
      error_of([&] { run(db_, "SELECT 1, CONVERT(x'68F6' USING utf8mb4) AS good, 2"); });
  EXPECT_EQ(error.status, PSA_OK) << "the server mends what it converts";
  run(db_, "SET character_set_results = NULL");
  make("varchar(10) character set latin1");
  run(db_, "INSERT INTO vals VALUES (x'68F6')");
  const psa::DriverError broken = error_of([&] { run(db_, "SELECT v FROM vals"); });
  EXPECT_EQ(broken.column, "v") << broken.message;
  EXPECT_NE(broken.hint.find("BINARY"), std::string::npos);
  EXPECT_EQ(run(db_, "SELECT CAST(v AS BINARY) FROM vals"), "bytes 68F6") << "the connection goes on";
}

TEST_F(MysqlValues, OfLatin1ColumnsComeAsUtf8) {
  make("varchar(10) character set latin1");
  run(db_, "INSERT INTO vals VALUES (x'68F6')");
  EXPECT_EQ(stored(), "text h\xC3\xB6");
}

TEST_F(MysqlValues, OfLongTextsAreWholeInEveryBatch) {
  make("longtext");
  Parameters parameters(1);
  for (const size_t size : {2047U, 2048U, 2049U, 70'000U}) parameters.add(std::string(size, 'x') + "end");
  execute(prepare(db_, "INSERT INTO vals VALUES (?)"), parameters);
  const std::string rows = run(db_, "SELECT v, LENGTH(v) FROM vals");
  EXPECT_EQ(rows.size(), 4 * (5 + 3) + 2047 + 2048 + 2049 + 70'000 + std::string(", int64 2050").size() * 3 +
                             std::string(", int64 70003").size() + 3 * 2);
  EXPECT_NE(rows.find("xend, int64 70003"), std::string::npos);
}

}  // namespace
