// SPDX-License-Identifier: Apache-2.0
#include "types.hpp"

#include <gtest/gtest.h>

#include <psa/sdk/arrow_schema.hpp>

namespace {

TEST(SqliteTypes, NameTheDeclaredTypeInTheMetadata) {
  EXPECT_EQ(psa::find_metadata(psa::sqlite::type_metadata("VARCHAR(10)").data(), "psa.type"), "VARCHAR(10)");
  EXPECT_TRUE(psa::sqlite::type_metadata(nullptr).empty());
}

}  // namespace
