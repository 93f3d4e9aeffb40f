// A thousand tasks on eight threads, recorded in the local store and on a Prefect server.
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/run_history.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>

#include "prefect_server.hpp"
#include "scoped_environment.hpp"
#include "temporary_folder.hpp"

namespace {

using test_support::PrefectServer;
using test_support::ScopedEnvironment;

constexpr int tasks_of_the_flow = 1'000;

/// Runs the flow, recorded in the store that the environment names, until all is written.
void run_thousand_tasks() {
  auto& recorder = prefect::detail::RunRecorder::process();
  recorder.replace_sink(prefect::detail::process_sink);
  const auto work = prefect::task("work", [](int n) {
    prefect::run_logger().info("begin " + std::to_string(n));
    prefect::run_logger().info("end " + std::to_string(n));
    return n;
  });
  const auto all = prefect::flow("all",
                                 [&] {
                                   std::vector<int> numbers(tasks_of_the_flow);
                                   std::iota(numbers.begin(), numbers.end(), 0);
                                   long sum = 0;
                                   for (const auto& future : work.map(numbers)) sum += future.get();
                                   return sum;
                                 },
                                 {.task_runner = {.max_workers = 8}});
  EXPECT_EQ(tasks_of_the_flow * (tasks_of_the_flow - 1) / 2, all());
  recorder.close();
}

const std::vector<std::string> whole_course{"Pending", "Running", "Completed"};

std::string held_text(const boost::json::object& object, const char* key) {
  return std::string(object.at(key).as_string());
}

}  // namespace

TEST(ThousandTasksThreads, LoseNoStateAndNoLogLineOnAServer) {
  PrefectServer server;
  const ScopedEnvironment url("PREFECT_API_URL", server.url());
  run_thousand_tasks();
  const auto tasks = server.task_runs();
  ASSERT_EQ(tasks_of_the_flow, static_cast<int>(tasks.size()));
  std::map<std::string, int> lines;
  std::set<std::string> messages;
  for (const auto& line : server.logs()) {
    if (!line.contains("task_run_id")) continue;
    ++lines[held_text(line, "task_run_id")];
    messages.insert(held_text(line, "message"));
  }
  for (const auto& task : tasks) {
    EXPECT_EQ(whole_course, server.state_names(held_text(task, "id")));
    EXPECT_EQ(3, lines[held_text(task, "id")]);  // and "Finished in state Completed()"
  }
  EXPECT_EQ(2U * tasks_of_the_flow + 1, messages.size());
  ASSERT_EQ(1U, server.flow_runs().size());
  EXPECT_EQ(whole_course, server.state_names(held_text(server.flow_runs().front(), "id")));
  EXPECT_THAT(server.problems(), testing::IsEmpty());
}

TEST(ThousandTasksThreads, LoseNoStateAndNoLogLineInTheLocalStore) {
  const test_support::TemporaryFolder home;
  const ScopedEnvironment folder("PREFECT_HOME", home.path().string());
  const ScopedEnvironment url("PREFECT_API_URL", std::nullopt);
  const ScopedEnvironment store("PREFECT_SQLALCHEMY_STORE_URL", std::nullopt);
  run_thousand_tasks();
  const prefect::RunHistory history;
  const auto flows = history.flow_runs();
  ASSERT_EQ(1U, flows.size());
  const auto flow = history.flow_run(flows.front().id);
  ASSERT_TRUE(flow);
  EXPECT_EQ(3U, flow->states.size());
  ASSERT_EQ(tasks_of_the_flow, static_cast<int>(flow->task_runs.size()));
  std::set<std::string> messages;
  for (const auto& task : flow->task_runs) {
    std::vector<std::string> course;
    for (const auto& state : task.states) course.push_back(state.name);
    EXPECT_EQ(whole_course, course);
    EXPECT_EQ(3U, task.logs.size());
    for (const auto& line : task.logs) messages.insert(line.message);
  }
  EXPECT_EQ(2U * tasks_of_the_flow + 1, messages.size());
}
