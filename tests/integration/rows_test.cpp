#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

class Rows : public OnEitherConnector {};
INSTANTIATE_TEST_SUITE_P(On, Rows, testing::ValuesIn(databases_by_either_connector()), database_name);

constexpr int many = 100'000;

TEST_P(Rows, AreAllThereAcrossTheBordersOfBatches) {
  auto db = connector();
  make_numbers(db, many);
  const std::vector<Row> rows = db.fetch_all(all_numbers);
  ASSERT_EQ(rows.size(), std::size_t{many});
  for (int n = 0; n < many; ++n) ASSERT_EQ(rows[static_cast<std::size_t>(n)].get<int>(0), n);
}

TEST_P(Rows, ComeInOrderWhateverTheSizes) {
  auto db = connector();
  make_numbers(db, many);
  int next = 0;
  std::int64_t size = 1;
  for (;;) {
    const auto rows = db.fetch_many(all_numbers, {.size = size});
    if (rows.empty()) break;
    if (next + size <= many) {
      ASSERT_EQ(rows.size(), static_cast<std::size_t>(size));
    }
    for (const Row& row : rows) ASSERT_EQ(row.get<int>(0), next++);
    const auto one = db.fetch_one(all_numbers);
    if (one) {
      ASSERT_EQ(one->get<int>(0), next++);
    }
    size = size * 3 + 1;
  }
  EXPECT_EQ(next, many);
}

TEST_P(Rows, CanBeWalkedThrough) {
  auto db = connector();
  make_numbers(db, 1000);
  Connection connection = db.get_connection(false);
  CursorResult result = connection.execute(all_numbers);
  int next = 0;
  for (const Row& row : result) EXPECT_EQ(row.get<int>(0), next++);
  EXPECT_EQ(next, 1000);
  EXPECT_EQ(result.rowcount(), 1000);
  EXPECT_EQ(connection.execute(all_numbers).scalars<int>().size(), 1000u);
}

