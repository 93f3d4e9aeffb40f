#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/blocks/secret_fields.hpp>

namespace {

using boost::json::object;

object parsed(const char* text) { return boost::json::parse(text).get_object(); }

object masked(const char* text, std::vector<std::string> secrets, std::vector<std::string> urls = {}) {
  object data = parsed(text);
  prefect::mask_secrets(data, {.secret_fields = std::move(secrets), .url_fields = std::move(urls)});
  return data;
}

TEST(SecretFields, AreMaskedByEightStars) {
  EXPECT_EQ(parsed(R"({"info": {"user": "ann", "password": "********"}})"),
            masked(R"({"info": {"user": "ann", "password": "pw"}})", {"info.password"}));
}

TEST(SecretFields, ThatAreNullOrMissingStaySo) {
  EXPECT_EQ(parsed(R"({"info": {"password": null}})"),
            masked(R"({"info": {"password": null}})", {"info.password"}));
  EXPECT_EQ(parsed(R"({"info": "text"})"), masked(R"({"info": "text"})", {"info.password", "other.deep"}));
}

TEST(SecretFields, OfAnyTypeAreMaskedWhole) {
  EXPECT_EQ(parsed(R"({"a": "********", "b": "********"})"),
            masked(R"({"a": {"x": 1}, "b": 7})", {"a", "b"}));
}

TEST(SecretFields, AStarMeansEveryKeyAndEveryElement) {
  EXPECT_EQ(
      parsed(
          R"({"headers": {"a": "********", "b": "********"}, "list": [{"k": "********"}, {"k": "********"}]})"),
      masked(R"({"headers": {"a": "1", "b": "2"}, "list": [{"k": "3"}, {"k": 4}]})",
             {"headers.*", "list.*.k"}));
}

TEST(SecretFields, AUrlIsShownWithItsPasswordHidden) {
  EXPECT_EQ(parsed(R"({"info": "postgresql://ann:***@db/x"})"),
            masked(R"({"info": "postgresql://ann:pw@db/x"})", {"info.password"}, {"info"}));
}

TEST(SecretFields, AUrlWithoutPasswordIsShownAsItIs) {
  EXPECT_EQ(parsed(R"({"info": "sqlite:///a.db"})"), masked(R"({"info": "sqlite:///a.db"})", {}, {"info"}));
}

TEST(SecretFields, AUrlThatCannotBeParsedIsAllStars) {
  EXPECT_EQ(parsed(R"({"info": "********"})"), masked(R"({"info": "ann:pw@somewhere"})", {}, {"info"}));
}

TEST(SecretFields, PlacesAreJsonPointers) {
  object data = parsed(R"({"a/b": {"c~d": [1, 2]}})");
  std::vector<std::string> places;
  prefect::for_each_at(data, "*.*.*",
                       [&](boost::json::value&, const std::string& at) { places.push_back(at); });
  EXPECT_EQ((std::vector<std::string>{"/a~1b/c~0d/0", "/a~1b/c~0d/1"}), places);
}

}  // namespace
