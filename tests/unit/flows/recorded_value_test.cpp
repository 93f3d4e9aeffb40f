#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/flows/recorded_value.hpp>

using namespace prefect::detail;
using prefect_sqlalchemy::Secret;

namespace {

struct Opaque {};

template <class T>
std::string recorded(const T& value) {
  return recorded_text(recorded_value(value));
}

}  // namespace

TEST(RecordedValue, IsJsonWhereTheTypeHasIt) {
  EXPECT_EQ("42", recorded(42));
  EXPECT_EQ("true", recorded(true));
  EXPECT_EQ("\"text\"", recorded("text"));
  EXPECT_EQ("\"text\"", recorded(std::string("text")));
  EXPECT_EQ("[1,2]", recorded(std::vector<int>{1, 2}));
  EXPECT_EQ(R"({"a":1})", recorded(std::map<std::string, int>{{"a", 1}}));
  EXPECT_EQ("null", recorded(nullptr));
  EXPECT_EQ("null", recorded(static_cast<const char*>(nullptr)));
  EXPECT_EQ("\"/tmp/x\"", recorded(std::filesystem::path("/tmp/x")));
  EXPECT_EQ("[1,\"a\"]", recorded(std::pair(1, "a")));
  const int number = 7;
  EXPECT_EQ("7", recorded(std::cref(number)));
}

TEST(RecordedValue, IsTheTypesNameElsewhere) {
  EXPECT_EQ("\"<(anonymous namespace)::Opaque>\"", recorded(Opaque{}));
  EXPECT_NE(std::string::npos, recorded(std::vector<Opaque>(3)).find("of 3 elements"));
  EXPECT_NE("", recorded(std::map<int, Opaque>{{1, {}}}));
  EXPECT_NE("", recorded(std::tuple<Opaque, int>()));
  EXPECT_NE("", recorded(std::optional<Opaque>(Opaque{})));
  int target = 0;
  EXPECT_EQ("\"<int*>\"", recorded(&target));
}

TEST(RecordedValue, NeverHoldsASecret) {
  EXPECT_EQ("\"********\"", recorded(Secret("hunter2")));
  EXPECT_EQ(R"(["********"])", recorded(std::vector<Secret>{Secret("hunter2")}));
  EXPECT_EQ(R"({"password":"********"})",
            recorded(std::map<std::string, Secret>{{"password", Secret("hunter2")}}));
}

TEST(RecordedValue, HidesPasswordsInUrls) {
  EXPECT_EQ("\"postgresql://ann:***@host/db\"", recorded("postgresql://ann:hunter2@host/db"));
  EXPECT_EQ("a://u:***@h and b://v:***@i", without_url_passwords("a://u:p@h and b://v:q@r@i"));
  EXPECT_EQ("https://host:80/path me@host", without_url_passwords("https://host:80/path me@host"));
  EXPECT_EQ("://", without_url_passwords("://"));
}

TEST(RecordedValue, LimitsLongOnes) {
  EXPECT_NE(std::string::npos, recorded(std::vector<int>(101)).find("of 101 elements"));
  EXPECT_LT(recorded(std::string(1'000'000, 'x')).size(), 2 * recorded_text_limit);
  const std::vector<std::string> texts(100, std::string(1000, 'x'));
  EXPECT_LT(recorded(texts).size(), 2 * recorded_text_limit);
}

TEST(RecordedValue, CutsTextBetweenCharacters) { EXPECT_EQ("a... (3 bytes)", limited("a\u00e9", 2)); }
