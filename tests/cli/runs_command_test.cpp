#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect.hpp>
#include <prefect_sqlalchemy.hpp>
#include <prefect_sqlalchemy/flows/run_context.hpp>

#include "psa_command.hpp"
#include "scoped_environment.hpp"

namespace {

using test_support::PsaCommand;
using testing::HasSubstr;
using testing::StartsWith;

/// A home in which a flow with a task and a subflow has run. One for all tests: a process records in one
/// store.
class PsaRuns : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    psa_ = std::make_unique<PsaCommand>();
    const test_support::ScopedEnvironment home("PREFECT_HOME", (psa_->folder() / "prefect").string());
    const auto task = prefect::task("count rows", [] {
      prefect_sqlalchemy::SqlAlchemyConnector db("sqlite://");
      return db.fetch_one("SELECT 6 * 7 AS answer")->get<int>(0);
    });
    const auto inner = prefect::flow("inner", [&] { return task(); });
    const auto outer = prefect::flow("outer", [&] {
      prefect::run_logger().info("it begins");
      return task() + inner();
    });
    EXPECT_EQ(outer(), 84);
  }
  static void TearDownTestSuite() { psa_.reset(); }

  /// The id of the outer flow's run.
  static std::string outer_run() {
    const auto list = psa_->output({"runs", "ls", "--json"});
    const std::string before_id = "{\"id\":\"";
    const auto at = list.rfind(before_id, list.find("\"flow\":\"outer\"")) + before_id.size();
    return list.substr(at, 36);
  }

  static std::unique_ptr<PsaCommand> psa_;
};
std::unique_ptr<PsaCommand> PsaRuns::psa_;

TEST_F(PsaRuns, AreListedNewestFirst) {
  const auto list = psa_->output({"runs", "ls"});
  EXPECT_THAT(list, HasSubstr("| outer |"));
  EXPECT_LT(list.find("| inner |"), list.find("| outer |"));
  EXPECT_THAT(list, HasSubstr("Completed"));
  EXPECT_THAT(psa_->output({"runs", "ls", "--json", "-n", "1"}), HasSubstr("\"flow\":\"inner\""));
}

TEST_F(PsaRuns, AreShownAsATreeWithTheirStatements) {
  const auto shown = psa_->output({"runs", "show", outer_run().substr(0, 30)});
  EXPECT_THAT(shown, StartsWith("Flow run '"));
  EXPECT_THAT(shown, HasSubstr("of flow 'outer'  Completed"));
  EXPECT_THAT(shown, HasSubstr("Task run 'count rows"));
  EXPECT_THAT(shown, HasSubstr("states: "));
  EXPECT_THAT(shown, HasSubstr("sql: SELECT 6 * 7 AS answer  [sqlite"));
  EXPECT_THAT(shown, HasSubstr("\n    Flow run '"));  // the subflow's, further in
}

TEST_F(PsaRuns, GiveTheirLogsInOrder) {
  const auto logs = psa_->output({"runs", "logs", outer_run()});
  EXPECT_THAT(logs, HasSubstr(" | INFO | flow run '"));
  EXPECT_THAT(logs, HasSubstr(" - it begins\n"));
}

TEST_F(PsaRuns, ThatAreNotThereAreAFailure) {
  const auto none = PsaCommand().run({"runs", "show"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_EQ(none.err, "psa: no run is recorded yet\n");
  // Ids begin with the time, so these two do alike.
  EXPECT_EQ(psa_->run({"runs", "show", outer_run().substr(0, 2)}).err,
            "psa: several runs have an id that begins so; give more of it\n");
  EXPECT_THAT(psa_->run({"runs", "show", "zzz"}).err, HasSubstr("\"psa runs ls\" lists them"));
}

}  // namespace
