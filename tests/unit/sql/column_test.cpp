#include <cstring>

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/sql/arrow_metadata.hpp>
#include <prefect_sqlalchemy/sql/column.hpp>

#include "message_of.hpp"

namespace prefect_sqlalchemy::detail {
namespace {

/// One Arrow column written by hand.
class Raw {
 public:
  Raw(std::string format, std::int64_t length) : format_(std::move(format)) {
    schema.format = format_.c_str();
    schema.name = "x";
    array.length = length;
  }
  /// The next buffer; nothing: NULL.
  template <class T>
  Raw& buffer(const std::vector<T>& values) {
    auto& bytes = *memory_.emplace_back(std::make_unique<std::vector<char>>(values.size() * sizeof(T)));
    if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    buffers_.push_back(values.empty() ? nullptr : bytes.data());
    array.buffers = buffers_.data();
    array.n_buffers = static_cast<std::int64_t>(buffers_.size());
    return *this;
  }
  Raw& bytes(std::string_view text) { return buffer(std::vector<char>(text.begin(), text.end())); }
  Raw& no_validity() { return buffer(std::vector<char>()); }
  Raw& nulls(std::uint8_t validity) {
    array.null_count = -1;
    return buffer(std::vector<std::uint8_t>{validity});
  }
  Raw& offset(std::int64_t rows) {
    array.offset = rows;
    array.length -= rows;
    return *this;
  }
  Raw& extension(std::string_view name) {
    metadata_ = make_arrow_metadata("ARROW:extension:name", name);
    schema.metadata = metadata_.c_str();
    return *this;
  }
  Raw& child(Raw& of) {
    schemas_.push_back(&of.schema);
    arrays_.push_back(&of.array);
    schema.children = schemas_.data();
    array.children = arrays_.data();
    schema.n_children = array.n_children = static_cast<std::int64_t>(schemas_.size());
    return *this;
  }
  std::vector<Value> values(std::int64_t parent_offset = 0) const {
    const Column column = make_column(schema, array, parent_offset);
    std::vector<Value> out;
    for (std::int64_t row = 0; row < array.length - parent_offset; ++row) {
      out.push_back(to_value(cell_at(column, row)));
    }
    return out;
  }

  ArrowSchema schema{};
  ArrowArray array{};

