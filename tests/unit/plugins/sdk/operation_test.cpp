// SPDX-License-Identifier: Apache-2.0
#include <climits>
#include <cstdint>
#include <thread>

#include <gtest/gtest.h>

#include <psa/sdk/operation.hpp>

namespace {

using Stop = psa::Operation::Stop;
constexpr int64_t second = 1'000'000'000;

TEST(Times, TheEarlierOneIsNeverNever) {
  EXPECT_EQ(psa::earlier(0, 0), 0);
  EXPECT_EQ(psa::earlier(3, 0), 3);
  EXPECT_EQ(psa::earlier(0, 3), 3);
  EXPECT_EQ(psa::earlier(2, 3), 2);
  EXPECT_EQ(psa::earlier(3, 2), 2);
}

TEST(Times, APollDoesNotEndBeforeItsTimeAndNeverWithoutOne) {
  EXPECT_EQ(psa::poll_timeout(0), -1);
  EXPECT_EQ(psa::poll_timeout(1), 0) << "long ago";
  EXPECT_GE(psa::poll_timeout(psa::monotonic_now() + 60 * second), 59'000);
  EXPECT_LE(psa::poll_timeout(psa::monotonic_now() + 60 * second), 60'000);
  EXPECT_LE(psa::poll_timeout(psa::monotonic_now() + 1), 1);
  EXPECT_EQ(psa::poll_timeout(INT64_MAX / 2), INT_MAX);
}

TEST(Operation, StopsWhenCancelled) {
  psa::Operation operation;
  const auto running = operation.begin(0);
  EXPECT_EQ(operation.stop(), Stop::no);
  operation.cancel();
  EXPECT_EQ(operation.stop(), Stop::cancelled);
  EXPECT_EQ(operation.stopped(), Stop::cancelled);
}

TEST(Operation, IgnoresACancelBetweenOperations) {
  psa::Operation operation;
  { const auto running = operation.begin(0); }
  operation.cancel();
  const auto running = operation.begin(0);
  EXPECT_EQ(operation.stop(), Stop::no);
}

TEST(Operation, ForgetsTheCancelOfTheOneBefore) {
  psa::Operation operation;
  {
    const auto running = operation.begin(0);
    operation.cancel();
  }
  const auto running = operation.begin(0);
  EXPECT_EQ(operation.stop(), Stop::no);
}

TEST(Operation, DoesNotBeginBehindItsDeadline) {
  psa::Operation operation;
  try {
    const auto running = operation.begin(psa::monotonic_now() - 1);
    FAIL() << "began";
  } catch (const psa::DriverError& error) {
    EXPECT_EQ(error.status, PSA_DEADLINE);
  }
}

TEST(Operation, WaitsNoLongerThanTheDeadline) {
  psa::Operation operation;
  const int64_t deadline = psa::monotonic_now() + 5'000'000;
  const auto running = operation.begin(deadline);
  EXPECT_EQ(operation.wait(60 * second), Stop::deadline);
  EXPECT_GE(psa::monotonic_now(), deadline);
  EXPECT_LT(psa::monotonic_now(), deadline + 30 * second);
}

TEST(Operation, IsWokenByACancelFromAnotherThread) {
  psa::Operation operation;
  const auto running = operation.begin(0);
  const int64_t before = psa::monotonic_now();
  std::thread canceller([&] { operation.cancel(); });
  EXPECT_EQ(operation.wait(60 * second), Stop::cancelled);
  EXPECT_LT(psa::monotonic_now() - before, 30 * second);
  canceller.join();
}

TEST(Operation, GoesOnAfterAWaitThatNothingEnded) {
  psa::Operation operation;
  const auto running = operation.begin(0);
  EXPECT_EQ(operation.wait(1'000), Stop::no);
}

}  // namespace
