#include <sstream>
#include <stdexcept>

#include <prefect_sqlalchemy/blocks/store_database.hpp>
#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/run_history.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>

#include "recorded_in_store.hpp"

using namespace std::chrono_literals;
using prefect::flow;
using prefect::RunHistory;
using prefect::task;

namespace {

using Names = std::vector<std::string>;

class RunHistoryTest : public test_support::RecordedInStore {
 protected:
  RunHistoryTest() { record(); }
};

Names names(const std::vector<prefect::State>& states) {
  Names found;
  for (const auto& state : states) found.push_back(state.name);
  return found;
}

prefect_sqlalchemy::Engine database() { return prefect_sqlalchemy::create_engine("sqlite:///:memory:"); }

}  // namespace

TEST_F(RunHistoryTest, ReadsAFlowRunBackWithAllThatBelongsToIt) {
  const auto query =
      task("query",
           [](int number) {
             auto engine = database();
             auto connection = engine.connect();
             const auto found =
                 connection.execute("SELECT :number + 1", {{"number", number}}).scalar<std::int64_t>();
             prefect::run_logger().info("asked");
             return *found;
           },
           {.tags = {"sql"}});
  const auto ask =
      flow("ask", [&](int number) { return query(number); }, {.tags = {"a", "b"}, .parameters = {"number"}});
  EXPECT_EQ(42, ask(41));

  const RunHistory history;
  const auto runs = history.flow_runs();
  ASSERT_EQ(1U, runs.size());
  EXPECT_EQ("ask", runs[0].of);
  EXPECT_EQ("Completed", runs[0].state.name);
  const auto run = history.flow_run(runs[0].id);
  ASSERT_TRUE(run);
  EXPECT_EQ(R"({"number":41})", run->arguments);
  EXPECT_EQ("42", run->result);
  EXPECT_EQ((Names{"a", "b"}), run->tags);
  EXPECT_EQ((Names{"Pending", "Running", "Completed"}), names(run->states));
  ASSERT_TRUE(run->started && run->ended);
  EXPECT_LE(*run->started, *run->ended);
  ASSERT_EQ(1U, run->task_runs.size());
  const auto& child = run->task_runs[0];
  EXPECT_EQ("query-0", child.name);
  EXPECT_EQ(Names{"sql"}, child.tags);
  EXPECT_EQ((Names{"Pending", "Running", "Completed"}), names(child.states));
  ASSERT_EQ(1U, child.operations_run.size());
  EXPECT_EQ("SELECT :number + 1", child.operations_run[0].statement);
  EXPECT_EQ("sqlite", child.operations_run[0].driver);
  EXPECT_EQ(1, child.operations);
  ASSERT_EQ(2U, child.logs.size());
  EXPECT_EQ("asked", child.logs[0].message);
  EXPECT_EQ(20, child.logs[0].level);
  EXPECT_EQ(2U, run->logs.size());
  EXPECT_EQ(history.task_run(child.id)->operations_run.size(), 1U);
}

TEST_F(RunHistoryTest, NeverRecordsTheStoresOwnStatements) {
  task("reader", [] { RunHistory().flow_runs(); })();
  const auto runs = RunHistory().task_runs_alone();
  ASSERT_EQ(1U, runs.size());
  EXPECT_EQ(0, runs[0].operations);
}

TEST_F(RunHistoryTest, ReadsFailuresRetriesAndSubflows) {
  int calls = 0;
  const auto flaky = task("flaky",
                          [&] {
                            if (++calls < 2) throw std::runtime_error("not yet");
                          },
                          {.retries = 1});
  const auto inner = flow("inner", [&] { flaky(); });
  const auto outer = flow("outer", [&] {
    inner();
    throw std::domain_error("enough");
  });
  EXPECT_THROW(outer(), std::domain_error);
  const RunHistory history;
  const auto runs = history.flow_runs();
  ASSERT_EQ(2U, runs.size());
  const auto inner_run = history.flow_run(runs[0].id);
  const auto outer_run = history.flow_run(runs[1].id);
  EXPECT_EQ("Flow run encountered an exception: std::domain_error: enough", outer_run->state.message);
  EXPECT_EQ("Failed", outer_run->state.name);
  ASSERT_EQ(1U, outer_run->task_runs.size());
  EXPECT_EQ(inner_run->id, outer_run->task_runs[0].subflow_run_id);
  EXPECT_EQ(outer_run->task_runs[0].id, inner_run->parent_task_run_id);
  EXPECT_EQ((Names{"Pending", "Running", "Retrying", "Completed"}), names(inner_run->task_runs.at(0).states));
  EXPECT_EQ(2, inner_run->task_runs[0].run_count);
}

TEST_F(RunHistoryTest, KeepsRunsOfSeveralBatches) {
  const auto step = task("step", [] { prefect::detail::RunRecorder::process().flush(); });
  flow("f", [&] {
    step();
    step();
  })();
  const auto runs = RunHistory().flow_runs();
  const auto run = RunHistory().flow_run(runs.at(0).id);
  EXPECT_EQ("Completed", run->state.name);
  EXPECT_EQ(3U, run->states.size());
  ASSERT_EQ(2U, run->task_runs.size());
  EXPECT_EQ("Completed", run->task_runs[0].state.name);
  EXPECT_TRUE(run->task_runs[1].started && run->task_runs[1].ended);
}

TEST_F(RunHistoryTest, PrintsATree) {
  const auto query = task("query", [] {
    auto engine = database();
    engine.connect().execute("SELECT\n   1").fetchall();
  });
  flow("ask", [&] { query(); }, {.run_name = "today"})();
  const RunHistory history;
  std::ostringstream out;
  prefect::print(out, *history.flow_run(history.flow_runs().at(0).id));
  const std::string text = out.str();
  EXPECT_EQ(0U, text.find("Flow run 'today' of flow 'ask'  Completed  ")) << text;
  EXPECT_NE(std::string::npos, text.find("\n    Task run 'query-0' of task 'query'  Completed  ")) << text;
  EXPECT_NE(std::string::npos, text.find("\n        states: Pending, Running, Completed\n")) << text;
  EXPECT_NE(std::string::npos, text.find("\n        sql: SELECT 1  [sqlite, ")) << text;
}

TEST_F(RunHistoryTest, KnowsNothingOfARunThatNeverWas) {
  EXPECT_FALSE(RunHistory().flow_run("no-such-id"));
  EXPECT_TRUE(RunHistory().flow_runs().empty());
}

TEST_F(RunHistoryTest, AStoreThatIsNoDatabaseLeavesRunsUnrecorded) {
  folder_.write("prefect-sqlalchemy.db", "certainly not a database file, whatever its name says");
  EXPECT_EQ(7, flow("f", [] { return 7; })());
  EXPECT_THROW(RunHistory(), prefect::StoreError);
}
