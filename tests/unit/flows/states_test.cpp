#include <gtest/gtest.h>

#include <prefect_sqlalchemy/flows/states.hpp>

#include "run_id.hpp"

using namespace prefect;

TEST(States, HavePrefectsNamesAndTypes) {
  const auto now = std::chrono::system_clock::now();
  const std::vector<std::tuple<State, StateType, std::string>> expected = {
      {Scheduled(now), StateType::scheduled, "Scheduled"},
      {Late(now), StateType::scheduled, "Late"},
      {AwaitingRetry(now), StateType::scheduled, "AwaitingRetry"},
      {Pending(), StateType::pending, "Pending"},
      {Running(), StateType::running, "Running"},
      {Retrying(), StateType::running, "Retrying"},
      {Completed(), StateType::completed, "Completed"},
      {Failed(), StateType::failed, "Failed"},
      {TimedOut(), StateType::failed, "TimedOut"},
      {Crashed(), StateType::crashed, "Crashed"},
      {Cancelled(), StateType::cancelled, "Cancelled"},
      {Cancelling(), StateType::cancelling, "Cancelling"},
      {Paused(), StateType::paused, "Paused"}};
  for (const auto& [state, type, name] : expected) {
    EXPECT_EQ(type, state.type) << name;
    EXPECT_EQ(name, state.name);
    EXPECT_EQ(type, state_type(to_string(type)));
  }
  EXPECT_EQ(now, std::get<0>(expected[2]).scheduled_time);
}

TEST(States, KnowWhichAreFinal) {
  EXPECT_TRUE(Completed().is_final());
  EXPECT_TRUE(TimedOut().is_final());
  EXPECT_TRUE(Crashed().is_final());
  EXPECT_TRUE(Cancelled().is_final());
  EXPECT_FALSE(Cancelling().is_final());
  EXPECT_FALSE(Retrying().is_final());
}

TEST(States, PrintAsPrefectDoes) {
  EXPECT_EQ("Completed()", to_string(Completed()));
  EXPECT_EQ("Failed('no table')", to_string(Failed("no table")));
}

TEST(States, RefuseTypesThatPrefectDoesNotHave) { EXPECT_EQ(std::nullopt, state_type("running")); }

TEST(RunIds, AreUuidsOfVersion7ThatSortByTime) {
  const std::string id = detail::new_run_id();
  ASSERT_EQ(36U, id.size());
  EXPECT_EQ('7', id[14]);
  EXPECT_NE(std::string::npos, std::string("89ab").find(id[19]));
  EXPECT_EQ("-", id.substr(8, 1));
  EXPECT_NE(id, detail::new_run_id());
}

TEST(RunTimes, CrossTextWithoutLoss) {
  using namespace std::chrono;
  const State::TimePoint time = sys_days(year(2024) / 2 / 29) + 23h + 59min + 58s + 7us;
  EXPECT_EQ("2024-02-29T23:59:58.000007Z", detail::iso_time(time));
  EXPECT_EQ(time, detail::parse_iso_time(detail::iso_time(time)));
}
