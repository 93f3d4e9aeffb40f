#include <csignal>
#include <fstream>
#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>

#include "message_of.hpp"
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
using namespace std::chrono_literals;
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

/// Runs a program in a child, as a worker does. @return how it ended
class Child {
 public:
  template <class Function>
  explicit Child(Function function) {
    int ready[2];
    if (::pipe(ready) != 0) throw std::runtime_error("pipe");
    child_ = ::fork();
    if (child_ == 0) {
      ::close(ready[0]);
      try {
        function([&] { static_cast<void>(!::write(ready[1], "x", 1)); });
      } catch (...) {
        ::_exit(70);  // the test's own objects are the parent's
      }
      std::exit(0);
    }
    ::close(ready[1]);
    char byte = 0;
    static_cast<void>(!::read(ready[0], &byte, 1));  // the child is in its flow, or has ended
    ::close(ready[0]);
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

/// Waits for its end, as a long query would.
void until_stopped() {
  while (!prefect::stop_requested()) std::this_thread::sleep_for(1ms);
  throw std::runtime_error("stopped");
}

}  // namespace

TEST_P(DeployedRun, SigtermMakesItCrashedAndTheProcessEndsByIt) {
  submit({});
  const auto t = prefect::task("t", [] { until_stopped(); });
  const Child child([&](auto ready) {
    prefect::flow("sum", [&] {
      prefect::run_logger().info("almost lost");
      ready();
      t();
    })();
  });
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
  const Child child([&](auto ready) {
    prefect::flow("sum", [&] {
      ready();
      until_stopped();
    })();
  });
  server_.cancel_flow_run(id_);
  child.terminate();
  const int status = child.wait();
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_THAT(server_.state_names(id_), ElementsAre("Submitting", "Running", "Cancelling", "Cancelled"));
}

TEST_P(DeployedRun, AFailureEndsTheProgramWithOneAndItsLogsAreThere) {
  submit({});
  const Child child([&](auto) {
    [&]() noexcept {
      prefect::flow("sum", [&] {
        prefect::run_logger().info("before the end");
        throw std::runtime_error("as it happens");
      })();
    }();
  });
  const int status = child.wait();
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(1, WEXITSTATUS(status));
  EXPECT_THAT(server_.state_names(id_), ElementsAre("Submitting", "Running", "Failed"));
  EXPECT_THAT(messages(), Contains("before the end"));
}

TEST_P(DeployedRun, ARunThatTheServerStoppedEndsTheProgramWithZero) {
  submit({});
  server_.cancel_flow_run(id_);
  const Child child([&](auto) { [&]() noexcept { prefect::flow("sum", [] {})(); }(); });
  const int status = child.wait();
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(0, WEXITSTATUS(status));
}
