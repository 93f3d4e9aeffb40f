#include <chrono>
#include <thread>

#include <prefect_sqlalchemy/flows/run_errors.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>
#include <psa_sanitizers.hpp>

#include "databases.hpp"

using namespace prefect_sqlalchemy;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

#ifdef PSA_SANITIZED
constexpr auto limit = 3000ms;
#else
constexpr auto limit = 200ms;
#endif

/// Records nothing: the cases are not about the record.
class NoSink final : public prefect::detail::RunSink {
 public:
  void write(std::span<const prefect::detail::RunEvent>) override {}
  void heartbeat() override {}
  std::string name() const override { return "nothing"; }
};

/// How soon an operation ends that is told to.
class Stopping : public OnDatabase {
 protected:
  Stopping() {
    prefect::detail::RunRecorder::process().replace_sink([] { return std::make_unique<NoSink>(); });
  }
  ~Stopping() override { prefect::detail::RunRecorder::process().close(); }

  /// Runs an attempt, which returns how long after being told it ended, until one was within the limit: the
  /// machine may be busy with something else for a while, but not each time.
  template <class Attempt>
  static void expect_soon(Attempt attempt) {
    std::chrono::nanoseconds best = std::chrono::hours(1);
    for (int i = 0; i < 10 && best > limit; ++i) best = std::min<std::chrono::nanoseconds>(best, attempt());
    EXPECT_LE(std::chrono::duration_cast<std::chrono::milliseconds>(best).count(), limit.count());
  }
  /// Reads rows until an error ends that.
  static void read_all(SqlAlchemyConnector& db, const std::string& sql) {
    while (!db.fetch_many(sql, {.size = 1000}).empty()) {
    }
  }
  /// What was stopped leaves a connection that is as good as before.
  static void expect_usable(SqlAlchemyConnector& db) {
    EXPECT_EQ(lent(db), 0);
    EXPECT_EQ(db.execute("SELECT 1").scalar<int>(), 1);
  }
  const std::string sleeping = database().sleeping_query;
  /// Queries to be stopped while they compute, and while their rows are read.
  const std::vector<std::string> queries = {sleeping, database().endless_rows};
};
INSTANTIATE_TEST_SUITE_P(On, Stopping, testing::ValuesIn(databases()), database_name);

TEST_P(Stopping, OfATaskByItsTimeoutEndsItsQuery) {
  for (const std::string& sql : queries) {
    auto db = connector();
    db.execute("SELECT 1");
    expect_soon([&] {
      const auto begun = Clock::now();
      const auto task = prefect::task("slow", [&] { read_all(db, sql); }, {.timeout = 50ms});
      EXPECT_THROW(task(), prefect::TaskRunTimeoutError);
      return Clock::now() - begun - 50ms;
    });
    expect_usable(db);
  }
}

TEST_P(Stopping, ByTheContextsDeadlineEndsAQuery) {
  for (const std::string& sql : queries) {
    auto db = connector();
    db.execute("SELECT 1");
    expect_soon([&] {
      OperationContext context;
      context.deadline = Clock::now() + 50ms;
      const OperationContext::Scope scope(context);
      EXPECT_THROW(read_all(db, sql), DeadlineError);
      return Clock::now() - *context.deadline;
    });
    expect_usable(db);
  }
}

TEST_P(Stopping, ByItsOwnTimeoutEndsAQuery) {
  auto db = connector();
  db.execute("SELECT 1");
  expect_soon([&] {
    const auto begun = Clock::now();
    EXPECT_THROW(db.execute(sleeping, {}, {.timeout = 50ms}), DeadlineError);
    return Clock::now() - begun - 50ms;
  });
  expect_usable(db);
}

TEST_P(Stopping, ByTheStopTokenEndsAQuery) {
  for (const std::string& sql : queries) {
    auto db = connector();
    db.execute("SELECT 1");
    expect_soon([&] {
      std::stop_source source;
      Clock::time_point told;
      std::atomic<bool> begun = false;
      std::jthread other([&] {
        // The query has most probably begun when as much time has passed as a deadline would take; if not, it
        // ends before it began.
        while (!begun) std::this_thread::yield();
        const auto then = Clock::now() + 20ms;
        while (Clock::now() < then) std::this_thread::yield();
        told = Clock::now();
        source.request_stop();
      });
      OperationContext context;
      context.stop = source.get_token();
      const OperationContext::Scope scope(context);
      begun = true;
      EXPECT_THROW(read_all(db, sql), CancelledError);
      const auto ended = Clock::now();
      other.join();
      return ended - told;
    });
    expect_usable(db);
  }
}

TEST_P(Stopping, BetweenTwoReadsEndsTheQueryToo) {
  if (database().reads_whole_results) GTEST_SKIP() << "rows without an end are never seen";
  auto db = connector();
  std::stop_source source;
  OperationContext context;
  context.stop = source.get_token();
  const OperationContext::Scope scope(context);
  EXPECT_EQ(db.fetch_many(database().endless_rows, {.size = 10}).size(), 10u);
  source.request_stop();
  EXPECT_THROW(db.fetch_many(database().endless_rows, {.size = 10}), CancelledError);
  const OperationContext nothing_imposed;
  const OperationContext::Scope alone(nothing_imposed);
  expect_usable(db);
}

TEST_P(Stopping, EndsAQueryWhoseRowsNobodyWantsAnyMore) {
  if (database().reads_whole_results) GTEST_SKIP() << "rows without an end are never seen";
  auto db = connector();
  std::stop_source source;
  {
    OperationContext context;
    context.stop = source.get_token();
    const OperationContext::Scope scope(context);
    Connection connection = db.get_connection(false);
    CursorResult result = connection.execute(database().endless_rows);
    EXPECT_TRUE(result.fetchone());
    source.request_stop();
  }
  expect_usable(db);
}

TEST_P(Stopping, LeavesTheTransactionToBeRolledBack) {
  auto db = connector();
  make_numbers(db, 0);
  Connection connection = db.get_connection(false);
  connection.execute("INSERT INTO numbers (n) VALUES (1)");
  EXPECT_THROW(connection.execute(sleeping, {}, {.timeout = 20ms}).fetchall(), DeadlineError);
  connection.rollback();
  connection.execute("INSERT INTO numbers (n) VALUES (2)");
  connection.commit();
  connection.close();
  EXPECT_EQ(db.execute("SELECT n FROM numbers").scalars<int>(), (std::vector<int>{2}));
}

}  // namespace
