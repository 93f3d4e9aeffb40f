#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "psa_command.hpp"

namespace {

using test_support::PsaCommand;
using testing::HasSubstr;

class PsaTables : public testing::Test {
 protected:
  void SetUp() override {
    psa_.set("PSA_URL", psa_.sqlite_url());
    for (const char* statement :
         {"CREATE TABLE towns (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL UNIQUE, size INT DEFAULT 7)",
          "CREATE TABLE people (name TEXT, town INTEGER REFERENCES towns (id))",
          "CREATE INDEX by_name ON people (name)", "CREATE VIEW everyone AS SELECT * FROM people"})
      psa_.output({"query", statement});
  }
  PsaCommand psa_;
};

TEST_F(PsaTables, AreListedWithTheViews) {
  EXPECT_EQ(psa_.output({"tables"}),
            " name     | kind\n"
            "----------+-------\n"
            " people   | table\n"
            " towns    | table\n"
            " everyone | view\n");
  EXPECT_EQ(psa_.output({"tables", "--json", psa_.sqlite_url()}),
            "{\"tables\": [\"people\", \"towns\"], \"views\": [\"everyone\"]}\n");
}

TEST_F(PsaTables, AreDescribedWithKeysAndIndexes) {
  EXPECT_EQ(psa_.output({"describe", psa_.sqlite_url(), "towns"}),
            " column | type        | null | default\n"
            "--------+-------------+------+---------\n"
            " id     | INTEGER     | yes  |\n"
            " name   | VARCHAR(40) | no   |\n"
            " size   | INT         | yes  | 7\n"
            "primary key: id\n"
            "unique: name\n");
  const auto people = psa_.output({"describe", "people"});
  EXPECT_THAT(people, HasSubstr("foreign key: town -> main.towns (id)\n"));
  EXPECT_THAT(people, HasSubstr("index: by_name (name)\n"));
}

TEST_F(PsaTables, AreDescribedAsJson) {
  const auto described = boost::json::parse(psa_.output({"describe", "--json", "people"})).as_object();
  EXPECT_EQ(described.at("columns").as_array().size(), 2u);
  EXPECT_EQ(described.at("foreign_keys").as_array().at(0).at("table").as_string(), "towns");
  EXPECT_EQ(described.at("indexes").as_array().at(0).at("name").as_string(), "by_name");
}

TEST_F(PsaTables, ThatAreNotThereAreAFailure) {
  const auto failed = psa_.run({"describe", "nobody"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_EQ(failed.err, "psa: there is no table \"nobody\"\n");
}

}  // namespace
