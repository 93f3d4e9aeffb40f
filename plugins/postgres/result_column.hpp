// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <psa/driver.h>
#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/list_level.hpp>

#include "types.hpp"
#include "value_column.hpp"

namespace psa::postgres {

/// One column of a result: values, or arrays of them.
///
/// PostgreSQL's array types do not tell the number of dimensions, each value does. Within a batch a column
/// has one; fits() says when a value needs another batch. Empty arrays fit everywhere.
class ResultColumn {
 public:
  ResultColumn(std::string name, const Type& type, int modifier, bool binary);

  const std::string& name() const noexcept { return name_; }
  bool is_array() const noexcept { return is_array_; }

  /// Whether the value can join this batch; makes the column fit where the batch allows it.
  bool fits(const char* bytes, size_t size);

  /// @throws DriverError  PSA_CATEGORY_DATA; names no column
  void append(const char* bytes, size_t size) {
    if (is_array_) return append_array(bytes, size);
    if (binary_) return values_.append_binary(bytes, size);
    values_.append_text(bytes, size);
  }
  void append_null() {
    if (!is_array_) return values_.append_null();
    append_null_array();
  }

  /// The field as it is now; valid until the next call on this column.
  SchemaField field();
  /// What changes when the field does.
  uint32_t shape() const noexcept { return static_cast<uint32_t>(depth_) * 2 + (values_.mixed() ? 1 : 0); }
  void describe(std::vector<ArrayNode>& nodes);
  void clear() noexcept;
  void restart() noexcept;

 private:
  void append_array(const char* bytes, size_t size);
  void append_null_array();
  void append_binary_array(const char* bytes, size_t size);
  void append_text_array(std::string_view text);
  const char* append_binary_level(size_t level, const char* at, const char* end);
  size_t append_text_level(size_t level, std::string_view text, size_t at);
  int dimensions(const char* bytes, size_t size) const;
  int64_t elements_below(size_t level) const noexcept;
  void close_empty();

  std::string name_;
  bool is_array_;
  bool binary_;
  char delimiter_;
  size_t depth_;
  std::vector<ListLevel> levels_;
  std::vector<uint32_t> sizes_;
  ValueColumn values_;
  std::string metadata_;        // of the column
  std::string value_metadata_;  // of an array's elements
  std::vector<std::vector<SchemaField>> fields_;
};

}  // namespace psa::postgres
