// SPDX-License-Identifier: Apache-2.0
#include "utf16.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "driver_under_test.hpp"

namespace {

using namespace psa::odbc;

const std::string sample = "a\u00e4\u20ac\U0001F986\U0010FFFF\uFFFD";

TEST(OdbcUtf16, GoesThereAndBack) {
  WideText wide(sample);
  EXPECT_EQ(wide.size(), 8U) << "two characters are pairs";
  EXPECT_EQ(wide.data()[8], 0);
  std::string back;
  EXPECT_TRUE(append_utf8(back, wide.data(), wide.size()));
  EXPECT_EQ(back, sample);
  EXPECT_EQ(WideText("").size(), 0U);
}

TEST(OdbcUtf16, RefusesBytesThatAreNoUtf8) {
  for (const char* text : {"\xC3", "\xED\xA0\x80", "\xC0\x80", "\xF4\x90\x80\x80"})
    EXPECT_EQ(driver_client::error_of([&] { WideText wide(text); }).status, PSA_INVALID_ARGUMENT);
}

TEST(OdbcUtf16, StopsAtHalfOfAPair) {
  const std::vector<std::vector<SQLWCHAR>> halves = {
      {'a', 0xD83E}, {'a', 0xDD86}, {'a', 0xD83E, 'b'}, {'a', 0xDD86, 0xD83E}, {'a', 0xD83E, 0xD83E, 0xDD86}};
  for (const auto& units : halves) {
    std::string out;
    EXPECT_FALSE(append_utf8(out, units.data(), units.size()));
    EXPECT_EQ(out, "a");
  }
  const std::vector<SQLWCHAR> name = {'a', 0xD83E, 'b', 0xD83E, 0xDD86, 0xDC00};
  EXPECT_EQ(utf8_of(name.data(), name.size()), "a\uFFFDb\U0001F986\uFFFD")
      << "names are told as far as they go";
}

}  // namespace
