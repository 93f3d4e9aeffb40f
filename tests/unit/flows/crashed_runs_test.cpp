#include "crashed_runs.hpp"

#include <csignal>

#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/run_history.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>

#include "recorded_in_store.hpp"
#include "run_id.hpp"

using prefect::detail::RunRecorder;

namespace {

class CrashedRunsTest : public test_support::RecordedInStore {
 protected:
  /// A flow run with a task run that another process leaves behind when it is killed.
  static void leave_a_killed_run() {
    const int status = in_another_process([] {
      record();
      const auto die = prefect::task("die", [] {
        RunRecorder::process().flush();
        ::raise(SIGKILL);
      });
      prefect::flow("doomed", [&] { die(); })();
    });
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  static void change_processes(const std::string& assignments) {
    prefect::StoreDatabase::current().write([&](prefect_sqlalchemy::Connection& connection) {
      connection.execute("UPDATE psa_run_process SET " + assignments);
    });
  }
};

}  // namespace

TEST_F(CrashedRunsTest, ARunWhoseProcessWasKilledIsToldCrashed) {
  leave_a_killed_run();
  EXPECT_EQ(1U, lock_files());
  const prefect::RunHistory history;
  const auto run = history.flow_run(history.flow_runs().at(0).id);
  EXPECT_EQ("Crashed", run->state.name);
  EXPECT_EQ(prefect::StateType::crashed, run->state.type);
  EXPECT_EQ(0U, run->state.message.find("The process that ran it ended without reporting (process "));
  EXPECT_EQ("Crashed", run->states.back().name);
  EXPECT_EQ(3U, run->states.size());
  EXPECT_TRUE(run->ended);
  ASSERT_EQ(1U, run->task_runs.size());
  EXPECT_EQ("Crashed", run->task_runs[0].state.name);
  EXPECT_EQ(0U, lock_files()) << "its lock file stays behind";
}

TEST_F(CrashedRunsTest, TheNextProcessThatRecordsTellsItToo) {
  leave_a_killed_run();
  record();
  prefect::flow("next", [] {})();
  EXPECT_EQ(0, prefect::detail::mark_crashed_runs(prefect::StoreDatabase::current())) << "left to the reader";
  EXPECT_EQ("Crashed", prefect::RunHistory().flow_runs().at(1).state.name);
}

TEST_F(CrashedRunsTest, RunsOfLivingProcessesAreLeftAlone) {
  record();
  prefect::flow("alive", [] {
    RunRecorder::process().flush();
    change_processes("heartbeat = '2000-01-01T00:00:00.000000Z'");
    EXPECT_EQ("Running", prefect::RunHistory().flow_runs().at(0).state.name);
  })();
  EXPECT_EQ("Completed", prefect::RunHistory().flow_runs().at(0).state.name);
}

TEST_F(CrashedRunsTest, AnotherHostIsJudgedByItsHeartbeat) {
  leave_a_killed_run();
  change_processes("host = 'elsewhere'");
  EXPECT_EQ("Running", prefect::RunHistory().flow_runs().at(0).state.name) << "its heartbeat is young";
  const auto old = std::chrono::system_clock::now() - std::chrono::minutes(6);
  change_processes("heartbeat = '" + prefect::detail::iso_time(old) + "'");
  EXPECT_EQ("Crashed", prefect::RunHistory().flow_runs().at(0).state.name);
}

TEST_F(CrashedRunsTest, AProcessThatEndsWellLeavesNothingBehind) {
  const int status = in_another_process([] {
    record();
    prefect::flow("fine", [] {})();
    RunRecorder::process().close();
  });
  EXPECT_EQ(0, status);
  EXPECT_EQ(0U, lock_files());
  EXPECT_EQ("Completed", prefect::RunHistory().flow_runs().at(0).state.name);
}

TEST_F(CrashedRunsTest, AProcessThatWasTakenForDeadWritesOn) {
  record();
  prefect::flow("first", [] {})();
  prefect::StoreDatabase::current().write(
      [](prefect_sqlalchemy::Connection& connection) { connection.execute("DELETE FROM psa_run_process"); });
  prefect::flow("second", [] {})();
  EXPECT_EQ(2U, prefect::RunHistory().flow_runs().size());
}
