// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <psa/driver.h>
#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/metadata_queries.hpp>

namespace {

constexpr psa::MetadataQueries queries{"schemas %S", "tables %S %T", "columns LIKE 'a%%'", "keys", "100%"};

std::string marked(char mark) { return std::string("<") + mark + ">"; }

TEST(MetadataQueries, ReplaceEachMarkByItsCondition) {
  EXPECT_EQ(queries.of(PSA_METADATA_SCHEMAS, marked), "schemas <S>");
  EXPECT_EQ(queries.of(PSA_METADATA_TABLES, marked), "tables <S> <T>");
}

TEST(MetadataQueries, KeepPercentSigns) {
  EXPECT_EQ(queries.of(PSA_METADATA_COLUMNS, marked), "columns LIKE 'a%'");
  EXPECT_EQ(queries.of(PSA_METADATA_KEYS, marked), "keys");
  EXPECT_EQ(queries.of(PSA_METADATA_INDEXES, marked), "100%");
}

TEST(MetadataQueries, RefuseAnUnknownKind) {
  try {
    queries.of(99, marked);
    ADD_FAILURE() << "there is no such kind";
  } catch (const psa::DriverError& error) {
    EXPECT_EQ(error.status, PSA_NOT_SUPPORTED);
  }
}

}  // namespace
