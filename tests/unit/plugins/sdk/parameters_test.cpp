// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/parameters.hpp>

namespace {

using Kind = psa::ParameterKind;

// An array of one column over buffers of the test.
struct Column {
  Column(std::string format, int64_t length, std::vector<const void*> buffers_, std::string metadata_ = "")
      : metadata(std::move(metadata_)), buffers(std::move(buffers_)), format_text(std::move(format)) {
    schema.format = format_text.c_str();
    schema.name = "p";
    schema.metadata = metadata.empty() ? nullptr : metadata.data();
    array.length = length;
    array.null_count = buffers.empty() || buffers[0] == nullptr ? 0 : -1;
    array.n_buffers = static_cast<int64_t>(buffers.size());
    array.buffers = buffers.data();
  }
  psa::ParameterColumn view(int64_t offset = 0) const {
    return {schema, array, offset, array.length - offset};
  }

  std::string metadata;
  std::vector<const void*> buffers;
  std::string format_text;
  ArrowSchema schema{};
  ArrowArray array{};
};

std::string extension(const char* name) { return psa::encode_metadata({{"ARROW:extension:name", name}}); }

int32_t status_of(const Column& column) {
  try {
    column.view();
    return PSA_OK;
  } catch (const psa::DriverError& error) {
    EXPECT_NE(error.message.find("'p'"), std::string::npos) << error.message;
    return error.status;
  }
}

TEST(ParameterColumn, ReadsIntegersOfAllWidths) {
  const int8_t i8 = -8;
  const uint8_t u8 = 200;
  const int16_t i16 = -300;
  const uint16_t u16 = 60000;
  const int32_t i32 = -70000;
  const uint32_t u32 = 4000000000U;
  const int64_t i64 = INT64_MIN;
  EXPECT_EQ(Column("c", 1, {nullptr, &i8}).view().integer(0), -8);
  EXPECT_EQ(Column("C", 1, {nullptr, &u8}).view().integer(0), 200);
  EXPECT_EQ(Column("s", 1, {nullptr, &i16}).view().integer(0), -300);
  EXPECT_EQ(Column("S", 1, {nullptr, &u16}).view().integer(0), 60000);
  EXPECT_EQ(Column("i", 1, {nullptr, &i32}).view().integer(0), -70000);
  EXPECT_EQ(Column("I", 1, {nullptr, &u32}).view().integer(0), 4000000000);
  EXPECT_EQ(Column("l", 1, {nullptr, &i64}).view().integer(0), INT64_MIN);
  const uint64_t u64 = UINT64_MAX;
  const auto column = Column("L", 1, {nullptr, &u64}).view();
  EXPECT_EQ(column.kind(), Kind::unsigned_integer);
  EXPECT_EQ(column.unsigned_integer(0), UINT64_MAX);
}

TEST(ParameterColumn, HonoursBitmapAndOffsets) {
  const uint8_t valid = 0b1011, truth = 0b0010;
  const std::array<int64_t, 4> values = {1, 2, 3, 4};
  Column column("l", 4, {&valid, values.data()});
  const auto all = column.view();
  EXPECT_FALSE(all.is_null(1));
  EXPECT_TRUE(all.is_null(2));
  const auto tail = column.view(2);
  EXPECT_TRUE(tail.is_null(0));
  EXPECT_EQ(tail.integer(1), 4);
  column.array.offset = 1;
  column.array.length = 3;
  EXPECT_EQ(column.view().integer(0), 2);
  EXPECT_TRUE(column.view().is_null(1));
  EXPECT_TRUE(Column("b", 2, {nullptr, &truth}).view().boolean(1));
  EXPECT_FALSE(Column("b", 2, {nullptr, &truth}).view().boolean(0));
}

TEST(ParameterColumn, ReadsTextAndBytesOfBothOffsetWidths) {
  const std::array<int32_t, 3> narrow = {0, 2, 2};
  const std::array<int64_t, 3> wide = {0, 2, 2};
  EXPECT_EQ(Column("u", 2, {nullptr, narrow.data(), "ab"}).view().bytes(0), "ab");
  EXPECT_EQ(Column("Z", 2, {nullptr, wide.data(), "ab"}).view().bytes(0), "ab");
  const auto empty = Column("u", 2, {nullptr, narrow.data(), "ab"}).view().bytes(1);
  EXPECT_TRUE(empty.empty());
  EXPECT_NE(empty.data(), nullptr);
  const auto fixed = Column("w:3", 2, {nullptr, "abcdef"}).view();
  EXPECT_EQ(fixed.kind(), Kind::bytes);
  EXPECT_EQ(fixed.bytes(1), "def");
}

TEST(ParameterColumn, KnowsExtensionTypes) {
  const std::array<int32_t, 2> offsets = {0, 4};
  const auto decimal = Column("u", 1, {nullptr, offsets.data(), "1.50"}, extension("psa.decimal")).view();
  EXPECT_EQ(decimal.kind(), Kind::decimal);
  EXPECT_EQ(decimal.decimal(0), "1.50");
  EXPECT_EQ(Column("u", 1, {nullptr, offsets.data(), "null"}, extension("arrow.json")).view().kind(),
            Kind::json);
  EXPECT_EQ(Column("w:16", 1, {nullptr, "0123456789abcdef"}, extension("arrow.uuid")).view().kind(),
            Kind::uuid);
}

TEST(ParameterColumn, WritesDecimal128Exactly) {
  __extension__ using Wide = __int128;
  const auto text = [](Wide value, const char* format) {
    return Column(format, 1, {nullptr, &value}).view().decimal(0);
  };
  EXPECT_EQ(text(12345, "d:10,2"), "123.45");
  EXPECT_EQ(text(-5, "d:10,2"), "-0.05");
  EXPECT_EQ(text(0, "d:10,2"), "0.00");
  EXPECT_EQ(text(7, "d:10,0"), "7");
  EXPECT_EQ(text(7, "d:10,-3"), "7000");
  const Wide large = static_cast<Wide>(1234567890123456789) * 10000000000 + 123456789;
  EXPECT_EQ(text(large, "d:38,0"), "12345678901234567890123456789");
}

TEST(ParameterColumn, ReadsDatesAndTimes) {
  const int32_t day = -1;
  EXPECT_EQ(Column("tdD", 1, {nullptr, &day}).view().days(0), -1);
  const int64_t milliseconds = -1;
  EXPECT_EQ(Column("tdm", 1, {nullptr, &milliseconds}).view().days(0), -1);
  const int32_t noon = 43200;
  const auto time = Column("tts", 1, {nullptr, &noon}).view();
  EXPECT_EQ(time.kind(), Kind::time);
  EXPECT_EQ(time.ticks(0), 43200);
  EXPECT_EQ(time.ticks_per_second(), 1);
  const int64_t ticks = 5;
  const Column zoned("tsn:Europe/Berlin", 1, {nullptr, &ticks});
  EXPECT_EQ(zoned.view().kind(), Kind::timestamp);
  EXPECT_EQ(zoned.view().zone(), "Europe/Berlin");
  EXPECT_EQ(zoned.view().ticks_per_second(), 1'000'000'000);
  EXPECT_EQ(Column("tsu:", 1, {nullptr, &ticks}).view().zone(), "");
}

TEST(ParameterColumn, RefusesArraysThatContradictTheirFormat) {
  const int64_t value = 1;
  EXPECT_EQ(status_of(Column("l", 1, {nullptr})), PSA_INVALID_ARGUMENT);
  EXPECT_EQ(status_of(Column("l", 1, {nullptr, nullptr})), PSA_INVALID_ARGUMENT);
  EXPECT_EQ(status_of(Column("u", 1, {nullptr, &value})), PSA_INVALID_ARGUMENT);
  EXPECT_EQ(status_of(Column("w:8", 1, {nullptr, &value}, extension("arrow.uuid"))), PSA_INVALID_ARGUMENT);
  Column nulls("l", 1, {nullptr, &value});
  nulls.array.null_count = 1;
  EXPECT_EQ(status_of(nulls), PSA_INVALID_ARGUMENT);
}

TEST(ParameterColumn, RefusesFormatsThatNobodyReads) {
  for (const char* format : {"?", "e", "w:x", "d:10", "d:10,2,256", "tsx:", "tt", "+s", "vu", ""})
    EXPECT_EQ(status_of(Column(format, 0, {nullptr, nullptr})), PSA_NOT_SUPPORTED) << format;
}

TEST(ParameterColumn, ResolvesADenseUnion) {
  const int64_t number = 7;
  const std::array<int32_t, 2> offsets = {0, 1};
  Column numbers("l", 1, {nullptr, &number}), texts("u", 1, {nullptr, offsets.data(), "x"}),
      nulls("n", 1, {});
  const std::array<int8_t, 3> types = {5, 9, 2};
  std::array<int32_t, 3> positions = {0, 0, 0};
  Column mixed("+ud:5,2,9", 3, {types.data(), positions.data()});
  std::array<ArrowSchema*, 3> schemas = {&numbers.schema, &texts.schema, &nulls.schema};
  std::array<ArrowArray*, 3> arrays = {&numbers.array, &texts.array, &nulls.array};
  mixed.array.null_count = 0;
  mixed.schema.n_children = mixed.array.n_children = 3;
  mixed.schema.children = schemas.data();
  mixed.array.children = arrays.data();
  const auto column = mixed.view();
  EXPECT_EQ(column.resolve(0).column->integer(column.resolve(0).row), 7);
  EXPECT_TRUE(column.resolve(1).column->is_null(0));
  EXPECT_EQ(column.resolve(2).column->bytes(0), "x");
  positions[2] = 1;
  EXPECT_EQ(status_of(mixed), PSA_INVALID_ARGUMENT);
}

TEST(ParameterBatch, IsOneRunWithoutParameters) {
  psa::ParameterBatch batch;
  batch.open({PSA_INIT(psa_execute)});
  EXPECT_EQ(batch.rows(), 1);
  EXPECT_TRUE(batch.columns().empty());
}

TEST(ParameterBatch, NamesTheColumnThatIsWrong) {
  const int64_t value = 1;
  Column good("l", 1, {nullptr, &value}), bad("l", 1, {nullptr});
  std::array<ArrowSchema*, 2> schemas = {&good.schema, &bad.schema};
  std::array<ArrowArray*, 2> arrays = {&good.array, &bad.array};
  Column root("+s", 1, {nullptr});
  root.schema.n_children = root.array.n_children = 2;
  root.schema.children = schemas.data();
  root.array.children = arrays.data();
  psa::ParameterBatch batch;
  try {
    batch.open({PSA_INIT(psa_execute), 0, &root.schema, &root.array});
    FAIL() << "accepted";
  } catch (const psa::DriverError& error) {
    EXPECT_EQ(error.parameter_column, 1);
  }
  root.array.n_children = 1;
  EXPECT_THROW(batch.open({PSA_INIT(psa_execute), 0, &root.schema, &root.array}), psa::DriverError);
}

}  // namespace
