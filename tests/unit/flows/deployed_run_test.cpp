#include <csignal>
#include <optional>
#include <vector>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>

#include "message_of.hpp"
#include "program.hpp"
#include "recorded_on_server.hpp"

using prefect::ParameterTypeError;
using test_support::message_of;
using test_support::OnServer;
using test_support::PrefectServer;
using test_support::ScopedEnvironment;
using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
namespace json = boost::json;

namespace {

class DeployedRun : public OnServer, public testing::WithParamInterface<PrefectServer::Version> {
 protected:
  DeployedRun() : OnServer(GetParam()) {}

  std::string submit(json::object parameters) {
    id_ = server_.submit_flow_run("sum", std::move(parameters));
    started_for_.emplace("PREFECT__FLOW_RUN_ID", id_);
    return id_;
  }

  std::string id_;
  std::optional<ScopedEnvironment> started_for_;
};

const auto sum = prefect::flow("sum",
                               [](int a, const std::string& unit, std::optional<double> factor) {
                                 return std::to_string(a * factor.value_or(1)) + unit;
                               },
                               {.parameters = {"a", "unit", "factor"}});

std::string version_name(const testing::TestParamInfo<PrefectServer::Version>& info) {
  return info.param == PrefectServer::Version::v3_8 ? "Prefect3" : "Prefect2";
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Servers, DeployedRun,
                         testing::Values(PrefectServer::Version::v3_8, PrefectServer::Version::v2_14),
                         version_name);

TEST_P(DeployedRun, IsTakenOverWithTheServersParameters) {
  submit({{"a", 5}, {"factor", 1.5}});
  EXPECT_EQ("7.500000 km", sum(1, " km", std::nullopt));
  EXPECT_EQ(1U, server_.flow_runs().size());
  EXPECT_THAT(server_.state_names(id_), ElementsAre("Submitting", "Running", "Completed"));
}

TEST_P(DeployedRun, IsTakenOnce) {
  submit({{"a", 5}});
  sum(1, " km", std::nullopt);
  EXPECT_EQ("1.000000 km", sum(1, " km", std::nullopt));
  EXPECT_EQ(2U, server_.flow_runs().size());
}

TEST_P(DeployedRun, AnotherFlowLeavesItAlone) {
  submit({{"a", 5}});
  prefect::flow("other", [] {})();
  EXPECT_THAT(server_.state_names(id_), ElementsAre("Submitting"));
  sum(1, " km", std::nullopt);
  EXPECT_THAT(server_.state_names(id_), ElementsAre("Submitting", "Running", "Completed"));
}

TEST_P(DeployedRun, AParameterOfAWrongTypeFailsTheRunAndIsNamed) {
  submit({{"a", "five"}});
  EXPECT_THAT(
      message_of<ParameterTypeError>([] { sum(1, " km", std::nullopt); }),
      AllOf(HasSubstr("a: an integer of 32 bits is wanted, a text was given"), Not(HasSubstr("five"))));
  EXPECT_THAT(server_.state_names(id_), ElementsAre("Submitting", "Running", "Failed"));
  EXPECT_THAT(std::string(server_.flow_run(id_).at("state").at("message").as_string()),
              HasSubstr("a: an integer of 32 bits is wanted"));
}

TEST_P(DeployedRun, ANumberThatDoesNotFitFailsTheRun) {
  submit({{"a", 5'000'000'000}});
  EXPECT_THROW(sum(1, " km", std::nullopt), ParameterTypeError);
}

TEST_P(DeployedRun, AParameterThatTheFlowHasNotIsNamedWithThoseItHas) {
  submit({{"b", 1}});
  EXPECT_THAT(
      message_of<ParameterTypeError>([] { sum(1, " km", std::nullopt); }),
      AllOf(HasSubstr("b: the flow \"sum\" has no parameter of that name"), HasSubstr("a, unit, factor")));
}

TEST_P(DeployedRun, ARunThatAPersonHasCancelledDoesNotRun) {
  submit({{"a", 1}});
  server_.cancel_flow_run(id_);
  EXPECT_THROW(sum(1, " km", std::nullopt), prefect::AbortedRun);
}

TEST_P(DeployedRun, ItsTasksDoNotMeetThoseOfAnEarlierTime) {
  const auto t = prefect::task("t", [] {});
  const auto f = prefect::flow("sum", [&] { t(); });
  submit({});
  f();
  submit({});
  EXPECT_NE(id_, "");
  started_for_.reset();
  started_for_.emplace("PREFECT__FLOW_RUN_ID", id_);
  f();
  EXPECT_EQ(2U, server_.task_runs().size());
}

namespace {

/// One of deployed_program.cpp's programs in a process of its own, as a worker starts it.
class Child {
 public:
  explicit Child(const std::string& name) {
    const test_support::Program program(PSA_DEPLOYED_PROGRAM, {name});
    int output[2];
    if (::pipe2(output, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    child_ = ::fork();
    if (child_ == 0) {
      ::dup2(output[1], STDOUT_FILENO);
      program.become();
    }
    ::close(output[1]);
    char byte = 0;
    static_cast<void>(!::read(output[0], &byte, 1));  // the child is in its flow, or has ended
    ::close(output[0]);
  }
  void terminate() const { ::kill(child_, SIGTERM); }
  int wait() const {
    int status = 0;
    ::waitpid(child_, &status, 0);
    return status;
  }

 private:
  pid_t child_ = -1;
};

}  // namespace

TEST_P(DeployedRun, SigtermMakesItCrashedAndTheProcessEndsByIt) {
  submit({});
  const Child child("waits in its task");
  child.terminate();
  const int status = child.wait();
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(SIGTERM, WTERMSIG(status));
  EXPECT_THAT(server_.state_names(id_), ElementsAre("Submitting", "Running", "Crashed"));
  EXPECT_EQ("Execution was aborted by a termination signal.",
            server_.flow_run(id_).at("state").at("message").as_string());
  EXPECT_THAT(messages(), Contains("almost lost"));
}

TEST_P(DeployedRun, SigtermAfterAPersonsCancelMakesItCancelled) {
  submit({});
  const Child child("waits");
  server_.cancel_flow_run(id_);
  child.terminate();
  const int status = child.wait();
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_THAT(server_.state_names(id_), ElementsAre("Submitting", "Running", "Cancelling", "Cancelled"));
}

TEST_P(DeployedRun, AFailureEndsTheProgramWithOneAndItsLogsAreThere) {
  submit({});
  const Child child("fails");
  const int status = child.wait();
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(1, WEXITSTATUS(status));
  EXPECT_THAT(server_.state_names(id_), ElementsAre("Submitting", "Running", "Failed"));
  EXPECT_THAT(messages(), Contains("before the end"));
}

TEST_P(DeployedRun, ARunThatTheServerStoppedEndsTheProgramWithZero) {
  submit({});
  server_.cancel_flow_run(id_);
  const Child child("returns");
  const int status = child.wait();
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(0, WEXITSTATUS(status));
}
