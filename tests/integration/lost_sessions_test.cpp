#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

/// Sessions that the server ends, as a restart or an operator does.
class LostSessions : public OnDatabase {
 protected:
  /// An error that says what happened.
  template <class Function>
  static void expect_lost(Function function) {
    try {
      function();
      ADD_FAILURE() << "the session is gone, and nothing said so";
    } catch (const Error& error) {
      EXPECT_TRUE(error.connection_lost()) << error.what();
      EXPECT_FALSE(error.diagnostics().maybe_applied) << error.what();
    }
  }
  /// Ends the session of a connection that has begun nothing yet.
  void end_session_of(Connection& connection) {
    const std::int64_t session = on_server().session_of(connection);
    connection.rollback();
    on_server().end_session(session);
  }
  const std::string insert = "INSERT INTO numbers (n) VALUES (1)";
};
INSTANTIATE_TEST_SUITE_P(On, LostSessions, testing::ValuesIn(databases_on_servers()), database_name);

TEST_P(LostSessions, ThatWereIdleFailOneCallAndAreReplaced) {
  Engine engine = create_engine(url(), {.pool_size = 1, .max_overflow = 0});
  std::int64_t session = 0;
  {
    Connection connection = engine.connect();
    session = on_server().session_of(connection);
  }
  on_server().end_session(session);
  expect_lost([&] { engine.connect().execute("SELECT 1"); });
  Connection connection = engine.connect();
  EXPECT_EQ(connection.execute("SELECT 1").scalar<int>(), 1);
  EXPECT_NE(on_server().session_of(connection), session);
  EXPECT_EQ(engine.pool_status().lent, 1);
}

TEST_P(LostSessions, ThatWereIdleFailNoCallWhenTheyAreAskedBefore) {
  Engine engine = create_engine(url(), {.pool_size = 1, .max_overflow = 0, .pool_pre_ping = true});
  std::int64_t session = 0;
  {
    Connection connection = engine.connect();
    session = on_server().session_of(connection);
  }
  on_server().end_session(session);
  Connection connection = engine.connect();
  EXPECT_EQ(connection.execute("SELECT 1").scalar<int>(), 1);
  EXPECT_NE(on_server().session_of(connection), session);
}

TEST_P(LostSessions, EndAStream) {
  if (database().reads_whole_results) GTEST_SKIP() << "all rows are there before the first is";
  Engine engine = create_engine(url(), {.pool_size = 1, .max_overflow = 0});
  {
    Connection connection = engine.connect();
    const std::int64_t session = on_server().session_of(connection);
    CursorResult result = connection.execute(database().endless_rows);
    EXPECT_EQ(result.fetchmany(10).size(), 10u);
    on_server().end_session(session);
    expect_lost([&] {
      while (!result.fetchmany(10'000).empty()) {
      }
    });
    EXPECT_THROW(result.fetchone(), Error) << "it is never taken for the end";
    expect_lost([&] { connection.execute("SELECT 1"); });
  }
  EXPECT_EQ(engine.connect().execute("SELECT 1").scalar<int>(), 1);
}

TEST_P(LostSessions, EndAFetchWhichGivesItsConnectionBack) {
  if (database().reads_whole_results) GTEST_SKIP() << "all rows are there before the first is";
  auto db = connector();
  std::int64_t session = 0;
  {
    Connection connection = db.get_connection(false);
    session = on_server().session_of(connection);
  }
  // The pool's only connection so far is the one that the fetch takes.
  const FetchManyOptions some{.size = 10'000};
  EXPECT_EQ(db.fetch_many(database().endless_rows, {.size = 10}).size(), 10u);
  on_server().end_session(session);
  expect_lost([&] {
    while (!db.fetch_many(database().endless_rows, some).empty()) {
    }
  });
  EXPECT_EQ(lent(db), 0);
  make_numbers(db, 3);
  EXPECT_EQ(db.fetch_all("SELECT n FROM numbers").size(), 3u);
}

TEST_P(LostSessions, TakeTheirTransactionWithThem) {
  auto db = connector();
  make_numbers(db, 0);
  Connection connection = db.get_connection(false);
  Transaction transaction = connection.begin();
  connection.execute(insert);
  on_server().end_session(on_server().session_of(connection));
  expect_lost([&] { connection.execute(insert); });
  EXPECT_THROW(transaction.commit(), Error) << "half of it must not count as done";
  EXPECT_NO_THROW(transaction.rollback());
  connection.close();
  EXPECT_EQ(lent(db), 0);
  EXPECT_EQ(count(db, "numbers"), 0);
}

TEST_P(LostSessions, MakeACommitFail) {
  auto db = connector();
  make_numbers(db, 0);
  Connection connection = db.get_connection(false);
  connection.execute(insert);
  on_server().end_session(on_server().session_of(connection));
  try {
    connection.commit();
    FAIL();
  } catch (const Error& error) {
    // Whether the server was gone before the COMMIT reached it, the client cannot know.
    EXPECT_TRUE(error.connection_lost()) << error.what();
  }
  connection.close();
  EXPECT_EQ(count(db, "numbers"), 0);
}

TEST_P(LostSessions, FailABulkOfRowsOfWhichNothingStays) {
  auto db = connector();
  make_numbers(db, 0);
  Connection connection = db.get_connection(false);
  end_session_of(connection);
  ParameterRows rows({"n"});
  for (int n = 0; n < 10'000; ++n) rows.add(n);
  expect_lost([&] { connection.execute_many("INSERT INTO numbers (n) VALUES (:n)", rows); });
  connection.close();
  EXPECT_EQ(count(db, "numbers"), 0);
  EXPECT_EQ(db.execute_many("INSERT INTO numbers (n) VALUES (:n)", rows).rowcount(), 10'000);
}

}  // namespace
