#include "statement_cache.hpp"

#include <gtest/gtest.h>

namespace prefect_sqlalchemy::detail {
namespace {

int released = 0;

psa_driver table_that_counts() {
  psa_driver table{};
  table.statement_release = [](psa_statement*) { ++released; };
  return table;
}

class StatementCacheTest : public testing::Test {
 protected:
  std::shared_ptr<PreparedStatement> statement() {
    return std::make_shared<PreparedStatement>(
        table, StatementText("SELECT 1", {PSA_INIT(psa_lexical), PSA_PLACEHOLDER_QUESTION, 0, '"'}));
  }
  void SetUp() override { released = 0; }

  const psa_driver table = table_that_counts();
};

TEST_F(StatementCacheTest, FindsWhatWasInserted) {
  StatementCache cache(2);
  const auto one = statement();
  cache.insert("one", one);
  EXPECT_EQ(cache.find("one"), one);
  EXPECT_EQ(cache.find("two"), nullptr);
  EXPECT_EQ(cache.find(""), nullptr);
}

TEST_F(StatementCacheTest, DropsTheLeastRecentlyUsed) {
  StatementCache cache(2);
  cache.insert("one", statement());
  cache.insert("two", statement());
  cache.find("one");
  cache.insert("three", statement());
  EXPECT_NE(cache.find("one"), nullptr);
  EXPECT_EQ(cache.find("two"), nullptr);
  EXPECT_NE(cache.find("three"), nullptr);
  EXPECT_EQ(released, 1);
}

TEST_F(StatementCacheTest, KeepsNothingWithoutCapacity) {
  StatementCache cache(0);
  cache.insert("one", statement());
  EXPECT_EQ(cache.find("one"), nullptr);
  EXPECT_EQ(released, 1);
}

TEST_F(StatementCacheTest, LeavesAStatementInUseAlone) {
  StatementCache cache(1);
  const auto one = statement();
  cache.insert("one", one);
  cache.insert("two", statement());
  EXPECT_EQ(released, 0);
  cache.clear();
  EXPECT_EQ(released, 1);
  EXPECT_EQ(cache.find("two"), nullptr);
}

TEST_F(StatementCacheTest, TellsKeysWithNulApart) {
  using namespace std::string_literals;
  StatementCache cache(4);
  const auto two = statement();
  const auto three = statement();
  cache.insert("in\0002"s, two);
  cache.insert("in\0003"s, three);
  EXPECT_EQ(cache.find("in\0002"s), two);
  EXPECT_EQ(cache.find("in\0003"s), three);
  EXPECT_EQ(cache.find("in"), nullptr);
}

}  // namespace
}  // namespace prefect_sqlalchemy::detail
