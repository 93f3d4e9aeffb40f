#include <stdexcept>
#include <string>

#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>
#include <prefect_sqlalchemy/sql/operation_context.hpp>

#include "memory_sink.hpp"

using namespace test_support;
using namespace std::chrono_literals;
using prefect::flow;
using prefect::task;

namespace {

// At namespace scope, as programs have them.
const auto shout = task("shout", [](const std::string& text) { return text + "!"; });
const auto greet =
    flow("greet", [](const std::string& name) { return shout("hello " + name) + shout("bye"); });

class FlowTest : public RecordedInMemory {};

}  // namespace

TEST_F(FlowTest, RecordsItsRunAndItsTaskRuns) {
  EXPECT_EQ("hello ann!bye!", greet("ann"));
  const FlowRunCreated run = flow_run();
  EXPECT_EQ("greet", run.flow_name);
  EXPECT_NE("", run.name);
  EXPECT_EQ(R"({"arg0":"ann"})", run.parameters);
  EXPECT_EQ("", run.parent_task_run_id);
  EXPECT_EQ((Names{"Pending", "Running", "Completed"}), record_->states(run.id));
  EXPECT_EQ(run.id, task_run(0).flow_run_id);
  EXPECT_EQ("shout-0", task_run(0).name);
  EXPECT_EQ("shout-1", task_run(1).name);
  EXPECT_EQ((Names{"Pending", "Running", "Completed"}), record_->states(task_run(1).id));
}

TEST_F(FlowTest, AFailureReachesTheCallerAndTheRecord) {
  const auto bad = flow("bad", [] { throw std::domain_error("no rows"); });
  EXPECT_THROW(bad(), std::domain_error);
  const prefect::State last = record_->last_state(flow_run().id);
  EXPECT_EQ("Failed", last.name);
  EXPECT_EQ("Flow run encountered an exception: std::domain_error: no rows", last.message);
}

TEST_F(FlowTest, RetriesPassThroughAwaitingRetry) {
  int calls = 0;
  flow("flaky",
       [&] {
         if (++calls < 2) throw std::runtime_error("not yet");
       },
       {.retries = 1})();
  EXPECT_EQ((Names{"Pending", "Running", "AwaitingRetry", "Running", "Completed"}),
            record_->states(flow_run().id));
}

TEST_F(FlowTest, ASubflowHasATaskRunInItsParent) {
  const auto inner = flow("inner", [](int number) { return shout(std::to_string(number)); });
  const auto outer = flow("outer", [&] { return inner(7); });
  EXPECT_EQ("7!", outer());
  const auto flows = record_->all<FlowRunCreated>();
  ASSERT_EQ(2U, flows.size());
  const TaskRunCreated stand_in = task_run(0);
  EXPECT_EQ("inner", stand_in.task_name);
  EXPECT_EQ(flows[0].id, stand_in.flow_run_id);
  EXPECT_EQ(stand_in.id, flows[1].parent_task_run_id);
  EXPECT_EQ((Names{"Pending", "Running", "Completed"}), record_->states(stand_in.id));
  EXPECT_EQ(flows[1].id, task_run(1).flow_run_id);
}

TEST_F(FlowTest, ASubflowMayStandInATask) {
  const auto inner = flow("inner", [] {});
  task("caller", [&] { inner(); })();
  EXPECT_EQ("caller", task_run(0).task_name);
  EXPECT_EQ("", task_run(1).flow_run_id);
  EXPECT_EQ(task_run(1).id, flow_run().parent_task_run_id);
}

TEST_F(FlowTest, ItsTasksKnowBothRuns) {
  const auto look = task("look", [] {
    const auto run = prefect::current_run();
    return run->flow_name + "/" + run->flow_run_name + "/" + run->task_run_name;
  });
  EXPECT_EQ("f/day-3/look-0",
            flow("f", [&](int) { return look(); }, {.run_name = "day-{day}", .parameters = {"day"}})(3));
}

TEST_F(FlowTest, LogLinesOfOneFlowRunAreNumberedTogether) {
  const auto talk = task("talk", [] { prefect::run_logger().info("task"); });
  flow("f", [&] {
    prefect::run_logger().warning("flow");
    talk();
  })();
  std::int64_t next = 0;
  for (const LogLine& line : record_->all<LogLine>()) {
    EXPECT_EQ(next++, line.sequence);
    EXPECT_EQ(flow_run().id, line.place.flow_run_id);
  }
  EXPECT_EQ(5, next);
}

TEST_F(FlowTest, RecordsThousandOperationsOfARunAndCountsTheRest) {
  const auto busy = task("busy", [] {
    for (int i = 0; i < 1500; ++i) {
      prefect_sqlalchemy::OperationContext::current().observer->on_operation(
          {.statement = "SELECT 1", .driver = "sqlite", .started = {}, .duration = 5us, .rows = 1});
    }
  });
  flow("f", [&] {
    busy();
    busy();
  })();
  EXPECT_EQ(2000U, record_->all<OperationRun>().size());
  int finals = 0;
  for (const StateChanged& change : record_->all<StateChanged>()) {
    if (change.kind == prefect::RunKind::task && change.state.is_final()) {
      EXPECT_EQ(1500, change.operations);
      ++finals;
    }
  }
  EXPECT_EQ(2, finals);
  const auto lines = record_->all<LogLine>();
  EXPECT_TRUE(std::any_of(lines.begin(), lines.end(), [](const LogLine& line) {
    return line.message == "1500 database operations, of which the first 1000 are recorded one by one";
  }));
}

TEST_F(FlowTest, EverythingIsWrittenWhenTheOutermostOneReturns) {
  greet("ann");
  const std::size_t written = record_->all<StateChanged>().size();
  prefect::detail::RunRecorder::process().flush();
  EXPECT_EQ(written, record_->all<StateChanged>().size());
  EXPECT_EQ(9U, written);
}