TEST_P(Rows, OfAnUnreadResultSurviveTheNextStatement) {
  auto db = connector();
  make_numbers(db, 10'000);
  Connection connection = db.get_connection(false);
  CursorResult first = connection.execute(all_numbers);
  EXPECT_EQ(first.fetchone()->get<int>(0), 0);
  CursorResult second = connection.execute(all_numbers);
  EXPECT_TRUE(first.buffered());
  EXPECT_EQ(second.fetchone()->get<int>(0), 0);
  EXPECT_EQ(first.fetchone()->get<int>(0), 1);
  connection.close();
  EXPECT_EQ(first.fetchall().size(), 9998u);
  EXPECT_EQ(second.fetchall().size(), 9999u);
}

class RowsThatFail : public OnEitherConnector {
 protected:
  /// The rows before 9000 are good. (Not sorted: that would compute all of them at once.)
  const std::string sql =
      "SELECT CASE WHEN n = 9000 THEN " + database().failing_expression + " ELSE n END FROM numbers";
};
INSTANTIATE_TEST_SUITE_P(On, RowsThatFail, testing::ValuesIn(databases_by_either_connector()), database_name);

TEST_P(RowsThatFail, EndAFetchAndGiveItsConnectionBack) {
  if (database().reads_whole_results) GTEST_SKIP() << "a row that fails fails the statement";
  auto db = connector();
  make_numbers(db, 10'000);
  EXPECT_EQ(db.fetch_many(sql, {.size = 10}).size(), 10u);
  EXPECT_THROW(db.fetch_all(sql), DatabaseError);
  EXPECT_EQ(lent(db), 0);
  EXPECT_EQ(db.fetch_one(sql)->get<int>(0), 0) << "the next one runs anew";
}

TEST_P(RowsThatFail, FailExecute) {
  auto db = connector();
  make_numbers(db, 10'000);
  EXPECT_THROW(db.execute(sql), DatabaseError);
  EXPECT_EQ(lent(db), 0);
}

TEST_P(RowsThatFail, AreNeverTakenForTheEnd) {
  if (database().reads_whole_results) GTEST_SKIP() << "a row that fails fails the statement";
  auto db = connector();
  make_numbers(db, 10'000);
  Connection connection = db.get_connection(false);
  CursorResult result = connection.execute(sql);
  EXPECT_EQ(result.fetchone()->get<int>(0), 0);
  connection.close();  // reads the rest, as the result is still there
  EXPECT_EQ(result.fetchmany(8'000).size(), 8'000u) << "what was read is there";
  EXPECT_THROW(result.fetchall(), DatabaseError);
  EXPECT_THROW(result.fetchone(), DatabaseError) << "it does not heal";
}

TEST_P(Rows, KeepDuplicateColumnNames) {
  auto db = connector();
  make_numbers(db, 2);
  const auto row = db.fetch_one("SELECT n AS x, n + 10 AS x, 7 AS y FROM numbers ORDER BY n");
  EXPECT_EQ(row->keys(), (std::vector<std::string>{"x", "x", "y"}));
  EXPECT_EQ(row->get<int>("x"), 0);
  EXPECT_EQ(row->get<int>(1), 10);
}

TEST_P(Rows, TellTheirNamesAlsoWhereThereAreNone) {
  auto db = connector();
  make_numbers(db, 0);
  CursorResult result = db.execute("SELECT n, n AS other FROM numbers");
  EXPECT_TRUE(result.returns_rows());
  EXPECT_EQ(result.keys(), (std::vector<std::string>{"n", "other"}));
  EXPECT_EQ(result.rowcount(), 0);
  EXPECT_TRUE(result.buffered());
  EXPECT_TRUE(result.all().empty());
}

TEST_P(Rows, FollowATableThatIsChanged) {
  auto db = connector();
  make_numbers(db, 1);
  const std::string sql = "SELECT * FROM numbers";
  EXPECT_EQ(db.execute(sql).keys(), (std::vector<std::string>{"n"}));
  db.execute("ALTER TABLE numbers ADD COLUMN t varchar(10)");
  EXPECT_EQ(db.execute(sql).keys(), (std::vector<std::string>{"n", "t"}));
  db.execute("DROP TABLE numbers");
  EXPECT_THROW(db.execute(sql), DatabaseError);
  db.execute("CREATE TABLE numbers (t varchar(10), n varchar(10))");
  db.execute("INSERT INTO numbers VALUES ('a', 'b')");
  EXPECT_EQ(db.execute(sql).one().value(1), Value("b"));
}

TEST_P(Rows, KeepEmptyTextsApartFromNull) {
  auto db = connector();
  db.execute("CREATE TABLE texts (id integer, t varchar(10), b " + database().bytes_type + ")");
  db.execute_many("INSERT INTO texts VALUES (:id, :t, :b)",
                  {{{"id", 1}, {"t", ""}, {"b", Bytes{}}}, {{"id", 2}, {"t", ""}, {"b", Bytes{}}}});
  db.execute("INSERT INTO texts VALUES (:id, :t, :b)", {{"id", 3}, {"t", ""}, {"b", Bytes{}}});
  db.execute("INSERT INTO texts VALUES (:id, :t, :b)", {{"id", 4}, {"t", nullptr}, {"b", nullptr}});
  db.execute_many("INSERT INTO texts VALUES (:id, :t, :b)", {{{"id", 5}, {"t", nullptr}, {"b", nullptr}}});
  const auto rows = db.fetch_all("SELECT t, b FROM texts ORDER BY id");
  ASSERT_EQ(rows.size(), 5u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(rows[i].value(0), Value("")) << i;
    EXPECT_EQ(rows[i].value(1), Value(Bytes{})) << i;
  }
  EXPECT_TRUE(rows[3].is_null(0) && rows[3].is_null(1) && rows[4].is_null(0) && rows[4].is_null(1));
}

TEST_P(Rows, HoldValuesOf16MiB) {
  auto db = connector();
  db.execute("CREATE TABLE large (id integer, t " + database().long_text_type + ", b " +
             database().bytes_type + ")");
  std::string text(16 << 20, 'x');
  text.back() = '!';
  const Bytes bytes(16 << 20, std::byte{200});
  db.execute("INSERT INTO large VALUES (1, :t, :b)", {{"t", text}, {"b", bytes}});
  db.execute_many("INSERT INTO large VALUES (2, :t, :b)", {{{"t", text}, {"b", bytes}}});
  const auto rows = db.fetch_all("SELECT t, b FROM large ORDER BY id");
  ASSERT_EQ(rows.size(), 2u);
  for (const Row& row : rows) {
    EXPECT_TRUE(row.get<std::string_view>(0) == text);
    EXPECT_TRUE(row.get<Bytes>(1) == bytes);
  }
}

TEST_P(Rows, KeepExtremesAndUnicode) {
  if (!database().has_whole_reals) GTEST_SKIP() << "doubles lose digits on their way";
  auto db = connector();
  db.execute("CREATE TABLE extremes (i bigint, d double precision, t varchar(50))");
  const Parameters least{{"i", INT64_MIN}, {"d", 5e-324}, {"t", "Zürich 東京 🦆 'quoted' \\n"}};
  const Parameters most{{"i", INT64_MAX}, {"d", 1.7976931348623157e308}, {"t", "%s ? $1 :x"}};
  for (const Parameters& parameters : {least, most}) {
    db.execute("INSERT INTO extremes VALUES (:i, :d, :t)", parameters);
  }
  for (const Parameters& parameters : {least, most}) {
    const auto row = db.fetch_one("SELECT i, d, t FROM extremes WHERE i = :i",
                                  {.parameters = {{"i", *parameters.find("i")}}});
    ASSERT_TRUE(row);
    EXPECT_EQ(row->value(0), *parameters.find("i"));
    EXPECT_EQ(row->value(1), *parameters.find("d"));
    EXPECT_EQ(row->value(2), *parameters.find("t"));
  }
}

TEST_P(Rows, KeepEachValuesOwnType) {
  if (!database().is_dynamically_typed) GTEST_SKIP() << "columns have types";
  auto db = connector();
  db.execute("CREATE TABLE anything (id integer, x)");
  const std::vector<Value> values{1, "one", 1.5, Bytes{std::byte{1}, std::byte{0}}, nullptr, "two", 2};
  int id = 0;
  for (const Value& value : values) {
    db.execute("INSERT INTO anything VALUES (:id, :x)", {{"id", id++}, {"x", value}});
  }
  std::vector<Value> read;
  for (const Row& row : db.fetch_all("SELECT x FROM anything ORDER BY id")) read.push_back(row.value(0));
  EXPECT_EQ(read, values);
}

TEST_P(Rows, AreOneOrNoneWhereThatIsAsked) {
  auto db = connector();
  make_numbers(db, 3);
  EXPECT_EQ(db.execute("SELECT n FROM numbers WHERE n = 1").one().get<int>(0), 1);
  EXPECT_EQ(db.execute("SELECT n FROM numbers WHERE n = 9").one_or_none(), std::nullopt);
  EXPECT_THROW(db.execute("SELECT n FROM numbers WHERE n = 9").one(), InvalidRequestError);
  EXPECT_THROW(db.execute(all_numbers).one(), InvalidRequestError);
  EXPECT_THROW(db.execute(all_numbers).one_or_none(), InvalidRequestError);
  EXPECT_EQ(db.execute(all_numbers).first()->get<int>(0), 0);
  EXPECT_EQ(db.execute(all_numbers).scalar<int>(), 0);
  EXPECT_EQ(db.execute("SELECT n FROM numbers WHERE n = 9").scalar<int>(), std::nullopt);
  EXPECT_EQ(db.execute(all_numbers).fetchmany(2).size(), 2u);
  EXPECT_THROW(db.execute(all_numbers).fetchmany(0), ArgumentError);
}

struct Customer {
  std::string name;
  std::optional<int> age;
};

TEST_P(Rows, FillTuplesAndStructs) {
  auto db = connector();
  db.execute("CREATE TABLE customers (name varchar(20), age integer)");
  db.execute("INSERT INTO customers VALUES ('Marvin', 42), ('Ford', NULL)");
  const auto rows = db.fetch_all("SELECT name, age FROM customers ORDER BY name");
  const auto [name, age] = rows[1].as<std::string, int>();
  EXPECT_EQ(name, "Marvin");
  EXPECT_EQ(age, 42);
  const auto ford = rows[0].as<Customer>();
  EXPECT_EQ(ford.name, "Ford");
  EXPECT_EQ(ford.age, std::nullopt);
}

}  // namespace
