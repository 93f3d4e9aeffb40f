// The command on a Prefect server, of both generations: what it does on the local store, and what only
// servers have.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect.hpp>
#include <prefect_sqlalchemy.hpp>
#include <prefect_sqlalchemy/flows/run_context.hpp>
#include <prefect_sqlalchemy/flows/run_recorder.hpp>

#include "prefect_server.hpp"
#include "psa_command.hpp"
#include "scoped_environment.hpp"

namespace {

using test_support::PrefectServer;
using test_support::PsaCommand;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;
namespace json = boost::json;

class PsaOnServer : public testing::TestWithParam<PrefectServer::Version> {
 protected:
  PsaOnServer() { psa_.set("PREFECT_API_URL", server_.url()); }
  ~PsaOnServer() override { EXPECT_THAT(server_.problems(), IsEmpty()); }

  /// Records runs of this process on the server, while `runs` runs.
  template <class Runs>
  void on_server(const Runs& runs) {
    const test_support::ScopedEnvironment url("PREFECT_API_URL", server_.url());
    const test_support::ScopedEnvironment home("PREFECT_HOME", (psa_.folder() / "prefect").string());
    auto& recorder = prefect::detail::RunRecorder::process();
    recorder.replace_sink(prefect::detail::process_sink);
    runs();
    // Other tests record in the local store again.
    recorder.replace_sink(prefect::detail::process_sink);
  }

  PrefectServer server_{GetParam()};
  PsaCommand psa_;
};

INSTANTIATE_TEST_SUITE_P(Servers, PsaOnServer,
                         testing::Values(PrefectServer::Version::v3_8, PrefectServer::Version::v2_14),
                         [](const auto& each) {
                           return each.param == PrefectServer::Version::v3_8 ? "Prefect3" : "Prefect2";
                         });

}  // namespace

TEST_P(PsaOnServer, BlocksAreSavedListedInspectedUsedAndDeleted) {
  psa_.output({"block", "save", "shop", psa_.sqlite_url(), "--fetch-size", "100"});
  psa_.output({"block", "save", "far", "postgresql://ann:s3cret@h/d", "--async"});
  EXPECT_THAT(psa_.output({"block", "ls"}), AllOf(HasSubstr(" async-sqlalchemy-connector | far  | "),
                                                  HasSubstr(" sqlalchemy-connector       | shop | ")));
  EXPECT_THAT(psa_.output({"block", "inspect", "far"}),
              AllOf(HasSubstr("postgresql://ann:***@h/d"), Not(HasSubstr("s3cret"))));
  EXPECT_THAT(psa_.output({"query", "shop", "SELECT 6 * 7 AS answer"}), HasSubstr("42"));
  const auto refused = psa_.run({"block", "save", "shop", "sqlite:///two.db"});
  EXPECT_EQ(1, refused.exit_code);
  EXPECT_THAT(refused.err, HasSubstr("--overwrite replaces it"));
  psa_.output({"block", "save", "shop", "sqlite:///two.db", "--overwrite"});
  psa_.output({"block", "delete", "shop"});
  psa_.output({"block", "delete", "async-sqlalchemy-connector/far"});
  EXPECT_EQ("[]\n", psa_.output({"block", "ls", "--json"}));
}

TEST_P(PsaOnServer, TypesAreRegisteredOnce) {
  const std::string said = psa_.output({"block", "register"});
  EXPECT_THAT(said, HasSubstr("sqlalchemy-connector\nasync-sqlalchemy-connector\n"));
  EXPECT_EQ(said, psa_.output({"block", "register"}));
  EXPECT_THAT(server_.received("POST /block_types/"), SizeIs(2));
}

TEST_P(PsaOnServer, RunsAreListedShownAndTheirLogsPrinted) {
  on_server([] {
    const auto task = prefect::task("count rows", [] {
      prefect_sqlalchemy::SqlAlchemyConnector db("sqlite://");
      return db.fetch_one("SELECT 6 * 7 AS answer")->get<int>(0);
    });
    const auto inner = prefect::flow("inner", [&] { return task(); });
    prefect::flow("outer", [&] {
      prefect::run_logger().info("it begins");
      return task() + inner();
    })();
  });
  const json::value list = json::parse(psa_.output({"runs", "ls", "--json"}));
  ASSERT_THAT(list.as_array(), SizeIs(2));
  std::string outer;
  for (const json::value& run : list.as_array()) {
    EXPECT_EQ("Completed", run.at("state").as_string());
    if (run.at("flow").as_string() == "outer") outer = run.at("id").as_string().c_str();
  }
  const std::string shown = psa_.output({"runs", "show", outer});
  EXPECT_THAT(shown,
              AllOf(StartsWith("Flow run '"), HasSubstr("of flow 'outer'  Completed"),
                    HasSubstr("states: Pending, Running, Completed"), HasSubstr("Task run 'count rows-0'"),
                    HasSubstr("sql: SELECT 6 * 7 AS answer  [sqlite"), HasSubstr("\n    Flow run '")));
  EXPECT_THAT(psa_.output({"runs", "logs", outer}),
              AllOf(HasSubstr(" | INFO | flow run '"), HasSubstr(" - it begins\n"),
                    HasSubstr(" | INFO | task run 'count rows-0' - SELECT 6 * 7 AS answer - 1 row")));
  EXPECT_EQ(1, psa_.run({"runs", "show", "zzz"}).exit_code);
}