 private:
  std::string format_, metadata_;
  std::vector<std::unique_ptr<std::vector<char>>> memory_;
  std::vector<const void*> buffers_;
  std::vector<ArrowSchema*> schemas_;
  std::vector<ArrowArray*> arrays_;
};

using Values = std::vector<Value>;

template <class T>
Values numbers(const std::string& format, const std::vector<T>& given, std::int64_t offset = 0) {
  Raw raw(format, static_cast<std::int64_t>(given.size()));
  return raw.no_validity().buffer(given).offset(offset).values();
}

TEST(Column, ReadsIntegersOfEachWidth) {
  EXPECT_EQ(numbers<std::int8_t>("c", {-128, 127}), (Values{-128, 127}));
  EXPECT_EQ(numbers<std::uint8_t>("C", {0, 255}), (Values{0, 255}));
  EXPECT_EQ(numbers<std::int16_t>("s", {-32768, 32767}), (Values{-32768, 32767}));
  EXPECT_EQ(numbers<std::uint16_t>("S", {0, 65535}), (Values{0, 65535}));
  EXPECT_EQ(numbers<std::int32_t>("i", {-5, 5}), (Values{-5, 5}));
  EXPECT_EQ(numbers<std::uint32_t>("I", {0, 4294967295u}), (Values{0, std::int64_t{4294967295}}));
  EXPECT_EQ(numbers<std::int64_t>("l", {INT64_MIN, INT64_MAX}), (Values{INT64_MIN, INT64_MAX}));
  EXPECT_EQ(numbers<std::uint64_t>("L", {0, UINT64_MAX}), (Values{std::uint64_t{0}, UINT64_MAX}));
}

TEST(Column, ReadsFloatingPoint) {
  EXPECT_EQ(numbers<float>("f", {1.5F, -2}), (Values{1.5, -2.0}));
  EXPECT_EQ(numbers<double>("g", {1.5, -2}), (Values{1.5, -2.0}));
}

TEST(Column, ReadsFromItsOffsetOn) {
  EXPECT_EQ(numbers<std::int32_t>("i", {1, 2, 3}, 1), (Values{2, 3}));
  EXPECT_EQ(numbers<double>("g", {1, 2, 3}, 2), (Values{3.0}));
  EXPECT_EQ(numbers<std::int64_t>("l", {1, 2, 3}, 0), (Values{1, 2, 3}));
}

TEST(Column, AddsTheOffsetOfTheStructAroundIt) {
  Raw raw("l", 4);
  raw.nulls(0b1101).buffer<std::int64_t>({1, 2, 3, 4});
  EXPECT_EQ(raw.values(1), (Values{nullptr, 3, 4}));
}

TEST(Column, ReadsBitsAndNullsFromAnOffset) {
  Raw raw("b", 6);
  raw.nulls(0b110111).buffer<std::uint8_t>({0b101010}).offset(1);
  EXPECT_EQ(raw.values(), (Values{true, false, nullptr, false, true}));
}

TEST(Column, HasNoNullsWhereTheCountIsZero) {
  Raw raw("l", 2);
  raw.nulls(0).buffer<std::int64_t>({1, 2});
  raw.array.null_count = 0;
  EXPECT_EQ(raw.values(), (Values{1, 2}));
}

TEST(Column, ReadsTheNullType) { EXPECT_EQ(Raw("n", 2).values(), (Values{nullptr, nullptr})); }

TEST(Column, ReadsTextsAndBytesWithOffsetsOfBothWidths) {
  Raw narrow("u", 3);
  narrow.nulls(0b101).buffer<std::int32_t>({0, 2, 2, 2}).bytes("ab");
  EXPECT_EQ(narrow.values(), (Values{"ab", nullptr, ""}));
  Raw wide("U", 3);
  wide.no_validity().buffer<std::int64_t>({0, 1, 1, 3}).bytes("abc").offset(1);
  EXPECT_EQ(wide.values(), (Values{"", "bc"}));
  Raw bytes("z", 1);
  bytes.no_validity().buffer<std::int32_t>({1, 2}).bytes("ab");
  EXPECT_EQ(bytes.values(), (Values{Bytes{std::byte{'b'}}}));
  Raw wide_bytes("Z", 1);
  wide_bytes.no_validity().buffer<std::int64_t>({0, 0}).no_validity();
  EXPECT_EQ(wide_bytes.values(), (Values{Bytes{}}));
}

TEST(Column, TellsExtensionTypesFromTheirStorage) {
  Raw json("u", 1);
  json.no_validity().buffer<std::int32_t>({0, 2}).bytes("{}").extension("arrow.json");
  EXPECT_EQ(json.values(), (Values{Json{"{}"}}));
  Raw decimal("U", 1);
  decimal.no_validity().buffer<std::int64_t>({0, 4}).bytes("1.50").extension("psa.decimal");
  EXPECT_EQ(decimal.values(), (Values{Decimal("1.50")}));
  Raw uuid("w:16", 2);
  uuid.no_validity().bytes("0123456789abcdefABCDEFGHIJKLMNOP").extension("arrow.uuid").offset(1);
  EXPECT_EQ(uuid.values(), (Values{Uuid("41424344-4546-4748-494a-4b4c4d4e4f50")}));
  Raw unknown("u", 1);
  unknown.no_validity().buffer<std::int32_t>({0, 2}).bytes("{}").extension("somebody.else");
  EXPECT_EQ(unknown.values(), (Values{"{}"}));
}

TEST(Column, ReadsFixedWidthBytes) {
  Raw raw("w:3", 2);
  raw.no_validity().bytes("abcdef");
  EXPECT_EQ(raw.values()[1], Value(Bytes{std::byte{'d'}, std::byte{'e'}, std::byte{'f'}}));
}

TEST(Column, ReadsDatesAndTimesOfEachUnit) {
  using namespace std::chrono;
  EXPECT_EQ(numbers<std::int32_t>("tdD", {-1}), (Values{Date(days(-1))}));
  EXPECT_EQ(numbers<std::int64_t>("tdm", {86'400'000 * 3}), (Values{Date(days(3))}));
  EXPECT_EQ(numbers<std::int32_t>("tts", {61}), (Values{Time{seconds(61)}}));
  EXPECT_EQ(numbers<std::int32_t>("ttm", {61}), (Values{Time{milliseconds(61)}}));
  EXPECT_EQ(numbers<std::int64_t>("ttu", {61}), (Values{Time{microseconds(61)}}));
  EXPECT_EQ(numbers<std::int64_t>("ttn", {61'000}), (Values{Time{microseconds(61)}}));
  EXPECT_EQ(numbers<std::int64_t>("tss:", {-2}), (Values{Timestamp(seconds(-2))}));
  EXPECT_EQ(numbers<std::int64_t>("tsm:", {-2}), (Values{Timestamp(milliseconds(-2))}));
  EXPECT_EQ(numbers<std::int64_t>("tsu:", {-2}), (Values{Timestamp(microseconds(-2))}));
  EXPECT_EQ(numbers<std::int64_t>("tsn:", {-2000}), (Values{Timestamp(microseconds(-2))}));
  EXPECT_EQ(numbers<std::int64_t>("tsu:UTC", {5}), (Values{TimestampTz(microseconds(5))}));
  EXPECT_EQ(numbers<std::int64_t>("tss:Europe/Berlin", {5}), (Values{TimestampTz(seconds(5))}));
}

TEST(Column, RefusesTimesThatMicrosecondsDoNotHold) {
  EXPECT_THROW(numbers<std::int64_t>("tsn:", {1}), ConversionError);
  EXPECT_THROW(numbers<std::int64_t>("tss:", {INT64_MAX}), ConversionError);
}

TEST(Column, ReadsIntervals) {
  struct MonthDayNano {
    std::int32_t months, days;
    std::int64_t nanoseconds;
  };
  EXPECT_EQ(numbers<MonthDayNano>("tin", {{1, -2, 3}}), (Values{Interval{1, -2, 3}}));
  EXPECT_EQ(numbers<std::int32_t>("tiM", {14}), (Values{Interval{14, 0, 0}}));
}

TEST(Column, ReadsDecimalsOf128Bits) {
  const auto text = [](const char* format, std::int64_t low, std::int64_t high) {
    Raw raw(format, 1);
    raw.no_validity().buffer<std::int64_t>({low, high});
    return raw.values()[0].get<std::string>();
  };
  EXPECT_EQ(text("d:10,2", 150, 0), "1.50");
  EXPECT_EQ(text("d:10,2", -150, -1), "-1.50");
  EXPECT_EQ(text("d:10,2", 5, 0), "0.05");
  EXPECT_EQ(text("d:10,2", 0, 0), "0.00");
  EXPECT_EQ(text("d:10,0", 7, 0), "7");
  EXPECT_EQ(text("d:10,-3", 7, 0), "7000");
  EXPECT_EQ(text("d:10,-3", 0, 0), "0");
  EXPECT_EQ(text("d:38,0,128", -1, INT64_MAX), "170141183460469231731687303715884105727");
  EXPECT_EQ(text("d:38,0", 0, INT64_MIN), "-170141183460469231731687303715884105728");
}

TEST(Column, ReadsListsAndTheirElementsOffset) {
  Raw items("i", 5);
  items.nulls(0b10111).buffer<std::int32_t>({10, 11, 12, 13, 14}).offset(1);
  Raw list("+l", 3);
  list.nulls(0b101).buffer<std::int32_t>({0, 2, 2, 4}).child(items);
  EXPECT_EQ(list.values(), (Values{Value::List{11, 12}, nullptr, Value::List{nullptr, 14}}));
  Raw wide("+L", 2);
  wide.no_validity().buffer<std::int64_t>({0, 0, 1}).child(items);
  EXPECT_EQ(wide.values(), (Values{Value::List{}, Value::List{11}}));
}

TEST(Column, ReadsDenseUnionsByTheirTypeNumbers) {
  Raw integers("l", 2);
  integers.no_validity().buffer<std::int64_t>({1, 2});
  Raw texts("u", 2);
  texts.nulls(0b01).buffer<std::int32_t>({0, 1, 1}).bytes("x");
  Raw both("+ud:9,4", 4);
  both.buffer<std::int8_t>({4, 9, 9, 4}).buffer<std::int32_t>({0, 0, 1, 1}).child(integers).child(texts);
  EXPECT_EQ(both.values(), (Values{"x", 1, 2, nullptr}));
  both.offset(2);
  EXPECT_EQ(both.values(), (Values{2, nullptr}));
}

TEST(Column, RefusesAUnionTypeThatWasNotDeclared) {
  Raw integers("l", 1);
  integers.no_validity().buffer<std::int64_t>({1});
  for (const std::int8_t type : {1, -1, 127}) {
    Raw both("+ud:0", 1);
    both.buffer<std::int8_t>({type}).buffer<std::int32_t>({0}).child(integers);
    EXPECT_THROW(both.values(), InterfaceError);
  }
}

TEST(Column, NamesTheTypesItDoesNotRead) {
  for (const char* format : {"e", "d:38,2,256", "tiD", "+us:0", "+m", "vu", "??", "tdX", ""}) {
    Raw raw(format, 0);
    raw.no_validity().no_validity();
    try {
      make_column(raw.schema, raw.array, 0);
      ADD_FAILURE() << format;
    } catch (const InterfaceError& error) {
      EXPECT_NE(std::string(error.what()).find('"' + std::string(format) + '"'), std::string::npos);
    }
  }
}

TEST(Column, RefusesMissingBuffersAndChildren) {
  Raw text("u", 0);
  text.no_validity().no_validity();
  EXPECT_THROW(make_column(text.schema, text.array, 0), InterfaceError);
  Raw list("+l", 0);
  list.no_validity().no_validity();
  EXPECT_THROW(make_column(list.schema, list.array, 0), InterfaceError);
}

/// A struct of integer columns that counts its releases.
struct Sent {
  explicit Sent(int columns_of_schema, int columns_of_array) {
    column.no_validity().buffer<std::int64_t>({1, 2, 3});
    for (int i = 0; i < columns_of_schema; ++i) schemas.push_back(&column.schema);
    for (int i = 0; i < columns_of_array; ++i) arrays.push_back(&column.array);
    schema.format = "+s";
    schema.n_children = columns_of_schema;
    schema.children = schemas.data();
    schema.private_data = this;
    schema.release = [](ArrowSchema* self) {
      ++static_cast<Sent*>(self->private_data)->released_schemas;
      self->release = nullptr;
    };
    array.length = 3;
    array.n_children = columns_of_array;
    array.children = arrays.data();
    array.private_data = this;
    array.release = [](ArrowArray* self) {
      ++static_cast<Sent*>(self->private_data)->released_arrays;
      self->release = nullptr;
    };
  }
  Raw column{"l", 3};
  std::vector<ArrowSchema*> schemas;
  std::vector<ArrowArray*> arrays;
  ArrowSchema schema{};
  ArrowArray array{};
  int released_schemas = 0;
  int released_arrays = 0;
};

TEST(Batch, ReleasesWhatItTookOver) {
  Sent sent(1, 1);
  {
    const Batch batch(std::make_shared<BatchLayout>(sent.schema), sent.array,
                      std::make_shared<ColumnNames>());
    EXPECT_EQ(sent.schema.release, nullptr);
    EXPECT_EQ(sent.array.release, nullptr);
    EXPECT_EQ(batch.row_count(), 3);
    EXPECT_EQ(batch.columns().size(), 1u);
  }
  EXPECT_EQ(sent.released_schemas, 1);
  EXPECT_EQ(sent.released_arrays, 1);
}

TEST(Batch, SharesTheLayoutOfTheOneBeforeAndNotItsData) {
  Sent first(1, 1), second(1, 1);
  {
    auto names = std::make_shared<ColumnNames>();
    auto layout = std::make_shared<const BatchLayout>(first.schema);
    auto before = std::make_shared<const Batch>(layout, first.array, names);
    const Batch batch(std::move(layout), second.array, names);
    before.reset();
    EXPECT_EQ(first.released_schemas, 0) << "the second still needs it";
    EXPECT_EQ(first.released_arrays, 1);
    EXPECT_EQ(to_value(cell_at(batch.columns()[0], 2)), Value(3));
  }
  EXPECT_EQ(first.released_schemas, 1);
  EXPECT_EQ(second.released_arrays, 1);
}

TEST(Batch, ReleasesWhatItRefuses) {
  Sent unequal(2, 1);
  EXPECT_THROW(Batch(std::make_shared<BatchLayout>(unequal.schema), unequal.array, nullptr), InterfaceError);
  EXPECT_EQ(unequal.released_schemas, 1);
  EXPECT_EQ(unequal.released_arrays, 1);
  Sent first(1, 1);
  EXPECT_THROW(Batch(nullptr, first.array, nullptr), InterfaceError);
  EXPECT_EQ(first.released_arrays, 1);
}

TEST(Batch, SaysOfEachBatchThatItsTypeIsUnknown) {
  Sent first(2, 2), second(2, 2);
  first.column.schema.format = "vu";  // a string view
  const auto layout = std::make_shared<const BatchLayout>(first.schema);
  for (Sent* sent : {&first, &second}) {
    const std::string message =
        test_support::message_of<InterfaceError>([&] { Batch(layout, sent->array, nullptr); });
    EXPECT_NE(message.find("\"vu\""), std::string::npos) << message;
    EXPECT_EQ(sent->released_arrays, 1);
  }
}

TEST(ColumnNames, FindTheFirstOfThatName) {
  const ColumnNames names{{"a", "b", "a", ""}, {}};
  EXPECT_EQ(names.find("a"), 0);
  EXPECT_EQ(names.find("b"), 1);
  EXPECT_EQ(names.find(""), 3);
  EXPECT_EQ(names.find("A"), -1);
}

}  // namespace
}  // namespace prefect_sqlalchemy::detail
