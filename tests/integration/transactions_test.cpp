#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

class Transactions : public OnDatabase {};
class TransactionsSeenByMany : public OnDatabase {};
INSTANTIATE_TEST_SUITE_P(On, Transactions, testing::ValuesIn(databases()), database_name);
INSTANTIATE_TEST_SUITE_P(On, TransactionsSeenByMany, testing::ValuesIn(databases_seen_by_many()),
                         database_name);

const std::string insert = "INSERT INTO numbers (n) VALUES (:n)";

struct Oops {};

TEST_P(TransactionsSeenByMany, OfAConnectionThatIsBegunCommitAtTheEndOfTheScope) {
  auto db = connector();
  make_numbers(db, 0);
  {
    Connection connection = db.get_connection();
    connection.execute(insert, {{"n", 1}});
    EXPECT_EQ(count_from_outside("numbers"), 0);
  }
  EXPECT_EQ(count_from_outside("numbers"), 1);
}

TEST_P(TransactionsSeenByMany, OfAConnectionThatIsBegunRollBackWhenAnExceptionLeaves) {
  auto db = connector();
  make_numbers(db, 0);
  try {
    Connection connection = db.get_connection();
    connection.execute(insert, {{"n", 1}});
    throw Oops();
  } catch (const Oops&) {
  }
  EXPECT_EQ(count_from_outside("numbers"), 0);
  EXPECT_EQ(lent(db), 0);
}

TEST_P(TransactionsSeenByMany, OfAConnectionThatIsNotBegunNeedACommit) {
  auto db = connector();
  make_numbers(db, 0);
  {
    Connection connection = db.get_connection(false);
    connection.execute(insert, {{"n", 1}});
    EXPECT_TRUE(connection.in_transaction());
  }
  EXPECT_EQ(count_from_outside("numbers"), 0);
  {
    Connection connection = db.get_connection(false);
    connection.execute(insert, {{"n", 1}});
    connection.commit();
    EXPECT_FALSE(connection.in_transaction());
    connection.execute(insert, {{"n", 2}});
    connection.rollback();
    connection.rollback();
    connection.commit();
  }
  EXPECT_EQ(count_from_outside("numbers"), 1);
}

TEST_P(TransactionsSeenByMany, CommitOnRequestAndRollBackOtherwise) {
  auto db = connector();
  make_numbers(db, 0);
  Connection connection = db.get_connection(false);
  {
    Transaction transaction = connection.begin();
    connection.execute(insert, {{"n", 1}});
    EXPECT_TRUE(transaction.is_active());
    transaction.commit();
    EXPECT_FALSE(transaction.is_active());
    EXPECT_THROW(transaction.commit(), InvalidRequestError);
    transaction.rollback();
  }
  {
    Transaction transaction = connection.begin();
    connection.execute(insert, {{"n", 2}});
  }
  EXPECT_EQ(count_from_outside("numbers"), 1);
}

TEST_P(Transactions, AreBegunOnce) {
  auto db = connector();
  make_numbers(db, 0);
  Connection connection = db.get_connection(false);
  connection.execute("SELECT n FROM numbers");
  const std::string text = message_of<InvalidRequestError>([&] { connection.begin(); });
  EXPECT_NE(text.find("begin_nested"), std::string::npos) << text;
}

TEST_P(Transactions, NestAsSavepoints) {
  auto db = connector();
  make_numbers(db, 0);
  Connection connection = db.get_connection(false);
  Transaction outer = connection.begin();
  connection.execute(insert, {{"n", 1}});
  {
    Transaction inner = connection.begin_nested();
    connection.execute(insert, {{"n", 2}});
  }
  {
    Transaction inner = connection.begin_nested();
    connection.execute(insert, {{"n", 3}});
    inner.commit();
  }
  outer.commit();
  connection.close();
  EXPECT_EQ(db.execute("SELECT n FROM numbers ORDER BY n").scalars<int>(), (std::vector<int>{1, 3}));
}

