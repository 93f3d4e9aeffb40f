// SPDX-License-Identifier: Apache-2.0
#include "calendar.hpp"

#include <gtest/gtest.h>

namespace {

using namespace psa::mysql;

MYSQL_TIME date(unsigned year, unsigned month, unsigned day) {
  MYSQL_TIME time{};
  time.year = year;
  time.month = month;
  time.day = day;
  return time;
}

TEST(MysqlCalendar, CountsDaysFrom1970) {
  EXPECT_EQ(days_of(1970, 1, 1), 0);
  EXPECT_EQ(days_of(2000, 2, 29), 11016);
  EXPECT_EQ(days_of(1969, 12, 31), -1);
  EXPECT_EQ(days_of(9999, 12, 31), 2932896);
}

TEST(MysqlCalendar, GoesBackAndForthForEveryDayOfSomeCenturies) {
  for (int64_t day = days_of(0, 1, 1); day <= days_of(9999, 12, 31); day += 97) {
    const auto time = date_from(day);
    ASSERT_TRUE(time);
    ASSERT_EQ(days_of(time->year, time->month, time->day), day);
  }
}

TEST(MysqlCalendar, KnowsDatesThatAreNone) {
  EXPECT_FALSE(is_calendar_date(date(0, 0, 0)));
  EXPECT_FALSE(is_calendar_date(date(2024, 5, 0)));
  EXPECT_FALSE(is_calendar_date(date(2023, 2, 29)));
  EXPECT_TRUE(is_calendar_date(date(2024, 2, 29)));
  EXPECT_EQ(date_text(date(2024, 5, 0), false), "2024-05-00");
  EXPECT_EQ(date_text(date(0, 0, 0), true), "0000-00-00 00:00:00");
}

TEST(MysqlCalendar, RefusesWhatMysqlCannotHold) {
  EXPECT_FALSE(date_from(days_of(9999, 12, 31) + 1));
  EXPECT_FALSE(time_from(839 * 3600, 1));
  EXPECT_FALSE(timestamp_from(1, 1'000'000'000)) << "a nanosecond would be lost";
  EXPECT_TRUE(timestamp_from(1000, 1'000'000'000));
}

TEST(MysqlCalendar, HoldsTimesOfSeveralDaysAndBeforeZero) {
  const int64_t micros = -(INT64_C(100) * 3600 + 30 * 60) * 1'000'000 - 5;
  const auto time = time_from(micros, 1'000'000);
  ASSERT_TRUE(time);
  EXPECT_TRUE(time->neg);
  EXPECT_EQ(time_of(*time), micros);
}

}  // namespace
