#include <cmath>
#include <limits>
#include <random>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/sql/value_types.hpp>

namespace prefect_sqlalchemy {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::sys_days;

template <typename T>
std::optional<T> parsed(std::string_view text) {
  T out{};
  if (!from_iso(text, out)) return std::nullopt;
  return out;
}

Date date(int year, unsigned month, unsigned day) {
  return sys_days(std::chrono::year(year) / static_cast<int>(month) / static_cast<int>(day));
}

TEST(Decimal, KeepsItsText) {
  for (const char* text : {"0", "1.50", "-1.5", "+1", ".5", "1.", "00", "1e5", "1E+5", "-1.25e-300", "NaN",
                           "Infinity", "-Infinity", "123456789012345678901234567890.000000000000000000001"}) {
    EXPECT_EQ(Decimal(text).text(), text);
  }
  EXPECT_EQ(Decimal().text(), "0");
  EXPECT_NE(Decimal("1.5"), Decimal("1.50"));
}

TEST(Decimal, RefusesAnythingElseWithoutRepeatingIt) {
  for (const char* text : {"", ".", "-", "+.", "e5", "1e", "1e+", "1,5", " 1", "1 ", "1.2.3", "--1", "0x10",
                           "1_0", "nan", "inf", "+Infinity", "1e5.0", "١"}) {
    EXPECT_THROW(Decimal{text}, ArgumentError) << text;
  }
  EXPECT_THROW(Decimal(std::string_view("1\0", 2)), ArgumentError);
  try {
    Decimal("hunter2");
    FAIL();
  } catch (const ArgumentError& error) {
    EXPECT_EQ(std::string_view(error.what()).find("hunter2"), std::string_view::npos);
  }
}

TEST(Decimal, ConvertsToTheNearestDouble) {
  EXPECT_EQ(Decimal("0.1").to_double(), 0.1);
  EXPECT_EQ(Decimal("+1.50").to_double(), 1.5);
  EXPECT_EQ(Decimal("-.5").to_double(), -0.5);
  EXPECT_EQ(Decimal("1.").to_double(), 1);
  EXPECT_EQ(Decimal("2E3").to_double(), 2000);
  EXPECT_EQ(Decimal("9007199254740993").to_double(), 9007199254740992.0);
  EXPECT_TRUE(std::isnan(Decimal("NaN").to_double()));
  EXPECT_EQ(Decimal("Infinity").to_double(), std::numeric_limits<double>::infinity());
  EXPECT_EQ(Decimal("-Infinity").to_double(), -std::numeric_limits<double>::infinity());
}

TEST(Decimal, RoundsToInfinityOrZeroBeyondTheRangeOfDouble) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(Decimal("1e400").to_double(), infinity);
  EXPECT_EQ(Decimal("-1e99999999999999999999999999").to_double(), -infinity);
  EXPECT_EQ(Decimal("1e-400").to_double(), 0);
  EXPECT_EQ(Decimal("1e-99999999999999999999999999").to_double(), 0);
  EXPECT_EQ(Decimal("0e99999999999999999999999999").to_double(), 0);
  EXPECT_EQ(Decimal(std::string(400, '9')).to_double(), infinity);
  EXPECT_EQ(Decimal(std::string(400, '9') + "e-800").to_double(), 0);
  EXPECT_EQ(Decimal("0." + std::string(400, '0') + "1").to_double(), 0);
  EXPECT_EQ(Decimal("0." + std::string(400, '0') + "1e800").to_double(), infinity);
}

TEST(Uuid, ReadsAndWritesItsText) {
  const Uuid uuid("0123ABCD-4567-89ef-0123-456789abcdef");
  EXPECT_EQ(uuid.text(), "0123abcd-4567-89ef-0123-456789abcdef");
  EXPECT_EQ(uuid, Uuid("0123abcd456789ef0123456789ABCDEF"));
  EXPECT_EQ(uuid.bytes()[1], std::byte{0x23});
  EXPECT_EQ(Uuid().text(), "00000000-0000-0000-0000-000000000000");
  EXPECT_LT(Uuid(), uuid);
  EXPECT_EQ(Uuid(uuid.bytes()), uuid);
}

