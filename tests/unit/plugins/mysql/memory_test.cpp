// SPDX-License-Identifier: Apache-2.0
#include <cstdint>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "driver_client.hpp"

namespace {

using namespace driver_client;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif
#else
constexpr bool sanitized = false;
#endif

/// Most memory that this process has had resident since forget_peak, in bytes.
int64_t peak() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    int64_t kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes * 1024;
  }
  return -1;
}

void forget_peak() { std::ofstream("/proc/self/clear_refs") << 5; }

class MysqlMemory : public OnServer {};

TEST_F(MysqlMemory, StaysFlatOverFiveMillionRows) {
  if (sanitized) GTEST_SKIP() << "sanitizers keep what was freed";
  const auto db = open();
  run(db, "SELECT 1");
  forget_peak();
  const int64_t before = peak();
  const auto result =
      execute(prepare(db, "SELECT seq, 'a text of some length', seq * 0.5 FROM seq_1_to_5000000"));
  int64_t rows = 0;
  for (bool last = false; !last;) {
    const Batch batch(result, 10'000);
    if (batch.has_rows()) rows += batch.array().length;
    last = batch.last();
  }
  EXPECT_EQ(rows, 5'000'000);
  EXPECT_LT(peak() - before, INT64_C(64) << 20);
}

}  // namespace
