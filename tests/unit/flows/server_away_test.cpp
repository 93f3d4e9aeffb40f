#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>

#include "message_of.hpp"
#include "recorded_on_server.hpp"

using prefect::PrefectServerError;
using test_support::message_of;
using test_support::OnServer;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;
namespace detail = prefect::detail;

namespace {

class ServerAway : public OnServer {
 protected:
  /// A recorder of the test's own, that is patient in milliseconds.
  void wait_until_delivered() {
    while (detail::RunRecorder::process().holds_back()) std::this_thread::yield();
    flush();
  }
};

}  // namespace

TEST_F(ServerAway, BeforeTheStartTheRunFailsInWordsAndNothingRuns) {
  server_.stop();
  bool ran = false;
  EXPECT_THAT(message_of<PrefectServerError>([&] { prefect::flow("f", [&] { ran = true; })(); }),
              AllOf(HasSubstr("cannot be reached"), HasSubstr(server_.url())));
  EXPECT_FALSE(ran);
}

TEST_F(ServerAway, InTheMiddleTheFlowGoesOnAndAllIsDeliveredInOrder) {
  const auto t = prefect::task("t", [](int n) {
    prefect::run_logger().info("line " + std::to_string(n));
    return n;
  });
  const auto inner = prefect::flow("inner", [&] { t(10); });
  int sum = 0;
  prefect::flow("f", [&] {
    sum += t(1);
    flush();
    server_.stop();
    sum += t(2);
    inner();
    sum += t(3);
    server_.start();
    wait_until_delivered();
    sum += t(4);
  })();
  flush();
  EXPECT_EQ(10, sum);
  const auto runs = server_.flow_runs();
  ASSERT_EQ(2U, runs.size());
  EXPECT_THAT(server_.state_names(text(runs[0], "id")), ElementsAre("Pending", "Running", "Completed"));
  EXPECT_THAT(server_.state_names(text(runs[1], "id")), ElementsAre("Pending", "Running", "Completed"));
  EXPECT_EQ(server_.task_run_named("inner-0").at("id"), runs[1].at("parent_task_run_id"));
  ASSERT_EQ(6U, server_.task_runs().size());
  for (const auto& task : server_.task_runs()) {
    if (text(task, "task_key") == "inner") continue;
    EXPECT_THAT(server_.state_names(text(task, "id")), ElementsAre("Pending", "Running", "Completed"));
  }
  std::vector<std::string> lines;
  for (const std::string& message : messages()) {
    if (message.starts_with("line ")) lines.push_back(message);
  }
  EXPECT_THAT(lines, ElementsAre("line 1", "line 2", "line 10", "line 3", "line 4"));
}

TEST_F(ServerAway, AFlowsRetriesAreDecidedHereMeanwhile) {
  int calls = 0;
  prefect::flow("f",
                [&] {
                  if (++calls > 1) return;
                  server_.stop();
                  throw std::runtime_error("once");
                },
                {.retries = 1})();
  EXPECT_EQ(2, calls);
  server_.start();
  wait_until_delivered();
  EXPECT_THAT(flow_states(), ElementsAre("Pending", "Running", "AwaitingRetry", "Running", "Completed"));
}

TEST_F(ServerAway, AtTheEndTheProgramSaysWhatWasNotDelivered) {
  detail::RecorderOptions options;
  options.close_patience = 50ms;
  auto url = server_.url();
  testing::internal::CaptureStderr();
  {
    detail::RunRecorder recorder(
        [] { return std::make_unique<detail::RestRunSink>(prefect::RestClient::current()); }, options);
    ASSERT_TRUE(recorder.enabled());
    server_.stop();
    recorder.record(detail::StateChanged{
        .run_id = "a", .state = prefect::Completed(), .telling = detail::Telling::held_back});
    recorder.record(detail::LogLine{.message = "last words", .timestamp = std::chrono::system_clock::now()});
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              AllOf(HasSubstr("lost 0 new runs, 1 states, 1 log lines and 0 database operations"),
                    HasSubstr(url), HasSubstr("cannot be reached")));
}

TEST_F(ServerAway, WhatIsHeldBackIsBounded) {
  detail::RecorderOptions options;
  options.capacity = 4;
  options.away_capacity = 10;
  options.close_patience = 50ms;
  testing::internal::CaptureStderr();
  {
    detail::RunRecorder recorder(
        [] { return std::make_unique<detail::RestRunSink>(prefect::RestClient::current()); }, options);
    server_.stop();
    recorder.record(detail::StateChanged{
        .run_id = "a", .state = prefect::Completed(), .telling = detail::Telling::held_back});
    recorder.flush();
    for (int i = 0; i < 100; ++i) recorder.record(detail::LogLine{.message = "line", .timestamp = {}});
  }
  EXPECT_THAT(testing::internal::GetCapturedStderr(), HasSubstr("events there was no room for"));
}

TEST_F(ServerAway, BusyAnswersAreWaitedFor) {
  server_.fail_next(3, "POST", "/flow_runs/", {.status = 503, .headers = {"Retry-After: 0"}});
  prefect::flow("f", [] {})();
  EXPECT_THAT(flow_states(), ElementsAre("Pending", "Running", "Completed"));
}

TEST_F(ServerAway, ARefusedRunFailsInTheServersWords) {
  server_.fail_next(1, "POST", "/flow_runs/", {.status = 409, .body = R"({"detail":"not now"})"});
  EXPECT_THAT(message_of<PrefectServerError>([] { prefect::flow("f", [] {})(); }), HasSubstr("409"));
}

TEST_F(ServerAway, ASlowServerDelaysNoTasksOwnWork) {
  // Per task: its creation and Running are waited for; its log lines, its operations and its end are not.
  const auto t = prefect::task("t", [] {
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 200; ++i) prefect::run_logger().info("line " + std::to_string(i));
    return std::chrono::steady_clock::now() - begin;
  });
  std::chrono::steady_clock::duration own{};
  prefect::flow("f", [&] {
    server_.slow_down(300ms);
    own = t();
    server_.slow_down(0ms);
  })();
  EXPECT_LT(own, 300ms);  // 200 lines would take a minute
  flush();
  EXPECT_LE(200U, messages().size());
}
