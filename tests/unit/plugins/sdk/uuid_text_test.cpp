// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <psa/sdk/uuid_text.hpp>

TEST(UuidText, IsInGroupsAndLowerCase) {
  using namespace std::string_view_literals;
  EXPECT_EQ(psa::uuid_text("\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF"sv),
            "00112233-4455-6677-8899-aabbccddeeff");
}
