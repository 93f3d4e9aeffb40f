#include <iostream>
#include <stdexcept>
#include <thread>

#include <prefect_sqlalchemy/flows/flow.hpp>
#include <prefect_sqlalchemy/flows/task.hpp>

#include "memory_sink.hpp"

using namespace test_support;

namespace {

class TerminateReportDeathTest : public RecordedInMemory {
 protected:
  TerminateReportDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

/// Lets a function's exception go uncaught, as from main().
template <class Function>
void uncaught(Function function) {
  std::thread([&] { function(); }).join();
}

}  // namespace

TEST_F(TerminateReportDeathTest, AnExceptionThroughAFlowEndsWithItsTextAndCode1) {
  const auto bad = prefect::flow("bad", [] { throw std::runtime_error("no such customer"); });
  EXPECT_EXIT(uncaught([&] { bad(); }), testing::ExitedWithCode(1), "^no such customer\n$");
}

TEST_F(TerminateReportDeathTest, SoDoesOneThatWasCaughtAndThrownAgain) {
  const auto bad = prefect::task("bad", [] { throw std::runtime_error("no such customer"); });
  EXPECT_EXIT(uncaught([&] {
                try {
                  bad();
                } catch (const std::exception&) {
                  throw;
                }
              }),
              testing::ExitedWithCode(1), "no such customer");
}

TEST_F(TerminateReportDeathTest, SoDoesThisLibrarysErrorInAProgramWithFlows) {
  const auto unused = prefect::flow("unused", [] {});
  EXPECT_EXIT(uncaught([] { throw prefect_sqlalchemy::ArgumentError("no driver plugin"); }),
              testing::ExitedWithCode(1), "no driver plugin");
}

TEST_F(TerminateReportDeathTest, AnyOtherExceptionGoesToTheHandlerBefore) {
  const auto good = prefect::flow("good", [] {});
  EXPECT_EXIT(uncaught([&] {
                good();
                throw std::runtime_error("not ours");
              }),
              testing::KilledBySignal(SIGABRT), "not ours");
}

TEST_F(TerminateReportDeathTest, WhatWasPrintedBeforeIsNotLost) {
  const auto bad = prefect::flow("bad", [] { throw std::runtime_error("end"); });
  EXPECT_EXIT(uncaught([&] {
                std::cerr << "said before ";
                bad();
              }),
              testing::ExitedWithCode(1), "said before end");
}
