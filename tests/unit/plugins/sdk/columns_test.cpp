// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/columns.hpp>

#include "batch_text.hpp"

namespace {

template <class Column>
std::string text_of(Column& column, const char* format) {
  std::vector<psa::ArrayNode> nodes = {{column.length(), 0, 1, 1}};
  column.describe(nodes);
  ArrowArray array = psa::make_array(nodes);
  const psa::SchemaField field{format, "c"};
  ArrowSchema schema = psa::make_schema({&field, 1});
  std::string text = test_support::batch_text(schema, array);
  array.release(&array);
  schema.release(&schema);
  return text;
}

TEST(FixedColumn, KeepsNullsApartFromZero) {
  psa::Int64Column column;
  column.append(0);
  column.append_null();
  column.append(-7);
  EXPECT_EQ(text_of(column, "l"), "int64 0; null; int64 -7");
}

TEST(FixedColumn, CountsANullBehindManyValues) {
  psa::Int64Column column;
  for (int i = 0; i < 1000; ++i) column.append(i);
  column.append_null();
  column.append(1001);
  EXPECT_EQ(column.validity().null_count(), 1);
  EXPECT_TRUE(column.validity().is_null(1000));
  EXPECT_FALSE(column.validity().is_null(999));
  EXPECT_FALSE(column.validity().is_null(1001));
}

TEST(BoolColumn, PacksBits) {
  psa::BoolColumn column;
  for (int i = 0; i < 9; ++i) column.append(i % 2 == 0);
  column.append_null();
  EXPECT_EQ(text_of(column, "b"),
            "bool true; bool false; bool true; bool false; bool true; bool false; bool true; bool false; "
            "bool true; null");
}

TEST(BytesColumn, KeepsEmptyApartFromNull) {
  psa::BytesColumn column;
  column.append(nullptr, 0);
  column.append_null();
  EXPECT_EQ(text_of(column, "u"), "text ; null");
}

TEST(BytesColumn, RefusesWhatIsNoUtf8AndGoesOn) {
  psa::BytesColumn column;
  const uint8_t good[] = {'o', 'k'}, bad[] = {0xC3, 0x28};
  EXPECT_TRUE(column.append_text(good, 2));
  EXPECT_FALSE(column.append_text(bad, 2));
  EXPECT_TRUE(column.append_text(good, 2));
  EXPECT_EQ(text_of(column, "u"), "text ok; text ok");
}

TEST(BytesColumn, StartsAnewAfterItsMemoryWasHandedOut) {
  psa::BytesColumn column;
  const std::string text(100, 'x');
  for (int batch = 0; batch < 3; ++batch) {
    for (int i = 0; i < 100; ++i) column.append(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    const std::string all = text_of(column, "u");
    EXPECT_EQ(all.substr(0, 105), "text " + text);
    column.clear();
    EXPECT_EQ(column.length(), 0);
  }
}

}  // namespace
