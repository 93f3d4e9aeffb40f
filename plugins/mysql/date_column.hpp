// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <mysql.h>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/columns.hpp>

namespace psa::mysql {

/// Values of a DATE, DATETIME or TIMESTAMP column.
///
/// A date that is none (0000-00-00) has no place among dates. From the first one on the column is a dense
/// union of dates and texts, and such a date comes as its text.
class DateColumn {
 public:
  explicit DateColumn(bool has_time) noexcept : has_time_(has_time) {}

  void append(const MYSQL_TIME& value);
  void append_null();

  bool is_union() const noexcept { return is_union_; }
  SchemaField field(std::string_view name, std::string_view metadata) const;
  void describe(std::vector<ArrayNode>& nodes, int64_t rows);
  /// Begins the next batch.
  void clear() noexcept;
  /// Begins another result.
  void restart() noexcept;

 private:
  int64_t dates() const noexcept { return has_time_ ? timestamps_.length() : days_.length(); }
  void become_union();
  void point_to_date();

  bool has_time_;
  bool is_union_ = false;
  FixedColumn<int32_t> days_;
  Int64Column timestamps_;
  BytesColumn texts_;
  FixedColumn<int8_t> types_;
  FixedColumn<int32_t> offsets_;
};

}  // namespace psa::mysql
