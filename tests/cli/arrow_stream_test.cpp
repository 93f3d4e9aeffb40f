// --format arrow, read back by the FlatBuffers definitions it is written by.
#include "arrow_stream.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy.hpp>
#include <psa_sanitizers.hpp>

#include "arrow_stream_text.hpp"
#include "psa_command.hpp"
#include "server_database.hpp"

namespace {

using prefect_sqlalchemy::Connection;
using prefect_sqlalchemy::CursorResult;
using prefect_sqlalchemy::make_url;
using test_support::ArrowStreamText;
using test_support::PsaCommand;
using test_support::read_arrow_stream;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

using ArrowRows = std::vector<std::vector<std::string>>;

constexpr const char* sqlite_union =
    ": Union(Dense,0,1,2,3,4)<int64: Int64, double: Double, text: Utf8, binary: Binary, null: Null>";

std::string integers_up_to(int last, const std::string& columns) {
  return "WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < " +
         std::to_string(last) + ") SELECT " + columns + " FROM numbers";
}

TEST(PsaQueryArrow, WritesValuesOfEveryTypeOfSqlite) {
  const auto bytes =
      PsaCommand().output({"query", "-f", "arrow", "sqlite://",
                           "SELECT 1 AS n, 2.5 AS r, 'a' AS t, x'00ff' AS b, '' AS empty UNION ALL SELECT "
                           "NULL, NULL, NULL, NULL, NULL "
                           "UNION ALL SELECT -9223372036854775808, -1e300, 'höher', x'', 'x'"});
  const auto stream = read_arrow_stream(bytes);
  EXPECT_THAT(stream.fields, ElementsAre("n: Int64", "r: Double", "t: Utf8", "b: Binary", "empty: Utf8"));
  EXPECT_EQ(stream.rows, (ArrowRows{{"1", "2.5", "a", "00ff", ""},
                                    {"NULL", "NULL", "NULL", "NULL", "NULL"},
                                    {"-9223372036854775808", "-1e+300", "höher", "", "x"}}));
  EXPECT_TRUE(stream.has_ended);
  EXPECT_EQ(stream.rest, "");
}

TEST(PsaQueryArrow, WritesEveryBatchOfALongResult) {
  const auto bytes =
      PsaCommand().output({"query", "-f", "arrow", "sqlite://",
                           integers_up_to(99'999, "i, 'text ' || i AS t, nullif(i % 3, 0) AS m")});
  const auto stream = read_arrow_stream(bytes);
  EXPECT_GT(stream.batches, 1);
  ASSERT_EQ(stream.rows.size(), 100'000u);
  for (int i = 0; i < 100'000; ++i) {
    const auto number = std::to_string(i);
    ASSERT_EQ(
        stream.rows[static_cast<std::size_t>(i)],
        (std::vector<std::string>{number, "text " + number, i % 3 == 0 ? "NULL" : std::to_string(i % 3)}));
  }
  EXPECT_TRUE(stream.has_ended);
}

TEST(PsaQueryArrow, TakesTheDeclaredTypeOfAColumnThatBeginsWithNulls) {
  const PsaCommand psa;
  psa.output({"query", psa.sqlite_url(), "CREATE TABLE sparse (id integer, a integer, b real, c)"});
  psa.output({"query", psa.sqlite_url(), "INSERT INTO sparse (id) " + integers_up_to(89'999, "i")});
  psa.output({"query", psa.sqlite_url(), "INSERT INTO sparse VALUES (90000, 7, 2.5, 'any')"});
  const auto bytes =
      psa.output({"query", "-f", "arrow", psa.sqlite_url(), "SELECT a, b, c FROM sparse ORDER BY id"});
  const auto stream = read_arrow_stream(bytes);
  EXPECT_THAT(stream.fields,
              ElementsAre("a: Int64 {psa.type=INTEGER}", "b: Double {psa.type=REAL}", StartsWith("c: Utf8")));
  ASSERT_EQ(stream.rows.size(), 90'001u);
  EXPECT_THAT(stream.rows.front(), ElementsAre("NULL", "NULL", "NULL"));
  EXPECT_THAT(stream.rows.back(), ElementsAre("7", "2.5", "any"));
  const auto none = read_arrow_stream(
      psa.output({"query", "-f", "arrow", psa.sqlite_url(), "SELECT a, b FROM sparse WHERE 0"}));
  EXPECT_THAT(none.fields, ElementsAre(StartsWith("a: Int64"), StartsWith("b: Double")));
  EXPECT_EQ(none.batches, 0);
  EXPECT_TRUE(none.has_ended);
}

TEST(PsaQueryArrow, WritesAColumnOfSeveralTypesAsADenseUnionInAllBatches) {
  const auto bytes = PsaCommand().output(
      {"query", "-f", "arrow", "sqlite://",
       integers_up_to(89'999,
                      "CASE WHEN i > 4 THEN i WHEN i = 0 THEN 'text' WHEN i = 1 THEN 1.5 WHEN i = 2 THEN "
                      "x'0a' WHEN i = 3 THEN NULL ELSE '' END AS mixed, i")});
  const auto stream = read_arrow_stream(bytes);
  EXPECT_THAT(stream.fields, ElementsAre(std::string("mixed") + sqlite_union, "i: Int64"));
  EXPECT_GT(stream.batches, 1);
  ASSERT_EQ(stream.rows.size(), 90'000u);
  EXPECT_EQ((ArrowRows(stream.rows.begin(), stream.rows.begin() + 6)),
            (ArrowRows{{"text", "0"}, {"1.5", "1"}, {"0a", "2"}, {"NULL", "3"}, {"", "4"}, {"5", "5"}}));
  EXPECT_THAT(stream.rows.back(), ElementsAre("89999", "89999"));
}

TEST(PsaQueryArrow, LeavesTheStreamWithoutItsEndWhenItFailsInTheMiddle) {
  const auto failed =
      PsaCommand().run({"query", "-f", "arrow", "sqlite://",
                        integers_up_to(89'999, "CASE WHEN i < 89999 THEN i ELSE 'text' END AS n")});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_THAT(failed.err, HasSubstr("row 89999, column 0 (\"n\"): this text does not become int64"));
  const auto stream = read_arrow_stream(failed.out);
  EXPECT_GT(stream.batches, 0);
  EXPECT_FALSE(stream.has_ended);
  EXPECT_EQ(stream.rest, "");
}

TEST(PsaQueryArrow, WritesNothingWithoutRowsToWrite) {
  const PsaCommand psa;
  const auto failed = psa.run({"query", "-f", "arrow", "sqlite://", "SELECT * FROM nowhere"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_EQ(failed.out, "");
  const auto counted = psa.run({"query", "-f", "arrow", "sqlite://", "CREATE TABLE t AS SELECT 1 AS x"});
  EXPECT_EQ(counted.exit_code, 0);
  EXPECT_EQ(counted.out, "");
}

TEST(PsaQueryArrow, IsRefusedOnATerminal) {
  const auto refused = PsaCommand().run_on({}, {"query", "-f", "arrow", "sqlite://", "SELECT 1"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_EQ(
      refused.out,
      "psa: --format arrow writes bytes that no terminal can show; redirect it to a file: > rows.arrows\r\n");
}

TEST(PsaQueryArrow, SaysThatStandardOutputCannotBeWritten) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full";
  const std::string command = std::string(PSA_BINARY) + " query -f arrow sqlite:// '" +
                              integers_up_to(99'999, "i") + "' >/dev/full 2>/dev/null";
  EXPECT_EQ(std::system(command.c_str()), 1 << 8);
}

TEST(PsaQueryArrow, KeepsMemoryFlat) {
#ifdef PSA_SANITIZED
  GTEST_SKIP() << "sanitizers keep memory";
#endif
  const PsaCommand psa;
  const auto peak = [&](int rows) {
    const auto statement = integers_up_to(rows, "i, i || ' some words that take room' AS t");
    const auto done = psa.run({"query", "-f", "arrow", "sqlite://", statement});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return done.peak_kib;
  };
  EXPECT_LT(peak(800'000), peak(80'000) + 8 * 1024);  // the rows would be 30 MiB
}

// A result that was read in part gives its batch from a row in the middle on.
TEST(ArrowStream, WritesTheRowsThatAreLeftOfABatch) {
  auto engine = prefect_sqlalchemy::create_engine(make_url("sqlite://"));
  Connection connection = engine.connect();
  const std::string statement = integers_up_to(19,
                                               "i, 'text ' || i AS t, nullif(i, 12) AS sparse, CASE i % 3 "
                                               "WHEN 0 THEN i WHEN 1 THEN 'x' || i END AS mixed");
  for (const int skipped : {0, 1, 7, 8, 13, 19, 20}) {
    CursorResult result = connection.execute(statement);
    if (skipped > 0) result.fetchmany(skipped);
    std::ostringstream out;
    std::int64_t written = 0;
    psa_cli::write_arrow_stream(result, {.unions = true, .settle_types = true}, out,
                                [&](std::int64_t rows) { written = rows; });
    const auto bytes = out.str();
    const auto stream = read_arrow_stream(bytes);
    EXPECT_TRUE(stream.has_ended);
    ASSERT_EQ(stream.rows.size(), static_cast<std::size_t>(20 - skipped));
    EXPECT_EQ(written, 20 - skipped);
    for (int i = skipped; i < 20; ++i) {
      const auto number = std::to_string(i);
      EXPECT_THAT(stream.rows[static_cast<std::size_t>(i - skipped)],
                  ElementsAre(number, "text " + number, i == 12 ? "NULL" : number,
                              i % 3 == 0   ? number
                              : i % 3 == 1 ? "x" + number
                                           : "NULL"));
    }
  }
}

class PsaQueryArrowOnServers : public testing::Test {
 protected:
  /// False, and the test skipped, where there is no such server.
  bool has(const test_support::Server& server) {
    if (std::getenv(server.url_variable)) {
      database_.emplace(server);
      return true;
    }
    test_support::miss_server(std::string(server.url_variable) + " is not set");
    return false;
  }
  const std::string& url() const { return database_->url(); }
  ArrowStreamText read(const std::string& statement) {
    bytes_ = psa_.output({"query", "-f", "arrow", url(), statement});
    return read_arrow_stream(bytes_);
  }

  PsaCommand psa_;
  std::optional<test_support::ServerDatabase> database_;
  std::string bytes_;
};

TEST_F(PsaQueryArrowOnServers, WritesTheTypesOfPostgreSql) {
  if (!has(test_support::postgres_server)) return;
  const auto stream = read(
      "SELECT true AS b, 1::int2 AS i2, 2::int4 AS i4, 3::int8 AS i8, 1.5::float4 AS f4, -2.25::float8 AS "
      "f8, "
      "12.50::numeric AS num, 'text' AS t, '\\x00ff'::bytea AS bytes, '1970-01-11'::date AS d, "
      "'00:00:01'::time AS "
      "ti, '1970-01-01 00:00:02'::timestamp AS ts, '1970-01-01 00:00:03+00'::timestamptz AS tz, "
      "'1 month 2 days 3 seconds'::interval AS iv, '00112233-4455-6677-8899-aabbccddeeff'::uuid AS u, "
      "'[1]'::jsonb "
      "AS j, ARRAY[1, NULL, 3]::int4[] AS li, ARRAY['a', '']::text[] AS lt UNION ALL SELECT NULL, NULL, "
      "NULL, NULL, "
      "NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL");
  EXPECT_THAT(
      stream.fields,
      ElementsAre("b: Bool {psa.type=boolean}", "i2: Int16 {psa.type=smallint}",
                  "i4: Int32 {psa.type=integer}", "i8: Int64 {psa.type=bigint}", "f4: Float {psa.type=real}",
                  "f8: Double {psa.type=double precision}",
                  "num: Utf8 {psa.type=numeric, ARROW:extension:name=psa.decimal, ARROW:extension:metadata=}",
                  "t: Utf8 {psa.type=text}", "bytes: Binary {psa.type=bytea}", "d: Date(DAY) {psa.type=date}",
                  "ti: Time64(MICROSECOND) {psa.type=time without time zone}",
                  "ts: Timestamp(MICROSECOND) {psa.type=timestamp without time zone}",
                  "tz: Timestamp(MICROSECOND,UTC) {psa.type=timestamp with time zone}",
                  "iv: Interval(MONTH_DAY_NANO) {psa.type=interval}",
                  "u: FixedSizeBinary(16) {psa.type=uuid, ARROW:extension:name=arrow.uuid, "
                  "ARROW:extension:metadata=}",
                  "j: Utf8 {psa.type=jsonb, ARROW:extension:name=arrow.json, ARROW:extension:metadata=}",
                  AllOf(StartsWith("li: List<"), HasSubstr(": Int32"), EndsWith("{psa.type=integer[]}")),
                  AllOf(StartsWith("lt: List<"), HasSubstr(": Utf8"))));
  ASSERT_EQ(stream.rows.size(), 2u);
  EXPECT_THAT(stream.rows[0],
              ElementsAre("true", "1", "2", "3", "1.5", "-2.25", "12.50", "text", "00ff", "10", "1000000",
                          "2000000", "3000000", "1 months 2 days 3000000000 ns",
                          "00112233445566778899aabbccddeeff", "[1]", "[1, NULL, 3]", "[a, ]"));
  EXPECT_THAT(stream.rows[1], testing::Each("NULL"));
  EXPECT_TRUE(stream.has_ended);
  const auto none = read("SELECT '(1,2)'::point AS p WHERE false");
  EXPECT_THAT(none.fields,
              ElementsAre("p: Null {psa.type=point}"));  // no guess from a name that has INT in it
  EXPECT_TRUE(none.has_ended);
}

TEST_F(PsaQueryArrowOnServers, WritesTheTypesOfMariaDb) {
  if (!has(test_support::mariadb_server)) return;
  const auto stream = read(
      "SELECT CAST(1 AS UNSIGNED) AS u8, CAST(-1 AS SIGNED) AS i8, CAST(1.50 AS DECIMAL(10, 2)) AS num, "
      "2.5e0 AS f8, "
      "CAST('1970-01-11' AS DATE) AS d, CAST('00:00:01' AS TIME) AS ti, CAST('1970-01-01 00:00:02' AS "
      "DATETIME) AS "
      "ts, 'text' AS t, x'00ff' AS bytes");
  EXPECT_THAT(stream.fields, ElementsAre("u8: Int64 {psa.type=int unsigned}", "i8: Int64 {psa.type=int}",
                                         "num: Utf8 {psa.type=decimal, ARROW:extension:name=psa.decimal}",
                                         "f8: Double {psa.type=double}", "d: Date(DAY) {psa.type=date}",
                                         "ti: Time64(MICROSECOND) {psa.type=time}",
                                         "ts: Timestamp(MICROSECOND) {psa.type=datetime}",
                                         "t: Utf8 {psa.type=varchar}", "bytes: Binary {psa.type=varbinary}"));
  ASSERT_EQ(stream.rows.size(), 1u);
  EXPECT_THAT(stream.rows[0],
              ElementsAre("1", "-1", "1.50", "2.5", "10", "1000000", "2000000", "text", "00ff"));
}

TEST_F(PsaQueryArrowOnServers, WritesOneStreamBehindTheOtherForSeveralResults) {
  if (!has(test_support::mariadb_server)) return;
  psa_.output({"query", url(), "CREATE PROCEDURE two() BEGIN SELECT 1 AS a; SELECT 'x' AS b; END"});
  const auto first = read("CALL two()");
  EXPECT_EQ(first.rows, (ArrowRows{{"1"}}));
  EXPECT_TRUE(first.has_ended);
  const auto second = read_arrow_stream(first.rest);
  EXPECT_EQ(second.rows, (ArrowRows{{"x"}}));
  EXPECT_TRUE(second.has_ended);
  EXPECT_EQ(second.rest, "");
}

}  // namespace
