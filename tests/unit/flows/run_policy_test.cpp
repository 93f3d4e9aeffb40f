#include <gtest/gtest.h>

#include <prefect_sqlalchemy/flows/run_policy.hpp>

using namespace prefect;
using namespace std::chrono_literals;
using How = AttemptEnd::How;
using Names = std::vector<std::string>;

namespace {

const State::TimePoint start = std::chrono::sys_days(std::chrono::year(2024) / 5 / 1);

/// Lets a policy run through attempts that end as told. @return the states' names and the delays
std::pair<Names, std::vector<std::chrono::milliseconds>> play(RunPolicy policy, std::vector<How> ends,
                                                              double random = 0) {
  Names names;
  std::vector<std::chrono::milliseconds> delays;
  for (const How how : ends) {
    names.push_back(policy.begin(start).name);
    const auto step = policy.end({how, "Type", "text"}, start, random);
    if (step.state) names.push_back(step.state->name);
    if (!step.again_after) break;
    delays.push_back(*step.again_after);
  }
  return {names, delays};
}

}  // namespace

TEST(RunPolicy, BeginsAsTheServerSays) {
  using Says = Verdict::How;
  EXPECT_TRUE(RunPolicy::started({Says::accepted}, start).go);
  const auto wait = RunPolicy::started({.how = Says::wait, .delay = 3s}, start);
  EXPECT_EQ(3s, wait.ask_again_after.value());
  const auto aborted = RunPolicy::started({.how = Says::aborted, .reason = "paused"}, start);
  EXPECT_FALSE(aborted.go);
  EXPECT_EQ("paused", aborted.reason);
  // Asked twice, because an answer was lost: it is Running already.
  EXPECT_TRUE(RunPolicy::started({.how = Says::rejected, .state = Running()}, start).go);
  EXPECT_EQ(200ms,
            RunPolicy::started({.how = Says::rejected, .state = Pending()}, start).ask_again_after.value());
  EXPECT_EQ(5s, RunPolicy::started({.how = Says::rejected, .state = Scheduled(start + 5s)}, start)
                    .ask_again_after.value());
  EXPECT_FALSE(RunPolicy::started({.how = Says::rejected, .state = Cancelled()}, start).go);
  EXPECT_FALSE(RunPolicy::started({.how = Says::rejected}, start).go);
}

TEST(RunPolicy, EndsOrRetriesAsTheServerSays) {
  using Says = Verdict::How;
  const State failed = RunPolicy(RunKind::flow, {}, 0s).outcome({How::threw, "Type", "text"}, start);
  EXPECT_EQ("Flow run encountered an exception: Type: text", failed.message);
  EXPECT_FALSE(RunPolicy::ended(failed, {Says::accepted}, start).again_after);
  EXPECT_EQ("Failed", RunPolicy::ended(failed, {Says::accepted}, start).state->name);
  const Verdict retry{.how = Says::rejected, .state = AwaitingRetry(start + 2s)};
  EXPECT_EQ(2s, RunPolicy::ended(failed, retry, start).again_after.value());
  EXPECT_EQ("AwaitingRetry", RunPolicy::ended(failed, retry, start).state->name);
  EXPECT_EQ(0ms, RunPolicy::ended(failed, retry, start + 1min).again_after.value());
  EXPECT_FALSE(RunPolicy::ended(failed, retry, start, false).again_after);
  EXPECT_EQ("Crashed", RunPolicy(RunKind::flow, {3}, 0s).end({How::terminated}, start, 0).state->name);
}