TEST_P(Transactions, EndedInTheWrongOrderSayWhatHappened) {
  auto db = connector();
  make_numbers(db, 0);
  Connection connection = db.get_connection(false);
  Transaction outer = connection.begin();
  Transaction inner = connection.begin_nested();
  connection.execute(insert, {{"n", 1}});
  outer.rollback();
  EXPECT_FALSE(inner.is_active());
  EXPECT_THROW(inner.commit(), InvalidRequestError);
  connection.close();
  EXPECT_EQ(count(db, "numbers"), 0);
}

TEST_P(Transactions, OutliveNotTheirConnection) {
  auto db = connector();
  make_numbers(db, 0);
  std::optional<Transaction> transaction;
  {
    Connection connection = db.get_connection(false);
    transaction.emplace(connection.begin());
    connection.execute(insert, {{"n", 1}});
  }
  EXPECT_EQ(lent(db), 0);
  EXPECT_FALSE(transaction->is_active());
  EXPECT_THROW(transaction->commit(), InvalidRequestError);
  transaction.reset();
  EXPECT_EQ(count(db, "numbers"), 0);
}

TEST_P(Transactions, OfEngineBeginFollowTheFunction) {
  auto db = connector();
  make_numbers(db, 0);
  Engine engine = db.get_engine();
  const auto rows = engine.begin([](Connection& connection) {
    return connection.execute(insert, {{"n", 1}}).rowcount();
  });
  EXPECT_EQ(rows, 1);
  EXPECT_THROW(engine.begin([](Connection& connection) {
    connection.execute(insert, {{"n", 2}});
    throw Oops();
  }),
               Oops);
  EXPECT_EQ(count(db, "numbers"), 1);
}

TEST_P(Transactions, EndedBySqlAreOver) {
  auto db = connector();
  make_numbers(db, 0);
  {
    Connection connection = db.get_connection(false);
    connection.execute(insert, {{"n", 1}});
    connection.execute("COMMIT");
    connection.execute(insert, {{"n", 2}});
    connection.rollback();
  }
  EXPECT_EQ(db.execute("SELECT n FROM numbers").scalars<int>(), (std::vector<int>{1}));
}

TEST_P(TransactionsSeenByMany, OfAutocommitConnectionsDoNotExist) {
  auto db = connector();
  make_numbers(db, 0);
  Connection connection = db.get_engine().connect({.isolation_level = IsolationLevel::autocommit});
  connection.execute(insert, {{"n", 1}});
  EXPECT_FALSE(connection.in_transaction());
  EXPECT_EQ(count_from_outside("numbers"), 1);
}

TEST_P(TransactionsSeenByMany, OfFetchesCommitAtTheEndOfTheScope) {
  if (!database().has_returning) GTEST_SKIP() << "INSERT gives no rows there";
  {
    auto db = connector();
    make_numbers(db, 0);
    db.fetch_one("INSERT INTO numbers (n) VALUES (1) RETURNING n");
  }
  EXPECT_EQ(count_from_outside("numbers"), 1);
}

TEST_P(TransactionsSeenByMany, OfFetchesRollBackWhenAnExceptionLeavesTheScope) {
  if (!database().has_returning) GTEST_SKIP() << "INSERT gives no rows there";
  try {
    auto db = connector();
    make_numbers(db, 0);
    db.fetch_one("INSERT INTO numbers (n) VALUES (1) RETURNING n");
    throw Oops();
  } catch (const Oops&) {
  }
  EXPECT_EQ(count_from_outside("numbers"), 0);
}

TEST_P(TransactionsSeenByMany, OfFetchesCommitInAScopeInsideADestructorThatUnwinds) {
  if (!database().has_returning) GTEST_SKIP() << "INSERT gives no rows there";
  auto setup = connector();
  make_numbers(setup, 0);
  struct Cleanup {
    std::string url;
    ~Cleanup() {
      SqlAlchemyConnector db(url);
      db.fetch_one("INSERT INTO numbers (n) VALUES (1) RETURNING n");
    }
  };
  try {
    const Cleanup cleanup{url()};
    throw Oops();
  } catch (const Oops&) {
  }
  EXPECT_EQ(count_from_outside("numbers"), 1) << "no exception left the connector's own scope";
}

