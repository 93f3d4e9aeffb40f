#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/flows/deployment.hpp>
#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/run_history.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>
#include <prefect_sqlalchemy/sql/engine.hpp>

#include "message_of.hpp"
#include "recorded_on_server.hpp"

using test_support::message_of;
using test_support::OnServer;
using test_support::PrefectServer;
using test_support::ScopedEnvironment;
using testing::HasSubstr;
namespace json = boost::json;

namespace {

class ServerHistory : public OnServer, public testing::WithParamInterface<PrefectServer::Version> {
 protected:
  ServerHistory() : OnServer(GetParam()) {}
};

std::string of_server(const testing::TestParamInfo<PrefectServer::Version>& info) {
  return info.param == PrefectServer::Version::v3_8 ? "Prefect3" : "Prefect2";
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Servers, ServerHistory,
                         testing::Values(PrefectServer::Version::v3_8, PrefectServer::Version::v2_14),
                         of_server);

TEST_P(ServerHistory, AFlowRunIsReadBackWithAllThatBelongsToIt) {
  const auto t = prefect::task("t", [] {
    prefect::run_logger().info("from the task");
    prefect_sqlalchemy::create_engine("sqlite://").connect().execute("SELECT 1 WHERE 1 = 0").all();
  });
  const auto inner = prefect::flow("inner", [] {});
  prefect::flow("outer",
                [&](int) {
                  prefect::run_logger().warning("from the flow");
                  t();
                  inner();
                },
                {.tags = {"x"}, .parameters = {"n"}})(3);
  flush();

  const prefect::RunHistory history;
  const auto runs = history.flow_runs();
  ASSERT_EQ(2U, runs.size());
  EXPECT_EQ("inner", runs[0].of);
  EXPECT_EQ("outer", runs[1].of);
  const auto run = history.flow_run(runs[1].id);
  ASSERT_TRUE(run);
  EXPECT_EQ("Completed", run->state.name);
  EXPECT_EQ(R"({"n":3})", run->arguments);
  EXPECT_EQ(std::vector<std::string>{"x"}, run->tags);
  EXPECT_EQ(3U, run->states.size());
  EXPECT_TRUE(run->started && run->ended);
  ASSERT_EQ(2U, run->task_runs.size());
  const auto& task = run->task_runs[0].of == "t" ? run->task_runs[0] : run->task_runs[1];
  const auto& stand_in = run->task_runs[0].of == "t" ? run->task_runs[1] : run->task_runs[0];
  EXPECT_EQ(3U, task.states.size());
  ASSERT_EQ(1U, task.operations_run.size());
  EXPECT_EQ("SELECT 1 WHERE 1 = 0", task.operations_run[0].statement);
  EXPECT_EQ(0, task.operations_run[0].rows);
  EXPECT_EQ(runs[0].id, stand_in.subflow_run_id);
  bool told = false;
  for (const auto& line : task.logs) told = told || line.message == "from the task";
  EXPECT_TRUE(told);
  const auto again = history.task_run(task.id);
  ASSERT_TRUE(again);
  EXPECT_EQ(task.logs.size(), again->logs.size());
}

TEST_P(ServerHistory, AnUnknownRunIsNone) {
  const prefect::RunHistory history;
  EXPECT_FALSE(history.flow_run("01a202e6-236a-7f30-beee-599cb6bbb218"));
  EXPECT_FALSE(history.task_run("01a202e6-236a-7f30-beee-599cb6bbb218"));
}

TEST_P(ServerHistory, ADeploymentIsMadeAndItsRunTaken) {
  server_.add_work_pool("local", "process");
  prefect::Deployment deployment{.flow_name = "customers",
                                 .name = "nightly",
                                 .work_pool = "local",
                                 .command = "/opt/app/customers --quiet"};
  deployment.parameters = {{"block", "customers-db"}};
  deployment.environment = {{"LEVEL", "1"}};
  deployment.working_directory = "/opt/app";
  deployment.cron = "0 6 * * *";
  deployment.timezone = "Europe/Berlin";
  const std::string id = prefect::create_deployment(deployment);
  EXPECT_EQ(id, prefect::create_deployment(deployment));  // the same again changes it
  ASSERT_EQ(1U, server_.deployments().size());
  const json::object made = server_.deployments().front();
  const char* const variables =
      GetParam() == PrefectServer::Version::v3_8 ? "job_variables" : "infra_overrides";
  EXPECT_EQ("/opt/app/customers --quiet", made.at(variables).at("command").as_string());
  EXPECT_EQ("1", made.at(variables).at("env").at("LEVEL").as_string());

  const ScopedEnvironment started("PREFECT__FLOW_RUN_ID",
                                  prefect::run_deployment(id, {{"block", "other-db"}}));
  const auto customers =
      prefect::flow("customers", [](const std::string& block) { return block; }, {.parameters = {"block"}});
  EXPECT_EQ("other-db", customers("by-hand"));
}

TEST_P(ServerHistory, AMissingWorkPoolIsToldInTheServersWords) {
  const prefect::Deployment deployment{
      .flow_name = "f", .name = "d", .work_pool = "nowhere", .command = "/bin/true"};
  EXPECT_THAT(message_of<prefect::PrefectServerError>([&] { prefect::create_deployment(deployment); }),
              HasSubstr("Work pool not found"));
  EXPECT_THROW(prefect::create_deployment({.flow_name = "f", .name = "d"}),
               prefect_sqlalchemy::ArgumentError);
}
