#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/sql/value.hpp>

namespace prefect_sqlalchemy {
namespace {

using namespace std::chrono;

constexpr auto max64 = std::numeric_limits<std::int64_t>::max();
constexpr auto min64 = std::numeric_limits<std::int64_t>::min();
constexpr auto max_u64 = std::numeric_limits<std::uint64_t>::max();
constexpr double infinity = std::numeric_limits<double>::infinity();

const Bytes some_bytes{std::byte{0x73}, std::byte{0x65}};
const Uuid some_uuid("00112233-4455-6677-8899-aabbccddeeff");
const std::string uuid_text = "00112233-4455-6677-8899-aabbccddeeff";
const Bytes uuid_bytes(some_uuid.bytes().begin(), some_uuid.bytes().end());
const Date some_date = sys_days(2024y / February / 29);
const Time some_time{hours(12) + minutes(30)};
const Timestamp some_timestamp(some_date.time_since_epoch() + some_time.since_midnight);
const TimestampTz some_moment(some_date.time_since_epoch() + some_time.since_midnight);

/// One value of each kind, none of which is 0 or 1.
const std::vector<Value> one_of_each = {true,
                                        7,
                                        std::uint64_t{7},
                                        7.5,
                                        Decimal("7.25"),
                                        "secret-text",
                                        some_bytes,
                                        some_date,
                                        some_time,
                                        some_timestamp,
                                        some_moment,
                                        Interval{1, 2, 3},
                                        some_uuid,
                                        Json{"{\"secret\": 1}"},
                                        Value::List{7}};

/// Every Kind has its row below; what is in none of them is refused.
template <class T>
void expect_only(const std::vector<std::pair<Value, T>>& converting, const std::vector<Value>& refused = {}) {
  std::vector<Value> wrong = refused;
  for (const Value& value : one_of_each) {
    bool converts = false;
    for (const auto& [from, to] : converting) converts = converts || from.kind() == value.kind();
    if (!converts) wrong.push_back(value);
  }
  for (const auto& [from, to] : converting) {
    try {
      EXPECT_EQ(from.template get<T>(), to) << to_string(from.kind()) << " " << from;
      EXPECT_EQ(from.template get<std::optional<T>>(), std::optional<T>(to));
    } catch (const Error& error) {
      ADD_FAILURE() << from << ": " << error.what();
    }
  }
  for (const Value& from : wrong) {
    try {
      from.get<T>();
      ADD_FAILURE() << "converted: " << to_string(from.kind()) << " " << from;
    } catch (const ConversionError& error) {
      const std::string text = error.what();
      EXPECT_NE(text.find(to_string(from.kind())), std::string::npos) << text;
      EXPECT_EQ(text.find("secret"), std::string::npos) << text;
    }
  }
  EXPECT_THROW(Value().get<T>(), ConversionError);
  EXPECT_EQ(Value().get<std::optional<T>>(), std::nullopt);
}

TEST(Convert, ToBool) {
  expect_only<bool>({{true, true}, {false, false}, {0, false}, {1, true}, {std::uint64_t{1}, true}},
                    {2, -1, max_u64, 1.0, "true", "1", Decimal("1")});
}

TEST(Convert, ToInt64) {
  expect_only<std::int64_t>({{true, 1},
                             {max64, max64},
                             {min64, min64},
                             {std::uint64_t{7}, 7},
                             {-9223372036854775808.0, min64},
                             {-0.0, 0},
                             {Decimal("42"), 42},
                             {Decimal("-42.000"), -42},
                             {Decimal("+42"), 42},
                             {Decimal("9223372036854775807"), max64}},
                            {max_u64, 1.5, 9223372036854775808.0, infinity, std::nan(""), "7", Decimal("1.5"),
                             Decimal("9223372036854775808"), Decimal("NaN"), Decimal("Infinity")});
}

TEST(Convert, ToUint64) {
  expect_only<std::uint64_t>(
      {{true, 1}, {7, 7}, {max_u64, max_u64}, {7.0, 7}, {Decimal("18446744073709551615"), max_u64}},
      {-1, -1.0, 1.5, 18446744073709551616.0, std::nan(""), "7", Decimal("18446744073709551616"),
       Decimal("-1")});
}

TEST(Convert, ToNarrowerIntegers) {
  expect_only<std::int8_t>({{true, 1}, {-128, -128}, {std::uint64_t{127}, 127}, {3.0, 3}, {Decimal("9"), 9}},
                           {128, -129, max_u64, 128.0, Decimal("300")});
  expect_only<std::uint8_t>({{true, 1}, {255, 255}, {max_u64 >> 56, 255}, {3.0, 3}, {Decimal("9"), 9}},
                            {256, -1, max_u64, Decimal("256")});
  expect_only<int>({{true, 1}, {-2147483648LL, INT_MIN}, {std::uint64_t{3}, 3}, {3.0, 3}, {Decimal("9"), 9}},
                   {2147483648LL, 1e10});
  expect_only<unsigned long long>({{true, 1}, {7, 7}, {max_u64, max_u64}, {7.0, 7}, {Decimal("7"), 7}}, {-1});
}

TEST(Convert, ToDouble) {
  expect_only<double>({{true, 1},
                       {std::int64_t{1} << 53, 9007199254740992.0},
                       {min64, -9223372036854775808.0},
                       {std::uint64_t{1} << 63, 9223372036854775808.0},
                       {7.25, 7.25},
                       {infinity, infinity}},
                      {(std::int64_t{1} << 53) + 1, max64, max_u64, "7.5", Decimal("7.5")});
  EXPECT_TRUE(std::isnan(Value(std::nan("")).get<double>()));
}

TEST(Convert, PointsOutHowADecimalBecomesADouble) {
  try {
    Value(Decimal("1.5")).get<double>();
    FAIL();
  } catch (const ConversionError& error) {
    EXPECT_NE(std::string(error.what()).find("to_double"), std::string::npos);
  }
}

TEST(Convert, ToFloat) {
  expect_only<float>({{true, 1}, {7, 7}, {std::uint64_t{7}, 7}, {7.5, 7.5F}, {-infinity, -infinity}},
                     {0.1, 1e300, (std::int64_t{1} << 24) + 1});
}

TEST(Convert, ToDecimal) {
  expect_only<Decimal>({{7, Decimal("7")},
                        {min64, Decimal("-9223372036854775808")},
                        {max_u64, Decimal("18446744073709551615")},
                        {0.1, Decimal("0.1")},
                        {1e300, Decimal("1e+300")},
                        {Decimal("1.50"), Decimal("1.50")},
                        {"1.50", Decimal("1.50")},
                        {"-1E5", Decimal("-1E5")}},
                       {true, infinity, std::nan(""), "secret-number", "", "1,5", " 1"});
}

TEST(Convert, ToText) {
  expect_only<std::string>({{"", ""},
                            {"Marvin", "Marvin"},
                            {Json{"{}"}, "{}"},
                            {Decimal("1.50"), "1.50"},
                            {some_uuid, uuid_text}});
  EXPECT_EQ(Value("Marvin").get<std::string_view>(), "Marvin");
  EXPECT_THROW(Value(some_uuid).get<std::string_view>(), ConversionError) << "its text exists nowhere";
}

TEST(Convert, ToBytes) {
  expect_only<Bytes>({{some_bytes, some_bytes}, {Bytes{}, Bytes{}}});
  const Value value(some_bytes);
  EXPECT_EQ(value.get<std::span<const std::byte>>().size(), 2u);
}

TEST(Convert, ToDate) {
  expect_only<Date>({{some_date, some_date}, {"2024-02-29", some_date}},
                    {"2024-02-30", "2024-2-29", "2024-02-29 12:30", "secret", "", 19782});
  expect_only<year_month_day>({{some_date, 2024y / February / 29}, {"2024-02-29", 2024y / February / 29}},
                              {Date(days(2'000'000'000))});
}

TEST(Convert, ToTime) {
  expect_only<Time>({{some_time, some_time}, {"12:30", some_time}, {"12:30:00.000000", some_time}},
                    {"25:00", "12", "secret"});
}

TEST(Convert, ToTimestamp) {
  expect_only<Timestamp>({{some_timestamp, some_timestamp},
                          {"2024-02-29 12:30:00", some_timestamp},
                          {"2024-02-29T12:30", some_timestamp}},
                         {"2024-02-29", "2024-02-29 12:30:00Z", "2024-02-29 12:30:00+00:00"});
}

TEST(Convert, ToTimestampWithTimeZone) {
  expect_only<TimestampTz>({{some_moment, some_moment},
                            {"2024-02-29 12:30:00Z", some_moment},
                            {"2024-02-29T13:30:00+01:00", some_moment}},
                           {"2024-02-29 12:30:00", "2024-02-29"});
}

TEST(Convert, ToInterval) { expect_only<Interval>({{Interval{1, 2, 3}, Interval{1, 2, 3}}}, {"1 day"}); }

TEST(Convert, ToUuid) {
  expect_only<Uuid>({{some_uuid, some_uuid},
                     {uuid_bytes, some_uuid},
                     {uuid_text, some_uuid},
                     {"00112233445566778899AABBCCDDEEFF", some_uuid}},
                    {"secret", some_bytes, ""});
}

TEST(Convert, ToJson) {
  expect_only<Json>({{Json{"[1]"}, Json{"[1]"}}, {"{\"a\": null}", Json{"{\"a\": null}"}}, {"1", Json{"1"}}},
                    {"{secret", "", "{} x"});
}

TEST(Convert, ToValueIsTheValueItself) {
  for (const Value& value : one_of_each) EXPECT_EQ(value.get<Value>(), value);
  EXPECT_EQ(Value().get<Value>(), Value());
  EXPECT_EQ(Value().get<std::optional<Value>>(), std::nullopt);
  EXPECT_EQ(Value(1).get<std::optional<Value>>(), Value(1));
}

TEST(Convert, ToListsOfWhatTheirElementsBecome) {
  const Value list(Value::List{1, nullptr, "3.5"});
  EXPECT_EQ(list.get<std::vector<Value>>(), (std::vector<Value>{1, nullptr, "3.5"}));
  EXPECT_EQ(Value(Value::List{1, 2}).get<std::vector<int>>(), (std::vector<int>{1, 2}));
  EXPECT_EQ(Value(Value::List{1, nullptr}).get<std::vector<std::optional<int>>>(),
            (std::vector<std::optional<int>>{1, std::nullopt}));
  EXPECT_EQ(Value(Value::List{Value::List{true}, Value::List{}}).get<std::vector<std::vector<bool>>>(),
            (std::vector<std::vector<bool>>{{true}, {}}));
  EXPECT_THROW(list.get<std::vector<int>>(), ConversionError);
  EXPECT_THROW(Value(7).get<std::vector<int>>(), ConversionError);
}

TEST(Convert, NamesThePlaceInARow) {
  try {
    detail::convert<int>(detail::cell_of(Value("secret")), {3, "age"});
    FAIL();
  } catch (const ConversionError& error) {
    EXPECT_STREQ(error.what(), "column 3 (\"age\"): this text does not become int64 without loss");
  }
  try {
    detail::convert<int>({}, {0, "age"});
    FAIL();
  } catch (const ConversionError& error) {
    EXPECT_STREQ(error.what(),
                 "column 0 (\"age\"): the value is NULL; ask for std::optional to allow that (wanted int64)");
  }
}

}  // namespace
}  // namespace prefect_sqlalchemy
