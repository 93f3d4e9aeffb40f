#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <prefect_sqlalchemy/flows/task.hpp>
#include <prefect_sqlalchemy/sql/operation_context.hpp>

#include "memory_sink.hpp"

using namespace test_support;
using namespace std::chrono_literals;
using prefect::task;

namespace {

struct Oddity {
  int number;
};

int twice(int number) { return 2 * number; }

class TaskTest : public RecordedInMemory {};

}  // namespace

TEST_F(TaskTest, KeepsParametersAndResultsTypes) {
  const auto length = task("length", [](const std::string& text) { return text.size(); });
  static_assert(std::is_same_v<std::size_t, decltype(length("abc"))>);
  EXPECT_EQ(3U, length("abc"));
  EXPECT_EQ(2U, length({'a', 'b'}));
  EXPECT_EQ(8, task("twice", twice)(4));
  const auto with_default = task("with_default", [](int a, int b = 5) { return a + b; });
  EXPECT_EQ(6, with_default(1));
  const auto generic = task("generic", [](const auto& a, const auto& b) { return a + b; });
  EXPECT_EQ(3.5, generic(1, 2.5));
}

TEST_F(TaskTest, KeepsReferences) {
  const auto longest = task("longest", [](std::string& a, std::string& b) -> std::string& {
    a += '!';
    return a.size() >= b.size() ? a : b;
  });
  std::string left = "ab", right = "a";
  EXPECT_EQ(&left, &longest(left, right));
  EXPECT_EQ("ab!", left);
}

TEST_F(TaskTest, MovesWhatCanOnlyBeMoved) {
  const auto take = task("take", [](std::unique_ptr<int> number) { return number; });
  EXPECT_EQ(7, *take(std::make_unique<int>(7)));
}

TEST_F(TaskTest, RefusesToRetryWhatCanOnlyBeMoved) {
  const auto take = task("take", [](std::unique_ptr<int>) {}, {.retries = 1});
  EXPECT_THROW(take(std::make_unique<int>(7)), prefect_sqlalchemy::ArgumentError);
  const auto take_many = task("take_many", [](std::vector<std::unique_ptr<int>>) {}, {.retries = 1});
  EXPECT_THROW(take_many(std::vector<std::unique_ptr<int>>()), prefect_sqlalchemy::ArgumentError);
}

TEST_F(TaskTest, CopiesMayBeCalledFromConst) {
  int calls = 0;
  const auto count = task("count", [&calls] { ++calls; });
  const auto copy = count;
  copy();
  count();
  EXPECT_EQ(2, calls);
}

TEST_F(TaskTest, RecordsOneThatIsCalledOutsideOfFlows) {
  task("alone", [](int number, const char*) { return number + 1; },
       {.tags = {"a"}, .parameters = {"number"}})(41, "x");
  const TaskRunCreated run = task_run();
  EXPECT_EQ("", run.flow_run_id);
  EXPECT_EQ("alone", run.task_name);
  EXPECT_EQ(R"({"number":41,"arg1":"x"})", run.task_inputs);
  EXPECT_EQ(Names{"a"}, run.tags);
  EXPECT_EQ(0U, run.name.find("alone-"));
  EXPECT_EQ((Names{"Pending", "Running", "Completed"}), record_->states(run.id));
  EXPECT_EQ("42", record_->all<StateChanged>().back().result);
}

TEST_F(TaskTest, ExceptionsReachTheCallerWithTheirType) {
  EXPECT_THROW(task("odd", []() -> int { throw Oddity{3}; })(), Oddity);
  const std::runtime_error* thrown = nullptr;
  try {
    task("bad", [&] {
      try {
        throw std::runtime_error("boom");
      } catch (const std::runtime_error& error) {
        thrown = &error;
        throw;
      }
    })();
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(thrown, &error) << "another object";
  }
  const TaskRunCreated run = task_run(1);
  EXPECT_EQ("Task run encountered an exception std::runtime_error: boom",
            record_->last_state(run.id).message);
  EXPECT_EQ("Failed", record_->last_state(run.id).name);
  EXPECT_EQ("Task run encountered an exception (anonymous namespace)::Oddity",
            record_->last_state(task_run(0).id).message);
}