TEST(Uuid, RefusesAnythingElse) {
  for (const char* text :
       {"", "0123abcd", "0123abcd-4567-89ef-0123-456789abcde", "0123abcd-4567-89ef-0123-456789abcdeg",
        "0123abcd4567-89ef-0123-456789abcdef0", "0123abcd-4567-89ef-0123456789abcdef0",
        "{0123abcd-4567-89ef-0123-456789abcdef}", "0123abcd-4567-89ef-0123-456789abcdef ",
        "0123abcd456789ef0123456789abcde-", "----------------------------------------"}) {
    EXPECT_THROW(Uuid{std::string_view(text)}, ArgumentError) << text;
  }
}

TEST(Uuid, RandomOnesAreOfVersion4AndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string text = Uuid::random().text();
    EXPECT_EQ(text[14], '4');
    EXPECT_NE(std::string_view("89ab").find(text[19]), std::string_view::npos) << text;
    EXPECT_TRUE(seen.insert(text).second);
  }
}

TEST(Values, PrintAsTheirText) {
  std::ostringstream out;
  out << Decimal("1.50") << ' ' << Uuid() << ' ' << Json{"{}"};
  EXPECT_EQ(out.str(), "1.50 00000000-0000-0000-0000-000000000000 {}");
}

TEST(IsoText, WritesDates) {
  EXPECT_EQ(to_iso(Date()), "1970-01-01");
  EXPECT_EQ(to_iso(date(2024, 2, 29)), "2024-02-29");
  EXPECT_EQ(to_iso(date(1, 1, 1)), "0001-01-01");
  EXPECT_EQ(to_iso(date(0, 12, 31)), "0000-12-31");
  EXPECT_EQ(to_iso(date(-1, 3, 1)), "-0001-03-01");
  EXPECT_EQ(to_iso(date(12345, 6, 7)), "12345-06-07");
  EXPECT_EQ(to_iso(Date(days(std::numeric_limits<std::int32_t>::max()))), "5881580-07-11");
  EXPECT_EQ(to_iso(Date(days(std::numeric_limits<std::int32_t>::min()))), "-5877641-06-23");
  EXPECT_FALSE(to_iso(Date::max()).empty());
  EXPECT_FALSE(to_iso(Date::min()).empty());
}

TEST(IsoText, AgreesWithTheStandardCalendar) {
  // From the year -32767 to 32767, by steps that meet every day of the year.
  for (int day = -12687428; day <= 11248737; day += 997) {
    const Date at{days(day)};
    const std::chrono::year_month_day civil(at);
    const std::string text = to_iso(at);
    ASSERT_EQ(std::stoi(text), static_cast<int>(civil.year())) << text;
    ASSERT_EQ(std::stoul(text.substr(text.size() - 5, 2)), static_cast<unsigned>(civil.month())) << text;
    ASSERT_EQ(std::stoul(text.substr(text.size() - 2)), static_cast<unsigned>(civil.day())) << text;
    ASSERT_EQ(parsed<Date>(text), at) << text;
  }
}

TEST(IsoText, ReadsTheDatesOfThirtyTwoBits) {
  std::mt19937 random(4);
  for (int i = 0; i < 20000; ++i) {
    const Date at{days(static_cast<std::int32_t>(random()))};
    ASSERT_EQ(parsed<Date>(to_iso(at)), at) << to_iso(at);
  }
  for (const auto edge :
       {std::numeric_limits<std::int32_t>::min(), std::numeric_limits<std::int32_t>::max()}) {
    EXPECT_EQ(parsed<Date>(to_iso(Date(days(edge)))), Date(days(edge)));
  }
  EXPECT_EQ(parsed<Date>("5881580-07-12"), std::nullopt);
  EXPECT_EQ(parsed<Date>("-5877641-06-22"), std::nullopt);
}

