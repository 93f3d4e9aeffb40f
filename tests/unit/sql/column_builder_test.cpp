#include "column_builder.hpp"

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/sql/column.hpp>

namespace prefect_sqlalchemy::detail {
namespace {

ColumnBuilder built(const std::vector<Value>& values) {
  ColumnBuilder builder;
  for (const Value& value : values) builder.append(cell_of(value));
  return builder;
}

/// What a reader of the Arrow structures finds in them.
std::vector<Value> read_back(const ColumnBuilder& builder) {
  ArrowNodes nodes;
  const ColumnBuilder::View view = builder.view(nodes);
  const Column column = make_column(*view.schema, *view.array, 0);
  std::vector<Value> out;
  for (std::int64_t row = 0; row < view.array->length; ++row) out.push_back(to_value(cell_at(column, row)));
  return out;
}

std::string format_of(const ColumnBuilder& builder) {
  ArrowNodes nodes;
  return builder.view(nodes).schema->format;
}

/// Two values of each kind, and Arrow's format for them.
struct Sample {
  std::string format;
  Value first, second;
};

const std::vector<Sample> samples = {
    {"b", true, false},
    {"l", -1, std::int64_t{1} << 62},
    {"L", std::uint64_t{0}, ~std::uint64_t{0}},
    {"g", 1.5, -0.0},
    {"U", Decimal("1.50"), Decimal("-3")},
    {"U", "Marvin", ""},
    {"Z", Bytes{std::byte{0}, std::byte{255}}, Bytes{}},
    {"tdD", Date(std::chrono::days(-1)), Date(std::chrono::days(20000))},
    {"ttu", Time{std::chrono::hours(23)}, Time{std::chrono::microseconds(-1)}},
    {"tsu:", Timestamp(std::chrono::microseconds(-5)), Timestamp(std::chrono::hours(5))},
    {"tsu:UTC", TimestampTz(std::chrono::microseconds(-5)), TimestampTz(std::chrono::hours(5))},
    {"tin", Interval{1, -2, 3}, Interval{-4, 5, -6}},
    {"w:16", Uuid("00112233-4455-6677-8899-aabbccddeeff"), Uuid()},
    {"U", Json{"{}"}, Json{"[1, 2]"}},
    {"+L", Value::List{1, 2, nullptr}, Value::List{}},
};

TEST(ColumnBuilder, HoldsValuesOfEachKind) {
  for (const auto& [format, first, second] : samples) {
    const std::vector<Value> values{first, second, first};
    const ColumnBuilder builder = built(values);
    EXPECT_EQ(builder.size(), 3u);
    EXPECT_EQ(builder.kind(), first.kind());
    EXPECT_EQ(format_of(builder), format) << to_string(first.kind());
    EXPECT_EQ(read_back(builder), values) << to_string(first.kind());
  }
}

TEST(ColumnBuilder, TakesNullsBeforeBetweenAndAfterValuesOfEachKind) {
  for (const auto& [format, first, second] : samples) {
    const std::vector<Value> values{nullptr, nullptr, first, nullptr, second, nullptr};
    const ColumnBuilder builder = built(values);
    EXPECT_EQ(format_of(builder), format) << to_string(first.kind());
    EXPECT_EQ(read_back(builder), values) << to_string(first.kind());
    ArrowNodes nodes;
    EXPECT_EQ(builder.view(nodes).array->null_count, 4);
  }
}

TEST(ColumnBuilder, IsArrowsNullTypeWithoutAnyValue) {
  EXPECT_EQ(format_of(built({nullptr, nullptr})), "n");
  EXPECT_EQ(read_back(built({nullptr, nullptr})), (std::vector<Value>{nullptr, nullptr}));
  EXPECT_EQ(format_of(ColumnBuilder()), "n");
}

TEST(ColumnBuilder, HasItsTypeWithoutAnyValueWhenToldSo) {
  for (const Sample& sample : samples) {
    EXPECT_EQ(format_of(ColumnBuilder(sample.first.kind())), sample.format);
    EXPECT_EQ(read_back(ColumnBuilder(sample.first.kind())), std::vector<Value>{});
  }
}

TEST(ColumnBuilder, PacksBitsAcrossBytes) {
  std::vector<Value> values;
  for (int i = 0; i < 100; ++i) {
    values.push_back(i % 7 == 3 ? Value() : Value(i % 3 == 0));
  }
  EXPECT_EQ(read_back(built(values)), values);
}

TEST(ColumnBuilder, FindsTheFirstNullAtAnyPlace) {
  for (const int at : {0, 1, 7, 8, 9, 63, 64, 65, 200}) {
    for (const std::size_t reserved : {0, 1, 1000}) {
      std::vector<Value> values(static_cast<std::size_t>(at), Value(1));
      values.emplace_back();
      values.insert(values.end(), 300, Value(2));
      ColumnBuilder builder;
      builder.reserve(reserved);
      for (const Value& value : values) builder.append(cell_of(value));
      EXPECT_EQ(read_back(builder), values) << at << " " << reserved;
    }
  }
}

TEST(ColumnBuilder, BecomesAUnionAtTheFirstOtherKind) {
  const std::vector<Value> values{1, nullptr, "one", 1.0, Bytes{std::byte{1}}, nullptr, true, "two", 2};
  const ColumnBuilder builder = built(values);
  EXPECT_TRUE(builder.is_union());
  EXPECT_EQ(format_of(builder), "+ud:0,1,2,3,4");
  EXPECT_EQ(read_back(builder), values);
}

TEST(ColumnBuilder, KeepsLeadingNullsInAUnion) {
  const std::vector<Value> values{nullptr, nullptr, "one", 1};
  EXPECT_EQ(read_back(built(values)), values);
}

TEST(ColumnBuilder, HasThePromisedMembersOfAUnion) {
  ColumnBuilder builder = ColumnBuilder::union_of({Kind::int64, Kind::text});
  EXPECT_EQ(format_of(builder), "+ud:0,1");
  EXPECT_EQ(read_back(builder), std::vector<Value>{});
  const std::vector<Value> values{"x", nullptr, 5};
  for (const Value& value : values) builder.append(cell_of(value));
  EXPECT_EQ(read_back(builder), values);
  EXPECT_EQ(format_of(builder), "+ud:0,1");
}

TEST(ColumnBuilder, HoldsListsOfListsAndOfMixedElements) {
  const std::vector<Value> values{Value::List{Value::List{1, 2}, Value::List{}}, nullptr,
                                  Value::List{Value::List{nullptr, "x"}}, Value::List{nullptr}};
  EXPECT_EQ(read_back(built(values)), values);
}

TEST(ColumnBuilder, NarrowsItsOffsetsForConsumersThatWantSo) {
  const std::vector<Value> texts{"one", nullptr, "three"};
  ColumnBuilder builder = built(texts);
  builder.narrow_offsets();
  EXPECT_EQ(format_of(builder), "u");
  EXPECT_EQ(read_back(builder), texts);

  ColumnBuilder bytes = built({Bytes{std::byte{7}}});
  bytes.narrow_offsets();
  EXPECT_EQ(format_of(bytes), "z");

  const std::vector<Value> mixed{1, "one"};
  ColumnBuilder both = built(mixed);
  both.narrow_offsets();
  EXPECT_EQ(read_back(both), mixed);
}

TEST(ColumnBuilder, IsAValueThatCopies) {
  const ColumnBuilder original = built({1, "x", nullptr});
  ColumnBuilder copy = original;
  copy.append(cell_of(Value(2.5)));
  EXPECT_EQ(read_back(original), (std::vector<Value>{1, "x", nullptr}));
  EXPECT_EQ(read_back(copy), (std::vector<Value>{1, "x", nullptr, 2.5}));
}

}  // namespace
}  // namespace prefect_sqlalchemy::detail
