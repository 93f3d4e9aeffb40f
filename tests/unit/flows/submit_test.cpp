#include <future>
#include <memory>
#include <numeric>
#include <set>

#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>

#include "memory_sink.hpp"

using namespace test_support;
using namespace std::chrono_literals;
using prefect::flow;
using prefect::task;

namespace {

class SubmitTest : public RecordedInMemory {};

}  // namespace

TEST_F(SubmitTest, GivesTheResultLater) {
  const auto add = task("add", [](int a, const std::string& b) { return std::to_string(a) + b; });
  flow("f", [&] {
    char text[] = "x";
    const prefect::Future<std::string> future = add.submit(1, text);
    text[0] = 'y';
    EXPECT_EQ("1x", future.get());
    EXPECT_EQ("1x", future.result()) << "only once";
    EXPECT_EQ("Completed", future.state().name);
  })();
  EXPECT_EQ(flow_run().id, task_run().flow_run_id);
}

TEST_F(SubmitTest, GivesWhatCanOnlyBeMoved) {
  const auto make = task("make", [](std::unique_ptr<int> number) { return number; });
  flow("f", [&] { EXPECT_EQ(7, *make.submit(std::make_unique<int>(7)).get()); })();
}

TEST_F(SubmitTest, PassesReferencesThatAreAskedFor) {
  const auto fill = task("fill", [](std::string& text) { text = "filled"; });
  std::string text;
  flow("f", [&] { fill.submit(std::ref(text)).wait(); })();
  EXPECT_EQ("filled", text);
}

TEST_F(SubmitTest, ExceptionsComeOutOfGet) {
  const auto bad = task("bad", [] { throw std::out_of_range("row 7"); });
  flow("f", [&] {
    const auto future = bad.submit();
    EXPECT_THROW(future.get(), std::out_of_range);
    EXPECT_EQ("Failed", future.state().name);
  })();
}

TEST_F(SubmitTest, TheFlowWaitsForWhatItNeverAsked) {
  const auto slow = task("slow", [] { return 1; });
  const auto bad = task("bad", [] { throw 1; });
  flow("f", [&] {
    for (int i = 0; i < 20; ++i) slow.submit();
    bad.submit();
  })();
  std::size_t finals = 0;
  for (const auto& run : record_->all<TaskRunCreated>()) finals += record_->last_state(run.id).is_final();
  EXPECT_EQ(21U, finals);
  EXPECT_EQ("Completed", record_->last_state(flow_run().id).name);
}

TEST_F(SubmitTest, MapsARangeInItsOrder) {
  const auto square = task("square", [](int number) { return number * number; });
  const int sum = flow("f", [&] {
    int total = 0;
    for (const auto& future : square.map(std::vector<int>{1, 2, 3})) total = 10 * total + future.get();
    return total;
  })();
  EXPECT_EQ(149, sum);
}

TEST_F(SubmitTest, RunsAsManyAtOnceAsTheRunnerAllows) {
  // Each of three tasks waits for all three: with fewer threads they would never end.
  std::promise<void> gate;
  const std::shared_future<void> opened = gate.get_future().share();
  std::atomic<int> inside = 0;
  const auto meet = task("meet", [&](int) {
    if (++inside == 3) gate.set_value();
    opened.wait();
  });
  flow("f",
       [&] {
         prefect::wait(meet.map(std::vector<int>{1, 2, 3}));
       },
       {.task_runner = {.max_workers = 3}})();
  EXPECT_EQ(3, inside);
}

TEST_F(SubmitTest, TasksThatWaitForTasksDoNotUseUpTheThreads) {
  struct Fibonacci {
    static int of(int number) {
      static const auto next = task("fibonacci", [](int n) { return Fibonacci::of(n); });
      if (number < 2) return number;
      const auto left = next.submit(number - 1);
      const auto right = next.submit(number - 2);
      return left.get() + right.get();
    }
  };
  const auto root = task("root", [](int n) { return Fibonacci::of(n); });
  EXPECT_EQ(21, flow("f", [&] { return root.submit(8).get(); }, {.task_runner = {.max_workers = 1}})());
}

TEST_F(SubmitTest, ACancelledOneThatWaitsNeverBegins) {
  std::promise<void> gate;
  bool ran = false;
  const auto hold = task("hold", [opened = gate.get_future().share()] { opened.wait(); });
  const auto second = task("second", [&] { ran = true; });
  flow("f",
       [&] {
         hold.submit();
         const auto future = second.submit();
         future.cancel();
         EXPECT_TRUE(future.done());
         EXPECT_THROW(future.get(), prefect::CancelledRun);
         EXPECT_EQ("Cancelled", future.state().name);
         gate.set_value();
       },
       {.task_runner = {.max_workers = 1}})();
  EXPECT_FALSE(ran);
  EXPECT_EQ((Names{"Pending", "Cancelled"}), record_->states(task_run(1).id));
}

TEST_F(SubmitTest, ACancelledOneThatRunsIsAskedToStop) {
  std::promise<void> begun;
  const auto loop =
      task("loop",
           [&] {
             begun.set_value();
             std::promise<void> asked;
             const std::stop_callback callback(prefect::run_stop_token(), [&] { asked.set_value(); });
             asked.get_future().wait();
             throw prefect_sqlalchemy::CancelledError("statement cancelled");
           },
           {.retries = 3, .retry_delay = 1h});
  flow("f", [&] {
    const auto future = loop.submit();
    begun.get_future().wait();
    EXPECT_FALSE(future.wait_for(0ms));
    future.cancel();
    EXPECT_THROW(future.get(), prefect_sqlalchemy::CancelledError);
    EXPECT_EQ("Cancelled", future.state().name);
  })();
}

TEST_F(SubmitTest, CancellingEndsTheWaitForARetry) {
  std::promise<void> failed;
  const auto bad = task("bad",
                        [&] {
                          failed.set_value();
                          throw std::runtime_error("busy");
                        },
                        {.retries = 1, .retry_delay = 1h});
  flow("f", [&] {
    const auto future = bad.submit();
    failed.get_future().wait();
    future.cancel();
    EXPECT_THROW(future.get(), std::runtime_error);
  })();
  EXPECT_TRUE(record_->last_state(task_run().id).is_final());
}

TEST_F(SubmitTest, WorksOutsideOfFlows) {
  const auto one = task("one", [] { return 1; });
  EXPECT_EQ(1, one.submit().get());
  EXPECT_EQ("", task_run().flow_run_id);
}