TEST(RunPolicy, DecidesTheStatesOfEachCourse) {
  struct Course {
    RunKind kind;
    RetryPolicy retry;
    std::vector<How> ends;
    Names states;
    std::vector<std::chrono::milliseconds> delays;
  };
  const How ok = How::returned, bad = How::threw, late = How::timed_out, stop = How::cancelled;
  const std::vector<Course> courses = {
      {RunKind::task, {}, {ok}, {"Running", "Completed"}, {}},
      {RunKind::task, {}, {bad}, {"Running", "Failed"}, {}},
      {RunKind::task, {}, {late}, {"Running", "TimedOut"}, {}},
      {RunKind::task, {3}, {stop}, {"Running", "Cancelled"}, {}},
      {RunKind::task, {1}, {bad, ok}, {"Running", "Retrying", "Completed"}, {0ms}},
      {RunKind::task, {1}, {bad, bad}, {"Running", "Retrying", "Failed"}, {0ms}},
      {RunKind::task, {1}, {late, ok}, {"Running", "Retrying", "Completed"}, {0ms}},
      {RunKind::task, {1, 2s}, {bad, ok}, {"Running", "AwaitingRetry", "Retrying", "Completed"}, {2s}},
      {RunKind::flow, {1}, {bad, ok}, {"Running", "AwaitingRetry", "Running", "Completed"}, {0ms}},
      {RunKind::flow,
       {2, 1s},
       {bad, bad, bad},
       {"Running", "AwaitingRetry", "Running", "AwaitingRetry", "Running", "Failed"},
       {1s, 1s}},
  };
  for (std::size_t i = 0; i < courses.size(); ++i) {
    const Course& course = courses[i];
    const auto [states, delays] = play(RunPolicy(course.kind, course.retry, 1s), course.ends);
    EXPECT_EQ(course.states, states) << "course " << i;
    EXPECT_EQ(course.delays, delays) << "course " << i;
  }
}

TEST(RunPolicy, TakesDelaysFromAListAndStaysAtItsLast) {
  const auto [states, delays] = play(RunPolicy(RunKind::task, {4, {1s, 5s, 30s}}, 0ms), {5, How::threw});
  EXPECT_EQ((std::vector<std::chrono::milliseconds>{1s, 5s, 30s, 30s}), delays);
}

TEST(RunPolicy, DoublesExponentialDelays) {
  const auto [states, delays] =
      play(RunPolicy(RunKind::task, {4, exponential_backoff(500ms)}, 0ms), {5, How::threw});
  EXPECT_EQ((std::vector<std::chrono::milliseconds>{500ms, 1s, 2s, 4s}), delays);
  EXPECT_GT(RetryDelay(exponential_backoff(1s)).before(1000), 0ms) << "overflows";
}

TEST(RunPolicy, LengthensDelaysByJitter) {
  const RetryPolicy retry{1, 10s, 0.5};
  EXPECT_EQ(10s, play(RunPolicy(RunKind::task, retry, 0ms), {How::threw}, 0.0).second[0]);
  EXPECT_EQ(12500ms, play(RunPolicy(RunKind::task, retry, 0ms), {How::threw}, 0.5).second[0]);
}

TEST(RunPolicy, SchedulesTheRetryAfterTheDelay) {
  RunPolicy policy(RunKind::flow, {1, 3s}, 0ms);
  policy.begin(start);
  const auto step = policy.end({How::threw, "std::runtime_error", "busy"}, start, 0);
  EXPECT_EQ(start + 3s, step.state->scheduled_time);
  EXPECT_EQ(StateType::scheduled, step.state->type);
}

TEST(RunPolicy, DoesNotRetryWhenTheSurroundingsEnd) {
  RunPolicy policy(RunKind::task, {5, 1s}, 0ms);
  policy.begin(start);
  const auto step = policy.end({How::threw, "std::runtime_error", "busy"}, start, 0, false);
  EXPECT_EQ("Failed", step.state->name);
  EXPECT_FALSE(step.again_after);
}

TEST(RunPolicy, WordsFailuresAsPrefectDoes) {
  const auto message = [](RunKind kind, const AttemptEnd& end, std::chrono::milliseconds timeout = 0ms) {
    RunPolicy policy(kind, {}, timeout);
    policy.begin(start);
    return policy.end(end, start, 0).state->message;
  };
  EXPECT_EQ("Flow run encountered an exception: ValueError: no",
            message(RunKind::flow, {How::threw, "ValueError", "no"}));
  EXPECT_EQ("Task run encountered an exception ValueError: no",
            message(RunKind::task, {How::threw, "ValueError", "no"}));
  EXPECT_EQ("Task run encountered an exception int", message(RunKind::task, {How::threw, "int", ""}));
  EXPECT_EQ("Flow run exceeded timeout of 1.5 second(s)", message(RunKind::flow, {How::timed_out}, 1500ms));
  EXPECT_EQ("Task run exceeded timeout of 2 second(s); it ended with X: y",
            message(RunKind::task, {How::timed_out, "X", "y"}, 2s));
}
