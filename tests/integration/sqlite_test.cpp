#include <thread>

#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

/// What only SQLite does: one writer, and databases in memory.
class SqliteLocking : public testing::Test {
 protected:
  SqlAlchemyConnector impatient() const { return {url, {.connect_args = {{"timeout", 0.01}}}}; }
  /// A table that no batch read ahead exhausts.
  static void make_table(SqlAlchemyConnector& db) {
    db.execute("CREATE TABLE numbers (n integer)");
    ParameterRows rows({"n"});
    for (int n = 0; n < 10'000; ++n) rows.add(n);
    db.execute_many("INSERT INTO numbers VALUES (:n)", rows);
  }

  test_support::TemporaryFolder folder;
  const std::string url = "sqlite:///" + (folder.path() / "test.db").string();
  const std::string select = "SELECT n FROM numbers";
  const std::string insert = "INSERT INTO numbers VALUES (1)";
};

TEST_F(SqliteLocking, AnUnreadFetchKeepsWritersOutAndSaysSo) {
  auto db = impatient();
  make_table(db);
  db.fetch_one(select);
  try {
    db.execute(insert);
    FAIL();
  } catch (const OperationalError& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("database is locked"), std::string::npos) << text;
    EXPECT_NE(text.find("reset_connections()"), std::string::npos) << text;
    EXPECT_TRUE(error.retryable());
  }
  db.reset_connections();
  EXPECT_EQ(db.execute(insert).rowcount(), 1);
}

TEST_F(SqliteLocking, AFetchReadToItsEndKeepsNobodyOut) {
  auto db = impatient();
  make_table(db);
  db.fetch_all(select);
  EXPECT_EQ(db.execute(insert).rowcount(), 1);
  EXPECT_EQ(db.fetch_many("SELECT n FROM numbers LIMIT 3", {.size = 3}).size(), 3u);
  EXPECT_EQ(db.execute(insert).rowcount(), 1) << "all three rows were asked for, so the end was seen";
}

TEST_F(SqliteLocking, AnOpenReturningFetchKeepsWritersOut) {
  auto db = impatient();
  make_table(db);
  db.fetch_all("INSERT INTO numbers VALUES (1) RETURNING n");
  EXPECT_THROW(db.execute(insert), OperationalError);
  db.reset_connections();
  EXPECT_EQ(db.execute(insert).rowcount(), 1);
}

TEST_F(SqliteLocking, WaitingEndsWithTheDeadline) {
  SqlAlchemyConnector db(url, {.connect_args = {{"timeout", 60}}});
  make_table(db);
  db.fetch_one(select);
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_THROW(db.execute(insert, {}, {.timeout = std::chrono::milliseconds(20)}), DeadlineError);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
}

TEST_F(SqliteLocking, WaitingEndsWithTheOthersTransaction) {
  SqlAlchemyConnector db(url, {.connect_args = {{"timeout", 60}}});
  make_table(db);
  db.fetch_one(select);
  std::thread writer([this] {
    SqlAlchemyConnector other(url, {.connect_args = {{"timeout", 60}}});
    EXPECT_EQ(other.execute(insert).rowcount(), 1);
  });
  db.reset_connections();
  writer.join();
}

TEST_F(SqliteLocking, AFileThatCannotBeOpenedIsAnOperationalError) {
  SqlAlchemyConnector db("sqlite:////no/such/folder/x.db");
  EXPECT_NE(
      message_of<OperationalError>([&] { db.execute("SELECT 1"); }).find("unable to open database file"),
      std::string::npos);
  EXPECT_EQ(db.get_engine().pool_status().lent, 0);
}

TEST_F(SqliteLocking, AFileThatIsNoDatabaseIsAnError) {
  const auto path = folder.write("text.db", std::string(5000, 'x'));
  SqlAlchemyConnector db("sqlite:///" + path.string());
  EXPECT_NE(message_of<DatabaseError>([&] { db.execute("SELECT * FROM t"); }).find("not a database"),
            std::string::npos);
}

/// A statement that ends the whole transaction when it fails.
class SqliteLostTransaction : public testing::Test {
 protected:
  SqliteLostTransaction() {
    db.execute("CREATE TABLE u (n integer UNIQUE)");
    db.execute("INSERT INTO u VALUES (1)");
  }
  void lose_it(Connection& connection) {
    connection.execute("INSERT INTO u VALUES (2)");
    EXPECT_THROW(connection.execute("INSERT OR ROLLBACK INTO u VALUES (1)"), IntegrityError);
  }
  std::vector<int> stored() { return db.execute("SELECT n FROM u ORDER BY n").scalars<int>(); }

  test_support::TemporaryFolder folder;
  SqlAlchemyConnector db{"sqlite:///" + (folder.path() / "test.db").string()};
};

TEST_F(SqliteLostTransaction, CannotBeCommitted) {
  Connection connection = db.get_connection(false);
  lose_it(connection);
  EXPECT_THROW(connection.commit(), Error);
  connection.rollback();
  connection.execute("INSERT INTO u VALUES (3)");
  connection.commit();
  EXPECT_EQ(stored(), (std::vector<int>{1, 3}));
}

