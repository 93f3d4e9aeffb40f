// The way that docs/prefect.md goes, with the programs that stand there.
#include <boost/json/object.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "prefect_server.hpp"
#include "psa_command.hpp"

namespace {

using test_support::PrefectServer;
using test_support::PsaCommand;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
namespace json = boost::json;

class PrefectWalk : public testing::TestWithParam<PrefectServer::Version> {
 protected:
  PrefectWalk() {
    psa_.set("PREFECT_API_URL", server_.url());
    server_.add_work_pool("local", "process");
    psa_.output({"block", "register"});
    psa_.output({"block", "save", "customers-db", psa_.sqlite_url()});
  }
  ~PrefectWalk() override { EXPECT_THAT(server_.problems(), IsEmpty()); }

  /// Runs the program as a worker does. @return its end, and the states of the flow run
  test_support::PsaRun as_worker(json::object parameters) {
    id_ = server_.submit_flow_run("customers", std::move(parameters));
    psa_.set("PREFECT__FLOW_RUN_ID", id_);
    return psa_.run_program(PSA_PAGE_CUSTOMERS, {});
  }

  PrefectServer server_{GetParam()};
  PsaCommand psa_;
  std::string id_;
};

INSTANTIATE_TEST_SUITE_P(Servers, PrefectWalk,
                         testing::Values(PrefectServer::Version::v3_8, PrefectServer::Version::v2_14),
                         [](const auto& each) {
                           return each.param == PrefectServer::Version::v3_8 ? "Prefect3" : "Prefect2";
                         });

}  // namespace

TEST_P(PrefectWalk, ByHandTheProgramReportsToTheServer) {
  const auto run = psa_.run_program(PSA_PAGE_CUSTOMERS, {});
  EXPECT_EQ(0, run.exit_code) << run.err;
  EXPECT_THAT(psa_.output({"runs", "show"}), HasSubstr("sql: SELECT count(*) FROM customers"));
  EXPECT_THAT(psa_.output({"runs", "logs"}), HasSubstr(" - 0 customers\n"));
}

TEST_P(PrefectWalk, TheCommandAndTheProgramMakeTheSameDeployment) {
  const std::string made =
      psa_.output({"deploy", "customers/nightly", "--pool", "local", "--cron", "0 6 * * *", "-p",
                   "block=customers-db", "-p", "limit=100", "--", "/opt/app/customers"});
  const auto program = psa_.run_program(PSA_PAGE_DEPLOY, {});
  EXPECT_EQ(made, "deployment " + program.out);
  EXPECT_THAT(server_.deployments(), SizeIs(1));
  const json::array sent = server_.received("POST /deployments/");
  ASSERT_THAT(sent, SizeIs(2));
  EXPECT_EQ(sent.at(0), sent.at(1));
}

TEST_P(PrefectWalk, AWorkersChildTakesItsRunOverAndItsExitCodeTellsTheEnd) {
  const auto well = as_worker({{"block", "customers-db"}, {"limit", 0}});
  EXPECT_EQ(0, well.exit_code) << well.err;
  EXPECT_THAT(server_.state_names(id_), ElementsAre("Submitting", "Running", "Completed"));

  const auto failed = as_worker({{"block", "customers-db"}, {"limit", -1}});
  EXPECT_EQ(1, failed.exit_code);
  EXPECT_THAT(failed.err, HasSubstr("there are more customers than the limit"));
  EXPECT_THAT(server_.state_names(id_), ElementsAre("Submitting", "Running", "Failed"));

  const auto unfit = as_worker({{"limit", "many"}});
  EXPECT_EQ(1, unfit.exit_code);
  EXPECT_THAT(unfit.err, HasSubstr("limit: an integer of 32 bits is wanted, a text was given"));
  EXPECT_THAT(server_.state_names(id_), ElementsAre("Submitting", "Running", "Failed"));
}

TEST_P(PrefectWalk, AServerThatIsGoneFailsTheProgramInWords) {
  server_.stop();
  const auto run = psa_.run_program(PSA_PAGE_CUSTOMERS, {});
  EXPECT_EQ(1, run.exit_code);
  EXPECT_THAT(run.err, testing::AllOf(HasSubstr("cannot be reached"), HasSubstr(server_.url())));
}
