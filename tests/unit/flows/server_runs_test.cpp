#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>
#include <prefect_sqlalchemy/sql/engine.hpp>

#include "message_of.hpp"
#include "recorded_on_server.hpp"

using test_support::message_of;
using test_support::OnServer;
using test_support::PrefectServer;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

class ServerRuns : public OnServer, public testing::WithParamInterface<PrefectServer::Version> {
 protected:
  ServerRuns() : OnServer(GetParam()) {}
};

std::string server_name(const testing::TestParamInfo<PrefectServer::Version>& info) {
  return info.param == PrefectServer::Version::v3_8 ? "Prefect3" : "Prefect2";
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Servers, ServerRuns,
                         testing::Values(PrefectServer::Version::v3_8, PrefectServer::Version::v2_14),
                         server_name);

TEST_P(ServerRuns, AFlowAndItsTasksAreThereWithStatesTagsAndParameters) {
  const auto twice =
      prefect::task("twice", [](int n) { return 2 * n; }, {.tags = {"math"}, .parameters = {"n"}});
  const auto sum = prefect::flow("sum", [&](int a, int b) { return twice(a) + twice(b); },
                                 {.tags = {"demo"}, .run_name = "sum of {a}", .parameters = {"a", "b"}});
  EXPECT_EQ(14, sum(3, 4));

  const json::object run = flow_run();
  EXPECT_EQ("sum of 3", text(run, "name"));
  EXPECT_EQ((json::object{{"a", 3}, {"b", 4}}), run.at("parameters"));
  EXPECT_EQ(json::value({"demo"}), run.at("tags"));
  EXPECT_THAT(flow_states(), ElementsAre("Pending", "Running", "Completed"));
  ASSERT_EQ(2U, server_.task_runs().size());
  for (const char* const name : {"twice-0", "twice-1"}) {
    const json::object task = server_.task_run_named(name);
    EXPECT_EQ(run.at("id"), task.at("flow_run_id"));
    EXPECT_EQ("twice", text(task, "task_key"));
    EXPECT_EQ(json::value({"math"}), task.at("tags"));
    EXPECT_TRUE(task.at("task_inputs").as_object().contains("n"));
    EXPECT_THAT(task_states(name), ElementsAre("Pending", "Running", "Completed"));
  }
}

TEST_P(ServerRuns, EachTransitionHasAnIdOfItsOwn) {
  prefect::flow("f", [] {})();
  std::set<std::string> ids;
  const auto states = server_.received("POST /flow_runs/{id}/set_state");
  for (const auto& body : states)
    ids.emplace(body.at("state").at("state_details").at("transition_id").as_string());
  EXPECT_EQ(2U, states.size());
  EXPECT_EQ(2U, ids.size());
}

TEST_P(ServerRuns, AnAnswerThatWasLostMakesNoStateTwice) {
  // Taken, but the answer does not come: the client sends it again.
  int lost = 0;
  server_.set_fault(
      [&](const test_support::ReceivedRequest& request) -> std::optional<test_support::SentAnswer> {
        if (request.path.find("/flow_runs/") == std::string::npos || request.method != "POST" ||
            ++lost % 2 == 1)
          return std::nullopt;
        return test_support::SentAnswer{.status = 503, .body = "{}", .headers = {"Retry-After: 0"}};
      });
  prefect::flow("f", [] {})();
  EXPECT_THAT(flow_states(), ElementsAre("Pending", "Running", "Completed"));
}

TEST_P(ServerRuns, AFailureIsToldInPrefectsWordsAndThrown) {
  const auto bad = prefect::task("bad", [] { throw std::runtime_error("no luck"); });
  const auto f = prefect::flow("f", [&] { bad(); });
  EXPECT_EQ("no luck", message_of<std::runtime_error>([&] { f(); }));
  const auto state = flow_run().at("state");
  EXPECT_EQ("FAILED", state.at("type").as_string());
  EXPECT_EQ("Flow run encountered an exception: std::runtime_error: no luck",
            state.at("message").as_string());
  EXPECT_EQ("Task run encountered an exception std::runtime_error: no luck",
            server_.task_run_named("bad-0").at("state").at("message").as_string());
}

TEST_P(ServerRuns, TheServerDecidesAboutAFlowsRetries) {
  int calls = 0;
  const auto f = prefect::flow("f",
                               [&] {
                                 if (++calls == 1) throw std::runtime_error("once");
                               },
                               {.retries = 1});
  f();
  EXPECT_EQ(2, calls);
  EXPECT_THAT(flow_states(), ElementsAre("Pending", "Running", "AwaitingRetry", "Running", "Completed"));
}

