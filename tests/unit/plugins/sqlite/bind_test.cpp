// SPDX-License-Identifier: Apache-2.0
#include "bind.hpp"

#include <array>
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/driver_error.hpp>

namespace {

// Binds one value of an Arrow column and tells how SQLite stored it: "text:abc".
class Bind : public testing::Test {
 protected:
  Bind() {
    sqlite3_open(":memory:", &database_);
    sqlite3_prepare_v2(database_, "SELECT typeof(?1) || ':' || coalesce(CAST(?1 AS TEXT), '')", -1,
                       &statement_, nullptr);
  }
  ~Bind() override {
    sqlite3_finalize(statement_);
    sqlite3_close(database_);
  }

  std::string stored(const char* format, std::vector<const void*> buffers, const char* extension = nullptr) {
    const std::string metadata =
        extension == nullptr ? "" : psa::encode_metadata({{"ARROW:extension:name", extension}});
    ArrowSchema schema{}, root_schema{};
    ArrowArray array{}, root_array{};
    schema.format = format;
    schema.name = "p";
    schema.metadata = extension == nullptr ? nullptr : metadata.data();
    array.length = 1;
    array.null_count = buffers.empty() || buffers[0] == nullptr ? 0 : 1;
    array.n_buffers = static_cast<int64_t>(buffers.size());
    array.buffers = buffers.data();
    ArrowSchema element_schema{};
    ArrowArray element_array{};
    ArrowSchema* elements_schema = &element_schema;
    ArrowArray* elements_array = &element_array;
    element_schema.format = "n";
    if (format[0] == '+') {
      schema.n_children = array.n_children = 1;
      schema.children = &elements_schema;
      array.children = &elements_array;
    }
    ArrowSchema* child_schema = &schema;
    ArrowArray* child_array = &array;
    root_schema.format = "+s";
    root_schema.n_children = root_array.n_children = root_array.length = 1;
    root_schema.children = &child_schema;
    root_array.children = &child_array;
    psa::ParameterBatch batch;
    batch.open({PSA_INIT(psa_execute), 0, &root_schema, &root_array});
    psa::sqlite::bind_row(statement_, batch, 0, psa::sqlite::Keep::borrowed);
    EXPECT_EQ(sqlite3_step(statement_), SQLITE_ROW);
    std::string text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, 0));
    sqlite3_reset(statement_);
    return text;
  }
  template <class T>
  std::string stored_value(const char* format, T value, const char* extension = nullptr) {
    return stored(format, {nullptr, &value}, extension);
  }
  std::string stored_text(const std::string& value, const char* format, const char* extension = nullptr) {
    const std::array<int32_t, 2> offsets = {0, static_cast<int32_t>(value.size())};
    return stored(format, {nullptr, offsets.data(), value.data()}, extension);
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
};

TEST_F(Bind, StoresEachTypeAsTheReadmeSays) {
  EXPECT_EQ(stored("n", {}), "null:");
  EXPECT_EQ(stored_value("b", uint8_t{1}), "integer:1");
  EXPECT_EQ(stored_value("l", INT64_MIN), "integer:-9223372036854775808");
  EXPECT_EQ(stored_value("L", uint64_t{INT64_MAX}), "integer:9223372036854775807");
  EXPECT_EQ(stored_value("g", 2.5), "real:2.5");
  EXPECT_EQ(stored_value("g", HUGE_VAL), "real:Inf");
  EXPECT_EQ(stored_text("grün", "u"), "text:grün");
  EXPECT_EQ(stored_text("", "u"), "text:");
  EXPECT_EQ(stored_text("ab", "z"), "blob:ab");
  EXPECT_EQ(stored_text("", "z"), "blob:");
  EXPECT_EQ(stored_text("1.2300", "u", "psa.decimal"), "text:1.2300");
  EXPECT_EQ(stored_text("{\"a\":1}", "u", "arrow.json"), "text:{\"a\":1}");
  EXPECT_EQ(stored("w:16", {nullptr, "\x12\x34\x56\x78\x9a\xbc\xde\xf0\x01\x23\x45\x67\x89\xab\xcd\xef"},
                   "arrow.uuid"),
            "text:12345678-9abc-def0-0123-456789abcdef");
  EXPECT_EQ(stored_value("tdD", int32_t{19724}), "text:2024-01-02");
  EXPECT_EQ(stored_value("ttu", int64_t{43'200'000'001}), "text:12:00:00.000001");
  EXPECT_EQ(stored_value("tsu:", int64_t{1'704'164'645'000'000}), "text:2024-01-02 03:04:05");
  EXPECT_EQ(stored_value("tsu:UTC", int64_t{1'704'164'645'000'000}), "text:2024-01-02 03:04:05+00:00");
}

TEST_F(Bind, KeepsNullApartFromEmptyText) {
  const uint8_t no_bits = 0;
  const std::array<int32_t, 2> offsets = {0, 0};
  EXPECT_EQ(stored("u", {&no_bits, offsets.data(), nullptr}), "null:");
  EXPECT_EQ(stored("u", {nullptr, offsets.data(), nullptr}), "text:");
}

TEST_F(Bind, RefusesWhatWouldBeLost) {
  const auto refusal = [&](auto&& bind) -> psa::DriverError {
    try {
      bind();
    } catch (const psa::DriverError& error) {
      return error;
    }
    return {PSA_OK, 0, "accepted"};
  };
  const auto nan = refusal([&] { stored_value("g", std::nan("")); });
  EXPECT_EQ(nan.category, PSA_CATEGORY_DATA);
  EXPECT_EQ(nan.message, "parameter 1 ('p') is out of range: SQLite can't store NaN");
  EXPECT_EQ(nan.parameter_column, 0);
  EXPECT_EQ(refusal([&] { stored_value("L", uint64_t{INT64_MAX} + 1); }).category, PSA_CATEGORY_DATA);
  EXPECT_EQ(refusal([&] { stored_value("tdD", INT32_MAX); }).category, PSA_CATEGORY_DATA);
  constexpr std::array<int32_t, 2> no_elements = {0, 0};
  const auto list = refusal([&] { stored("+l", {nullptr, no_elements.data()}); });
  EXPECT_EQ(list.status, PSA_NOT_SUPPORTED);
  EXPECT_EQ(list.category, PSA_CATEGORY_PROGRAMMING);
  EXPECT_EQ(list.message, "Error binding parameter 1 ('p'): type 'list' is not supported");
  EXPECT_EQ(refusal([&] { stored("tin", {nullptr, "0123456789abcdef"}); }).status, PSA_NOT_SUPPORTED);
}

}  // namespace
