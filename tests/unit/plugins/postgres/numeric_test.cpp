// SPDX-License-Identifier: Apache-2.0
#include "numeric.hpp"

#include <gtest/gtest.h>

#include "value_text.hpp"

namespace {

using namespace psa::postgres;

std::string there_and_back(std::string_view text) {
  psa::GrowBuffer bytes;
  if (!append_numeric(text, bytes)) return "refused";
  psa::BytesColumn column;
  if (!append_numeric_text(reinterpret_cast<const char*>(bytes.data()), bytes.size(), column))
    return "unreadable";
  std::vector<psa::ArrayNode> nodes;
  column.describe(nodes);
  return {reinterpret_cast<const char*>(nodes[0].buffers[2]->data()), nodes[0].buffers[2]->size()};
}

TEST(PostgresNumeric, GoesThereAndBackUnchanged) {
  for (const char* text : {"0", "0.00", "1", "-1.50", "10000", "9999", "0.0001", "0.00001",
                           "123456789012345678901234567890.12345", "-0.5", "1000000000000000000000",
                           "12.3400", "NaN", "Infinity", "-Infinity"})
    EXPECT_EQ(there_and_back(text), text);
}

TEST(PostgresNumeric, ReadsExponentsAndRefusesWhatIsNoNumber) {
  EXPECT_EQ(there_and_back("1.5e3"), "1500");
  EXPECT_EQ(there_and_back("15e-3"), "0.015");
  EXPECT_EQ(there_and_back("-1E+2"), "-100");
  for (const char* text : {"", "x", "1x", "1e", ".", "1e999999", "--1"})
    EXPECT_EQ(there_and_back(text), "refused");
}

TEST(PostgresValueText, ReadsDatesOfAllTimes) {
  EXPECT_EQ(parse_date("1970-01-01"), 0);
  EXPECT_EQ(parse_date("0001-01-01"), -719162);
  EXPECT_EQ(parse_date("0001-12-31 BC"), -719163);
  EXPECT_EQ(parse_date("2024-13-01"), std::nullopt);
  EXPECT_EQ(date_text(-719163), "0001-12-31 BC");
  EXPECT_EQ(date_text(0), "1970-01-01");
}

TEST(PostgresValueText, ReadsTimestampsWithOffsets) {
  EXPECT_EQ(parse_timestamp("1970-01-01 00:00:00.000001"), 1);
  EXPECT_EQ(parse_timestamp("1970-01-01 05:30:00+05:30"), 0);
  EXPECT_EQ(parse_timestamp("1969-12-31 16:00:00-08"), 0);
  EXPECT_EQ(parse_timestamp("294276-12-31 23:59:59"), std::nullopt);
}

TEST(PostgresValueText, ReadsAndWritesIntervals) {
  const auto parts = parse_interval("-1 years -2 mons +3 days -04:05:06.7");
  ASSERT_TRUE(parts);
  EXPECT_EQ(parts->months, -14);
  EXPECT_EQ(parts->days, 3);
  EXPECT_EQ(parts->microseconds, -14706700000);
  EXPECT_EQ(interval_text({14, -3, 1500000}), "1 year 2 mons -3 days 00:00:01.5");
  EXPECT_EQ(parse_interval("nonsense"), std::nullopt);
}

TEST(PostgresValueText, ReadsBothFormsOfBytes) {
  EXPECT_EQ(parse_bytea("\\x4142"), "AB");
  EXPECT_EQ(parse_bytea("A\\102\\\\"), "AB\\");
  EXPECT_EQ(parse_bytea("\\x4"), std::nullopt);
}

}  // namespace
