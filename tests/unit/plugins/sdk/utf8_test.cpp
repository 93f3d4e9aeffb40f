// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include <psa/sdk/utf8.hpp>

namespace {

bool valid(const std::string& text) {
  // Copies into memory of exactly that size, for AddressSanitizer to watch.
  std::string copy(text.size(), '#');
  const bool result = psa::copy_utf8(reinterpret_cast<uint8_t*>(copy.data()),
                                     reinterpret_cast<const uint8_t*>(text.data()), text.size());
  EXPECT_EQ(copy, text);
  return result;
}

TEST(Utf8, CopiesTextOfEveryLength) {
  std::string text;
  for (int i = 0; i < 70; ++i) {
    EXPECT_TRUE(valid(text)) << i;
    text += static_cast<char>('a' + i % 26);
  }
}

TEST(Utf8, TakesCharactersOfAllLengths) {
  for (const char* text : {"é", "€", "😀", "plain then é and more plain text", "\x7F", "\U0010FFFF", "\uFFFF"})
    EXPECT_TRUE(valid(text)) << text;
}

TEST(Utf8, FindsABrokenByteWhereverItIs) {
  for (size_t size = 1; size < 40; ++size) {
    for (size_t at = 0; at < size; ++at) {
      std::string text(size, 'a');
      text[at] = static_cast<char>(0x80);
      EXPECT_FALSE(valid(text)) << size << " " << at;
    }
  }
}

TEST(Utf8, RefusesOverlongFormsSurrogatesAndCutCharacters) {
  for (const char* text : {"\xC0\x80", "\xC1\xBF", "\xE0\x80\x80", "\xED\xA0\x80", "\xF0\x80\x80\x80",
                           "\xF4\x90\x80\x80", "\xF8\x88\x80\x80\x80", "\xC3", "\xE2\x82", "\xF0\x9F\x98"})
    EXPECT_FALSE(valid(text)) << ::testing::PrintToString(text);
}

}  // namespace