TEST_F(TaskTest, RetriesWithTheSameArguments) {
  Names seen;
  const auto flaky = task("flaky",
                          [&](std::string text) {
                            seen.push_back(std::move(text));
                            if (seen.size() < 3) throw std::runtime_error("not yet");
                            return seen.size();
                          },
                          {.retries = 2});
  EXPECT_EQ(3U, flaky(std::string("argument")));
  EXPECT_EQ((Names{"argument", "argument", "argument"}), seen);
  EXPECT_EQ((Names{"Pending", "Running", "Retrying", "Retrying", "Completed"}),
            record_->states(task_run().id));
  EXPECT_EQ(3, record_->all<StateChanged>().back().run_count);
}

TEST_F(TaskTest, WaitsBetweenRetries) {
  int calls = 0;
  const auto flaky = task("flaky",
                          [&] {
                            if (++calls == 1) throw std::runtime_error("not yet");
                          },
                          {.retries = 1, .retry_delay = 20ms});
  const auto begun = std::chrono::steady_clock::now();
  flaky();
  EXPECT_GE(std::chrono::steady_clock::now() - begun, 20ms);
  EXPECT_EQ((Names{"Pending", "Running", "AwaitingRetry", "Retrying", "Completed"}),
            record_->states(task_run().id));
}

TEST_F(TaskTest, ThrowsTheLastAttemptsException) {
  int calls = 0;
  const auto bad = task("bad", [&] { throw std::out_of_range(std::to_string(++calls)); }, {.retries = 1});
  try {
    bad();
    FAIL() << "no exception";
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ("2", error.what());
  }
}

TEST_F(TaskTest, ACancelledRunEndsCancelled) {
  EXPECT_THROW(task("stop", [] { throw prefect::CancelledRun("enough"); }, {.retries = 3})(),
               prefect::CancelledRun);
  EXPECT_EQ((Names{"Pending", "Running", "Cancelled"}), record_->states(task_run().id));
}

TEST_F(TaskTest, KnowsItsRun) {
  EXPECT_FALSE(prefect::current_run());
  task("self",
       [] {
         const auto run = prefect::current_run();
         ASSERT_TRUE(run);
         EXPECT_EQ("self", run->task_name);
         EXPECT_EQ("me", run->task_run_name);
         EXPECT_EQ("", run->flow_run_id);
         EXPECT_EQ(1, run->attempt);
       },
       {.run_name = "me"})();
  EXPECT_FALSE(prefect::current_run());
}

TEST_F(TaskTest, ItsLogLinesAreRecorded) {
  task("talk", [] {
    prefect::run_logger().info("at postgresql://ann:hunter2@host");
    prefect::run_logger().error("bad");
  })();
  const auto lines = record_->all<LogLine>();
  ASSERT_EQ(3U, lines.size());
  EXPECT_EQ("at postgresql://ann:***@host", lines[0].message);
  EXPECT_EQ(task_run().id, lines[0].place.task_run_id);
  EXPECT_EQ(prefect::detail::LogLevel::error, lines[1].level);
  EXPECT_EQ("Finished in state Completed()", lines[2].message);
}

TEST_F(TaskTest, ALostErrorFailsTheRun) {
  const auto lossy = task("lossy", [] {
    const auto& context = prefect_sqlalchemy::OperationContext::current();
    context.observer->on_lost_error(
        std::make_exception_ptr(prefect_sqlalchemy::OperationalError("commit failed")));
  });
  EXPECT_THROW(lossy(), prefect_sqlalchemy::OperationalError);
  EXPECT_EQ("Failed", record_->last_state(task_run().id).name);
}

TEST_F(TaskTest, RefusesWrongOptions) {
  EXPECT_THROW(task("", [] {}), prefect_sqlalchemy::ArgumentError);
  EXPECT_THROW(task("x", [] {}, {.retries = -1}), prefect_sqlalchemy::ArgumentError);
  EXPECT_THROW(task("x", [] {}, {.timeout = -1ms}), prefect_sqlalchemy::ArgumentError);
}
