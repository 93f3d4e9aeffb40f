#include <atomic>
#include <optional>
#include <thread>

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/sql/engine.hpp>
#include <prefect_sqlalchemy/sql/operation_context.hpp>

#include "places.hpp"
#include "thread_group.hpp"

using namespace prefect_sqlalchemy;

namespace {

constexpr int turns = 60;
const std::string insert = "INSERT INTO numbers (n) VALUES (:n)";
const std::string select_all = "SELECT n FROM numbers ORDER BY n";

/// Also one that lives in its connection. Readers and writers of the file do not wait for each other.
std::vector<Place> places_of_pools() {
  std::vector<Place> out = places();
  out.front().query = "?journal_mode=wal&timeout=60";
  out.insert(out.begin() + 1, {"Memory", nullptr, "", out.front().endless});
  return out;
}

/// An engine on each place, with the table numbers(n).
class PoolThreads : public OnPlace {
 protected:
  void SetUp() override {
    OnPlace::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    engine_.emplace(create_engine(url, {.pool_size = 2, .max_overflow = 1}));
    engine()
        .connect({.isolation_level = IsolationLevel::autocommit})
        .execute("CREATE TABLE numbers (n integer)");
  }
  Engine& engine() { return *engine_; }
  void fill(int rows) {
    ParameterRows parameters({"n"});
    for (int n = 0; n < rows; ++n) parameters.add(n);
    engine().begin([&](Connection& connection) { connection.execute_many(insert, parameters); });
  }
  std::int64_t count() {
    return engine().connect().execute("SELECT count(*) FROM numbers").scalar<std::int64_t>().value();
  }
  const std::string& endless() const { return GetParam().endless; }

