// What is special to the awaitable connector: tokens, threads, cancellation, endings. That its verbs mean
// what the blocking connector's mean is shown by the cases that run on both.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <prefect_sqlalchemy/connector/async_sqlalchemy_connector.hpp>

#include "await.hpp"
#include "databases.hpp"
#include "process_status.hpp"
#include "thread_group.hpp"

using namespace prefect_sqlalchemy;
using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;
namespace asio = boost::asio;
using asio::awaitable;
using Clock = std::chrono::steady_clock;

namespace {

class Awaitable : public OnDatabase {
 protected:
  AsyncSqlAlchemyConnector awaitable_connector(const EngineOptions& options = {}) const {
    AsyncSqlAlchemyConnector db(test_support::without_driver(url()));
    db.get_engine(options);
    return db;
  }
  /// Runs handlers until `done`. False: it takes too long.
  template <class Done>
  static bool run_until(asio::io_context& io, Done done) {
    const auto limit = Clock::now() + 60s;
    while (!done() && Clock::now() < limit) {
      if (io.stopped()) io.restart();
      io.run_one_for(20ms);
    }
    return done();
  }
  static bool wait_until(const std::function<bool()>& done) {
    asio::io_context nothing;
    return run_until(nothing, done);
  }
  const std::string sleeping = database().sleeping_query;
};
INSTANTIATE_TEST_SUITE_P(On, Awaitable, testing::ValuesIn(databases_where([](const Database& database) {
                           return database.has_awaitable_name;
                         })),
                         database_name);

class AwaitableOnServer : public Awaitable {};
INSTANTIATE_TEST_SUITE_P(On, AwaitableOnServer, testing::ValuesIn(databases_on_servers()), database_name);

}  // namespace

TEST_P(Awaitable, ConnectorTellsWhetherItBlocksThreads) {
  EXPECT_EQ(database().is_nonblocking, awaitable_connector().is_nonblocking());
}

TEST_P(Awaitable, OperationsTakeEachKindOfCompletionToken) {
  auto db = awaitable_connector();
  EXPECT_EQ(db.execute("SELECT 1", asio::use_future).get().scalar<int>(), 1);
  asio::io_context io;
  int by_callback = 0;
  const auto callback = [&](std::exception_ptr error, CursorResult result) {
    EXPECT_EQ(error, nullptr);
    by_callback = result.scalar<int>().value();
  };
  db.execute("SELECT 2", asio::bind_executor(io, callback));
  EXPECT_EQ(by_callback, 0) << "called within the initiating function";
  io.run();
  EXPECT_EQ(by_callback, 2);
  await([&]() -> awaitable<void> {
    EXPECT_EQ((co_await db.fetch_one("SELECT 3"))->get<int>(0), 3);
    EXPECT_EQ((co_await db.fetch_all("SELECT 4", {}, asio::use_awaitable)).size(), 1U);
    EXPECT_EQ((co_await db.fetch_many("SELECT 5", {.size = 3})).size(), 1U);
    co_await db.close();
  }());
}

TEST_P(Awaitable, HandlersRunOnTheirExecutorsWhicheverWaitedForTheConnectionBefore) {
  AsyncEngine engine = create_async_engine(awaitable_connector().get_engine().url());
  asio::io_context io, another;
  auto connection = await(io, engine.connect());
  const auto strand = asio::make_strand(io);
  int told = 0;
  const auto in_turn = [&](const auto& executor, asio::io_context& runs, auto is_there) {
    connection.execute("SELECT 1", {}, {},
                       asio::bind_executor(executor, [&, is_there](std::exception_ptr error, CursorResult) {
                         EXPECT_EQ(error, nullptr);
                         EXPECT_TRUE(is_there());
                         ++told;
                       }));
    runs.restart();
    runs.run();
  };
  for (int i = 0; i < 2; ++i) {
    in_turn(io.get_executor(), io, [&] { return io.get_executor().running_in_this_thread(); });
    in_turn(strand, io, [&] { return strand.running_in_this_thread(); });
    in_turn(another.get_executor(), another, [&] { return another.get_executor().running_in_this_thread(); });
  }
  EXPECT_EQ(told, 6);
  await(io, connection.close());
}