TEST_P(ServerRuns, ATasksRetriesKeepTheirExactDelays) {
  int calls = 0;
  const auto t = prefect::task("t",
                               [&] {
                                 if (++calls < 3) throw std::runtime_error("not yet");
                               },
                               {.retries = 2, .retry_delay = {0ms, 30ms}});
  prefect::flow("f", [&] { t(); })();
  EXPECT_EQ(3, calls);
  EXPECT_THAT(task_states("t-0"),
              ElementsAre("Pending", "Running", "Retrying", "AwaitingRetry", "Retrying", "Completed"));
}

TEST_P(ServerRuns, WaitIsObeyed) {
  server_.fail_next(
      1, "POST", "/set_state",
      {.status = 200,
       .body =
           R"({"state":null,"status":"WAIT","details":{"type":"wait_details","delay_seconds":0.02,"reason":"full"}})"});
  prefect::flow("f", [] {})();
  EXPECT_EQ(3U, server_.received("POST /flow_runs/{id}/set_state").size());
  EXPECT_THAT(flow_states(), ElementsAre("Pending", "Running", "Completed"));
}

TEST_P(ServerRuns, AbortIsObeyedBeforeAnythingRan) {
  bool ran = false;
  server_.fail_next(
      1, "POST", "/set_state",
      {.status = 200,
       .body =
           R"({"state":null,"status":"ABORT","details":{"type":"abort_details","reason":"paused by Ann"}})"});
  EXPECT_THAT(message_of<prefect::AbortedRun>([&] { prefect::flow("f", [&] { ran = true; })(); }),
              HasSubstr("paused by Ann"));
  EXPECT_FALSE(ran);
}

TEST_P(ServerRuns, AFlowThatAPersonCancelsStopsAtItsNextTask) {
  const auto t = prefect::task("t", [] {});
  int done = 0;
  const auto f = prefect::flow("f", [&] {
    t();
    ++done;
    server_.cancel_flow_run(prefect::current_run()->flow_run_id);
    t();
    ++done;
  });
  EXPECT_THROW(f(), prefect::AbortedRun);
  EXPECT_EQ(1, done);
  EXPECT_THAT(flow_states(), ElementsAre("Pending", "Running", "Cancelling", "Cancelled"));
}

TEST_P(ServerRuns, ASubflowStandsBelowATaskRunOfItsParent) {
  const auto inner = prefect::flow("inner", [] {});
  prefect::flow("outer", [&] { inner(); })();
  const auto runs = server_.flow_runs();
  ASSERT_EQ(2U, runs.size());
  const json::object stand_in = server_.task_run_named("inner-0");
  EXPECT_EQ(runs[0].at("id"), stand_in.at("flow_run_id"));
  EXPECT_EQ(stand_in.at("id"), runs[1].at("parent_task_run_id"));
  EXPECT_THAT(server_.state_names(text(runs[1], "id")), ElementsAre("Pending", "Running", "Completed"));
}

TEST_P(ServerRuns, LogLinesReachTheirRuns) {
  const auto t = prefect::task("t", [] { prefect::run_logger().warning("from the task"); });
  prefect::flow("f", [&] {
    prefect::run_logger().info("from the flow");
    t();
  })();
  flush();
  const auto logs = server_.logs();
  int found = 0;
  for (const json::object& line : logs) {
    EXPECT_EQ(flow_run().at("id"), line.at("flow_run_id"));
    if (text(line, "message") == "from the task") {
      ++found;
      EXPECT_EQ(server_.task_run_named("t-0").at("id"), line.at("task_run_id"));
      EXPECT_EQ(30, line.at("level").as_int64());
      EXPECT_EQ("prefect.task_runs", text(line, "name"));
    } else if (text(line, "message") == "from the flow") {
      ++found;
      EXPECT_FALSE(line.contains("task_run_id"));
    }
  }
  EXPECT_EQ(2, found);
}

