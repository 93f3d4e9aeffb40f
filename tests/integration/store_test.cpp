#include <csignal>

#include <gmock/gmock.h>
#include <sys/wait.h>
#include <unistd.h>

#include <prefect_sqlalchemy/blocks/settings.hpp>
#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/run_history.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>

#include "databases.hpp"
#include "local_run_sink.hpp"
#include "run_id.hpp"
#include "scoped_environment.hpp"

using namespace prefect_sqlalchemy;
using prefect::detail::RunRecorder;

namespace {

/// A store of blocks and runs that several machines share, of each kind of database.
class SharedStore : public OnDatabase {
 protected:
  ~SharedStore() override { RunRecorder::process().close(); }
  void SetUp() override {
    URL store = make_url(url());
    if (!database().driver_of_dialect.empty()) store.drivername = database().driver_of_dialect;
    store_url_.emplace("PREFECT_SQLALCHEMY_STORE_URL", store.render(false));
  }

  static void record() {
    RunRecorder::process().replace_sink([] { return std::make_unique<prefect::detail::LocalRunSink>(); });
  }
  /// Runs a function in a process of its own; before this one opens the store. @return its id
  template <class Function>
  static pid_t begin_process(Function function) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    try {
      function();
    } catch (const std::exception& error) {
      std::fputs(error.what(), stderr);
      std::_Exit(1);
    }
    // Without the end of static objects: those of the test are the parent's.
    std::_Exit(0);
  }
  static int wait_for(pid_t child) {
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }
  static void change_processes(const std::string& assignments) {
    prefect::StoreDatabase::current().write(
        [&](Connection& connection) { connection.execute("UPDATE psa_run_process SET " + assignments); });
  }
  static SqlAlchemyConnector block(const std::string& password) {
    return {ConnectionComponents{
        .driver = SyncDriver::POSTGRESQL_PSYCOPG2, .database = "Zürich 🦆", .password = password}};
  }

 private:
  test_support::TemporaryFolder home_folder_;
  test_support::ScopedEnvironment home_{"PREFECT_HOME", home_folder_.path().string()};
  test_support::ScopedEnvironment key_{"PREFECT_SQLALCHEMY_STORE_KEY", std::nullopt};
  test_support::ScopedEnvironment api_{"PREFECT_API_URL", std::nullopt};
  std::optional<test_support::ScopedEnvironment> store_url_;
};
INSTANTIATE_TEST_SUITE_P(On, SharedStore, testing::ValuesIn(databases_seen_by_many()), database_name);

TEST_P(SharedStore, KeepsBlocksWhosePasswordsAreNotToBeReadInIt) {
  block("hunter2").save("db");
  EXPECT_THROW(block("other").save("db"), prefect::BlockExistsError);
  EXPECT_EQ(SqlAlchemyConnector::load("db").fields(), block("hunter2").fields());
  block("hunter3").save("db", {.overwrite = true});
  EXPECT_EQ(SqlAlchemyConnector::load("db").fields(), block("hunter3").fields());
  EXPECT_THAT(SqlAlchemyConnector::list(), testing::ElementsAre("db"));
  for (const std::string& data :
       connector().execute("SELECT data FROM psa_block_document").scalars<std::string>()) {
    EXPECT_EQ(data.find("hunter"), std::string::npos) << data;
  }
  SqlAlchemyConnector::remove("db");
  EXPECT_TRUE(SqlAlchemyConnector::list().empty());
  EXPECT_THROW(SqlAlchemyConnector::load("db"), prefect::BlockNotFoundError);
}

TEST_P(SharedStore, IsMadeOnceByProcessesThatBeginTogether) {
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    children.push_back(begin_process([i] { block("x").save("db-" + std::to_string(i)); }));
  }
  for (const pid_t child : children) EXPECT_EQ(wait_for(child), 0);
  EXPECT_EQ(SqlAlchemyConnector::list().size(), 4u);
  EXPECT_EQ(connector().execute("SELECT count(*) FROM psa_store").scalar<int>(), 1);
}

