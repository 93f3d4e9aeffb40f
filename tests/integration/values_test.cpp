#include <cmath>

#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

/// Values of a kind that go into a column of a type for them, and come back.
class Values : public OnEitherConnector {
 protected:
  using Check = std::function<void(const Row& row, const Value& given)>;

  /// By each way that a parameter can take: alone, as one of many, and in a condition.
  void expect_back(Kind kind, const std::vector<Value>& values, const Check& check) {
    const std::string type = database().column_type(kind);
    if (type.empty()) GTEST_SKIP() << "the database has no type for " << to_string(kind);
    auto db = connector();
    db.execute("CREATE TABLE given (id integer, x " + type + ")");
    const std::string insert = "INSERT INTO given (id, x) VALUES (:id, :x)";
    ParameterRows many({"id", "x"});
    int id = 0;
    for (const Value& value : values) {
      db.execute(insert, {{"id", id}, {"x", value}});
      many.add(id, value);
      ++id;
    }
    db.execute_many(insert, many);
    db.execute(insert, {{"id", id}, {"x", nullptr}});
    for (int i = 0; i < id; ++i) {
      const auto rows = db.execute("SELECT x FROM given WHERE id = :id", {{"id", i}}).fetchall();
      ASSERT_EQ(rows.size(), 2u);
      for (const Row& row : rows) {
        SCOPED_TRACE(testing::PrintToString(values[static_cast<std::size_t>(i)]));
        check(row, values[static_cast<std::size_t>(i)]);
      }
    }
    EXPECT_TRUE(db.execute("SELECT x FROM given WHERE id = :id", {{"id", id}}).one().is_null(0));
  }
  template <class T>
  void expect_back(Kind kind, const std::vector<T>& values) {
    expect_back(kind, std::vector<Value>(values.begin(), values.end()),
                [](const Row& row, const Value& given) { EXPECT_EQ(row.get<T>(0), given.get<T>()); });
  }
};
INSTANTIATE_TEST_SUITE_P(On, Values, testing::ValuesIn(databases_by_either_connector()), database_name);

const Date leap_day = std::chrono::sys_days(std::chrono::year(2024) / 2 / 29);

TEST_P(Values, OfKindBoolean) {
  expect_back(Kind::boolean, {true, false},
              [](const Row& row, const Value& given) { EXPECT_EQ(row.get<bool>(0), given.get<bool>()); });
}

TEST_P(Values, OfKindInt64) { expect_back<std::int64_t>(Kind::int64, {0, -1, INT64_MIN, INT64_MAX}); }

TEST_P(Values, OfKindUint64) { expect_back<std::uint64_t>(Kind::uint64, {0, 1, UINT64_MAX}); }

TEST_P(Values, OfKindReal) {
  if (!database().has_whole_reals) GTEST_SKIP() << "doubles lose digits on their way";
  expect_back<double>(Kind::real, {0.0, -1.5, 0.1, 1.7976931348623157e308, 2.2250738585072014e-308});
}

TEST_P(Values, OfKindDecimal) {
  expect_back(Kind::decimal,
              {Decimal("0"), Decimal("-1.50"), Decimal("12345678901234567890123456789.0123456789")},
              [](const Row& row, const Value& given) {
                // A column of a fixed scale fills it with zeros.
                const std::string text = row.get<Decimal>(0).text(), wanted = given.get<Decimal>().text();
                EXPECT_EQ(text.substr(0, wanted.size()), wanted);
                EXPECT_EQ(text.find_first_not_of(".0", wanted.size()), std::string::npos) << text;
              });
}

TEST_P(Values, OfKindText) {
  expect_back<std::string>(Kind::text, {"", " ", "Zürich 東京 🦆", "a'b\"c\\d%s?$1:x\n\t", "NULL"});
}

TEST_P(Values, OfKindBytes) {
  Bytes all;
  for (int i = 0; i < 256; ++i) all.push_back(std::byte(i));
  expect_back<Bytes>(Kind::bytes, {Bytes{}, Bytes{std::byte{0}}, all});
}

TEST_P(Values, OfKindDate) {
  expect_back<Date>(Kind::date, {leap_day, Date{}, std::chrono::sys_days(std::chrono::year(1000) / 1 / 1),
                                 std::chrono::sys_days(std::chrono::year(9999) / 12 / 31)});
}

TEST_P(Values, OfKindTime) {
  expect_back<Time>(Kind::time, {Time{}, Time{std::chrono::microseconds(1)},
                                 Time{std::chrono::hours(24) - std::chrono::microseconds(1)}});
}

TEST_P(Values, OfKindTimestamp) {
  const std::chrono::local_days day{leap_day.time_since_epoch()};
  expect_back<Timestamp>(Kind::timestamp, {day, day + std::chrono::microseconds(1),
                                           day + std::chrono::hours(24) - std::chrono::microseconds(1)});
}

TEST_P(Values, OfKindTimestampTz) {
  // A column without zone gives a time without: the one in UTC.
  expect_back(Kind::timestamp_tz,
              {TimestampTz(leap_day), TimestampTz(leap_day) + std::chrono::microseconds(123'456)},
              [](const Row& row, const Value& given) {
                const TimestampTz wanted = given.get<TimestampTz>();
                if (row.value(0).kind() == Kind::timestamp) {
                  EXPECT_EQ(row.get<Timestamp>(0), Timestamp(wanted.time_since_epoch()));
                } else {
                  EXPECT_EQ(row.get<TimestampTz>(0), wanted);
                }
              });
}

TEST_P(Values, OfKindInterval) {
  expect_back<Interval>(Kind::interval,
                        {Interval{}, Interval{14, -3, 5'000'000'000}, Interval{-1, 0, -1000}});
}

TEST_P(Values, OfKindUuid) {
  expect_back<Uuid>(Kind::uuid, {Uuid("00112233-4455-6677-8899-aabbccddeeff"), Uuid()});
}

TEST_P(Values, OfKindJson) {
  expect_back(
      Kind::json, {Json{"{\"a\": [1, null, \"x\"]}"}, Json{"[]"}},
      [](const Row& row, const Value& given) { EXPECT_EQ(row.get<Json>(0).text, given.get<Json>().text); });
}

TEST_P(Values, OfKindList) {
  const std::vector<Value> lists{Value(Value::List{}), Value(Value::List{1, 2, nullptr, INT64_MIN})};
  expect_back(Kind::list, lists, [](const Row& row, const Value& given) { EXPECT_EQ(row.value(0), given); });
}

TEST_P(Values, ThatDoNotFitAreAnError) {
  if (!database().checks_types) GTEST_SKIP() << "columns have no types";
  auto db = connector();
  db.execute("CREATE TABLE small (n smallint, t varchar(3), d date)");
  const std::pair<const char*, Value> cases[] = {
      {"n", 40'000}, {"n", UINT64_MAX}, {"n", "many"}, {"t", "four"}, {"d", "2023-02-29"}};
  for (const auto& [column, value] : cases) {
    EXPECT_THROW(db.execute("INSERT INTO small (" + std::string(column) + ") VALUES (:x)", {{"x", value}}),
                 DataError)
        << column << " " << value;
  }
  EXPECT_EQ(count(db, "small"), 0);
}

}  // namespace
