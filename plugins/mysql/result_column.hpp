// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <mysql.h>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/columns.hpp>

#include "bound_cell.hpp"
#include "date_column.hpp"
#include "types.hpp"

namespace psa::mysql {

/// One column of a result: the values of the batch, taken over from the row at hand.
class ResultColumn {
 public:
  ResultColumn(const MYSQL_FIELD& field, ColumnType type);

  const std::string& name() const noexcept { return name_; }
  bool is_union() const noexcept { return dates_.is_union(); }
  /// Whether a field of another result has the same name and type.
  bool is_like(const MYSQL_FIELD& field) const noexcept;

  BoundCell& cell() noexcept { return cell_; }

  /// Appends the value of the row that was fetched last. @return about how many bytes it takes
  /// @throws DriverError if the library can't hand out a long value, or a text is no UTF-8
  int64_t append(MYSQL_STMT* statement, unsigned index);
  /// As append, from a row that is text; NULL data is NULL.
  int64_t append_text(const char* data, size_t size);

  SchemaField field() const;
  void describe(std::vector<ArrayNode>& nodes, int64_t rows);
  /// Begins the next batch.
  void clear() noexcept;
  /// Begins another result.
  void restart() noexcept;

 private:
  /// Calls `visit` with the column that holds values of this kind.
  template <class Visit>
  void visit_own(Visit visit);
  void append_null();
  int64_t append_bytes(std::span<const uint8_t> bytes);

  std::string name_;
  ColumnType type_;
  enum_field_types wire_type_;
  unsigned wire_flags_;
  unsigned wire_charset_;
  BoundCell cell_;

  Int64Column integers_;
  DoubleColumn reals_;
  FixedColumn<float> floats_;
  FixedColumn<std::array<uint8_t, 16>> uuids_;
  BytesColumn bytes_;
  DateColumn dates_;
};

}  // namespace psa::mysql