TEST_P(SharedStore, RecordsRunsWithTheirStatements) {
  record();
  const std::string long_statement = "SELECT 1 /* " + std::string(100'000, 'x') + " */";
  const auto work = prefect::task("work", [&] {
    SqlAlchemyConnector db("sqlite://");
    db.execute("CREATE TABLE t (n integer)");
    db.execute("INSERT INTO t VALUES (:n)", {{"n", 1}});
    db.execute(long_statement);
    prefect::run_logger().info("Zürich 🦆");
    return std::string(100'000, 'y');
  });
  prefect::flow("all", [&] { return work().size(); })();
  RunRecorder::process().flush();

  const prefect::RunHistory history;
  ASSERT_EQ(history.flow_runs().size(), 1u);
  const auto run = history.flow_run(history.flow_runs()[0].id);
  ASSERT_TRUE(run);
  EXPECT_EQ(run->of, "all");
  EXPECT_EQ(run->state.name, "Completed");
  EXPECT_EQ(run->states.size(), 3u);
  EXPECT_EQ(run->result, "100000");
  ASSERT_EQ(run->task_runs.size(), 1u);
  const prefect::RecordedTaskRun& task = run->task_runs[0];
  EXPECT_EQ(task.operations, 3);
  ASSERT_EQ(task.operations_run.size(), 3u);
  EXPECT_EQ(task.operations_run[1].statement, "INSERT INTO t VALUES (:n)");
  EXPECT_EQ(task.operations_run[1].rows, 1);
  EXPECT_EQ(task.operations_run[2].statement.substr(0, 10), long_statement.substr(0, 10));
  const bool has_line = std::any_of(task.logs.begin(), task.logs.end(),
                                    [](const auto& line) { return line.message == "Zürich 🦆"; });
  EXPECT_TRUE(has_line);
}

TEST_P(SharedStore, TellsNamesApartThatDifferInCaseAlone) {
  record();
  const auto lower = prefect::task("work", [] {});
  const auto upper = prefect::task("Work", [] {});
  prefect::flow("all", [&] {
    lower();
    upper();
  })();
  RunRecorder::process().flush();
  const prefect::RunHistory history;
  ASSERT_EQ(history.flow_runs().size(), 1u);
  EXPECT_EQ(history.flow_run(history.flow_runs()[0].id)->task_runs.size(), 2u);
}

TEST_P(SharedStore, TellsRunsOfAnotherMachineCrashedOnceTheirHeartbeatIsOld) {
  const pid_t child = begin_process([] {
    record();
    const auto die = prefect::task("die", [] {
      RunRecorder::process().flush();
      ::raise(SIGKILL);
    });
    prefect::flow("doomed", [&] { die(); })();
  });
  ASSERT_TRUE(WIFSIGNALED(wait_for(child)));
  change_processes("host = 'elsewhere'");
  EXPECT_EQ(prefect::RunHistory().flow_runs().at(0).state.name, "Running") << "its heartbeat is young";
  const auto old = std::chrono::system_clock::now() - std::chrono::minutes(6);
  change_processes("heartbeat = '" + prefect::detail::iso_time(old) + "'");
  const auto run = prefect::RunHistory().flow_runs().at(0);
  EXPECT_EQ(run.state.name, "Crashed");
  const auto whole = prefect::RunHistory().flow_run(run.id);
  EXPECT_EQ(whole->states.back().name, "Crashed");
  ASSERT_EQ(whole->task_runs.size(), 1u);
  EXPECT_EQ(whole->task_runs[0].state.name, "Crashed");
}

TEST_P(SharedStore, HearsOfAProcessWhileItsRunsGoOn) {
  RunRecorder recorder([] { return std::make_unique<prefect::detail::LocalRunSink>(); },
                       prefect::detail::RecorderOptions{.heartbeat = std::chrono::milliseconds(1)});
  prefect::detail::FlowRunCreated created;
  created.id = "00112233-4455-6677-8899-aabbccddeeff";
  recorder.record(created);
  recorder.flush();
  auto db = connector();
  const std::string sql = "SELECT heartbeat FROM psa_run_process";
  const auto first = db.execute(sql).scalar<std::string>();
  ASSERT_TRUE(first);
  while (db.execute(sql).scalar<std::string>() == first) std::this_thread::yield();
  recorder.close();
}

}  // namespace
