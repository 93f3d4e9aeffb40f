#include <algorithm>
#include <atomic>
#include <barrier>
#include <chrono>
#include <thread>

#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

class Isolation : public OnDatabase {};
INSTANTIATE_TEST_SUITE_P(On, Isolation, testing::ValuesIn(databases_on_servers()), database_name);

class IsolationSeenByMany : public OnDatabase {};
INSTANTIATE_TEST_SUITE_P(On, IsolationSeenByMany, testing::ValuesIn(databases_seen_by_many()), database_name);

TEST_P(Isolation, OfTheEngineDecidesWhatATransactionSees) {
  auto db = connector();
  make_numbers(db, 1);
  const std::tuple<IsolationLevel, int, int> cases[] = {{IsolationLevel::read_committed, 1, 2},
                                                        {IsolationLevel::repeatable_read, 1, 1}};
  for (const auto& [level, before, after] : cases) {
    db.execute("UPDATE numbers SET n = 1");
    Engine engine = create_engine(url(), {.isolation_level = level});
    Connection connection = engine.connect();
    EXPECT_EQ(connection.execute("SELECT n FROM numbers").scalar<int>(), before);
    db.execute("UPDATE numbers SET n = 2");
    EXPECT_EQ(connection.execute("SELECT n FROM numbers").scalar<int>(), after);
    connection.rollback();
    EXPECT_EQ(connection.execute("SELECT n FROM numbers").scalar<int>(), 2);
  }
}

TEST_P(Isolation, OfALeaseEndsWithIt) {
  auto db = connector();
  make_numbers(db, 1);
  Engine engine = create_engine(
      url(), {.pool_size = 1, .max_overflow = 0, .isolation_level = IsolationLevel::read_committed});
  const auto sees_changes = [&](const ConnectOptions& options) {
    Connection connection = engine.connect(options);
    const auto before = connection.execute("SELECT n FROM numbers").scalar<int>();
    db.execute("UPDATE numbers SET n = n + 1");
    return connection.execute("SELECT n FROM numbers").scalar<int>() != before;
  };
  EXPECT_TRUE(sees_changes({}));
  EXPECT_FALSE(sees_changes({.isolation_level = IsolationLevel::repeatable_read}));
  EXPECT_TRUE(sees_changes({}));
}

TEST_P(Isolation, ReadOnlyTransactionsRefuseWriters) {
  auto db = connector();
  make_numbers(db, 1);
  Connection connection = db.get_connection(false);
  {
    Transaction transaction = connection.begin({.read_only = true});
    EXPECT_EQ(connection.execute("SELECT count(*) FROM numbers").scalar<int>(), 1);
    EXPECT_THROW(connection.execute("DELETE FROM numbers"), DatabaseError);
  }
  EXPECT_EQ(connection.execute("DELETE FROM numbers").rowcount(), 1) << "the next one writes again";
}

TEST_P(IsolationSeenByMany, SerializableLetsOneOfTwoInEachOthersWayFailWhichMayTryAgain) {
  auto db = connector();
  make_numbers(db, 1);
  Engine engine = create_engine(url(), {.isolation_level = IsolationLevel::serializable});
  std::barrier both(2);
  std::atomic<int> failed = 0;
  const auto add_the_count = [&] {
    Connection connection = engine.connect();
    bool met = false;
    for (int attempt = 0; attempt < 20; ++attempt) {
      Transaction transaction = connection.begin();
      try {
        const auto rows = connection.execute("SELECT count(*) FROM numbers").scalar<int>();
        if (!std::exchange(met, true)) both.arrive_and_wait();
        connection.execute("INSERT INTO numbers (n) VALUES (:n)", {{"n", rows.value()}});
        transaction.commit();
        return;
      } catch (const DatabaseError& error) {
        EXPECT_TRUE(error.retryable()) << error.what();
        EXPECT_FALSE(error.connection_lost()) << error.what();
        ++failed;
        transaction.rollback();
      }
      // SQLite refuses at once who cannot wait, many times before a busy machine lets the other one commit.
      std::this_thread::sleep_for(std::chrono::milliseconds(5 << std::min(attempt, 6)));
    }
    ADD_FAILURE() << "it never succeeds";
  };
  std::thread other(add_the_count);
  add_the_count();
  other.join();
  EXPECT_GE(failed, 1);
  EXPECT_EQ(db.execute("SELECT n FROM numbers ORDER BY n").scalars<int>(), (std::vector<int>{0, 1, 2}));
}

}  // namespace
