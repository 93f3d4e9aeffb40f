#include "pool_policy.hpp"

#include <gtest/gtest.h>

namespace prefect_sqlalchemy::detail {
namespace {

using Id = PoolPolicy::Id;
using std::chrono::seconds;

/// A policy with a clock of its own, and the grants written as text: "open 7", "use 3 7", "-".
class Policy {
 public:
  explicit Policy(PoolPolicy::Limits limits) : policy_(limits) {}

  std::string request(Id waiter) { return text(policy_.request(waiter, now, expired)); }
  std::string give_back(Id connection, bool usable = true) {
    const PoolPolicy::Returned returned = policy_.give_back(connection, now, usable);
    return (returned.keep ? "keep, " : "close, ") + text(returned.next);
  }
  /// A connection, asked for and opened.
  Policy& open(Id connection) {
    EXPECT_EQ(request(100 + connection), "open " + std::to_string(100 + connection));
    policy_.opened(connection, now);
    return *this;
  }
  static std::string text(const std::optional<PoolPolicy::Grant>& grant) {
    if (!grant) return "-";
    if (!grant->connection) return "open " + std::to_string(grant->waiter);
    return "use " + std::to_string(*grant->connection) + " " + std::to_string(grant->waiter);
  }
  PoolPolicy* operator->() { return &policy_; }

  PoolPolicy::Time now{};
  std::vector<Id> expired;

