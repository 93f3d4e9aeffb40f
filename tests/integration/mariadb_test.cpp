#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

/// What only MariaDB and MySQL do: procedures with several results, statements that commit by themselves.
class MariaDb : public OnDatabase {
 protected:
  void SetUp() override { db_.emplace(connector()); }
  SqlAlchemyConnector& db() { return *db_; }

 private:
  std::optional<SqlAlchemyConnector> db_;
};
INSTANTIATE_TEST_SUITE_P(On, MariaDb, testing::ValuesIn(databases_where([](const Database& database) {
                           return database.server == &test_support::mariadb_server &&
                                  database.through == nullptr;
                         })),
                         database_name);

TEST_P(MariaDb, ProceduresGiveSeveralResults) {
  make_numbers(db(), 3);
  db().execute(
      "CREATE PROCEDURE both_ways(IN more integer) BEGIN "
      "SELECT n FROM numbers ORDER BY n; SELECT n + more AS m FROM numbers ORDER BY n DESC; END");
  Connection connection = db().get_connection(false);
  CursorResult result = connection.execute("CALL both_ways(:more)", {{"more", 10}});
  EXPECT_EQ(result.keys(), (std::vector<std::string>{"n"}));
  EXPECT_EQ(result.scalars<int>(), (std::vector<int>{0, 1, 2}));
  ASSERT_TRUE(result.nextset());
  EXPECT_EQ(result.keys(), (std::vector<std::string>{"m"}));
  EXPECT_EQ(result.scalars<int>(), (std::vector<int>{12, 11, 10}));
  while (result.nextset()) EXPECT_FALSE(result.returns_rows()) << "what is left is the procedure's own end";
  EXPECT_EQ(connection.execute("SELECT count(*) FROM numbers").scalar<int>(), 3);
}

TEST_P(MariaDb, ResultsThatNobodyAsksForAreInNobodysWay) {
  make_numbers(db(), 3);
  db().execute("CREATE PROCEDURE twice() BEGIN SELECT n FROM numbers; SELECT n FROM numbers; END");
  for (int i = 0; i < 3; ++i) {
    Connection connection = db().get_connection(false);
    CursorResult result = connection.execute("CALL twice()");
    EXPECT_TRUE(result.fetchone());
    EXPECT_EQ(connection.execute("SELECT count(*) FROM numbers").scalar<int>(), 3);
    EXPECT_EQ(result.fetchall().size(), 2u);
  }
  EXPECT_EQ(db().execute("CALL twice()").fetchall().size(), 3u);
  EXPECT_EQ(lent(db()), 0);
}

TEST_P(MariaDb, SeveralStatementsRunInOneTextWhereTheUserAllowsThem) {
  auto several = connector({.connect_args = {{"multi_statements", true}}});
  make_numbers(several, 2);
  Connection connection = several.get_connection(false);
  CursorResult result =
      connection.execute("UPDATE numbers SET n = n + 1; SELECT n FROM numbers ORDER BY n; SELECT 'x'");
  EXPECT_EQ(result.rowcount(), 2);
  ASSERT_TRUE(result.nextset());
  EXPECT_EQ(result.scalars<int>(), (std::vector<int>{1, 2}));
  ASSERT_TRUE(result.nextset());
  EXPECT_EQ(result.scalar<std::string>(), "x");
}

TEST_P(MariaDb, DatesThatAreNoneComeAsTheirText) {
  auto lax = connector({.connect_args = {{"sql_mode", ""}}});
  lax.execute("CREATE TABLE days (id integer, d date)");
  lax.execute("INSERT INTO days VALUES (1, '2024-02-29'), (2, '0000-00-00'), (3, '2024-05-00'), (4, NULL)");
  std::vector<Value> days;
  for (const Row& row : lax.fetch_all("SELECT d FROM days ORDER BY id")) days.push_back(row.value(0));
  EXPECT_EQ(days, (std::vector<Value>{Date(std::chrono::sys_days(std::chrono::year(2024) / 2 / 29)),
                                      "0000-00-00", "2024-05-00", nullptr}));
}

TEST_P(MariaDb, StatementsThatRunAgainTakeParametersOfOtherTypes) {
  db().execute("CREATE TABLE vals (id integer AUTO_INCREMENT PRIMARY KEY, v varchar(40))");
  const std::string insert = "INSERT INTO vals (v) VALUES (:v)";
  ParameterRows numbers({"v"}), texts({"v"});
  std::vector<Value> wanted = {"1", "2", nullptr, "3", "some text", "longer than that", "2.5", "4"};
  for (int i = 0; i < 1000; ++i) {
    numbers.add(i);
    texts.add("text " + std::to_string(i));
    wanted.push_back(std::to_string(i));
  }
  wanted.push_back("5");
  for (int i = 0; i < 1000; ++i) wanted.push_back("text " + std::to_string(i));
  wanted.insert(wanted.end(), {"6", "7"});

  Connection connection = db().get_connection(false);
  for (const Value& value : {Value(1), Value(2), Value(), Value(3), Value("some text"),
                             Value("longer than that"), Value(2.5), Value(4)}) {
    connection.execute(insert, {{"v", value}});
  }
  connection.execute_many(insert, numbers);
  connection.execute(insert, {{"v", 5}});
  connection.execute_many(insert, texts);
  connection.execute(insert, {{"v", 6}});
  connection.execute(insert, {{"v", 7}});
  std::vector<Value> stored;
  for (const Row& row : connection.execute("SELECT v FROM vals ORDER BY id").fetchall())
    stored.push_back(row.value(0));
  EXPECT_EQ(stored, wanted);
}

TEST_P(MariaDb, DefinitionsCommitWhatIsOpen) {
  make_numbers(db(), 0);
  Connection connection = db().get_connection(false);
  connection.execute("INSERT INTO numbers (n) VALUES (1)");
  connection.execute("CREATE TABLE other (n integer)");
  connection.rollback();
  EXPECT_EQ(connection.execute("SELECT count(*) FROM numbers").scalar<int>(), 1);
  connection.execute("INSERT INTO numbers (n) VALUES (2)");
  connection.rollback();
  EXPECT_EQ(connection.execute("SELECT count(*) FROM numbers").scalar<int>(), 1)
      << "transactions go on after it";
}

}  // namespace
