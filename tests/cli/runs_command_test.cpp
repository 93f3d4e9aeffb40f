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

/// Runs a flow with a task and a subflow in the home of the command.
void run_a_flow(const PsaCommand& psa) {
  const test_support::ScopedEnvironment home("PREFECT_HOME", (psa.folder() / "prefect").string());
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

TEST(PsaRuns, AreListedNewestFirst) {
  const PsaCommand psa;
  run_a_flow(psa);
  const auto list = psa.output({"runs", "ls"});
  EXPECT_THAT(list, HasSubstr("| outer |"));
  EXPECT_THAT(list, HasSubstr("Completed"));
  EXPECT_THAT(psa.output({"runs", "ls", "--json", "-n", "1"}), StartsWith("[{\"id\":\""));
}

TEST(PsaRuns, AreShownAsATreeWithTheirStatements) {
  const PsaCommand psa;
  run_a_flow(psa);
  const auto list = psa.output({"runs", "ls", "--json"});
  const auto outer = list.rfind("{\"id\":\"", list.find("\"flow\":\"outer\"")) + 7;
  const auto shown = psa.output({"runs", "show", list.substr(outer, 8)});
  EXPECT_THAT(shown, StartsWith("Flow run '"));
  EXPECT_THAT(shown, HasSubstr("of flow 'outer'  Completed"));
  EXPECT_THAT(shown, HasSubstr("Task run 'count rows"));
  EXPECT_THAT(shown, HasSubstr("states: "));
  EXPECT_THAT(shown, HasSubstr("sql: SELECT 6 * 7 AS answer  [sqlite"));
  EXPECT_THAT(shown, HasSubstr("\n    Flow run '"));  // the subflow's, further in
  EXPECT_THAT(psa.output({"runs", "logs", list.substr(outer, 36)}), HasSubstr(" | INFO | flow run '"));
  EXPECT_THAT(psa.output({"runs", "logs", list.substr(outer, 36)}), HasSubstr(" - it begins\n"));
}

TEST(PsaRuns, ThatAreNotThereAreAFailure) {
  const PsaCommand psa;
  const auto none = psa.run({"runs", "show"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_EQ(none.err, "psa: no run is recorded yet\n");
  run_a_flow(psa);
  EXPECT_THAT(psa.run({"runs", "show", "zzz"}).err, HasSubstr("\"psa runs ls\" lists them"));
}

}  // namespace
