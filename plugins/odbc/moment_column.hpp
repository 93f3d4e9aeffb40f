// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/columns.hpp>

#include "types.hpp"

namespace psa::odbc {

/// Values of a date, time or timestamp column.
///
/// What has no place among them (0000-00-00, 24:00:00, a tenth of a microsecond) makes the column a dense
/// union of moments and texts from its batch on, and comes as its text.
class MomentColumn {
 public:
  explicit MomentColumn(ColumnKind kind) noexcept : kind_(kind) {}

  void append(int64_t value);
  void append_text(std::string_view text);
  void append_null();

  bool is_union() const noexcept { return is_union_; }
  SchemaField field(std::string_view name, std::string_view metadata) const;
  void describe(std::vector<ArrayNode>& nodes, int64_t rows);
  /// Begins the next batch.
  void clear() noexcept;
  /// Begins another result.
  void restart() noexcept;

 private:
  int64_t moments() const noexcept { return is_date() ? days_.length() : values_.length(); }
  bool is_date() const noexcept { return kind_ == ColumnKind::date; }
  void point_to_moment();

  ColumnKind kind_;
  bool is_union_ = false;
  FixedColumn<int32_t> days_;
  Int64Column values_;
  BytesColumn texts_;
  FixedColumn<int8_t> types_;
  FixedColumn<int32_t> offsets_;
};

}  // namespace psa::odbc
