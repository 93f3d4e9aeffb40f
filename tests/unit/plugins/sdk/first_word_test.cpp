// SPDX-License-Identifier: Apache-2.0
#include <utility>

#include <gtest/gtest.h>

#include <psa/driver.h>
#include <psa/sdk/first_word.hpp>

namespace {

std::string_view first(std::string_view sql, uint32_t lexical = 0) {
  return psa::take_first_word(sql, lexical);
}

TEST(FirstWord, LeavesWhatFollowsIt) {
  std::string_view sql = " \n(Select (1)";
  EXPECT_EQ(psa::take_first_word(sql), "Select");
  EXPECT_EQ(sql, " (1)");
  sql = "end";
  EXPECT_EQ(psa::take_first_word(sql), "end");
  EXPECT_EQ(sql, "");
}

TEST(FirstWord, StandsBehindComments) {
  EXPECT_EQ(first("-- note\n;/* more */ UPDATE t"), "UPDATE");
  EXPECT_EQ(first("--note"), "");
  EXPECT_EQ(first("/* unclosed SELECT"), "");
  EXPECT_EQ(first("/*/ SELECT */ UPDATE"), "UPDATE") << "its slash does not close it";
  EXPECT_EQ(first(""), "");
  EXPECT_EQ(first("1 SELECT"), "");
}

TEST(FirstWord, FollowsTheDatabasesRulesOfComments) {
  EXPECT_EQ(first("# note\nSELECT"), "");
  EXPECT_EQ(first("# note\nSELECT", PSA_LEXICAL_HASH_COMMENT), "SELECT");
  EXPECT_EQ(first("/* /* */ SELECT"), "SELECT");
  EXPECT_EQ(first("/* a /* b */ c */ SELECT", PSA_LEXICAL_NESTED_COMMENT), "SELECT");
  EXPECT_EQ(first("/* /* */ SELECT", PSA_LEXICAL_NESTED_COMMENT), "");
  EXPECT_EQ(first("/*!40000 INSERT */ SELECT"), "SELECT");
  EXPECT_EQ(first("/*!40000 INSERT */ SELECT", PSA_LEXICAL_CODE_COMMENT), "INSERT");
  EXPECT_EQ(first("/*M!100000 INSERT */ SELECT", PSA_LEXICAL_CODE_COMMENT), "INSERT");
}

TEST(FirstWord, IsLookedUpInCapitalsOrNot) {
  constexpr std::pair<std::string_view, int> kinds[] = {{"SELECT", 1}, {"SET", 2}};
  EXPECT_EQ(psa::kind_of_word("select", kinds, 0), 1);
  EXPECT_EQ(psa::kind_of_word("Set", kinds, 0), 2);
  EXPECT_EQ(psa::kind_of_word("se", kinds, 0), 0);
  EXPECT_EQ(psa::kind_of_word("selects", kinds, 0), 0);
  EXPECT_EQ(psa::kind_of_word("", kinds, 0), 0);
}

}  // namespace
