#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

class NamedParameters : public OnEitherConnector {};
INSTANTIATE_TEST_SUITE_P(On, NamedParameters, testing::ValuesIn(databases_by_either_connector()),
                         database_name);

std::vector<int> numbers_of(AnyConnector& db, const std::string& where, const Parameters& parameters) {
  return db.execute("SELECT n FROM numbers WHERE " + where + " ORDER BY n", parameters).scalars<int>();
}

TEST_P(NamedParameters, MayRepeatAndComeInAnyOrder) {
  auto db = connector();
  make_numbers(db, 10);
  EXPECT_EQ(numbers_of(db, "n > :low AND n < :high AND n <> :low + 2", {{"high", 7}, {"low", 3}}),
            (std::vector<int>{4, 6}));
}

TEST_P(NamedParameters, AreNotSeenInTextsAndComments) {
  auto db = connector();
  make_numbers(db, 3);
  EXPECT_EQ(numbers_of(db, "'{\"a\": :b}' <> '12:30' /* :c */ AND n = :n -- :d\n", {{"n", 2}}),
            (std::vector<int>{2}));
}

TEST_P(NamedParameters, ExpandListsBehindIn) {
  auto db = connector();
  make_numbers(db, 10);
  EXPECT_EQ(numbers_of(db, "n IN :ids", {{"ids", std::vector<int>{3, 5, 99}}}), (std::vector<int>{3, 5}));
  EXPECT_EQ(numbers_of(db, "n IN :ids", {{"ids", std::vector<int>{4}}}), (std::vector<int>{4}));
  EXPECT_EQ(numbers_of(db, "n IN :ids", {{"ids", std::vector<int>{}}}), std::vector<int>{});
  EXPECT_EQ(numbers_of(db, "n NOT IN :ids", {{"ids", std::vector<int>{}}}).size(), 10u);
  const std::vector<std::string> no_words;
  EXPECT_EQ(numbers_of(db, "CAST(n AS CHAR(5)) IN :words OR n = 7", {{"words", no_words}}),
            std::vector<int>{7});
  EXPECT_EQ(numbers_of(db, "NOT CAST(n AS CHAR(5)) IN :words AND n = 7", {{"words", no_words}}),
            std::vector<int>{7});
  EXPECT_EQ(numbers_of(db, "CAST(n AS CHAR(5)) NOT IN :words AND n = 7", {{"words", no_words}}),
            std::vector<int>{7});
  EXPECT_EQ(numbers_of(db, "n IN :ids AND n > :low AND n IN :ids",
                       {{"ids", std::vector<int>{1, 2, 3}}, {"low", 1}}),
            (std::vector<int>{2, 3}));
}

TEST_P(NamedParameters, ExpandListsOfOneStatementAgainAndAgain) {
  auto db = connector();
  make_numbers(db, 10);
  Connection connection = db.get_connection(false);
  const std::string sql = "SELECT n FROM numbers WHERE n IN :ids ORDER BY n";
  for (const std::size_t size : {1, 3, 2, 3, 1, 0, 3}) {
    std::vector<int> ids;
    for (std::size_t i = 0; i < size; ++i) ids.push_back(static_cast<int>(i) + 4);
    EXPECT_EQ(connection.execute(sql, {{"ids", ids}}).scalars<int>(), ids);
  }
}

TEST_P(NamedParameters, ExpandAListAlsoAfterTheStatementRanWithoutOne) {
  if (!database().is_dynamically_typed) GTEST_SKIP() << "IN without parentheses is no SQL there";
  auto db = connector();
  make_numbers(db, 10);
  Connection connection = db.get_connection(false);
  // A table-valued function's name is what SQLite takes behind IN; a scalar is refused by the database.
  const std::string sql = "SELECT n FROM numbers WHERE n IN :ids";
  EXPECT_THROW(connection.execute(sql, {{"ids", 4}}), DatabaseError);
  EXPECT_EQ(connection.execute(sql, {{"ids", std::vector<int>{4}}}).scalars<int>(), (std::vector<int>{4}));
}

