// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>

#include <gtest/gtest.h>

#include <psa/sdk/arrow_schema.hpp>

namespace {

TEST(ArrowSchema, CopiesNamesFormatsAndMetadata) {
  ArrowSchema schema;
  {
    const std::string name = "customer", metadata = psa::encode_metadata({{"psa.type", "VARCHAR(10)"}});
    const psa::SchemaField field{"u", name, metadata};
    schema = psa::make_schema({&field, 1});
  }
  ASSERT_EQ(schema.n_children, 1);
  EXPECT_STREQ(schema.format, "+s");
  EXPECT_STREQ(schema.children[0]->format, "u");
  EXPECT_STREQ(schema.children[0]->name, "customer");
  EXPECT_EQ(psa::find_metadata(schema.children[0]->metadata, "psa.type"), "VARCHAR(10)");
  EXPECT_EQ(schema.children[0]->flags, ARROW_FLAG_NULLABLE);
  schema.release(&schema);
  EXPECT_EQ(schema.release, nullptr);
}

TEST(ArrowSchema, LetsAChildWithChildrenBeMovedOut) {
  const std::array<psa::SchemaField, 2> members = {psa::SchemaField{"l", "a"}, psa::SchemaField{"u", "b"}};
  const psa::SchemaField field{"+ud:0,1", "either", {}, ARROW_FLAG_NULLABLE, members};
  ArrowSchema schema = psa::make_schema({&field, 1});
  ArrowSchema child = *schema.children[0];
  schema.children[0]->release = nullptr;
  schema.release(&schema);
  ASSERT_EQ(child.n_children, 2);
  EXPECT_STREQ(child.children[1]->name, "b");
  child.release(&child);
}

TEST(ArrowSchema, MayHaveNoFields) {
  ArrowSchema schema = psa::make_schema({});
  EXPECT_EQ(schema.n_children, 0);
  schema.release(&schema);
}

TEST(ArrowMetadata, FindsTheKeyAmongSeveral) {
  const std::string metadata = psa::encode_metadata({{"one", "1"}, {"two", ""}, {"three", "33"}});
  EXPECT_EQ(psa::find_metadata(metadata.data(), "three"), "33");
  EXPECT_EQ(psa::find_metadata(metadata.data(), "two"), "");
  EXPECT_EQ(psa::find_metadata(metadata.data(), "four"), "");
  EXPECT_EQ(psa::find_metadata(nullptr, "one"), "");
}

}  // namespace
