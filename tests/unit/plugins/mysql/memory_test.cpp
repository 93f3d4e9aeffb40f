// SPDX-License-Identifier: Apache-2.0
#include <cstdint>

#include <gtest/gtest.h>

#include <psa_sanitizers.hpp>

#include "driver_client.hpp"
#include "process_status.hpp"

namespace {

using namespace driver_client;

class MysqlMemory : public OnServer {};

TEST_F(MysqlMemory, StaysFlatOverFiveMillionRows) {
#ifdef PSA_SANITIZED
  GTEST_SKIP() << "sanitizers keep what was freed";
#endif
  const auto db = open();
  run(db, "SELECT 1");
  test_support::forget_peak_memory();
  const int64_t before = test_support::process_status("VmHWM");
  const auto result =
      execute(prepare(db, "SELECT seq, 'a text of some length', seq * 0.5 FROM seq_1_to_5000000"));
  int64_t rows = 0;
  for (bool last = false; !last;) {
    const Batch batch(result, 10'000);
    if (batch.has_rows()) rows += batch.array().length;
    last = batch.last();
  }
  EXPECT_EQ(rows, 5'000'000);
  EXPECT_LT(test_support::process_status("VmHWM") - before, 64 * 1024);
}

}  // namespace