TEST_P(NamedParameters, ThatAreMissingAreNamedBeforeAnythingIsSent) {
  auto db = connector();
  make_numbers(db, 0);
  const std::string text = message_of<StatementError>([&] {
    db.execute("INSERT INTO numbers (n) VALUES (:n)", {{"m", 5678}});
  });
  EXPECT_EQ(text.rfind("A value is required for bind parameter 'n'", 0), 0u) << text;
  EXPECT_NE(text.find("[SQL: INSERT INTO numbers (n) VALUES (:n)]"), std::string::npos) << text;
  EXPECT_EQ(text.find("5678"), std::string::npos) << text;
  EXPECT_THROW(db.execute("INSERT INTO numbers (n) VALUES (:n)"), StatementError);
  EXPECT_THROW(db.fetch_one("SELECT :n"), StatementError);
  EXPECT_EQ(count(db, "numbers"), 0);
  EXPECT_EQ(lent(db), 0);
}

TEST_P(NamedParameters, ThatAreUnknownAreNamed) {
  auto db = connector();
  make_numbers(db, 0);
  const std::string sql = "INSERT INTO numbers (n) VALUES (:n)";
  const std::string text = message_of<StatementError>([&] { db.execute(sql, {{"n", 1}, {"other", 5678}}); });
  EXPECT_NE(text.find("no parameter :other; it has :n"), std::string::npos) << text;
  EXPECT_EQ(text.find("5678"), std::string::npos) << text;
  EXPECT_THROW(db.execute_many(sql, {{{"n", 1}, {"other", 2}}}), StatementError);
  EXPECT_EQ(count(db, "numbers"), 0);
}

TEST_P(NamedParameters, TakeDatesAndTheirLikeAsText) {
  if (!database().is_dynamically_typed) GTEST_SKIP() << "the database has types for them";
  auto db = connector();
  const Date date = std::chrono::sys_days(std::chrono::year(2024) / 2 / 29);
  const Timestamp timestamp(date.time_since_epoch() + std::chrono::microseconds(1));
  const Uuid uuid("00112233-4455-6677-8899-aabbccddeeff");
  const std::tuple<Value, Value, Value> cases[] = {
      {date, "2024-02-29", date},
      {Time{std::chrono::minutes(750)}, "12:30:00", Time{std::chrono::minutes(750)}},
      {timestamp, "2024-02-29 00:00:00.000001", timestamp},
      {Decimal("1.50"), "1.50", Decimal("1.50")},
      {uuid, "00112233-4455-6677-8899-aabbccddeeff", uuid},
      {Json{"{\"a\": 1}"}, "{\"a\": 1}", Json{"{\"a\": 1}"}},
      {true, 1, true}};
  for (const auto& [given, stored, back] : cases) {
    const Row row = db.execute("SELECT :x", {{"x", given}}).one();
    EXPECT_EQ(row.value(0), stored);
    std::visit(
        [&, &wanted = back]<class T>(const T&) {
          if constexpr (!std::is_same_v<T, std::monostate> && !std::is_same_v<T, Value::List>) {
            EXPECT_EQ(row.get<T>(0), wanted.template get<T>());
          }
        },
        back.variant());
  }
}

TEST_P(NamedParameters, NeverAppearInErrors) {
  auto db = connector();
  db.execute("CREATE TABLE u (n integer UNIQUE, t varchar(100))");
  db.execute("INSERT INTO u VALUES (1, 'x')");
  for (int verb = 0; verb < 3; ++verb) {
    const Parameters parameters{{"n", 1}, {"t", "hunter2-secret"}};
    const std::string sql = "INSERT INTO u VALUES (:n, :t)";
    const std::string text = message_of<IntegrityError>([&] {
      if (verb == 0) db.execute(sql, parameters);
      if (verb == 1) db.execute_many(sql, {parameters});
      if (verb == 2) db.fetch_one(sql, {.parameters = parameters});
    });
    EXPECT_EQ(text.find("hunter2"), std::string::npos) << text;
  }
}

}  // namespace