TEST_P(PsaOnServer, ADeploymentIsMadeChangedAndRun) {
  server_.add_work_pool("local", "process");
  const std::string made = psa_.output({"deploy",
                                        "customers/nightly",
                                        "--pool",
                                        "local",
                                        "--cron",
                                        "0 6 * * *",
                                        "--timezone",
                                        "Europe/Berlin",
                                        "-p",
                                        "block=customers-db",
                                        "-p",
                                        "limit=10",
                                        "-p",
                                        "ids:=[1, 2]",
                                        "-p",
                                        "zip=007",
                                        "--env",
                                        "LEVEL=a=b",
                                        "--tag",
                                        "nightly",
                                        "--working-dir",
                                        "/opt/app",
                                        "--",
                                        "/opt/app/customers",
                                        "--note",
                                        "it's two words",
                                        ""});
  EXPECT_THAT(made, StartsWith("deployment "));
  // Behind "--" all is the program's.
  EXPECT_EQ(made, psa_.output({"deploy", "customers/nightly", "--pool", "local", "--", "/opt/app/customers",
                               "--quiet", "--run"}));
  ASSERT_THAT(server_.deployments(), SizeIs(1));
  const json::array sent = server_.received("POST /deployments/");
  ASSERT_THAT(sent, SizeIs(2));
  const bool prefect_3 = GetParam() == PrefectServer::Version::v3_8;
  const json::object& first = sent.at(0).as_object();
  const json::object& variables = first.at(prefect_3 ? "job_variables" : "infra_overrides").as_object();
  EXPECT_EQ("/opt/app/customers --note 'it'\"'\"'s two words' ''", variables.at("command").as_string());
  EXPECT_EQ("a=b", variables.at("env").at("LEVEL").as_string());
  EXPECT_EQ("/opt/app", variables.at("working_dir").as_string());
  EXPECT_EQ(json::parse(R"({"block": "customers-db", "limit": 10, "ids": [1, 2], "zip": "007"})"),
            first.at("parameters"));
  EXPECT_EQ(
      "0 6 * * *",
      (prefect_3 ? first.at("schedules").at(0).at("schedule") : first.at("schedule")).at("cron").as_string());
  const std::string run =
      psa_.output({"deploy", "customers/nightly", "--pool", "local", "--run", "/bin/true"});
  EXPECT_THAT(run, HasSubstr("\nflow run "));
  ASSERT_THAT(server_.flow_runs(), SizeIs(1));
}

TEST_P(PsaOnServer, ADeploymentThatCannotBeIsRefusedInWords) {
  const auto pool = psa_.run({"deploy", "f/d", "--pool", "nowhere", "/bin/true"});
  EXPECT_EQ(1, pool.exit_code);
  EXPECT_THAT(pool.err, HasSubstr("Work pool not found"));
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"deploy", "f", "--pool", "local", "/bin/true"},
        {"deploy", "f/d", "--pool", "local", "bin/true"},
        {"deploy", "f/d", "--pool", "local", "-p", "limit", "/bin/true"},
        {"deploy", "f/d", "--pool", "local", "-p", "ids:=[", "/bin/true"},
        {"deploy", "f/d", "--pool", "local", "--timezone", "UTC", "/bin/true"},
        {"deploy", "f/d", "/bin/true"},
        {"deploy", "f/d", "--pool", "local"}}) {
    const auto refused = psa_.run(wrong);
    EXPECT_EQ(2, refused.exit_code) << refused.err;
    EXPECT_THAT(refused.err, Not(IsEmpty()));
  }
}

TEST_P(PsaOnServer, AServerThatIsGoneIsToldWithItsUrlAndWithoutItsSecrets) {
  server_.stop();
  psa_.set("PREFECT_API_AUTH_STRING", "admin:s3cret");
  for (const char* const command : {"block", "runs"}) {
    const auto failed = psa_.run({command, "ls"});
    EXPECT_EQ(1, failed.exit_code);
    EXPECT_THAT(failed.err, AllOf(HasSubstr(server_.url()), Not(HasSubstr("s3cret"))));
  }
}

TEST(PsaWithoutServer, ADeploymentNeedsOneAndTypesNeedNone) {
  const PsaCommand psa;
  const auto deploy = psa.run({"deploy", "f/d", "--pool", "local", "/bin/true"});
  EXPECT_EQ(2, deploy.exit_code);
  EXPECT_THAT(deploy.err, HasSubstr("set PREFECT_API_URL"));
  EXPECT_THAT(psa.output({"block", "register"}), HasSubstr("the local store needs none"));
}
