// SPDX-License-Identifier: Apache-2.0
#include "text_value.hpp"

#include <cstdint>

#include <gtest/gtest.h>

#include "calendar.hpp"

namespace {

using namespace psa::mysql;

TEST(MysqlTextValue, ReadsNumbersToTheirEnds) {
  EXPECT_EQ(integer_of_text("-9223372036854775808"), INT64_MIN);
  EXPECT_EQ(integer_of_text("000042"), 42);
  EXPECT_EQ(unsigned_of_text("18446744073709551615"), UINT64_MAX);
  EXPECT_EQ(real_of_text("-1.7976931348623157e308"), -1.7976931348623157e308);
  EXPECT_EQ(real_of_text("1e308"), 1e308);
}

TEST(MysqlTextValue, ReadsDatesAndThoseThatAreNone) {
  EXPECT_EQ(date_text(date_of_text("2024-02-29 23:59:59.000001"), true), "2024-02-29 23:59:59.000001");
  EXPECT_EQ(date_text(date_of_text("0000-00-00"), false), "0000-00-00");
  EXPECT_EQ(date_of_text("2024-02-29 12:00:00.125").second_part, 125'000UL);
  EXPECT_EQ(date_of_text("2024-02-29").hour, 0U);
}

TEST(MysqlTextValue, ReadsTimesOfManyHoursAndBeforeZero) {
  EXPECT_EQ(time_of(time_of_text("-838:59:58.999999")), -INT64_C(3020398'999999));
  EXPECT_EQ(time_of(time_of_text("100:00:00")), INT64_C(360000'000000));
}

TEST(MysqlTextValue, ReadsUuids) {
  const auto value = uuid_of_text("00ff0000-0000-0000-0000-0000000000Ab");
  EXPECT_EQ(value[1], 0xFF);
  EXPECT_EQ(value[15], 0xAB);
}

}  // namespace
