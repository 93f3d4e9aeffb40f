// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <mysql.h>

namespace psa::mysql {

/// How a column's values cross from the client library to Arrow.
enum class ColumnKind : uint8_t {
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  real32,
  real64,
  text,  // also decimal and JSON: what they are stands in the metadata
  bytes,
  uuid,  // text at the server, 16 bytes in Arrow
  date,
  time,
  timestamp,
  null,
};

/// What is known of a result's column before its first value.
struct ColumnType {
  ColumnKind kind;
  std::string name;      // as the database writes it: "bigint unsigned", "varchar"
  std::string metadata;  // as encode_metadata makes it

  bool operator==(const ColumnType&) const = default;
};

ColumnType column_type(const MYSQL_FIELD& field);

/// Whether values of the kind are never negative.
bool is_unsigned(ColumnKind kind) noexcept;

/// Arrow's format of a kind.
const char* arrow_format(ColumnKind kind) noexcept;

}  // namespace psa::mysql
