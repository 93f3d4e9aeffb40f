// SPDX-License-Identifier: Apache-2.0
#include "error.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "error_message.hpp"

namespace {

using namespace psa::mysql;

struct Case {
  unsigned number;
  const char* sqlstate;
  uint32_t category;
  uint32_t flags;
};

TEST(MysqlError, HasTheClassesOfPythonsDrivers) {
  const Case cases[] = {
      {1062, "23000", PSA_CATEGORY_INTEGRITY, 0},
      {1048, "23000", PSA_CATEGORY_INTEGRITY, 0},
      {1452, "23000", PSA_CATEGORY_INTEGRITY, 0},
      {4025, "23000", PSA_CATEGORY_INTEGRITY, 0},
      {1064, "42000", PSA_CATEGORY_PROGRAMMING, 0},
      {1146, "42S02", PSA_CATEGORY_PROGRAMMING, 0},
      {1406, "22001", PSA_CATEGORY_DATA, 0},
      {1264, "22003", PSA_CATEGORY_DATA, 0},
      {1045, "28000", PSA_CATEGORY_OPERATIONAL, 0},
      {1205, "HY000", PSA_CATEGORY_OPERATIONAL, PSA_ERROR_RETRYABLE},
      {1213, "40001", PSA_CATEGORY_OPERATIONAL, PSA_ERROR_RETRYABLE},
      {2006, "HY000", PSA_CATEGORY_OPERATIONAL, PSA_ERROR_CONNECTION_LOST},
      {2013, "HY000", PSA_CATEGORY_OPERATIONAL, PSA_ERROR_CONNECTION_LOST},
      {1927, "70100", PSA_CATEGORY_OPERATIONAL, PSA_ERROR_CONNECTION_LOST},
      {60001, "23000", PSA_CATEGORY_INTEGRITY, 0},
      {60001, "22012", PSA_CATEGORY_DATA, 0},
      {60001, "40001", PSA_CATEGORY_OPERATIONAL, PSA_ERROR_RETRYABLE},
      {60001, "HY000", PSA_CATEGORY_OPERATIONAL, 0},
  };
  for (const Case& expected : cases) {
    const Classification found = classify(expected.number, expected.sqlstate);
    EXPECT_EQ(found.category, expected.category) << expected.number;
    EXPECT_EQ(found.flags, expected.flags) << expected.number;
  }
}

TEST(MysqlError, FindsNamesInMessages) {
  EXPECT_EQ(error_names(1062, "Duplicate entry 'it's' for key 'PRIMARY'").constraint, "PRIMARY");
  EXPECT_EQ(error_names(1062, "Duplicate entry '1' for key 't.uq'").table, "t");
  EXPECT_EQ(error_names(1062, "Duplicate entry '1' for key 't.uq'").constraint, "uq");
  EXPECT_EQ(error_names(1048, "Column 'a' cannot be null").column, "a");
  EXPECT_EQ(error_names(1406, "Data too long for column 'name' at row 1").column, "name");
  EXPECT_EQ(error_names(1366, "Incorrect integer value: 'x' for column `d`.`t`.`n` at row 1").column, "n");
  EXPECT_EQ(error_names(1452,
                        "Cannot add or update a child row: a foreign key constraint fails (`d`.`c`, "
                        "CONSTRAINT `fk` FOREIGN KEY (`p`) REFERENCES `p` (`id`))")
                .constraint,
            "fk");
  EXPECT_EQ(error_names(4025, "CONSTRAINT `positive` failed for `d`.`t`").constraint, "positive");
  EXPECT_EQ(error_names(1064, "near 'x'").column, "");
}

TEST(MysqlError, FindsThePlaceOfASyntaxErrorOnlyWhereItIsExact) {
  const auto at = [](std::string_view near, std::string_view sql) {
    return error_offset(1064, "You have an error ... to use near '" + std::string(near) + "' at line 1", sql);
  };
  EXPECT_EQ(at("FORM t", "SELECT 1 FORM t"), 9);
  EXPECT_EQ(at("FORM t", "SELECT 1 FORM t ;\n"), 9) << "the server cuts off what ends a statement";
  EXPECT_EQ(at("", "SELECT"), 6);
  EXPECT_EQ(at("it's", "SELECT it's"), 7);
  EXPECT_EQ(at("other words", "SELECT 1"), -1);
  const std::string rest(200, 'x');
  EXPECT_EQ(at(rest.substr(0, 80), "SELECT y FORM z" + rest), -1) << "80 of 200 may begin anywhere";
  EXPECT_EQ(at("FORM " + rest.substr(0, 75), "SELECT FORM " + rest), 7);
  EXPECT_EQ(error_offset(1054, "Unknown column near 'x' at line 1", "x"), -1);
}

TEST(MysqlError, KeepsNumberStateAndWords) {
  const psa::DriverError error = make_error(1213, "40001", "Deadlock found");
  EXPECT_EQ(error.status, PSA_ERROR);
  EXPECT_EQ(error.vendor_code, 1213);
  EXPECT_EQ(error.sqlstate, "40001");
  EXPECT_EQ(error.message, "Deadlock found");
  EXPECT_FALSE(error.hint.empty());
}

}  // namespace