TEST_F(SqliteLostTransaction, TakesNoFurtherStatements) {
  Connection connection = db.get_connection(false);
  Transaction transaction = connection.begin();
  lose_it(connection);
  EXPECT_THROW(connection.execute("INSERT INTO u VALUES (4)"), Error) << "it would commit by itself";
  EXPECT_THROW(transaction.commit(), Error);
  transaction.rollback();
  EXPECT_EQ(stored(), (std::vector<int>{1}));
}

TEST_F(SqliteLostTransaction, IsReplacedWhenTheConnectionGoesBack) {
  {
    Connection connection = db.get_connection(false);
    lose_it(connection);
  }
  Connection connection = db.get_connection(false);
  connection.execute("INSERT INTO u VALUES (3)");
  connection.commit();
  EXPECT_EQ(stored(), (std::vector<int>{1, 3}));
}

TEST_F(SqliteLostTransaction, LeavesADatabaseInMemoryUsable) {
  Engine engine = create_engine("sqlite://");
  Connection one = engine.connect(), two = engine.connect();
  one.execute("CREATE TABLE u (n integer UNIQUE)");
  one.execute("INSERT INTO u VALUES (1)");
  one.commit();
  Transaction first = one.begin();
  Transaction second = two.begin();
  first.commit();
  EXPECT_THROW(two.execute("INSERT OR ROLLBACK INTO u VALUES (1)"), IntegrityError);
  EXPECT_THROW(second.commit(), Error);
  EXPECT_THROW(second.rollback(), Error);
  one.execute("INSERT INTO u VALUES (3)");
  one.commit();
  EXPECT_EQ(two.execute("SELECT n FROM u ORDER BY n").scalars<int>(), (std::vector<int>{1, 3}));
}

TEST(SqliteMemory, IsOneDatabaseForExecuteAndFetch) {
  for (const char* url : {"sqlite://", "sqlite:///:memory:", "sqlite+pysqlite://"}) {
    SqlAlchemyConnector db(url);
    db.execute("CREATE TABLE t (n integer)");
    db.execute("INSERT INTO t VALUES (1)");
    EXPECT_EQ(db.fetch_one("SELECT n FROM t")->get<int>(0), 1);
    db.reset_connections();
    EXPECT_EQ(db.fetch_all("SELECT n FROM t").size(), 1u) << "it survives reset_connections";
    db.close();
    EXPECT_THROW(db.fetch_all("SELECT n FROM t"), OperationalError) << "it is gone after close";
  }
}

TEST(SqliteMemory, OfTwoConnectorsAreTwo) {
  SqlAlchemyConnector one("sqlite://"), two("sqlite://");
  one.execute("CREATE TABLE t (n integer)");
  EXPECT_THROW(two.execute("SELECT * FROM t"), OperationalError);
}

TEST(SqliteMemory, IsTheSameForAnotherThread) {
  SqlAlchemyConnector db("sqlite://");
  db.execute("CREATE TABLE t (n integer)");
  std::thread([&] { db.execute("INSERT INTO t VALUES (1)"); }).join();
  EXPECT_EQ(db.fetch_all("SELECT n FROM t").size(), 1u);
  std::thread([&] { db.close(); }).join();
}

TEST(SqliteMemory, HasNoLimitOfConnections) {
  SqlAlchemyConnector db("sqlite://");
  db.get_engine({.pool_timeout = std::chrono::milliseconds(1)});
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(db.fetch_one("SELECT " + std::to_string(i)));
  EXPECT_EQ(db.get_engine().pool_status().lent, 30);
  db.reset_connections();
  EXPECT_EQ(db.get_engine().pool_status().lent, 0);
}

TEST(SqliteMemory, FetchesMayBeOpenWhileExecuteWrites) {
  SqlAlchemyConnector db("sqlite://");
  db.execute("CREATE TABLE t (n integer)");
  ParameterRows rows({"n"});
  for (int n = 0; n < 10'000; ++n) rows.add(n);
  db.execute_many("INSERT INTO t VALUES (:n)", rows);
  EXPECT_EQ(db.fetch_one("SELECT n FROM t ORDER BY n")->get<int>(0), 0);
  EXPECT_EQ(db.execute("DELETE FROM t").rowcount(), 10'000);
  EXPECT_EQ(db.fetch_all("SELECT n FROM t ORDER BY n").size(), 9'999u) << "they were read before the DELETE";
  db.reset_connections();
  EXPECT_TRUE(db.fetch_all("SELECT n FROM t ORDER BY n").empty());
}

TEST(SqliteMemory, NestedBeginsCount) {
  Engine engine = create_engine("sqlite://");
  Connection one = engine.connect(), two = engine.connect();
  one.execute("CREATE TABLE t (n integer)");
  one.commit();
  Transaction first = one.begin();
  one.execute("INSERT INTO t VALUES (1)");
  Transaction second = two.begin();
  two.execute("INSERT INTO t VALUES (2)");
  first.commit();
  second.rollback();
  EXPECT_EQ(one.execute("SELECT n FROM t").scalars<int>(), (std::vector<int>{1}));
}

TEST(SqliteMemory, IsGoneWhenItsConnectionIsInvalidated) {
  Engine engine = create_engine("sqlite://");
  engine.connect({.isolation_level = IsolationLevel::autocommit}).execute("CREATE TABLE t (n integer)");
  Connection connection = engine.connect();
  connection.invalidate();
  connection.close();
  EXPECT_THROW(engine.connect().execute("SELECT * FROM t"), OperationalError) << "the next one is new";
}

}  // namespace
