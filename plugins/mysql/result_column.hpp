// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <mysql.h>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/columns.hpp>

#include "types.hpp"

namespace psa::mysql {

/// One column of a result: where the client library writes the row's value, and the values of the batch.
///
/// A date that is none (0000-00-00) has no place among dates. From the first one on the column is a dense
/// union of dates and texts, and such a date comes as its text.
class ResultColumn {
 public:
  ResultColumn(const MYSQL_FIELD& field, ColumnType type);

  const std::string& name() const noexcept { return name_; }
  const ColumnType& type() const noexcept { return type_; }
  bool is_union() const noexcept { return is_union_; }
  enum_field_types wire_type() const noexcept { return wire_type_; }
  unsigned wire_flags() const noexcept { return wire_flags_; }
  unsigned wire_charset() const noexcept { return wire_charset_; }

  /// What mysql_stmt_bind_result takes; valid while this object stays where it is.
  void bind(MYSQL_BIND& to);

  /// Appends the value of the row that was fetched last. @return about how many bytes it takes
  /// @throws DriverError if the library can't hand out a long value, or a text is no UTF-8
  int64_t append(MYSQL_STMT* statement, unsigned index);

  SchemaField field() const;
  void describe(std::vector<ArrayNode>& nodes, int64_t rows);
  /// Begins the next batch.
  void clear() noexcept;
  /// Begins another result.
  void restart() noexcept;

 private:
  using Uuid = std::array<uint8_t, 16>;

  void append_null();
  void append_date();
  void append_uuid();
  int64_t append_bytes(const uint8_t* bytes, size_t size);
  int64_t append_long(MYSQL_STMT* statement, unsigned index);
  void become_union();
  void point_to_date();

  std::string name_;
  ColumnType type_;
  enum_field_types wire_type_;
  unsigned wire_flags_;
  unsigned wire_charset_;
  bool is_union_ = false;
  my_bool is_null_ = 0;
  my_bool truncated_ = 0;
  unsigned long length_ = 0;
  union {
    int8_t int8;
    int16_t int16;
    int32_t int32;
    int64_t int64;
    uint8_t uint8;
    uint16_t uint16;
    uint32_t uint32;
    float real32;
    double real64;
  } number_{};
  MYSQL_TIME time_{};
  std::vector<uint8_t> buffer_;

  Int64Column integers_;
  DoubleColumn reals_;
  FixedColumn<float> floats_;
  FixedColumn<int32_t> dates_;
  FixedColumn<Uuid> uuids_;
  BytesColumn bytes_;
  BoolColumn booleans_;
  FixedColumn<int8_t> union_types_;
  FixedColumn<int32_t> union_offsets_;
};

}  // namespace psa::mysql
