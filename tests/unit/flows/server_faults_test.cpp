// What goes wrong between a run and its server: each fault at each request, once.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/run_context.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>
#include <prefect_sqlalchemy/sql/engine.hpp>

#include "recorded_on_server.hpp"

namespace {

using prefect::PrefectServerError;
using test_support::OnServer;
using test_support::SentAnswer;
using testing::Contains;
using testing::HasSubstr;

struct ServerFault {
  const char* name;
  SentAnswer answer;
  bool passes;  ///< the same request may work later
};

const std::vector<ServerFault>& server_faults() {
  static const std::vector<ServerFault> all{
      {"Busy503", {.status = 503, .body = R"({"exception_message":"Service Unavailable"})"}, true},
      {"Conflict409", {.status = 409, .body = R"({"detail":"it is there already"})"}, false},
      {"Refused422", {.status = 422, .body = R"({"exception_message":"Invalid request received."})"}, false},
      {"Broken500", {.status = 500, .body = "<html><h1>Internal Server Error</h1></html>"}, false},
      {"CutBody",
       {.status = 201, .body = R"({"id":"8f6de51c-1bd5-4f1e-9a4c-3d9b2b1f4a5e"})", .cut = true},
       true},
      {"HungUp", {.hang_up = true}, true},
      {"NoJson", {.status = 201, .body = "{\"id\": \"half"}, false},
      {"OtherJson", {.status = 200, .body = R"([17, null])"}, false},
      {"NoBody", {.status = 200}, false}};
  return all;
}

const std::vector<std::pair<const char*, const char*>> requests_of_a_run{
    {"GET", "/admin/version"}, {"POST", "/flows/"},
    {"POST", "/flow_runs/"},   {"POST", "/flow_runs/{id}/set_state"},
    {"POST", "/task_runs/"},   {"POST", "/task_runs/{id}/set_state"},
    {"POST", "/logs/"},        {"POST", "/artifacts/"}};

class ServerFaults : public OnServer, public testing::WithParamInterface<ServerFault> {
 protected:
  /// @return 42, or 0 where the run failed because of the server
  int run() {
    const auto answer = prefect::task("answer", [] {
      prefect::run_logger().info("from the task");
      prefect_sqlalchemy::Engine engine = prefect_sqlalchemy::create_engine("sqlite://");
      engine.connect().execute("SELECT 1");
      return 42;
    });
    const auto asks = prefect::flow("asks", [&] { return answer(); });
    try {
      return asks();
    } catch (const PrefectServerError& error) {
      EXPECT_THAT(error.what(), HasSubstr(server_.url()));
      return 0;
    }
  }
  /// Whether the newest flow run and its task run are there whole.
  void expect_whole_record() {
    prefect::detail::RunRecorder::process().close();  // delivers what was held back
    const std::vector<std::string> course{"Pending", "Running", "Completed"};
    const std::string id = text(server_.flow_runs().back(), "id");
    EXPECT_EQ(course, server_.state_names(id));
    EXPECT_EQ(course, server_.state_names(text(server_.task_runs().back(), "id")));
    EXPECT_THAT(messages(), Contains("from the task"));
    EXPECT_FALSE(server_.artifacts().empty());
  }

  test_support::ScopedEnvironment retries_{"PREFECT_CLIENT_MAX_RETRIES", "0"};
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Each, ServerFaults, testing::ValuesIn(server_faults()),
                         [](const auto& each) { return std::string(each.param.name); });

TEST_P(ServerFaults, NeitherEndARunInTheMiddleNorTheProgram) {
  for (const auto& [method, path] : requests_of_a_run) {
    SCOPED_TRACE(path);
    record();  // anew: what it has asked once, it asks again
    server_.fail_next(1, method, path, GetParam().answer);
    const int result = run();
    const std::string asked = path;
    const bool begins = asked == "/flows/" || asked == "/flow_runs/";
    // Nothing has run yet where the flow run is not known; any later, a fault that passes is no failure.
    // (A connection that was kept and ends is not even a fault: the client takes another.)
    if (begins && !GetParam().answer.hang_up) {
      EXPECT_EQ(0, result);
    }
    if (!begins && GetParam().passes) {
      EXPECT_EQ(42, result);
      expect_whole_record();
    }
    record();
    EXPECT_EQ(42, run());
    expect_whole_record();
  }
}
