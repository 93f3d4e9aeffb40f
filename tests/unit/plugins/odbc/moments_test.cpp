// SPDX-License-Identifier: Apache-2.0
#include "moments.hpp"

#include <gtest/gtest.h>

namespace {

using namespace psa::odbc;

constexpr int64_t second = 1'000'000;
constexpr int64_t leap_day = INT64_C(19'782) * 86'400 * second;  // 2024-02-29

TEST(OdbcMoments, OfAStructureAreThoseOfTheCalendar) {
  EXPECT_EQ(days_of(SQL_DATE_STRUCT{2024, 2, 29}), 19'782);
  EXPECT_EQ(days_of(SQL_DATE_STRUCT{1, 1, 1}), -719'162);
  EXPECT_EQ(days_of(SQL_DATE_STRUCT{2023, 2, 29}), std::nullopt);
  EXPECT_EQ(days_of(SQL_DATE_STRUCT{0, 0, 0}), std::nullopt);
  EXPECT_EQ(text_of(SQL_DATE_STRUCT{0, 0, 0}), "0000-00-00");
  EXPECT_EQ(microseconds_of({2024, 2, 29, 0, 0, 1, 123'456'000}), leap_day + second + 123'456);
  EXPECT_EQ(microseconds_of({2024, 2, 29, 0, 0, 1, 123'456'700}), std::nullopt) << "a tenth of a microsecond";
  EXPECT_EQ(text_of(SQL_TIMESTAMP_STRUCT{2024, 2, 29, 0, 0, 1, 123'456'700}),
            "2024-02-29 00:00:01.123456700");
  EXPECT_EQ(microseconds_of({2024, 2, 29, 24, 0, 0, 0}), std::nullopt);
  EXPECT_EQ(text_of(SQL_TIMESTAMP_STRUCT{2024, 5, 0, 1, 2, 3, 0}), "2024-05-00 01:02:03");
}

TEST(OdbcMoments, OfTextAreTimesOfADay) {
  EXPECT_EQ(time_of_text("00:00:00"), 0);
  EXPECT_EQ(time_of_text("23:59:59.999999"), 86'400 * second - 1);
  EXPECT_EQ(time_of_text("03:04:05.5"), ((3 * 60 + 4) * 60 + 5) * second + second / 2);
  EXPECT_EQ(time_of_text("03:04:05.1234560"), ((3 * 60 + 4) * 60 + 5) * second + 123'456) << "of time(7)";
  for (const char* none :
       {"03:04:05.1234567", "24:00:00", "-03:04:05", "838:59:59", "03:04", "", "03:04:05x", "3:04:05"})
    EXPECT_EQ(time_of_text(none), std::nullopt) << none;
}

TEST(OdbcMoments, OfTextWithAnOffsetAreInUtc) {
  EXPECT_EQ(moment_of_text("2024-02-29 00:00:00.0000000 +00:00"), leap_day);
  EXPECT_EQ(moment_of_text("2024-02-29 05:30:00.2500000 +05:30"), leap_day + second / 4);
  EXPECT_EQ(moment_of_text("2024-02-28 16:00:00 -08:00"), leap_day);
  EXPECT_EQ(moment_of_text("2024-02-29T00:00:00Z"), leap_day);
  EXPECT_EQ(moment_of_text("2024-02-29 01:00:00+01"), leap_day);
  for (const char* none : {"2024-02-29 00:00:00", "2023-02-29 00:00:00 +00:00",
                           "2024-02-29 00:00:00.1234567 +00:00", "2024-02-29 00:00:00 +0", "", "2024-02-29"})
    EXPECT_EQ(moment_of_text(none), std::nullopt) << none;
}

TEST(OdbcMoments, OfAParameterReachFromYear1To9999) {
  const auto date = date_from(19'782);
  ASSERT_TRUE(date);
  EXPECT_EQ(text_of(*date), "2024-02-29");
  EXPECT_EQ(text_of(*date_from(-719'162)), "0001-01-01");
  EXPECT_EQ(text_of(*date_from(2'932'896)), "9999-12-31");
  EXPECT_FALSE(date_from(-719'163));
  EXPECT_FALSE(date_from(2'932'897));
  EXPECT_EQ(text_of(*timestamp_from(-1, 1'000'000)), "1969-12-31 23:59:59.999999000");
  EXPECT_EQ(text_of(*timestamp_from(1, 1'000'000'000)), "1970-01-01 00:00:00.000000001");
  EXPECT_FALSE(timestamp_from(INT64_MAX, 1'000'000));
  EXPECT_FALSE(timestamp_from(INT64_MIN, 1));
}

TEST(OdbcMoments, DecimalsHaveADigitBeforeThePoint) {
  EXPECT_EQ(decimal_text(".50"), "0.50");
  EXPECT_EQ(decimal_text("-.5"), "-0.5");
  EXPECT_EQ(decimal_text("12.30"), "12.30");
  EXPECT_EQ(decimal_text(" 7 "), "7");
  EXPECT_EQ(decimal_text("NaN"), "NaN");
}

}  // namespace
