#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>

#include "await.hpp"
#include "memory_sink.hpp"

using namespace test_support;
using namespace std::chrono_literals;
using namespace boost::asio::experimental::awaitable_operators;
namespace asio = boost::asio;
using asio::awaitable;
using prefect::flow;
using prefect::task;

namespace {

class AwaitRun : public RecordedInMemory {
 protected:
  /// The states of the first run of that flow or task.
  std::string states_of(const std::string& name) {
    std::string id, out;
    for (const FlowRunCreated& run : record_->all<FlowRunCreated>()) {
      if (run.flow_name == name && id.empty()) id = run.id;
    }
    for (const TaskRunCreated& run : record_->all<TaskRunCreated>()) {
      if (run.task_name == name && id.empty()) id = run.id;
    }
    for (const std::string& state : record_->states(id)) out += (out.empty() ? "" : " ") + state;
    return out;
  }
};

awaitable<void> sleep_for(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(asio::use_awaitable);
}

std::string run_name() {
  const auto run = prefect::current_run();
  return run ? (run->task_run_name.empty() ? run->flow_run_name : run->task_run_name) : "none";
}

}  // namespace

TEST_F(AwaitRun, GivesResultsAndKeepsArguments) {
  const auto join = task("join", [](const std::string& a, std::string b) -> awaitable<std::string> {
    co_await sleep_for(1ms);
    co_return a + b;
  });
  EXPECT_EQ(await(join("ab", "cd")), "abcd");
  auto later = [&] {
    const std::string gone = "a text that is longer than any small string";
    return join(gone, gone);
  }();
  EXPECT_EQ(await(std::move(later)).size(), 86U);
  const auto take = task("take", [](std::unique_ptr<int> number) -> awaitable<int> { co_return *number; });
  EXPECT_EQ(await(take(std::make_unique<int>(7))), 7);
}

TEST_F(AwaitRun, ThrowsWhatTheBodyThrows) {
  const auto fails = task("fails", []() -> awaitable<void> {
    co_await sleep_for(1ms);
    throw std::out_of_range("too far");
  });
  EXPECT_THROW(await(fails()), std::out_of_range);
}

TEST_F(AwaitRun, RecordsTasksWithinTheirFlow) {
  const auto inner = task("inner", [](int n) -> awaitable<int> {
    co_await sleep_for(1ms);
    co_return n + 1;
  });
  const auto outer = flow("outer", [&](int n) -> awaitable<int> { co_return co_await inner(n) * 2; });
  EXPECT_EQ(await(outer(3)), 8);
  EXPECT_EQ(states_of("outer"), "Pending Running Completed");
  EXPECT_EQ(states_of("inner"), "Pending Running Completed");
}

TEST_F(AwaitRun, FollowsItsCoroutineAndLeavesOthersAlone) {
  const auto name = task("name", [](std::string) -> awaitable<std::string> {
    std::string names = run_name();
    for (int i = 0; i < 5; ++i) {
      co_await sleep_for(1ms);
      if (run_name() != names) names += " " + run_name();
    }
    co_return names;
  });
  const auto both = flow("both", [&]() -> awaitable<std::string> {
    auto [one, two] = co_await (name("one") && name("two"));
    co_return one + ", " + two;
  });
  EXPECT_EQ(await(both()), "name-0, name-1");
  EXPECT_EQ(run_name(), "none");
}

TEST_F(AwaitRun, FollowsItsCoroutineFromThreadToThread) {
  asio::thread_pool threads(4);
  const auto name = task("name", []() -> awaitable<bool> {
    const std::string mine = run_name();
    bool same = mine != "none";
    for (int i = 0; i < 50; ++i) {
      co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
      same = same && run_name() == mine;
    }
    co_return same;
  });
  const auto many = flow("many", [&]() -> awaitable<bool> {
    auto [a, b, c] = co_await (name() && name() && name());
    co_return a&& b&& c;
  });
  EXPECT_TRUE(asio::co_spawn(threads, many(), asio::use_future).get());
  threads.join();
}

TEST_F(AwaitRun, RetriesWaitForATimer) {
  int attempts = 0;
  const auto third_time = task("third_time",
                               [&](std::string text) -> awaitable<std::string> {
                                 co_await sleep_for(1ms);
                                 if (++attempts < 3) throw std::runtime_error("not yet");
                                 co_return text;
                               },
                               {.retries = 5, .retry_delay = 5ms});
  // Something else runs on the same thread meanwhile.
  auto [text, nothing] = await([&]() -> awaitable<std::tuple<std::string, int>> {
    const auto other = []() -> awaitable<int> {
      co_await sleep_for(1ms);
      co_return 1;
    };
    co_return co_await (third_time("kept") && other());
  }());
  EXPECT_EQ(text, "kept");
  EXPECT_EQ(nothing, 1);
  EXPECT_EQ(attempts, 3);
}

TEST_F(AwaitRun, TimeoutCancelsWhatIsAwaited) {
  const auto slow = task("slow", []() -> awaitable<void> { co_await sleep_for(1h); }, {.timeout = 20ms});
  EXPECT_THROW(await(slow()), prefect::TaskRunTimeoutError);
  EXPECT_EQ(states_of("slow"), "Pending Running TimedOut");
}

TEST_F(AwaitRun, CancellationOfTheAwaiterCancelsTheRun) {
  const auto slow = task("slow", []() -> awaitable<void> { co_await sleep_for(1h); });
  const auto first = await([&]() -> awaitable<std::size_t> {
    const auto result = co_await (slow() || sleep_for(10ms));
    co_return result.index();
  }());
  EXPECT_EQ(first, 1U);
  EXPECT_EQ(states_of("slow"), "Pending Running Cancelled");
}

TEST_F(AwaitRun, WaitsForTasksThatABlockingOneSubmitted) {
  const auto blocking = task("blocking", [](int n) {
    std::this_thread::sleep_for(1ms);
    return n;
  });
  const auto outer = flow("outer", [&]() -> awaitable<void> {
    blocking.submit(1);
    co_return;
  });
  await(outer());
  EXPECT_EQ(states_of("blocking"), "Pending Running Completed");
}
