#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

/// What happens to the rows of a result that nobody has read when the connection is needed for something
/// else.
class UnreadResults : public OnDatabase {
 protected:
  static constexpr int rows = 20'000;
  void SetUp() override {
    db_.emplace(connector());
    make_numbers(*db_, rows);
  }
  SqlAlchemyConnector& db() { return *db_; }
  /// The rows that are left of a result whose first was 0.
  static void expect_the_rest(CursorResult& result) {
    int next = 1;
    for (const Row& row : result) ASSERT_EQ(row.get<int>(0), next++);
    EXPECT_EQ(next, rows);
  }
  const std::string select = "SELECT n FROM numbers ORDER BY n";
  /// More rows than fit into the buffers between here and the database.
  const std::string copy =
      "INSERT INTO copies (n, t) SELECT n, '" + std::string(200, 'x') + "' FROM numbers RETURNING n, t";
  const std::string create_copies = "CREATE TABLE copies (n integer, t varchar(200))";

 private:
  std::optional<SqlAlchemyConnector> db_;
};
INSTANTIATE_TEST_SUITE_P(On, UnreadResults, testing::ValuesIn(databases()), database_name);

class UnreadResultsSeenByMany : public UnreadResults {};
INSTANTIATE_TEST_SUITE_P(On, UnreadResultsSeenByMany, testing::ValuesIn(databases_seen_by_many()),
                         database_name);

TEST_P(UnreadResults, AreReadByTheNextStatement) {
  Connection connection = db().get_connection(false);
  CursorResult result = connection.execute(select);
  EXPECT_EQ(result.fetchone()->get<int>(0), 0);
  EXPECT_EQ(connection.execute("DELETE FROM numbers").rowcount(), rows);
  EXPECT_TRUE(result.buffered());
  expect_the_rest(result);
}

TEST_P(UnreadResults, AreReadByManyStatements) {
  Connection connection = db().get_connection(false);
  CursorResult result = connection.execute(select);
  EXPECT_EQ(result.fetchone()->get<int>(0), 0);
  connection.execute_many("UPDATE numbers SET n = -1 WHERE n = :n", {{{"n", 5}}, {{"n", 6}}});
  expect_the_rest(result);
}

TEST_P(UnreadResults, AreReadByCommit) {
  Connection connection = db().get_connection(false);
  CursorResult result = connection.execute(select);
  EXPECT_EQ(result.fetchone()->get<int>(0), 0);
  connection.commit();
  expect_the_rest(result);
}

TEST_P(UnreadResults, AreReadByASavepoint) {
  Connection connection = db().get_connection(false);
  CursorResult result = connection.execute(select);
  EXPECT_EQ(result.fetchone()->get<int>(0), 0);
  Transaction nested = connection.begin_nested();
  expect_the_rest(result);
}

TEST_P(UnreadResults, AreReadByClose) {
  Connection connection = db().get_connection(false);
  CursorResult result = connection.execute(select);
  EXPECT_EQ(result.fetchone()->get<int>(0), 0);
  connection.close();
  expect_the_rest(result);
}

TEST_P(UnreadResults, ThatNobodyHoldsAnyMoreAreInNobodysWay) {
  Connection connection = db().get_connection(false);
  for (int i = 0; i < 20; ++i) connection.execute(select).fetchone();
  EXPECT_EQ(connection.execute("SELECT count(*) FROM numbers").scalar<int>(), rows);
  connection.execute(select).fetchone();
  connection.commit();
  EXPECT_FALSE(connection.in_transaction());
}

TEST_P(UnreadResultsSeenByMany, OfInsertReturningAreWholeAfterCommit) {
  if (!database().has_returning) GTEST_SKIP() << "INSERT gives no rows there";
  db().execute(create_copies);
  Connection connection = db().get_connection(false);
  {
    CursorResult result = connection.execute(copy);
    EXPECT_TRUE(result.fetchone());
    connection.commit();
    EXPECT_EQ(result.fetchall().size(), std::size_t{rows - 1});
  }
  EXPECT_EQ(count_from_outside("copies"), rows);
}

TEST_P(UnreadResultsSeenByMany, OfInsertReturningThatWasDroppedAreWholeAfterCommit) {
  if (!database().has_returning) GTEST_SKIP() << "INSERT gives no rows there";
  db().execute(create_copies);
  Connection connection = db().get_connection(false);
  EXPECT_TRUE(connection.execute(copy).fetchone());
  connection.commit();
  EXPECT_EQ(count_from_outside("copies"), rows);
}

TEST_P(UnreadResultsSeenByMany, OfAFetchThatInsertsAreWholeAfterReset) {
  if (!database().has_returning) GTEST_SKIP() << "INSERT gives no rows there";
  db().execute(create_copies);
  EXPECT_TRUE(db().fetch_one(copy));
  db().reset_connections();
  EXPECT_EQ(count_from_outside("copies"), rows);
}

TEST_P(UnreadResultsSeenByMany, OfInsertReturningAreGoneAfterRollback) {
  if (!database().has_returning) GTEST_SKIP() << "INSERT gives no rows there";
  db().execute(create_copies);
  Connection connection = db().get_connection(false);
  EXPECT_TRUE(connection.execute(copy).fetchone());
  connection.rollback();
  EXPECT_EQ(count_from_outside("copies"), 0);
}

}  // namespace
