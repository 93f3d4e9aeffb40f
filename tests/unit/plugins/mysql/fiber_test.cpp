// SPDX-License-Identifier: Apache-2.0
#include "fiber.hpp"

#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using psa::mysql::Fiber;

TEST(Fiber, GoesOnWhereItYielded) {
  Fiber fiber;
  std::vector<int> steps;
  EXPECT_FALSE(fiber.start([&] {
    steps.push_back(1);
    fiber.yield();
    steps.push_back(3);
  }));
  steps.push_back(2);
  EXPECT_TRUE(fiber.active());
  EXPECT_TRUE(fiber.resume());
  EXPECT_FALSE(fiber.active());
  EXPECT_EQ(steps, (std::vector<int>{1, 2, 3}));
}

TEST(Fiber, RunsOneBodyAfterAnother) {
  Fiber fiber;
  int runs = 0;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(fiber.start([&] { ++runs; }));
  EXPECT_EQ(runs, 100);
}

TEST(Fiber, MayGoOnOnAnotherThread) {
  Fiber fiber;
  int sum = 0;
  ASSERT_FALSE(fiber.start([&] {
    for (int i = 0; i < 3; ++i) {
      ++sum;
      fiber.yield();
    }
  }));
  bool ended = false;
  while (!ended) std::thread([&] { ended = fiber.resume(); }).join();
  EXPECT_EQ(sum, 3);
}

TEST(Fiber, CarriesExceptionsWithinItself) {
  Fiber fiber;
  bool caught = false;
  EXPECT_TRUE(fiber.start([&] {
    try {
      throw std::runtime_error("inside");
    } catch (const std::runtime_error&) {
      caught = true;
    }
  }));
  EXPECT_TRUE(caught);
}

}  // namespace