 private:
  PoolPolicy policy_;
};

TEST(PoolPolicy, OpensUntilSizeAndOverflowAreReached) {
  Policy policy({.size = 2, .max_overflow = 1});
  policy.open(1).open(2).open(3);
  EXPECT_EQ(policy.request(9), "-");
  EXPECT_EQ(policy->lent(), 3);
  EXPECT_EQ(policy->idle(), 0);
}

TEST(PoolPolicy, CountsConnectionsThatAreBeingOpened) {
  Policy policy({.size = 1, .max_overflow = 0});
  EXPECT_EQ(policy.request(1), "open 1");
  EXPECT_EQ(policy.request(2), "-");
}

TEST(PoolPolicy, KeepsSizeConnectionsAndClosesTheOverflow) {
  Policy policy({.size = 2, .max_overflow = 1});
  policy.open(1).open(2).open(3);
  EXPECT_EQ(policy.give_back(1), "keep, -");
  EXPECT_EQ(policy.give_back(2), "keep, -");
  EXPECT_EQ(policy.give_back(3), "close, -");
  EXPECT_EQ(policy->idle(), 2);
  EXPECT_EQ(policy->lent(), 0);
}

TEST(PoolPolicy, HasNoLimitWithSizeZeroOrOverflowMinusOne) {
  for (const PoolPolicy::Limits limits : {PoolPolicy::Limits{.size = 0, .max_overflow = 0},
                                          PoolPolicy::Limits{.size = 1, .max_overflow = -1}}) {
    Policy policy(limits);
    for (Id id = 1; id <= 50; ++id) policy.open(id);
    EXPECT_EQ(policy->lent(), 50);
  }
}

TEST(PoolPolicy, KeepsAllConnectionsOfAnUnlimitedPool) {
  Policy policy({.size = 0});
  for (Id id = 1; id <= 20; ++id) policy.open(id);
  for (Id id = 1; id <= 20; ++id) EXPECT_EQ(policy.give_back(id), "keep, -");
  EXPECT_EQ(policy->idle(), 20);
}

TEST(PoolPolicy, LendsTheLongestIdleConnectionFirst) {
  Policy policy({.size = 3});
  policy.open(1).open(2).open(3);
  for (const Id id : {2, 1, 3}) policy.give_back(id);
  EXPECT_EQ(policy.request(7), "use 2 7");
  EXPECT_EQ(policy.request(8), "use 1 8");
}

TEST(PoolPolicy, LendsTheLatestConnectionFirstWhenLifo) {
  Policy policy({.size = 3, .lifo = true});
  policy.open(1).open(2).open(3);
  for (const Id id : {2, 1, 3}) policy.give_back(id);
  EXPECT_EQ(policy.request(7), "use 3 7");
  EXPECT_EQ(policy.request(8), "use 1 8");
}

TEST(PoolPolicy, ServesWaitersInTheOrderTheyCame) {
  for (const bool lifo : {false, true}) {
    Policy policy({.size = 1, .max_overflow = 0, .lifo = lifo});
    policy.open(1);
    EXPECT_EQ(policy.request(7), "-");
    EXPECT_EQ(policy.request(8), "-");
    EXPECT_EQ(policy.give_back(1), "keep, use 1 7");
    EXPECT_EQ(policy.give_back(1), "keep, use 1 8");
    EXPECT_EQ(policy.give_back(1), "keep, -");
  }
}

TEST(PoolPolicy, HandsOnAnOverflowConnectionWhileSomebodyWaits) {
  Policy policy({.size = 1, .max_overflow = 1});
  policy.open(1).open(2);
  EXPECT_EQ(policy.request(7), "-");
  EXPECT_EQ(policy.give_back(2), "keep, use 2 7");
}

TEST(PoolPolicy, LetsAWaiterOpenInThePlaceOfABrokenConnection) {
  Policy policy({.size = 1, .max_overflow = 0});
  policy.open(1);
  EXPECT_EQ(policy.request(7), "-");
  EXPECT_EQ(policy.give_back(1, false), "close, open 7");
  EXPECT_EQ(policy->lent(), 1);
}

TEST(PoolPolicy, ServesTheNextWaiterWhenOpeningFails) {
  Policy policy({.size = 1, .max_overflow = 0});
  EXPECT_EQ(policy.request(1), "open 1");
  EXPECT_EQ(policy.request(2), "-");
  EXPECT_EQ(policy.request(3), "-");
  EXPECT_EQ(Policy::text(policy->open_failed()), "open 2");
  EXPECT_EQ(Policy::text(policy->open_failed()), "open 3");
  EXPECT_EQ(Policy::text(policy->open_failed()), "-");
  EXPECT_EQ(policy->lent(), 0);
  EXPECT_EQ(policy.request(4), "open 4");
}

TEST(PoolPolicy, ForgetsAWaiterThatGaveUp) {
  Policy policy({.size = 1, .max_overflow = 0});
  policy.open(1);
  EXPECT_EQ(policy.request(7), "-");
  EXPECT_EQ(policy.request(8), "-");
  EXPECT_TRUE(policy->abandon(7));
  EXPECT_EQ(policy.give_back(1), "keep, use 1 8");
  EXPECT_FALSE(policy->abandon(8)) << "it has been granted already";
  EXPECT_FALSE(policy->abandon(7));
}

TEST(PoolPolicy, ReplacesIdleConnectionsThatAreTooOld) {
  Policy policy({.size = 2, .max_overflow = 0, .recycle = seconds(60)});
  policy.open(1).open(2);
  policy.give_back(1);
  policy.give_back(2);
  policy.now += seconds(60);
  EXPECT_EQ(policy.request(7), "use 1 7") << "not older than the limit yet";
  policy.give_back(1);
  policy.now += seconds(1);
  EXPECT_EQ(policy.request(8), "open 8");
  EXPECT_EQ(policy.expired, (std::vector<Id>{2, 1}));
  EXPECT_EQ(policy->idle(), 0);
  EXPECT_EQ(policy->lent(), 1);
}

TEST(PoolPolicy, ClosesAConnectionThatComesBackTooOld) {
  Policy policy({.size = 1, .max_overflow = 0, .recycle = seconds(60)});
  policy.open(1);
  EXPECT_EQ(policy.request(7), "-");
  policy.now += seconds(61);
  EXPECT_EQ(policy.give_back(1), "close, open 7");
}

TEST(PoolPolicy, NeverRecyclesUnlessAsked) {
  Policy policy({.size = 1});
  policy.open(1);
  policy.give_back(1);
  policy.now += seconds(1'000'000'000);
  EXPECT_EQ(policy.request(7), "use 1 7");
}

TEST(PoolPolicy, ForgetsIdleConnectionsWhenDisposed) {
  Policy policy({.size = 3});
  policy.open(1).open(2).open(3);
  policy.give_back(2);
  policy.give_back(1);
  EXPECT_EQ(policy->dispose(), (std::vector<Id>{2, 1}));
  EXPECT_EQ(policy->idle(), 0);
  EXPECT_EQ(policy->lent(), 1);
  EXPECT_EQ(policy.request(7), "open 7");
  EXPECT_EQ(policy.give_back(3, false), "close, -") << "it is of a disposed generation";
}

TEST(PoolPolicy, KeepsThePlaceOfAGrantedConnectionThatIsDead) {
  Policy policy({.size = 1, .max_overflow = 0, .recycle = seconds(60)});
  policy.open(1);
  policy.give_back(1);
  EXPECT_EQ(policy.request(7), "use 1 7");
  policy->dead(1);
  policy->opened(2, policy.now);
  EXPECT_EQ(policy->lent(), 1);
  EXPECT_EQ(policy.give_back(2), "keep, -");
}

}  // namespace
}  // namespace prefect_sqlalchemy::detail
