// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <sql.h>

namespace psa::odbc {

/// What values of a column become.
enum class ColumnKind : uint8_t {
  boolean,
  int64,
  uint64,
  real32,
  real64,
  decimal,  // as text, exactly
  text,
  bytes,
  date,
  time,
  timestamp,
  timestamp_tz,
  uuid,
};

/// A column as the ODBC driver describes it.
struct ColumnDescription {
  std::string name;
  std::string type_name;  // in the database's words; empty: not told
  SQLSMALLINT type = 0;   // SQL_... or a driver's own
  uint64_t size = 0;      // in characters, bytes or digits; 0: not told
  int digits = 0;         // behind the point
  bool is_unsigned = false;

  bool operator==(const ColumnDescription&) const = default;
};

/// How a column is fetched and what it becomes.
struct ColumnType {
  ColumnKind kind;
  std::string metadata;  // of the Arrow field
  SQLSMALLINT c_type;    // SQL_C_...
  int width = 0;         // bytes of a value; 0: they vary, up to `size`
  uint64_t size = 0;     // characters or bytes at most; 0: no bound that is worth a name
};

/// @param gives_utf8  SQL_C_CHAR texts of the session are UTF-8
ColumnType column_type(const ColumnDescription& column, bool gives_utf8);

/// Arrow's format of a kind.
const char* arrow_format(ColumnKind kind) noexcept;

}  // namespace psa::odbc