TEST_P(Awaitable, ErrorsAreThoseOfTheBlockingConnector) {
  auto db = awaitable_connector();
  await([&]() -> awaitable<void> {
    std::string blocking, awaited;
    try {
      connector().execute("SELECT no_such_column");
    } catch (const DatabaseError& error) {
      blocking = error.diagnostics().message;
    }
    try {
      co_await db.execute("SELECT no_such_column");
    } catch (const DatabaseError& error) {
      awaited = error.diagnostics().message;
      EXPECT_FALSE(error.connection_lost());
    }
    EXPECT_FALSE(awaited.empty());
    EXPECT_EQ(awaited, blocking);
    try {
      co_await db.execute("SELECT :x");
      ADD_FAILURE() << "a parameter is missing";
    } catch (const StatementError&) {
    }
  }());
}

// A thread that has ended is counted until the kernel has put it away.
bool comes_down_to(std::int64_t threads) {
  for (int i = 0; i < 1000 && test_support::process_status("Threads") > threads; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  return test_support::process_status("Threads") <= threads;
}

TEST_P(Awaitable, OperationsRunAtOnceOnOneThread) {
  constexpr int count = 20;
  const std::int64_t threads = test_support::process_status("Threads");
  auto db = awaitable_connector({.pool_size = count});
  asio::io_context io;
  std::vector<std::int64_t> answers;
  std::int64_t most_threads = 0;
  const std::string sql =
      "SELECT CAST(:i AS " +
      std::string(database().server == &test_support::mariadb_server ? "signed" : "integer") + ")";
  const auto run_at_once = [&](int operations) {
    answers.clear();
    most_threads = 0;
    for (int i = 0; i < operations; ++i) {
      asio::co_spawn(
          io,
          [&, i]() -> awaitable<void> {
            const Parameters parameters = {{"i", i}};
            auto result = co_await db.execute(sql, parameters);
            most_threads = std::max(most_threads, test_support::process_status("Threads"));
            answers.push_back(result.scalar<std::int64_t>().value());
          },
          asio::detached);
    }
    io.restart();
    io.run();
    std::sort(answers.begin(), answers.end());
    ASSERT_EQ(answers.size(), static_cast<std::size_t>(operations));
    EXPECT_EQ(answers.front(), 0);
    EXPECT_EQ(answers.back(), operations - 1);
  };
  run_at_once(count);  // and connects, for which MariaDB's client takes threads
  if (db.is_nonblocking()) {
    ASSERT_TRUE(comes_down_to(threads));
    run_at_once(db.get_engine().pool_status().idle);
    EXPECT_LE(most_threads, threads);
  }
  EXPECT_EQ(db.get_engine().pool_status().lent, 0);
}

TEST_P(Awaitable, OperationsShareOneIoContextOfSeveralThreads) {
  auto db = awaitable_connector({.pool_size = 4, .max_overflow = 0});
  asio::io_context io;
  std::atomic<int> answers = 0;
  for (int i = 0; i < 8; ++i) {
    asio::co_spawn(
        io,
        [&]() -> awaitable<void> {
          for (int n = 0; n < 20; ++n) {
            auto result = co_await db.execute("SELECT 1");
            answers += result.scalar<int>().value();
          }
        },
        [](std::exception_ptr error) { EXPECT_EQ(error, nullptr); });
  }
  on_threads(3, [&](int) { io.run(); });
  EXPECT_EQ(answers, 160);
}

TEST_P(Awaitable, OperationsWaitForAConnectionOfThePool) {
  auto db = awaitable_connector({.pool_size = 1, .max_overflow = 0});
  await([&]() -> awaitable<void> {
    auto connection = co_await db.get_connection();
    const auto give_back = [&]() -> awaitable<void> {
      asio::steady_timer timer(co_await asio::this_coro::executor, 10ms);
      co_await timer.async_wait(asio::use_awaitable);
      co_await connection.close();
    };
    auto [result, other] = co_await (give_back() && db.execute("SELECT 1") && db.execute("SELECT 2"));
    EXPECT_EQ(result.scalar<int>(), 1);
    EXPECT_EQ(other.scalar<int>(), 2);
  }());
}

TEST_P(Awaitable, WaitingForThePoolEndsInTimeOrByCancellation) {
  if (database().is_private) GTEST_SKIP() << "its one connection is shared";
  auto db = awaitable_connector({.pool_size = 1, .max_overflow = 0, .pool_timeout = 30ms});
  await([&]() -> awaitable<void> {
    auto connection = co_await db.get_connection();
    try {
      co_await db.execute("SELECT 1");
      ADD_FAILURE() << "there was no connection to be had";
    } catch (const PoolTimeoutError&) {
    }
    asio::steady_timer timer(co_await asio::this_coro::executor, 1ms);
    const auto first = co_await (db.execute("SELECT 1") || timer.async_wait(asio::use_awaitable));
    EXPECT_EQ(first.index(), 1U);
    co_await connection.close();
    co_await db.execute("SELECT 1");
  }());
  EXPECT_EQ(db.get_engine().pool_status().lent, 0);
}

TEST_P(Awaitable, OperationIsEndedByItsCancellationSlot) {
  auto db = awaitable_connector({.pool_size = 1, .max_overflow = 0});
  await([&]() -> awaitable<void> {
    co_await db.execute("SELECT 1");
    asio::steady_timer timer(co_await asio::this_coro::executor, 20ms);
    const auto first = co_await (db.execute(sleeping) || timer.async_wait(asio::use_awaitable));
    EXPECT_EQ(first.index(), 1U);
    EXPECT_EQ(db.get_engine().pool_status().lent, 0);
    auto result = co_await db.execute("SELECT 2");
    EXPECT_EQ(result.scalar<int>(), 2);
  }());
}

TEST_P(Awaitable, OperationCancelledAtAnyOfItsStepsEndsCleanly) {
  if (database().is_private) GTEST_SKIP() << "closing it loses its table";
  auto db = awaitable_connector({.pool_size = 1, .max_overflow = 0});
  await([&]() -> awaitable<void> { co_await db.execute("CREATE TABLE steps (n integer)"); }());
  std::int64_t rows = 0;
  bool ended_by_itself = false;
  for (int steps = 0; steps < 200 && !ended_by_itself; ++steps) {
    if (steps % 2 == 0) await([&]() -> awaitable<void> { co_await db.close(); }());  // connects anew
    asio::io_context io;
    asio::cancellation_signal signal;
    std::optional<std::exception_ptr> outcome;
    const auto callback = [&](std::exception_ptr error, CursorResult) { outcome = error; };
    const ParameterRows two = {{{"n", 1}}, {{"n", 2}}};
    db.execute_many("INSERT INTO steps (n) VALUES (:n)", two,
                    asio::bind_cancellation_slot(signal.slot(), asio::bind_executor(io, callback)));
    for (int i = 0; i < steps && !outcome; ++i) io.run_one_for(5s);
    ended_by_itself = outcome.has_value();
    signal.emit(asio::cancellation_type::terminal);
    io.run();
    ASSERT_TRUE(outcome.has_value());
    if (*outcome == nullptr) {
      rows += 2;
    } else {
      EXPECT_THROW(std::rethrow_exception(*outcome), CancelledError);
    }
    EXPECT_EQ(db.get_engine({.pool_size = 1, .max_overflow = 0}).pool_status().lent, 0);
  }
  EXPECT_TRUE(ended_by_itself);
  EXPECT_EQ(count_from_outside("steps"), rows);
}

TEST_P(Awaitable, DeadlineEndsAnOperation) {
  auto db = awaitable_connector();
  await([&]() -> awaitable<void> {
    co_await db.execute("SELECT 1");
    try {
      const ExecutionOptions options{.timeout = 30ms};
      co_await db.execute(sleeping, {}, options);
      ADD_FAILURE() << "it slept to its end";
    } catch (const DeadlineError&) {
    }
    co_await db.execute("SELECT 1");
  }());
}

TEST_P(Awaitable, OperationsWhoseContextIsDestroyedEndOnTheServer) {
  auto db = awaitable_connector({.pool_size = 1, .max_overflow = 0});
  bool called = false;
  {
    asio::io_context io;
    await(io, [&]() -> awaitable<void> { co_await db.execute("SELECT 1"); }());
    db.execute(sleeping, asio::bind_executor(io, [&](std::exception_ptr, CursorResult) { called = true; }));
    io.restart();
    io.run_for(20ms);
  }
  EXPECT_FALSE(called);
  EXPECT_TRUE(wait_until([&] { return db.get_engine().pool_status().lent == 0; }));
  await([&]() -> awaitable<void> {
    auto result = co_await db.execute("SELECT 1");
    EXPECT_EQ(result.scalar<int>(), 1);
  }());
}

TEST_P(Awaitable, OperationThatHasNotBegunWhenItsContextGoesDoesNothing) {
  auto db = awaitable_connector({.pool_size = 1, .max_overflow = 0});
  await([&]() -> awaitable<void> { co_await db.execute("CREATE TABLE begun (n integer)"); }());
  bool called = false;
  {
    asio::io_context io;
    db.execute("INSERT INTO begun (n) VALUES (1)",
               asio::bind_executor(io, [&](std::exception_ptr, CursorResult) { called = true; }));
  }
  EXPECT_FALSE(called);
  EXPECT_TRUE(wait_until([&] { return db.get_engine().pool_status().lent == 0; }));
  await([&]() -> awaitable<void> {
    auto result = co_await db.execute("SELECT count(*) FROM begun");
    EXPECT_EQ(result.scalar<int>(), 0);
  }());
}

TEST_P(Awaitable, OperationsOutliveTheirConnector) {
  asio::io_context io;
  int answer = 0;
  {
    auto db = awaitable_connector();
    db.execute("SELECT 7", asio::bind_executor(io, [&](std::exception_ptr, CursorResult result) {
                 answer = result.scalar<int>().value();
               }));
  }
  io.run();
  EXPECT_EQ(answer, 7);
}

TEST_P(Awaitable, FetchIsReadByOneCallAtATime) {
  auto db = awaitable_connector();
  asio::io_context io;
  std::exception_ptr first, second;
  asio::cancellation_signal signal;
  db.fetch_one(sleeping, asio::bind_cancellation_slot(
                             signal.slot(), asio::bind_executor(
                                                io, [&](std::exception_ptr error, auto) { first = error; })));
  db.fetch_one(sleeping, asio::bind_executor(io, [&](std::exception_ptr error, auto) {
                 second = error;
                 signal.emit(asio::cancellation_type::terminal);
               }));
  io.run();
  ASSERT_NE(first, nullptr);
  EXPECT_THROW(std::rethrow_exception(first), CancelledError);
  ASSERT_NE(second, nullptr);
  EXPECT_THROW(std::rethrow_exception(second), InvalidRequestError);
}

TEST_P(Awaitable, ConnectorThatIsNotClosedRollsItsFetchesBack) {
  PSA_SKIP_WITHOUT_RETURNING();
  if (database().is_private) GTEST_SKIP() << "nothing can be looked at from outside";
  auto plain = connector();
  make_numbers(plain, 1);
  plain.close();
  await([&]() -> awaitable<void> {
    auto db = awaitable_connector();
    // A writing statement that gives rows, in the fetch's transaction.
    const auto rows = co_await db.fetch_all("INSERT INTO numbers (n) VALUES (5) RETURNING n");
    EXPECT_EQ(rows.size(), 1U);
  }());
  EXPECT_TRUE(wait_until([&] {
    // Until the rollback, SQLite keeps others out; afterwards the row is not there.
    try {
      auto writer = connector();
      writer.execute("UPDATE numbers SET n = n");
      return true;
    } catch (const OperationalError&) {
      return false;
    }
  }));
  EXPECT_EQ(count_from_outside("numbers"), 1);
}

TEST_P(Awaitable, CloseCommitsFetches) {
  PSA_SKIP_WITHOUT_RETURNING();
  if (database().is_private) GTEST_SKIP() << "nothing can be looked at from outside";
  auto plain = connector();
  make_numbers(plain, 1);
  plain.close();
  auto db = awaitable_connector();
  await([&]() -> awaitable<void> {
    co_await db.fetch_all("INSERT INTO numbers (n) VALUES (5) RETURNING n");
    co_await db.close();
  }());
  EXPECT_EQ(count_from_outside("numbers"), 2);
}

TEST_P(Awaitable, ConnectionsHaveTransactions) {
  auto db = awaitable_connector();
  await([&]() -> awaitable<void> {
    auto connection = co_await db.get_connection();
    co_await connection.execute("CREATE TABLE t (n integer)");
    co_await connection.commit();
    co_await connection.begin();
    co_await connection.execute("INSERT INTO t (n) VALUES (1)");
    co_await connection.rollback();
    const ParameterRows rows = {{{"n", 2}}, {{"n", 3}}};
    co_await connection.execute_many("INSERT INTO t (n) VALUES (:n)", rows);
    co_await connection.commit();
    co_await connection.ping();
    const auto sum = co_await connection.run_sync([](Connection& on) {
      std::int64_t total = 0;
      auto result = on.execute("SELECT n FROM t");
      for (const Row& row : result) total += row.get<std::int64_t>(0);
      return total;
    });
    EXPECT_EQ(sum, 5);
    co_await connection.close();
    co_await connection.close();
    try {
      co_await connection.ping();
      ADD_FAILURE() << "it is closed";
    } catch (const InvalidRequestError&) {
    }
  }());
  EXPECT_EQ(db.get_engine().pool_status().lent, 0);
}

TEST_P(Awaitable, ConnectionThatIsNotClosedComesBack) {
  auto db = awaitable_connector();
  await([&]() -> awaitable<void> {
    auto connection = co_await db.get_connection();
    co_await connection.execute("SELECT 1");
  }());
  EXPECT_TRUE(wait_until([&] { return db.get_engine().pool_status().lent == 0; }));
}

TEST_P(AwaitableOnServer, WaitingForAnAnswerWakesTheLoopForNothingElse) {
  URL url = make_url(test_support::without_driver(this->url()));
  // Without TLS the client has waited to write on the socket that it reads from.
  if (url.dialect() == "postgresql") url.query = {{"sslmode", "disable"}};
  AsyncEngine engine = create_async_engine(url);
  ConnectOptions options;
  options.isolation_level = IsolationLevel::autocommit;
  asio::io_context io;
  auto connection = await(io, engine.connect(options));
  for (const bool is_prepared : {false, true}) {
    asio::cancellation_signal signal;
    const auto told = asio::bind_executor(io, [](std::exception_ptr, CursorResult) {});
    connection.execute(sleeping, {}, {}, asio::bind_cancellation_slot(signal.slot(), told));
    io.restart();
    const std::size_t begun = io.poll();
    const std::size_t later = io.run_for(50ms);
    if (is_prepared) {
      EXPECT_EQ(begun, 1U);
      EXPECT_EQ(later, 0U);
    }
    signal.emit(asio::cancellation_type::terminal);
    io.run();
  }
  await(io, connection.close());
}

TEST_P(AwaitableOnServer, OperationsOnSessionsThatAreKilledAllFailAndThePoolRecovers) {
  constexpr int count = 100;
  auto db = awaitable_connector({.pool_size = count, .max_overflow = 0});
  asio::io_context io;
  std::vector<std::int64_t> sessions;
  std::vector<AsyncConnection> connections;
  await(io, [&]() -> awaitable<void> {
    for (int i = 0; i < count; ++i) {
      connections.push_back(co_await db.get_connection());
      sessions.push_back(co_await connections.back().run_sync(
          [this](Connection& on) { return on_server().session_of(on); }));
    }
  }());
  int lost = 0;
  for (AsyncConnection& connection : connections) {
    connection.execute(sleeping, {}, {}, asio::bind_executor(io, [&](std::exception_ptr error, CursorResult) {
                         try {
                           std::rethrow_exception(error);
                         } catch (const Error& caught) {
                           lost += caught.connection_lost() ? 1 : 0;
                         }
                       }));
  }
  io.restart();
  io.run_for(100ms);
  for (const std::int64_t session : sessions) on_server().end_session(session);
  EXPECT_TRUE(run_until(io, [&] { return lost == count; })) << lost;
  await(io, [&]() -> awaitable<void> {
    for (AsyncConnection& connection : connections) co_await connection.close();
    auto result = co_await db.execute("SELECT 1");
    EXPECT_EQ(result.scalar<int>(), 1);
  }());
}
