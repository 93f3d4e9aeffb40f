#include <sstream>

#include <gtest/gtest.h>

#include "batches.hpp"

namespace prefect_sqlalchemy {
namespace {

using detail::make_batch;
using detail::make_row;

template <class Function>
std::string conversion_error(Function function) {
  try {
    function();
  } catch (const ConversionError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no exception";
  return {};
}

TEST(Row, GivesValuesByPlaceAndName) {
  const Row row = make_row({"Marvin", 42, 1.5, nullptr});
  EXPECT_EQ(row.size(), 4u);
  EXPECT_EQ(row.keys(), (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ(row.get<std::string>(0), "Marvin");
  EXPECT_EQ(row.get<std::string_view>("a"), "Marvin");
  EXPECT_EQ(row.get<std::int64_t>("b"), 42);
  EXPECT_EQ(row.get<int>(1), 42);
  EXPECT_EQ(row.get<double>(2), 1.5);
  EXPECT_EQ(row.value("b"), Value(42));
  EXPECT_TRUE(row.is_null(3));
  EXPECT_FALSE(row.is_null("a"));
}

TEST(Row, GivesNullOnlyToOptional) {
  const Row row = make_row({nullptr, "x"});
  EXPECT_EQ(row.get<std::optional<std::string>>(0), std::nullopt);
  EXPECT_EQ(row.get<std::optional<std::string_view>>(0), std::nullopt);
  EXPECT_EQ(row.get<std::optional<std::int64_t>>(0), std::nullopt);
  EXPECT_EQ(row.get<std::optional<std::string_view>>(1), "x");
  EXPECT_NE(conversion_error([&] { row.get<std::string>(0); }).find("column 0 (\"a\"): the value is NULL"),
            std::string::npos);
  EXPECT_THROW(row.get<std::int64_t>(0), ConversionError);
  EXPECT_THROW(row.get<double>(0), ConversionError);
}

TEST(Row, SeesNullsBetweenValuesOfTheFastTypes) {
  const auto batch =
      make_batch({{"i", {1, nullptr, 3}}, {"d", {1.0, nullptr, 3.0}}, {"t", {"1", nullptr, "3"}}});
  const Row middle(batch, 1), last(batch, 2);
  EXPECT_THROW(middle.get<std::int64_t>(0), ConversionError);
  EXPECT_THROW(middle.get<double>(1), ConversionError);
  EXPECT_THROW(middle.get<std::string_view>(2), ConversionError);
  EXPECT_EQ((last.as<std::int64_t, double, std::string_view>()), (std::tuple(3, 3.0, "3")));
}

TEST(Row, ConvertsWhereNothingIsLost) {
  const Row row = make_row({"2024-02-29", 1, "1.50", "{}", 3.0});
  EXPECT_EQ(row.get<Date>(0), std::chrono::sys_days(std::chrono::year(2024) / 2 / 29));
  EXPECT_TRUE(row.get<bool>(1));
  EXPECT_EQ(row.get<Decimal>(2), Decimal("1.50"));
  EXPECT_EQ(row.get<Json>(3), Json{"{}"});
  EXPECT_EQ(row.get<int>(4), 3);
}

TEST(Row, NamesColumnAndTypesButNotTheValue) {
  const std::string text = conversion_error([] { make_row({"secret"}).get<int>(0); });
  EXPECT_EQ(text, "column 0 (\"a\"): this text does not become int64 without loss");
}

TEST(Row, NamesTheColumnsItHas) {
  const Row row = make_row({1, 2});
  try {
    row.get<int>("nope");
    FAIL();
  } catch (const ArgumentError& error) {
    EXPECT_STREQ(error.what(), "the row has no column \"nope\"; it has \"a\" \"b\"");
  }
  try {
    row.get<int>(2);
    FAIL();
  } catch (const ArgumentError& error) {
    EXPECT_STREQ(error.what(), "the row has no column 2; it has 2, counted from 0");
  }
  EXPECT_THROW(row.value(2), ArgumentError);
  EXPECT_THROW(row.is_null("nope"), ArgumentError);
}

TEST(Row, MeansTheFirstColumnOfAName) {
  const Row row(make_batch({{"x", {1}}, {"x", {2}}}), 0);
  EXPECT_EQ(row.get<int>("x"), 1);
  EXPECT_EQ(row.get<int>(1), 2);
}

TEST(Row, BecomesATuple) {
  auto [name, age, left] = make_row({"Marvin", 42, nullptr}).as<std::string, int, std::optional<int>>();
  EXPECT_EQ(name, "Marvin");
  EXPECT_EQ(age, 42);
  EXPECT_EQ(left, std::nullopt);
  EXPECT_EQ(std::get<0>(make_row({7}).as<int>()), 7);
}

struct Customer {
  std::string name;
  std::optional<std::string> address;
  std::optional<int> age;
  Value anything;
  Date born;
  std::chrono::year_month_day joined;
  Timestamp seen;
  TimestampTz moment;
  Time at;
  Interval every;
  Uuid id;
  Json more;
  Decimal balance;
  Bytes picture;
  std::vector<int> numbers;
  bool active;
};

TEST(Row, BecomesAStructOfAnyFields) {
  const Row row =
      make_row({"Marvin", nullptr, 42, "x", "2024-02-29", "2024-02-29", "2024-02-29 12:30",
                "2024-02-29 12:30Z", "12:30", Interval{1, 2, 3}, "00112233-4455-6677-8899-aabbccddeeff", "{}",
                "1.50", Bytes{std::byte{1}}, Value::List{1, 2}, 1});
  const auto customer = row.as<Customer>();
  EXPECT_EQ(customer.name, "Marvin");
  EXPECT_EQ(customer.address, std::nullopt);
  EXPECT_EQ(customer.age, 42);
  EXPECT_EQ(customer.anything, Value("x"));
  EXPECT_EQ(to_iso(customer.born), "2024-02-29");
  EXPECT_EQ(customer.joined.day(), std::chrono::day(29));
  EXPECT_EQ(to_iso(customer.seen), "2024-02-29 12:30:00");
  EXPECT_EQ(to_iso(customer.moment), "2024-02-29 12:30:00+00:00");
  EXPECT_EQ(customer.at, Time{std::chrono::minutes(750)});
  EXPECT_EQ(customer.every, (Interval{1, 2, 3}));
  EXPECT_EQ(customer.id, Uuid("00112233-4455-6677-8899-aabbccddeeff"));
  EXPECT_EQ(customer.more, Json{"{}"});
  EXPECT_EQ(customer.balance, Decimal("1.50"));
  EXPECT_EQ(customer.picture.size(), 1u);
  EXPECT_EQ(customer.numbers, (std::vector<int>{1, 2}));
  EXPECT_TRUE(customer.active);
}

struct Name {
  std::string name;
};
struct MaybeName {
  std::optional<std::string> name;
};
struct Anything {
  Value value;
};

TEST(Row, BecomesAStructOfOneField) {
  EXPECT_EQ(make_row({"Marvin"}).as<Name>().name, "Marvin");
  EXPECT_EQ(make_row({"Marvin"}).as<MaybeName>().name, "Marvin");
  EXPECT_EQ(make_row({nullptr}).as<Anything>().value, Value());
}

TEST(Row, TakesTheLibrarysOwnStructsAsOneValue) {
  EXPECT_EQ(std::get<0>(make_row({"12:30"}).as<Time>()), Time{std::chrono::minutes(750)});
  EXPECT_EQ(std::get<0>(make_row({Interval{1, 2, 3}}).as<Interval>()), (Interval{1, 2, 3}));
  EXPECT_EQ(std::get<0>(make_row({"[]"}).as<Json>()), Json{"[]"});
}

TEST(Row, RefusesAnotherNumberOfColumns) {
  const Row row = make_row({1, 2});
  EXPECT_THROW((row.as<int>()), ArgumentError);
  EXPECT_THROW((row.as<int, int, int>()), ArgumentError);
  try {
    row.as<Name>();
    FAIL();
  } catch (const ArgumentError& error) {
    EXPECT_STREQ(error.what(), "the row has 2 columns, not 1");
  }
}

TEST(Row, IsEqualByItsValuesAlone) {
  EXPECT_EQ(make_row({1, "x", nullptr}), Row(make_batch({{"p", {1}}, {"q", {"x"}}, {"r", {nullptr}}}), 0));
  EXPECT_FALSE(make_row({1}) == make_row({1.0}));
  EXPECT_FALSE(make_row({1}) == make_row({1, 2}));
}

TEST(Row, PrintsAsATuple) {
  std::ostringstream out;
  out << make_row({"Marv'in", 42, nullptr}) << make_row({7});
  EXPECT_EQ(out.str(), "('Marv\\'in', 42, None)(7,)");
}

TEST(Row, KeepsItsBatchAlive) {
  std::optional<Row> row;
  {
    const auto batch = make_batch({{"a", {"first", "second"}}});
    row.emplace(batch, 1);
  }
  EXPECT_EQ(row->get<std::string_view>(0), "second");
}

TEST(Row, ReadsEachRowOfAMixedColumn) {
  const std::vector<Value> values{1, "one", nullptr, 1.5, Bytes{std::byte{1}}};
  const auto batch = make_batch({{"x", values}});
  for (std::size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(Row(batch, static_cast<std::int64_t>(i)).value(0), values[i]);
  }
  EXPECT_EQ(Row(batch, 0).get<std::int64_t>(0), 1);
  EXPECT_EQ(Row(batch, 1).get<std::string_view>(0), "one");
  EXPECT_TRUE(Row(batch, 2).is_null(0));
}

}  // namespace
}  // namespace prefect_sqlalchemy