 private:
  std::optional<Engine> engine_;
};
INSTANTIATE_TEST_SUITE_P(On, PoolThreads, testing::ValuesIn(places_of_pools()), place_name);

TEST_P(PoolThreads, ShareOneEngine) {
  on_threads(thread_count, [&](int) {
    for (int i = 0; i < turns; ++i) {
      Connection connection = engine().connect({.isolation_level = IsolationLevel::autocommit});
      EXPECT_EQ(connection.execute(insert, {{"n", i}}).rowcount(), 1);
      EXPECT_GT(connection.execute("SELECT count(*) FROM numbers").scalar<int>(), 0);
    }
  });
  EXPECT_EQ(count(), thread_count * turns);
  EXPECT_EQ(engine().pool_status().lent, 0);
  EXPECT_LE(engine().pool_status().idle, 2);
}

TEST_P(PoolThreads, OpenTheFirstConnectionTogether) {
  for (int i = 0; i < 10; ++i) {
    Engine fresh = create_engine(url);
    on_threads(thread_count, [&fresh](int) { fresh.connect().execute("SELECT 1"); });
    EXPECT_EQ(fresh.pool_status().lent, 0);
    if (in_memory()) {
      EXPECT_EQ(fresh.pool_status().idle, 1);
    }
  }
}

TEST_P(PoolThreads, ReadResultsThatOthersTouch) {
  constexpr int rows = 3000;
  fill(rows);
  on_threads(thread_count, [&](int me) {
    for (int i = 0; i < 5; ++i) {
      Connection connection = engine().connect();
      CursorResult result = connection.execute(select_all);
      int next = 0;
      if (me % 2 == 0) {
        for (const Row& row : result) ASSERT_EQ(row.get<int>(0), next++);
      } else {
        while (!result.fetchmany(100).empty()) next += 100;
      }
      ASSERT_EQ(next, rows);
      ASSERT_EQ(result.rowcount(), rows);
    }
  });
}

TEST_P(PoolThreads, DropResultsHalfRead) {
  fill(3000);
  on_threads(thread_count, [&](int) {
    for (int i = 0; i < turns; ++i) {
      Connection connection = engine().connect();
      CursorResult result = connection.execute(select_all);
      EXPECT_TRUE(result.fetchone());
      if (i % 2 == 0) connection.close();  // else the result goes first
    }
  });
  EXPECT_EQ(engine().pool_status().lent, 0);
}

TEST_P(PoolThreads, KeepResultsWhoseConnectionOthersUse) {
  Engine uncached = create_engine(url, {.pool_size = 1, .max_overflow = 0, .statement_cache_size = 0});
  on_threads(thread_count, [&](int) {
    for (int i = 0; i < turns; ++i) {
      std::optional<CursorResult> result;
      {
        Connection connection = uncached.connect();
        result.emplace(connection.execute("SELECT 1 UNION SELECT 2"));
        result->buffer();
      }
      EXPECT_EQ(result->fetchall().size(), 2u);
    }
  });
}

TEST_P(PoolThreads, CommitWholeTransactions) {
  on_threads(thread_count, [&](int me) {
    for (int i = 0; i < turns / 4; ++i) {
      if (in_memory()) {
        // One database connection for all: transactions of several threads would lie in each other.
        engine().connect({.isolation_level = IsolationLevel::autocommit}).execute(insert, {{"n", me}});
        engine().connect({.isolation_level = IsolationLevel::autocommit}).execute(insert, {{"n", me}});
        continue;
      }
      Connection connection = engine().connect();
      Transaction transaction = connection.begin();
      try {
        connection.execute(insert, {{"n", me}});
        connection.execute(insert, {{"n", me}});
        if (i % 3 == 0) {
          transaction.rollback();
          transaction = connection.begin();
          connection.execute_many(insert, {{{"n", me}}, {{"n", me}}});
        }
        transaction.commit();
      } catch (const OperationalError&) {
        // Another has written meanwhile (SQLite's snapshot is stale): nothing of it stays.
        transaction.rollback();
        --i;
      }
    }
  });
  EXPECT_EQ(count(), thread_count * (turns / 4) * 2);
}

TEST_P(PoolThreads, SeeTheEngineBeingDisposed) {
  std::jthread disposer([&](const std::stop_token& done) {
    while (!done.stop_requested()) {
      // In memory that is the end of the table too.
      engine().dispose();
      std::this_thread::yield();
    }
  });
  on_threads(thread_count, [&](int) {
    for (int i = 0; i < turns; ++i) {
      Connection connection = engine().connect();
      EXPECT_EQ(connection.execute("SELECT 1").scalar<int>(), 1);
    }
  });
  disposer.request_stop();
  disposer.join();
  EXPECT_EQ(engine().pool_status().lent, 0);
}

TEST_P(PoolThreads, GiveUpWaitingWithoutLosingPlaces) {
  if (in_memory()) GTEST_SKIP() << "nobody waits";
  Engine small =
      create_engine(url, {.pool_size = 1, .max_overflow = 0, .pool_timeout = std::chrono::milliseconds(1)});
  std::atomic<int> lent = 0, refused = 0;
  on_threads(thread_count, [&](int) {
    for (int i = 0; i < turns; ++i) {
      try {
        small.connect().execute("SELECT 1");
        ++lent;
      } catch (const PoolTimeoutError&) {
        ++refused;
      }
    }
  });
  EXPECT_EQ(lent + refused, thread_count * turns);
  EXPECT_GT(lent, 0);
  EXPECT_EQ(small.pool_status().lent, 0);
  EXPECT_EQ(small.pool_status().idle, 1);
}

TEST_P(PoolThreads, CancelAtAnyMoment) {
  Connection connection = engine().connect({.isolation_level = IsolationLevel::autocommit});
  Canceller canceller = connection.canceller();
  std::jthread other([&](const std::stop_token& done) {
    while (!done.stop_requested()) canceller.cancel();
  });
  const int times = on_server ? 60 : 300;  // a cancel there is a connection of its own
  int cancelled = 0;
  for (int i = 0; i < times; ++i) {
    try {
      EXPECT_EQ(connection.execute("SELECT 1").scalar<int>(), 1);
    } catch (const CancelledError&) {
      ++cancelled;
    }
    try {
      connection.execute(endless(), {}, {.timeout = std::chrono::minutes(2)}).fetchall();
      ADD_FAILURE() << "it does not end by itself";
    } catch (const CancelledError&) {
      ++cancelled;
    }
  }
  other.request_stop();
  other.join();
  EXPECT_GE(cancelled, times);
  EXPECT_EQ(connection.execute("SELECT 1").scalar<int>(), 1);
}

TEST_P(PoolThreads, StopAtAnyMoment) {
  for (int i = 0; i < (on_server ? 50 : 100); ++i) {
    std::stop_source source;
    std::thread runner([&] {
      OperationContext context;
      context.stop = source.get_token();
      const OperationContext::Scope scope(context);
      try {
        engine().connect().execute(endless(), {}, {.timeout = std::chrono::minutes(2)}).fetchall();
        ADD_FAILURE() << "it does not end by itself";
      } catch (const CancelledError&) {
        // as it must be, wherever the stop came in between
      }
    });
    // Ever later, so that it comes at each step of the operation in some round.
    for (std::atomic<int> spin = 0; spin < i * 500; ++spin) {
    }
    source.request_stop();
    runner.join();
  }
  EXPECT_EQ(engine().connect().execute("SELECT 1").scalar<int>(), 1);
}

TEST_P(PoolThreads, ReadTheSameRows) {
  fill(1000);
  const std::vector<Row> rows = engine().connect().execute(select_all).fetchall();
  on_threads(thread_count, [&](int) {
    std::int64_t sum = 0;
    for (const Row& row : rows) sum += row.get<std::int64_t>("n");
    EXPECT_EQ(sum, 999 * 1000 / 2);
    const std::vector<Row> copy = rows;
    EXPECT_EQ(copy.back(), rows.back());
  });
}

}  // namespace