class CommitErrors : public OnDatabase {
 protected:
  void SetUp() override {
    auto db = connector();
    db.execute("CREATE TABLE parents (id integer PRIMARY KEY)");
    db.execute(
        "CREATE TABLE children (id integer, "
        "parent integer REFERENCES parents (id) DEFERRABLE INITIALLY DEFERRED)");
  }
  SqlAlchemyConnector checking() const { return connector({.connect_args = database().checks_foreign_keys}); }
  const std::string orphan = "INSERT INTO children (id, parent) VALUES (1, 99) RETURNING id";
};
INSTANTIATE_TEST_SUITE_P(On, CommitErrors, testing::ValuesIn(databases_where([](const Database& database) {
                           return database.has_deferred_constraints && database.has_returning &&
                                  !database.is_private;
                         })),
                         database_name);

TEST_P(CommitErrors, ComeOutOfResetConnections) {
  auto db = checking();
  EXPECT_EQ(db.fetch_one(orphan)->get<int>(0), 1);
  EXPECT_THROW(db.reset_connections(), IntegrityError);
  EXPECT_EQ(lent(db), 0);
  EXPECT_EQ(count(db, "children"), 0);
  db.reset_connections();
}

TEST_P(CommitErrors, DoNotKeepOtherFetchesFromBeingCommitted) {
  auto db = checking();
  db.execute("CREATE TABLE numbers (n integer)");
  db.fetch_one("SELECT 1");
  db.fetch_one(orphan);
  EXPECT_THROW(db.reset_connections(), IntegrityError);
  EXPECT_EQ(lent(db), 0);
  EXPECT_EQ(count_from_outside("children"), 0);
}

TEST_P(CommitErrors, ComeOutOfCloseWhichClosesAllTheSame) {
  auto db = checking();
  db.fetch_one(orphan);
  EXPECT_THROW(db.close(), IntegrityError);
  db.close();
  EXPECT_EQ(count(db, "children"), 0);
}

TEST_P(CommitErrors, ComeOutOfExecute) {
  auto db = checking();
  EXPECT_THROW(db.execute(orphan), IntegrityError);
  EXPECT_THROW(db.execute_many("INSERT INTO children (id, parent) VALUES (:id, 99)", {{{"id", 1}}}),
               IntegrityError);
  EXPECT_EQ(count_from_outside("children"), 0);
  EXPECT_EQ(lent(db), 0);
}

TEST_P(CommitErrors, LeaveTheTransactionToBeRolledBack) {
  auto db = checking();
  Connection connection = db.get_connection(false);
  Transaction transaction = connection.begin();
  connection.execute(orphan);
  EXPECT_THROW(transaction.commit(), IntegrityError);
  transaction.rollback();
  EXPECT_FALSE(connection.in_transaction());
  EXPECT_EQ(connection.execute("SELECT count(*) FROM children").scalar<int>(), 0);
}

class LostErrors : public OperationObserver {
 public:
  void on_operation(const OperationRecord&) noexcept override {}
  void on_lost_error(std::exception_ptr error) noexcept override { lost.push_back(error); }
  std::vector<std::exception_ptr> lost;
};

TEST_P(CommitErrors, OfDestructorsReachTheObserver) {
  LostErrors observer;
  OperationContext context;
  context.observer = &observer;
  const OperationContext::Scope scope(context);
  {
    auto db = checking();
    db.fetch_one(orphan);
  }
  ASSERT_EQ(observer.lost.size(), 1u);
  EXPECT_THROW(std::rethrow_exception(observer.lost[0]), IntegrityError);
  {
    auto db = checking();
    Connection connection = db.get_connection();
    connection.execute(orphan);
  }
  EXPECT_EQ(observer.lost.size(), 2u);
  EXPECT_EQ(count_from_outside("children"), 0);
}

TEST_P(Transactions, MayBeOpenWithTwoResultsWhenTheConnectorCloses) {
  auto db = connector();
  make_numbers(db, 10'000);
  db.fetch_one("SELECT n FROM numbers ORDER BY n");
  db.fetch_one("SELECT n FROM numbers ORDER BY n DESC");
  db.close();
  if (!database().is_private) {
    EXPECT_EQ(count(db, "numbers"), 10'000);
  }
}

}  // namespace
