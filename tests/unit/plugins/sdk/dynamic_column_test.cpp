// SPDX-License-Identifier: Apache-2.0
#include <string_view>

#include <gtest/gtest.h>

#include <psa/sdk/dynamic_column.hpp>

#include "batch_text.hpp"

namespace {

using Type = psa::DynamicColumn::Type;

void append_text(psa::DynamicColumn& column, std::string_view text) {
  ASSERT_TRUE(column.append_text(reinterpret_cast<const uint8_t*>(text.data()), text.size()));
}

std::string text_of(psa::DynamicColumn& column, int64_t rows) {
  std::vector<psa::ArrayNode> nodes = {{rows, 0, 1, 1}};
  column.describe(nodes, rows);
  ArrowArray array = psa::make_array(nodes);
  const psa::SchemaField field = column.field("c", "");
  ArrowSchema schema = psa::make_schema({&field, 1});
  std::string text = test_support::batch_text(schema, array);
  array.release(&array);
  schema.release(&schema);
  column.clear();
  return text;
}

TEST(DynamicColumn, IsOfNullTypeWithoutValues) {
  psa::DynamicColumn column;
  column.append_null();
  column.append_null();
  EXPECT_EQ(column.type(), Type::null);
  EXPECT_EQ(text_of(column, 2), "null; null");
}

TEST(DynamicColumn, TakesTheTypeOfItsFirstValue) {
  psa::DynamicColumn column;
  column.append_null();
  append_text(column, "a");
  column.append_null();
  EXPECT_EQ(column.type(), Type::text);
  EXPECT_EQ(text_of(column, 3), "null; text a; null");
}

TEST(DynamicColumn, BecomesAUnionWhenTypesDiffer) {
  psa::DynamicColumn column;
  column.append_int64(1);
  column.append_null();
  append_text(column, "two");
  column.append_double(3.5);
  column.append_binary(reinterpret_cast<const uint8_t*>("\x04\x05"), 2);
  column.append_int64(6);
  column.append_null();
  EXPECT_EQ(column.type(), Type::mixed);
  EXPECT_EQ(text_of(column, 7), "int64 1; null; text two; double 3.5; bytes 0405; int64 6; null");
}

TEST(DynamicColumn, KeepsItsTypeForTheNextBatchOfTheResult) {
  psa::DynamicColumn column;
  column.append_int64(1);
  EXPECT_EQ(text_of(column, 1), "int64 1");
  column.append_null();
  EXPECT_EQ(column.type(), Type::int64);
  append_text(column, "x");
  EXPECT_EQ(text_of(column, 2), "null; text x");
  column.append_int64(9);
  EXPECT_EQ(column.type(), Type::mixed);
  EXPECT_EQ(text_of(column, 1), "int64 9");
}

TEST(DynamicColumn, ForgetsItsTypeForAnotherResult) {
  psa::DynamicColumn column;
  column.append_int64(1);
  append_text(column, "x");
  column.restart();
  EXPECT_EQ(column.type(), Type::null);
  column.append_double(2);
  EXPECT_EQ(text_of(column, 1), "double 2");
}

TEST(DynamicColumn, CanBeCutToFewerRows) {
  psa::DynamicColumn column;
  column.append_int64(1);
  column.append_null();
  EXPECT_EQ(text_of(column, 1), "int64 1");
}

TEST(DynamicColumn, RefusesInvalidUtf8AlsoAsItsFirstValue) {
  psa::DynamicColumn column;
  const uint8_t bad = 0xFF;
  EXPECT_FALSE(column.append_text(&bad, 1));
  EXPECT_EQ(column.type(), Type::null);
}

TEST(DynamicColumn, HoldsManyRowsOfAlternatingTypes) {
  psa::DynamicColumn column;
  std::string expected;
  for (int i = 0; i < 3000; ++i) {
    if (i != 0) expected += "; ";
    if (i % 3 == 0) {
      column.append_int64(i);
      expected += "int64 " + std::to_string(i);
    } else if (i % 3 == 1) {
      append_text(column, std::to_string(i));
      expected += "text " + std::to_string(i);
    } else {
      column.append_null();
      expected += "null";
    }
  }
  EXPECT_EQ(text_of(column, 3000), expected);
}

}  // namespace
