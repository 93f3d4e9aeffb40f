#include "manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <psa/driver.h>

namespace prefect_sqlalchemy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr std::string_view good = R"({
  "format": 1, "name": "duckdb", "version": "1.2.3", "library": "lib/duckdb.so",
  "abi": {"major": 0, "minor": 1}, "drivers": ["duckdb", "duckdb+native"],
  "capabilities": ["cancel", "from_the_future"], "package": "duckdb-driver", "homepage": {"any": []}
})";

std::string with(std::string_view from, std::string_view to) {
  std::string text(good);
  const auto at = text.find(from);
  if (at == text.npos) throw std::logic_error("the manifest does not hold " + std::string(from));
  return text.replace(at, from.size(), to);
}

std::string broken(const std::string& text) { return parse_manifest(text).broken; }

TEST(Manifest, HoldsWhatAPluginOffers) {
  const auto parsed = parse_manifest(good);
  EXPECT_EQ(parsed.broken, "");
  EXPECT_EQ(parsed.manifest.name, "duckdb");
  EXPECT_EQ(parsed.manifest.version, "1.2.3");
  EXPECT_EQ(parsed.manifest.library, "lib/duckdb.so");
  EXPECT_EQ(parsed.manifest.abi_major, 0u);
  EXPECT_EQ(parsed.manifest.abi_minor, 1u);
  EXPECT_THAT(parsed.manifest.drivers, ElementsAre("duckdb", "duckdb+native"));
  EXPECT_EQ(parsed.manifest.package, "duckdb-driver");
  ASSERT_TRUE(parsed.manifest.capabilities);
  EXPECT_EQ(capability_bits(*parsed.manifest.capabilities), PSA_CAP_CANCEL);
}

TEST(Manifest, OfAnotherFormatIsRefused) {
  EXPECT_EQ(broken(with("\"format\": 1", "\"format\": 2")), "has format 2; this library reads format 1");
}

TEST(Manifest, ThatIsNoJsonSaysWhere) {
  EXPECT_THAT(broken(with("\"version\"", "version")), HasSubstr("is not JSON: line 2"));
  EXPECT_THAT(broken(std::string(good.substr(0, 60))), HasSubstr("is not JSON"));
  EXPECT_THAT(broken(std::string(good) + "{}"), HasSubstr("is not JSON: line 5"));
  EXPECT_THAT(broken(""), HasSubstr("is not JSON"));
  EXPECT_THAT(broken(std::string(100'000, '[')), HasSubstr("is not JSON"));
  EXPECT_EQ(broken("[]"), "is not a JSON object");
}

TEST(Manifest, ThatLacksAKeyNamesIt) {
  for (const std::string key : {"format", "name", "version", "library", "abi", "drivers", "major", "minor"}) {
    EXPECT_EQ(broken(with('"' + key + '"', "\"other\"")), "has no \"" + key + '"');
  }
}

TEST(Manifest, WithAWrongTypeNamesTheKey) {
  EXPECT_EQ(broken(with("\"1.2.3\"", "7")), "has a \"version\" that is not a text");
  EXPECT_EQ(broken(with("\"minor\": 1", "\"minor\": -1")), "has a \"minor\" that is not a whole number");
  EXPECT_EQ(broken(with("{\"major\": 0, \"minor\": 1}", "1")), "has an \"abi\" that is not an object");
  EXPECT_EQ(broken(with("[\"duckdb\", \"duckdb+native\"]", "\"duckdb\"")),
            "has \"drivers\" that is not a list");
  EXPECT_EQ(broken(with("\"1.2.3\"", "\"\\u001b[31m\"")), "has control characters in \"version\"");
}

TEST(Manifest, MustKeepItsLibraryInItsFolder) {
  EXPECT_THAT(broken(with("lib/duckdb.so", "../duckdb.so")), HasSubstr("climbs out"));
  EXPECT_THAT(broken(with("lib/duckdb.so", "lib/../../duckdb.so")), HasSubstr("climbs out"));
  EXPECT_THAT(broken(with("lib/duckdb.so", "/usr/lib/duckdb.so")), HasSubstr("not relative"));
  EXPECT_THAT(broken(with("lib/duckdb.so", "")), HasSubstr("empty \"library\""));
}

TEST(Manifest, ServesNamesThatCanBeDriversNames) {
  EXPECT_EQ(broken(with("[\"duckdb\", \"duckdb+native\"]", "[]")), "serves no drivers");
  EXPECT_THAT(broken(with("duckdb+native", "duckdb/../x")), HasSubstr("bad name in \"drivers\""));
}

TEST(Manifest, NamesAPackageThatIsSafeBehindInstall) {
  EXPECT_THAT(broken(with("duckdb-driver", "x; rm -rf /")), HasSubstr("not a package's name"));
  EXPECT_THAT(broken(with("duckdb-driver", "--purge")), HasSubstr("not a package's name"));
  EXPECT_EQ(broken(with("duckdb-driver", "")), "");
}

TEST(Manifest, WithALaterFaultStillTellsWhomItServes) {
  const auto parsed = parse_manifest(with("\"name\"", "\"nome\""));
  EXPECT_EQ(parsed.broken, "has no \"name\"");
  EXPECT_THAT(parsed.manifest.drivers, ElementsAre("duckdb", "duckdb+native"));
}

TEST(Capabilities, AreNamedInTheOrderOfTheirBits) {
  EXPECT_THAT(capability_names(PSA_CAP_DYNAMIC_TYPES | PSA_CAP_CANCEL | PSA_CAP_TRANSACTIONS),
              ElementsAre("cancel", "transactions", "dynamic_types"));
}

}  // namespace
}  // namespace prefect_sqlalchemy
