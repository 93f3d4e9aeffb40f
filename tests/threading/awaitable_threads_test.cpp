#include <atomic>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/strand.hpp>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/connector/async_sqlalchemy_connector.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>

#include "places.hpp"
#include "thread_group.hpp"

using namespace prefect_sqlalchemy;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::awaitable;

namespace {

class AwaitableThreads : public OnPlace {
 protected:
  std::string awaitable_url() const { return test_support::without_driver(url); }
  static void run_on_threads(asio::io_context& io) {
    on_threads(thread_count, [&io](int) { io.run(); });
  }
};
INSTANTIATE_TEST_SUITE_P(On, AwaitableThreads, testing::ValuesIn(places()), place_name);

}  // namespace

TEST_P(AwaitableThreads, ShareAPoolThatIsTooSmall) {
  AsyncSqlAlchemyConnector db(awaitable_url());
  db.get_engine({.pool_size = 2, .max_overflow = 0});
  asio::io_context io;
  std::atomic<int> answers = 0;
  for (int i = 0; i < 8; ++i) {
    asio::co_spawn(
        io,
        [&]() -> awaitable<void> {
          for (int n = 0; n < 10; ++n) {
            auto result = co_await db.execute("SELECT 1");
            answers += result.scalar<int>().value();
          }
        },
        [](std::exception_ptr error) { EXPECT_EQ(error, nullptr); });
  }
  run_on_threads(io);
  EXPECT_EQ(answers, 80);
  EXPECT_EQ(db.get_engine().pool_status().lent, 0);
}

TEST_P(AwaitableThreads, CancelWhileOthersGoOn) {
  AsyncSqlAlchemyConnector db(awaitable_url());
  db.get_engine({.pool_size = 8});
  asio::io_context io;
  std::vector<asio::cancellation_signal> signals(4);
  std::atomic<int> cancelled = 0, answers = 0;
  for (asio::cancellation_signal& signal : signals) {
    const auto strand = asio::make_strand(io);
    db.execute(GetParam().endless, {}, {},
               asio::bind_cancellation_slot(
                   signal.slot(), asio::bind_executor(strand, [&](std::exception_ptr error, CursorResult) {
                     EXPECT_THROW(std::rethrow_exception(error), CancelledError);
                     ++cancelled;
                   })));
    asio::co_spawn(
        strand,
        [&]() -> awaitable<void> {
          auto result = co_await db.execute("SELECT 1");
          answers += result.scalar<int>().value();
          signal.emit(asio::cancellation_type::terminal);
        },
        [](std::exception_ptr error) { EXPECT_EQ(error, nullptr); });
  }
  run_on_threads(io);
  EXPECT_EQ(cancelled, 4);
  EXPECT_EQ(answers, 4);
}

TEST_P(AwaitableThreads, LeaveAContextThatIsDestroyed) {
  AsyncSqlAlchemyConnector db(awaitable_url());
  db.get_engine({.pool_size = 4, .max_overflow = 0});
  for (int round = 0; round < 5; ++round) {
    asio::io_context io;
    for (int i = 0; i < 4; ++i) {
      db.execute(GetParam().endless, {}, {},
                 asio::bind_executor(io, [](std::exception_ptr, CursorResult) {}));
    }
    io.run_for(std::chrono::milliseconds(5 * round));
  }
  asio::io_context io;
  int answer = 0;
  db.execute("SELECT 1", {}, {}, asio::bind_executor(io, [&](std::exception_ptr error, CursorResult result) {
               EXPECT_EQ(error, nullptr);
               answer = error == nullptr ? result.scalar<int>().value() : 0;
             }));
  io.run();
  EXPECT_EQ(answer, 1);
}

TEST_P(AwaitableThreads, CarryTaskRunsFromThreadToThread) {
  AsyncSqlAlchemyConnector db(awaitable_url());
  const auto task = prefect::task("ask", [&db](int) -> awaitable<bool> {
    const std::string mine = prefect::current_run()->task_run_id;
    bool same = true;
    for (int n = 0; n < 10; ++n) {
      co_await db.execute("SELECT 1");
      same = same && prefect::current_run() && prefect::current_run()->task_run_id == mine;
    }
    co_return same;
  });
  asio::io_context io;
  std::atomic<int> same = 0;
  for (int i = 0; i < 6; ++i) {
    asio::co_spawn(
        io, [&, i]() -> awaitable<void> { same += co_await task(i) ? 1 : 0; },
        [](std::exception_ptr error) { EXPECT_EQ(error, nullptr); });
  }
  run_on_threads(io);
  EXPECT_EQ(same, 6);
}
