#include <future>
#include <thread>

#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>
#include <prefect_sqlalchemy/sql/operation_context.hpp>

#include "memory_sink.hpp"

using namespace test_support;
using namespace std::chrono_literals;
using prefect::flow;
using prefect::task;
using prefect_sqlalchemy::OperationContext;

namespace {

class TimeoutTest : public RecordedInMemory {};

/// Returns when the run is asked to stop, as a well-behaved loop does.
void wait_for_stop() {
  std::promise<void> asked;
  const std::stop_callback callback(prefect::run_stop_token(), [&] { asked.set_value(); });
  asked.get_future().wait();
}

}  // namespace

TEST_F(TimeoutTest, AsksTheFunctionToStopAndEndsTimedOut) {
  const auto slow = task("slow",
                         [] {
                           wait_for_stop();
                           return 1;
                         },
                         {.timeout = 10ms});
  EXPECT_THROW(slow(), prefect::TaskRunTimeoutError);
  EXPECT_EQ((Names{"Pending", "Running", "TimedOut"}), record_->states(task_run().id));
  EXPECT_EQ("Task run exceeded timeout of 0.01 second(s)", record_->last_state(task_run().id).message);
  EXPECT_EQ(prefect::StateType::failed, record_->last_state(task_run().id).type);
}

TEST_F(TimeoutTest, ADatabasesDeadlineErrorIsTheTimeout) {
  const auto slow = flow("slow",
                         [] {
                           wait_for_stop();
                           throw prefect_sqlalchemy::DeadlineError("too late");
                         },
                         {.timeout = 10ms});
  EXPECT_THROW(slow(), prefect::FlowRunTimeoutError);
  EXPECT_EQ("Flow run exceeded timeout of 0.01 second(s)", record_->last_state(flow_run().id).message);
}

TEST_F(TimeoutTest, IsTheDeadlineOfDatabaseCallsInside) {
  EXPECT_FALSE(OperationContext::current().deadline);
  task("calm",
       [] {
         ASSERT_TRUE(OperationContext::current().deadline);
         EXPECT_LE(*OperationContext::current().deadline, std::chrono::steady_clock::now() + 60s);
         EXPECT_TRUE(OperationContext::current().stop.stop_possible());
         ASSERT_NE(nullptr, OperationContext::current().observer);
       },
       {.timeout = 60s})();
  EXPECT_FALSE(OperationContext::current().deadline);
  EXPECT_EQ("Completed", record_->last_state(task_run().id).name);
}

TEST_F(TimeoutTest, AFlowsDeadlineBindsItsTasks) {
  const auto inner = task("inner", [] { return *OperationContext::current().deadline; }, {.timeout = 1h});
  const auto plain = task("plain", [] { return *OperationContext::current().deadline; });
  flow("outer",
       [&] {
         const auto mine = *OperationContext::current().deadline;
         EXPECT_EQ(mine, inner());
         EXPECT_EQ(mine, plain());
         EXPECT_EQ(mine, plain.submit().get());
       },
       {.timeout = 60s})();
}

TEST_F(TimeoutTest, AFlowsTimeoutStopsItsTasks) {
  const auto slow = task("slow", [] { wait_for_stop(); });
  const auto outer = flow("outer", [&] { slow.submit(); }, {.timeout = 10ms});
  EXPECT_THROW(outer(), prefect::FlowRunTimeoutError);
  EXPECT_EQ("TimedOut", record_->last_state(flow_run().id).name);
  EXPECT_EQ("Completed", record_->last_state(task_run().id).name);
}

TEST_F(TimeoutTest, EachAttemptHasItsOwn) {
  int calls = 0;
  const auto second = task("second",
                           [&] {
                             if (++calls == 1) wait_for_stop();
                             EXPECT_EQ(calls == 1, prefect::stop_requested());
                           },
                           {.retries = 1, .timeout = 200ms});
  second();
  EXPECT_EQ((Names{"Pending", "Running", "Retrying", "Completed"}), record_->states(task_run().id));
}
