#include <map>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/blocks/rest_client.hpp>
#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>

#include "prefect_server.hpp"
#include "rest_run_sink.hpp"
#include "scoped_environment.hpp"

namespace {

using test_support::PrefectServer;

constexpr int tasks_of_the_flow = 1'000;

std::string held(const boost::json::object& object, const char* key) {
  return std::string(object.at(key).as_string());
}

}  // namespace

TEST(ServerRunsThreads, AThousandTasksOnEightThreadsLoseNoStateAndNoLogLine) {
  PrefectServer server;
  const test_support::ScopedEnvironment url("PREFECT_API_URL", server.url());
  auto& recorder = prefect::detail::RunRecorder::process();
  recorder.replace_sink(
      [] { return std::make_unique<prefect::detail::RestRunSink>(prefect::RestClient::current()); });
  const auto work = prefect::task("work", [](int n) {
    prefect::run_logger().info("begin " + std::to_string(n));
    prefect::run_logger().info("end " + std::to_string(n));
    return n;
  });
  const auto all = prefect::flow("all",
                                 [&] {
                                   std::vector<int> numbers(tasks_of_the_flow);
                                   for (int i = 0; i < tasks_of_the_flow; ++i)
                                     numbers[static_cast<std::size_t>(i)] = i;
                                   long sum = 0;
                                   for (const auto& future : work.map(numbers)) sum += future.get();
                                   return sum;
                                 },
                                 {.task_runner = {.max_workers = 8}});
  EXPECT_EQ(tasks_of_the_flow * (tasks_of_the_flow - 1) / 2, all());
  recorder.close();

  const std::vector<std::string> course{"Pending", "Running", "Completed"};
  const auto tasks = server.task_runs();
  ASSERT_EQ(tasks_of_the_flow, static_cast<int>(tasks.size()));
  std::map<std::string, int> lines;
  std::set<std::string> messages;
  for (const auto& line : server.logs()) {
    if (!line.contains("task_run_id")) continue;
    ++lines[held(line, "task_run_id")];
    messages.insert(held(line, "message"));
  }
  for (const auto& task : tasks) {
    EXPECT_EQ(course, server.state_names(held(task, "id")));
    EXPECT_EQ(3, lines[held(task, "id")]);  // and "Finished in state Completed()"
  }
  EXPECT_EQ(2U * tasks_of_the_flow + 1, messages.size());
  ASSERT_EQ(1U, server.flow_runs().size());
  EXPECT_EQ(course, server.state_names(held(server.flow_runs().front(), "id")));
  EXPECT_THAT(server.problems(), testing::IsEmpty());
}