TEST_P(ServerRuns, DatabaseOperationsAreLogLinesAndATable) {
  const auto t = prefect::task("t", [] {
    prefect_sqlalchemy::Engine engine = prefect_sqlalchemy::create_engine("sqlite://");
    auto connection = engine.connect();
    connection.execute("CREATE TABLE t (a)");
    connection.execute("INSERT INTO t VALUES (:a)", {{"a", "hidden value"}});
    connection.commit();
  });
  prefect::flow("f", [&] { t(); })();
  flush();
  EXPECT_THAT(messages(),
              Contains(testing::AllOf(testing::StartsWith("INSERT INTO t VALUES (:a) - 1 row in "),
                                      HasSubstr("(sqlite"))));
  const auto artifacts = server_.artifacts();
  ASSERT_EQ(1U, artifacts.size());
  EXPECT_EQ("table", text(artifacts[0], "type"));
  EXPECT_EQ(server_.task_run_named("t-0").at("id"), artifacts[0].at("task_run_id"));
  const json::value table = json::parse(text(artifacts[0], "data"));
  ASSERT_LE(2U, table.as_array().size());
  EXPECT_EQ("INSERT INTO t VALUES (:a)", table.at(1).at("statement").as_string());
  EXPECT_EQ(1, table.at(1).at("rows").as_int64());
  EXPECT_TRUE(table.at(1).at("duration_ms").is_number());
  EXPECT_EQ(std::string::npos, text(artifacts[0], "data").find("hidden value"));
}

TEST_P(ServerRuns, SubmittedTasksAndFailedOnesAreAllThere) {
  const auto t = prefect::task("t", [](int n) {
    if (n == 3) throw std::runtime_error("three");
    return n;
  });
  prefect::flow("f",
                [&] {
                  auto futures = t.map(std::vector<int>{0, 1, 2, 3, 4, 5});
                  prefect::wait(futures);
                },
                {.task_runner = {.max_workers = 3}})();
  ASSERT_EQ(6U, server_.task_runs().size());
  int failed = 0;
  for (const auto& run : server_.task_runs()) failed += text(run, "state_type") == "FAILED";
  EXPECT_EQ(1, failed);
}

TEST_P(ServerRuns, ATaskThatIsGivenAFutureNamesItAsItsInput) {
  const auto one = prefect::task("one", [] { return 1; });
  const auto next =
      prefect::task("next", [](const prefect::Future<int>& n, int more) { return n.get() + more; },
                    {.parameters = {"n", "more"}});
  prefect::flow("f", [&] { EXPECT_EQ(3, next(one.submit(), 2)); })();
  const json::object inputs = server_.task_run_named("next-0").at("task_inputs").as_object();
  ASSERT_EQ(1U, inputs.at("n").as_array().size());
  EXPECT_EQ("task_run", inputs.at("n").at(0).at("input_type").as_string());
  EXPECT_EQ(server_.task_run_named("one-0").at("id"), inputs.at("n").at(0).at("id"));
  EXPECT_EQ(json::array{}, inputs.at("more"));
}

TEST_P(ServerRuns, ATaskOutsideOfFlowsIsThere) {
  EXPECT_EQ(1, prefect::task("alone", [] { return 1; })());
  const auto runs = server_.task_runs();
  ASSERT_EQ(1U, runs.size());
  EXPECT_THAT(server_.state_names(text(runs[0], "id")), ElementsAre("Pending", "Running", "Completed"));
}

TEST_P(ServerRuns, CoroutinesAskAndWaitAlike) {
  using boost::asio::awaitable;
  server_.fail_next(1, "POST", "/flow_runs/",  // its creation is not meant
                    {.status = 503, .body = "{}", .headers = {"Retry-After: 0"}});
  int calls = 0;
  const auto t = prefect::task("t",
                               [&](int n) -> awaitable<int> {
                                 if (++calls == 1) throw std::runtime_error("once");
                                 co_return n;
                               },
                               {.retries = 1, .retry_delay = 20ms});
  const auto f = prefect::flow("f", [&]() -> awaitable<int> { co_return co_await t(1) + co_await t(2); });
  boost::asio::io_context context;
  auto sum = boost::asio::co_spawn(context, f(), boost::asio::use_future);
  context.run();
  EXPECT_EQ(3, sum.get());
  EXPECT_THAT(flow_states(), ElementsAre("Pending", "Running", "Completed"));
  EXPECT_THAT(task_states("t-0"),
              ElementsAre("Pending", "Running", "AwaitingRetry", "Retrying", "Completed"));
  EXPECT_THAT(task_states("t-1"), ElementsAre("Pending", "Running", "Completed"));
}

TEST_P(ServerRuns, TheRunsIdIsTheServers) {
  std::string id;
  prefect::flow("f", [&] { id = prefect::current_run()->flow_run_id; })();
  EXPECT_EQ(id, text(flow_run(), "id"));
}