TEST(IsoText, KnowsLeapDays) {
  for (const char* text : {"2024-02-29", "2000-02-29", "0000-02-29", "-0004-02-29", "12000-02-29"}) {
    EXPECT_TRUE(parsed<Date>(text)) << text;
  }
  for (const char* text : {"2023-02-29", "1900-02-29", "-0001-02-29", "2100-02-29", "2024-02-30"}) {
    EXPECT_FALSE(parsed<Date>(text)) << text;
  }
}

TEST(IsoText, RefusesWhatIsNoDate) {
  for (const char* text : {"",
                           "2024",
                           "2024-01",
                           "2024-1-1",
                           "24-01-01",
                           "2024-00-01",
                           "2024-13-01",
                           "2024-01-00",
                           "2024-01-32",
                           "2024-04-31",
                           "2024-01-01 ",
                           " 2024-01-01",
                           "2024/01/01",
                           "20240101",
                           "2024-01-01T00:00",
                           "+2024-01-01",
                           "-0000-01-01",
                           "02024-01-01",
                           "--2024-01-01",
                           "99999999999999999999-01-01",
                           "2024-0a-01"}) {
    EXPECT_FALSE(parsed<Date>(text)) << text;
  }
}

TEST(IsoText, WritesTimes) {
  EXPECT_EQ(to_iso(Time{}), "00:00:00");
  EXPECT_EQ(to_iso(Time{hours(23) + microseconds(59'000'001)}), "23:00:59.000001");
  EXPECT_EQ(to_iso(Time{microseconds(500'000)}), "00:00:00.500000");
  EXPECT_EQ(to_iso(Time{-hours(838) - microseconds(3'599'000'000)}), "-838:59:59");
  EXPECT_EQ(to_iso(Time{microseconds::min()}), "-2562047788:00:54.775808");
}

TEST(IsoText, ReadsTimes) {
  EXPECT_EQ(parsed<Time>("12:30"), Time{microseconds(INT64_C(45'000'000'000))});
  EXPECT_EQ(parsed<Time>("12:30:05"), Time{microseconds(INT64_C(45'005'000'000))});
  EXPECT_EQ(parsed<Time>("00:00:00.5"), Time{microseconds(500'000)});
  EXPECT_EQ(parsed<Time>("00:00:00.123456"), Time{microseconds(123'456)});
  EXPECT_EQ(parsed<Time>("00:00:00.123456000"), Time{microseconds(123'456)});
  EXPECT_EQ(parsed<Time>("23:59:59.999999"), Time{hours(24) - microseconds(1)});
}

TEST(IsoText, RefusesWhatIsNoTime) {
  for (const char* text : {"",
                           "1",
                           "12",
                           "1:30",
                           "12:3",
                           "24:00",
                           "24:00:00",
                           "12:60",
                           "23:59:60",
                           "12:30:",
                           "12:30:5",
                           "12:30:05.",
                           "12:30:05.1234567",
                           "12:30:05.1234560001",
                           "12:30.5",
                           "12:30:05Z",
                           "-01:00",
                           "12:30 ",
                           "12-30",
                           "12:30:05,5"}) {
    EXPECT_FALSE(parsed<Time>(text)) << text;
  }
}

TEST(IsoText, WritesAndReadsTimestamps) {
  const Timestamp noon{date(2024, 2, 29).time_since_epoch() + hours(12) + microseconds(7)};
  EXPECT_EQ(to_iso(noon), "2024-02-29 12:00:00.000007");
  EXPECT_EQ(parsed<Timestamp>("2024-02-29 12:00:00.000007"), noon);
  EXPECT_EQ(parsed<Timestamp>("2024-02-29T12:00:00.000007"), noon);
  EXPECT_EQ(to_iso(Timestamp{microseconds(-1)}), "1969-12-31 23:59:59.999999");
  for (const char* text : {"2024-02-29", "2024-02-29  12:00", "2024-02-29t12:00", "2024-02-29 12:00Z",
                           "2024-02-29 12:00+01", "2024-02-30 12:00", "2024-02-29 24:00", "2024-02-29 "}) {
    EXPECT_FALSE(parsed<Timestamp>(text)) << text;
  }
}

TEST(IsoText, ReadsMomentsWithTheirOffset) {
  const TimestampTz at{date(2024, 1, 1).time_since_epoch() + hours(12)};
  EXPECT_EQ(to_iso(at), "2024-01-01 12:00:00+00:00");
  for (const char* text :
       {"2024-01-01 12:00:00+00:00", "2024-01-01T12:00Z", "2024-01-01 13:00+01", "2024-01-01 08:30-0330",
        "2024-01-02 01:30:00.000+13:30", "2024-01-01 12:19:32+00:19:32", "2023-12-31 23:00-13"}) {
    EXPECT_EQ(parsed<TimestampTz>(text), at) << text;
  }
  for (const char* text :
       {"2024-01-01 12:00", "2024-01-01 12:00z", "2024-01-01 12:00 Z", "2024-01-01 12:00+1",
        "2024-01-01 12:00+24", "2024-01-01 12:00+01:60", "2024-01-01 12:00+01:", "2024-01-01 12:00ZZ",
        "2024-01-01 12:00+01:00:", "2024-01-01 12:00+01:0000", "2024-01-01 12:00+"}) {
    EXPECT_FALSE(parsed<TimestampTz>(text)) << text;
  }
}

TEST(IsoText, HoldsAllMomentsOfSixtyFourBitsAndNoMore) {
  for (const auto edge : {microseconds::min(), microseconds::max()}) {
    EXPECT_EQ(parsed<Timestamp>(to_iso(Timestamp(edge))), Timestamp(edge)) << to_iso(Timestamp(edge));
    EXPECT_EQ(parsed<TimestampTz>(to_iso(TimestampTz(edge))), TimestampTz(edge));
  }
  EXPECT_EQ(to_iso(Timestamp(microseconds::max())), "294247-01-10 04:00:54.775807");
  EXPECT_FALSE(parsed<Timestamp>("294247-01-10 04:00:54.775808"));
  EXPECT_FALSE(parsed<Timestamp>("294247-01-11 00:00"));
  EXPECT_FALSE(parsed<Timestamp>("-290308-12-21 19:59:05.224191"));
  EXPECT_FALSE(parsed<Timestamp>("5881580-07-11 00:00"));
  EXPECT_FALSE(parsed<TimestampTz>("294247-01-10 04:00:54.775807-01"));
  EXPECT_TRUE(parsed<TimestampTz>("294247-01-10 05:00:54.775807+01"));
  std::mt19937_64 random(5);
  for (int i = 0; i < 20000; ++i) {
    const Timestamp at{microseconds(static_cast<std::int64_t>(random()))};
    ASSERT_EQ(parsed<Timestamp>(to_iso(at)), at) << to_iso(at);
  }
}

TEST(IsoText, AnyTextIsReadOrRefused) {
  const std::string_view letters = "0123456789:-+.TZ ";
  std::mt19937 random(6);
  for (int i = 0; i < 100000; ++i) {
    std::string text = to_iso(TimestampTz(microseconds(static_cast<std::int64_t>(random()) << 21)));
    for (auto changes = random() % 3; changes > 0; --changes)
      text[random() % text.size()] = letters[random() % letters.size()];
    text.resize(text.size() - random() % 8);
    if (const auto at = parsed<Timestamp>(text)) {
      ASSERT_EQ(parsed<Timestamp>(to_iso(*at)), at) << text;
    }
    if (const auto at = parsed<TimestampTz>(text)) {
      ASSERT_EQ(parsed<TimestampTz>(to_iso(*at)), at) << text;
    }
    if (const auto at = parsed<Date>(text)) {
      ASSERT_EQ(to_iso(*at), text);
    }
    if (const auto at = parsed<Time>(text)) {
      ASSERT_EQ(parsed<Time>(to_iso(*at)), at) << text;
    }
  }
}

}  // namespace
}  // namespace prefect_sqlalchemy
