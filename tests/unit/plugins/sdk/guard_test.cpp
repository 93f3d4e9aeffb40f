// SPDX-License-Identifier: Apache-2.0
#include <new>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/guard.hpp>
#include <psa/sdk/text.hpp>

namespace {

struct Seen {
  int calls = 0;
  std::string message, hint;
  uint32_t category = 0;
  int64_t row = 0;
  bool has_detail = false;
};

void report(void* sink, const psa_error* error) {
  auto* seen = static_cast<Seen*>(sink);
  ++seen->calls;
  seen->message = psa::view(error->message);
  seen->hint = psa::view(error->hint);
  seen->category = error->category;
  seen->row = error->parameter_row;
  seen->has_detail = psa::has_value(error->detail);
}

class Guard : public testing::Test {
 protected:
  Guard() { EXPECT_EQ(psa::remember_host(&host_, &seen_), PSA_OK); }

  psa_host host_{PSA_INIT(psa_host), PSA_ABI_MINOR, &report};
  Seen seen_;
};

TEST_F(Guard, ReportsADriverErrorAsItIs) {
  const int32_t status = psa::guard(&seen_, [] {
    psa::DriverError error(PSA_CANCELLED, PSA_CATEGORY_OPERATIONAL, "stopped");
    error.parameter_row = 3;
    throw error.with_hint("try again");
  });
  EXPECT_EQ(status, PSA_CANCELLED);
  EXPECT_EQ(seen_.calls, 1);
  EXPECT_EQ(seen_.message, "stopped");
  EXPECT_EQ(seen_.hint, "try again");
  EXPECT_EQ(seen_.row, 3);
  EXPECT_FALSE(seen_.has_detail);
}

TEST_F(Guard, TurnsEverythingElseIntoAnError) {
  EXPECT_EQ(psa::guard(&seen_, [] { throw std::bad_alloc(); }), PSA_OUT_OF_MEMORY);
  EXPECT_EQ(psa::guard(&seen_, [] { throw std::runtime_error("odd"); }), PSA_ERROR);
  EXPECT_EQ(seen_.message, "odd");
  EXPECT_EQ(seen_.category, PSA_CATEGORY_INTERNAL);
  EXPECT_EQ(psa::guard(&seen_, [] { throw 42; }), PSA_ERROR);
  EXPECT_EQ(seen_.calls, 3);
}

TEST_F(Guard, ReportsNothingOnSuccess) {
  EXPECT_EQ(psa::guard(&seen_, [] {}), PSA_OK);
  EXPECT_EQ(seen_.calls, 0);
}

TEST_F(Guard, TakesAHostOfANewerMinor) {
  const psa_host newer{PSA_INIT(psa_host), PSA_ABI_MINOR + 1, &report};
  EXPECT_EQ(psa::remember_host(&newer, &seen_), PSA_OK);
  EXPECT_EQ(seen_.calls, 0);
}

}  // namespace
