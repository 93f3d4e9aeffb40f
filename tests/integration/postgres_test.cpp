#include <atomic>
#include <thread>

#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

/// What only PostgreSQL does: transactions that fail, casts, arrays, commits that compute.
class Postgres : public OnDatabase {
 protected:
  void SetUp() override { db_.emplace(connector()); }
  SqlAlchemyConnector& db() { return *db_; }

 private:
  std::optional<SqlAlchemyConnector> db_;
};
INSTANTIATE_TEST_SUITE_P(On, Postgres, testing::ValuesIn(databases_where([](const Database& database) {
                           return database.server == &test_support::postgres_server &&
                                  database.through == nullptr;
                         })),
                         database_name);

TEST_P(Postgres, CastsStandBehindParameters) {
  EXPECT_EQ(db().fetch_one("SELECT :x::int + 1, ':y'::text", {.parameters = {{"x", "41"}}})->value(0),
            Value(42));
}

TEST_P(Postgres, ListsAreArraysButBehindIn) {
  make_numbers(db(), 10);
  const Parameters ids{{"ids", std::vector<int>{3, 5}}};
  EXPECT_EQ(db().execute("SELECT n FROM numbers WHERE n = ANY (:ids) ORDER BY n", ids).scalars<int>(),
            (std::vector<int>{3, 5}));
  EXPECT_EQ(db().execute("SELECT n FROM numbers WHERE n IN :ids ORDER BY n", ids).scalars<int>(),
            (std::vector<int>{3, 5}));
}

TEST_P(Postgres, AStatementThatRunsAgainReadsWhatItsTableHasBecome) {
  Connection connection = db().get_engine().connect({.isolation_level = IsolationLevel::autocommit});
  connection.execute("CREATE TEMP TABLE changing AS SELECT 1 AS a");
  const auto read = [&] {
    auto result = connection.execute("SELECT * FROM changing");
    const auto row = result.fetchone();
    return row;
  };
  for (int run = 0; run < 3; ++run) EXPECT_EQ(read()->get<int>("a"), 1);
  connection.execute("ALTER TABLE changing ALTER a TYPE text USING 'one', ADD b date DEFAULT 'infinity'");
  for (int run = 0; run < 2; ++run) {
    const auto row = read();
    EXPECT_EQ(row->get<std::string>("a"), "one");
    EXPECT_EQ(row->get<std::string>("b"), "infinity");
  }
  connection.execute("UPDATE changing SET b = '2024-02-29'");
  EXPECT_EQ(read()->get<Date>("b"), Date(std::chrono::year(2024) / 2 / 29));
}

TEST_P(Postgres, JsonbTakesItsKeyAsAParameter) {
  const std::string sql = "SELECT (:document)::jsonb -> :key";
  const Parameters parameters{{"document", Json{"{\"a\": [1]}"}}, {"key", "a"}};
  EXPECT_EQ(db().execute(sql, parameters).scalar<Json>()->text, "[1]");
}

TEST_P(Postgres, ATransactionThatFailedCannotBeCommitted) {
  make_numbers(db(), 0);
  Connection connection = db().get_connection(false);
  Transaction transaction = connection.begin();
  connection.execute("INSERT INTO numbers (n) VALUES (1)");
  EXPECT_THROW(connection.execute("SELECT 1 / 0"), DataError);
  EXPECT_THROW(connection.execute("SELECT 1"), DatabaseError) << "it takes no further statements";
  EXPECT_THROW(transaction.commit(), Error) << "PostgreSQL would roll back and call it done";
  transaction.rollback();
  EXPECT_EQ(connection.execute("SELECT count(*) FROM numbers").scalar<int>(), 0);
}

TEST_P(Postgres, ASavepointSavesATransactionFromAnError) {
  make_numbers(db(), 0);
  Connection connection = db().get_connection(false);
  connection.execute("INSERT INTO numbers (n) VALUES (1)");
  {
    Transaction nested = connection.begin_nested();
    EXPECT_THROW(connection.execute("SELECT 1 / 0"), DataError);
  }
  connection.execute("INSERT INTO numbers (n) VALUES (2)");
  connection.commit();
  EXPECT_EQ(connection.execute("SELECT n FROM numbers ORDER BY n").scalars<int>(), (std::vector<int>{1, 2}));
}

TEST_P(Postgres, ACommitWhoseAnswerIsLostMayHaveBeenApplied) {
  make_numbers(db(), 0);
  // A commit that takes until it is ended from outside.
  db().execute(
      "CREATE FUNCTION sleep() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN PERFORM pg_sleep(600); RETURN NULL; END'");
  db().execute(
      "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON numbers DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION sleep()");
  Connection connection = db().get_connection(false);
  connection.execute("INSERT INTO numbers (n) VALUES (1)");
  const std::int64_t session = on_server().session_of(connection);
  std::thread killer([&] {
    SqlAlchemyConnector other = connector();
    const std::string sleeping =
        "SELECT count(*) FROM pg_stat_activity WHERE pid = :pid AND wait_event = 'PgSleep'";
    while (other.execute(sleeping, {{"pid", session}}).scalar<int>() == 0) std::this_thread::yield();
    on_server().end_session(session);
  });
  try {
    connection.commit();
    ADD_FAILURE() << "the commit did not end by itself";
  } catch (const Error& error) {
    EXPECT_TRUE(error.connection_lost()) << error.what();
    EXPECT_TRUE(error.diagnostics().maybe_applied) << error.what();
  }
  killer.join();
}

TEST_P(Postgres, ALockThatIsWaitedForTooLongIsAnErrorThatMayBeTriedAgain) {
  make_numbers(db(), 1);
  Connection holder = db().get_connection(false);
  holder.execute("UPDATE numbers SET n = 2");
  Connection waiter = db().get_connection(false);
  waiter.execute("SET lock_timeout = '10ms'");
  try {
    waiter.execute("UPDATE numbers SET n = 3");
    FAIL();
  } catch (const OperationalError& error) {
    EXPECT_EQ(error.sqlstate(), "55P03");
  }
}

}  // namespace
