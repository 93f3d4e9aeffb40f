#include <condition_variable>
#include <mutex>
#include <thread>

#include "databases.hpp"

using namespace prefect_sqlalchemy;
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

namespace {

class Context : public OnDatabase {
 protected:
  const std::string endless = database().endless_query;
};
INSTANTIATE_TEST_SUITE_P(On, Context, testing::ValuesIn(databases()), database_name);

TEST_P(Context, TimeoutEndsAStatement) {
  auto db = connector();
  const ExecutionOptions options{.timeout = milliseconds(20)};
  EXPECT_THROW(db.execute(endless, {}, options), DeadlineError);
  EXPECT_THROW(db.fetch_one(endless, {.execution_options = options}), DeadlineError);
  EXPECT_THROW(db.execute_many(endless, {}, options), DeadlineError);
  EXPECT_EQ(lent(db), 0);
  EXPECT_EQ(db.execute("SELECT 1").scalar<int>(), 1) << "the connections are as good as before";
}

TEST_P(Context, TimeoutCountsToTheLastRow) {
  auto db = connector();
  make_numbers(db, 10'000);
  const std::string sql = "SELECT n FROM numbers ORDER BY n";
  // However slow the machine, one of these is long enough for the first row, and then passes before the last.
  for (milliseconds timeout(50); timeout < std::chrono::seconds(30); timeout *= 2) {
    const FetchOptions options{.execution_options = {.timeout = timeout}};
    const auto begun = Clock::now();
    try {
      EXPECT_TRUE(db.fetch_one(sql, options));
    } catch (const DeadlineError&) {
      continue;
    }
    while (Clock::now() < begun + timeout + milliseconds(10)) std::this_thread::yield();
    EXPECT_THROW(db.fetch_all(sql, options), DeadlineError);
    EXPECT_EQ(lent(db), 0) << "a fetch that failed gives its connection back";
    return;
  }
  FAIL() << "no row came in time";
}

TEST_P(Context, TimeoutThatIsNotReachedHarmsNothing) {
  auto db = connector();
  EXPECT_EQ(db.execute("SELECT 1", {}, {.timeout = std::chrono::minutes(5)}).scalar<int>(), 1);
}

TEST_P(Context, DeadlineEndsWhateverRunsInIt) {
  auto db = connector();
  OperationContext context;
  context.deadline = Clock::now() + milliseconds(20);
  const OperationContext::Scope scope(context);
  EXPECT_THROW(db.execute(endless), DeadlineError);
  EXPECT_THROW(db.execute("SELECT 1"), DeadlineError) << "it has passed";
  EXPECT_THROW(db.execute("SELECT 1", {}, {.timeout = std::chrono::hours(1)}), DeadlineError)
      << "the earlier one counts";
}

TEST_P(Context, DeadlineLeavesNothingOfAnOpenTransaction) {
  auto db = connector();
  make_numbers(db, 0);
  {
    OperationContext context;
    const OperationContext::Scope scope(context);
    Connection connection = db.get_connection(false);
    connection.execute("INSERT INTO numbers (n) VALUES (1)");
    context.deadline = Clock::now();
    EXPECT_THROW(connection.execute("INSERT INTO numbers (n) VALUES (2)"), DeadlineError);
    connection.rollback();
  }
  EXPECT_EQ(count(db, "numbers"), 0);
}

TEST_P(Context, StandsAloneAndComesBack) {
  OperationContext outer, inner;
  outer.deadline = Clock::now();
  const OperationContext::Scope outer_scope(outer);
  {
    const OperationContext::Scope inner_scope(inner);
    EXPECT_EQ(&OperationContext::current(), &inner);
    auto db = connector();
    EXPECT_EQ(db.execute("SELECT 1").scalar<int>(), 1);
  }
  EXPECT_EQ(&OperationContext::current(), &outer);
}

/// Tells when a query is really running: when the database asks for its second row... or any other time.
/// A cancel may come too early to hit anything, so it is repeated until the query has ended.
template <class Cancel>
void repeat_until_done(std::atomic<bool>& done, Cancel cancel) {
  while (!done) {
    cancel();
    std::this_thread::yield();
  }
}

TEST_P(Context, StopEndsARunningStatement) {
  auto db = connector();
  std::stop_source source;
  std::atomic<bool> begun = false;
  std::thread runner([&] {
    OperationContext context;
    context.stop = source.get_token();
    const OperationContext::Scope scope(context);
    begun = true;
    EXPECT_THROW(db.execute(endless, {}, {.timeout = std::chrono::seconds(60)}), CancelledError);
    EXPECT_THROW(db.execute("SELECT 1"), CancelledError) << "it stays stopped";
  });
  while (!begun) std::this_thread::yield();
  source.request_stop();
  runner.join();
  EXPECT_EQ(db.execute("SELECT 1").scalar<int>(), 1);
}

TEST_P(Context, CancellerEndsARunningStatementFromAnotherThread) {
  auto db = connector();
  Connection connection = db.get_connection(false);
  Canceller canceller = connection.canceller();
  std::atomic<bool> done = false;
  std::thread runner([&] {
    EXPECT_THROW(connection.execute(endless).fetchall(), CancelledError);
    done = true;
  });
  repeat_until_done(done, [&] { canceller.cancel(); });
  runner.join();
  connection.rollback();
  EXPECT_EQ(connection.execute("SELECT 1").scalar<int>(), 1);
}

TEST_P(Context, CancellerHitsNobodyElse) {
  Engine engine = create_engine(url(), {.pool_size = 1, .max_overflow = 0});
  std::optional<Canceller> canceller;
  {
    Connection connection = engine.connect();
    canceller = connection.canceller();
    canceller->cancel();
    EXPECT_EQ(connection.execute("SELECT 1").scalar<int>(), 1) << "nothing ran when it was called";
  }
  canceller->cancel();
  // The same database connection in other hands.
  Connection next = engine.connect();
  std::atomic<bool> done = false;
  std::thread runner([&] {
    EXPECT_THROW(next.execute(endless, {}, {.timeout = milliseconds(100)}).fetchall(), DeadlineError);
    done = true;
  });
  repeat_until_done(done, [&] { canceller->cancel(); });
  runner.join();
  engine.dispose();
  next.close();
  canceller->cancel();
}

/// What the observer heard, as text.
class Heard : public OperationObserver {
 public:
  void on_operation(const OperationRecord& record) noexcept override {
    records.push_back(
        {std::string(record.statement), std::string(record.driver), record.rows, std::string(record.error)});
    EXPECT_GE(record.duration.count(), 0);
    EXPECT_GT(record.started.time_since_epoch().count(), 0);
  }
  void on_lost_error(std::exception_ptr) noexcept override { ADD_FAILURE(); }
  struct Record {
    std::string statement, driver;
    std::int64_t rows;
    std::string error;
  };
  std::vector<Record> records;
};

TEST_P(Context, ObserverHearsOfEachOperation) {
  auto db = connector();
  make_numbers(db, 3);
  Heard heard;
  OperationContext context;
  context.observer = &heard;
  const OperationContext::Scope scope(context);
  db.execute("INSERT INTO numbers (n) VALUES (:n)", {{"n", 7}});
  ASSERT_EQ(heard.records.size(), 1u);
  EXPECT_EQ(heard.records[0].statement, "INSERT INTO numbers (n) VALUES (:n)");
  EXPECT_EQ(heard.records[0].driver, make_url(url()).drivername);
  EXPECT_EQ(heard.records[0].rows, 1);
  EXPECT_EQ(heard.records[0].error, "");

  db.execute_many("INSERT INTO numbers (n) VALUES (:n)", {{{"n", 8}}, {{"n", 9}}});
  EXPECT_EQ(heard.records.back().rows, 2);

  const std::string sql = "SELECT n FROM numbers";
  db.fetch_one(sql);
  db.fetch_all(sql);
  ASSERT_EQ(heard.records.size(), 3u) << "a fetch is one operation";
  EXPECT_EQ(heard.records.back().statement, sql);
  EXPECT_EQ(heard.records.back().rows, 6);

  EXPECT_THROW(db.execute("SELECT nope FROM numbers"), DatabaseError);
  ASSERT_EQ(heard.records.size(), 4u) << "failures are heard of as well";
  EXPECT_EQ(heard.records.back().statement, "SELECT nope FROM numbers");
  EXPECT_NE(heard.records.back().error.find("nope"), std::string::npos);

  EXPECT_THROW(db.execute(endless, {}, {.timeout = milliseconds(5)}), DeadlineError);
  ASSERT_EQ(heard.records.size(), 5u);
  EXPECT_FALSE(heard.records.back().error.empty());
}

TEST_P(Context, ObserverHearsOfAFetchThatIsNotReadToItsEnd) {
  Heard heard;
  OperationContext context;
  context.observer = &heard;
  auto db = connector();
  make_numbers(db, 10'000);
  const OperationContext::Scope scope(context);
  db.fetch_one("SELECT n FROM numbers");
  EXPECT_TRUE(heard.records.empty());
  db.reset_connections();
  ASSERT_EQ(heard.records.size(), 1u);
  EXPECT_EQ(heard.records[0].error, "");
}

}  // namespace
