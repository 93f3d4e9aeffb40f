// SPDX-License-Identifier: Apache-2.0
#include "types.hpp"

#include <algorithm>

#include <sqlext.h>

#include <psa/sdk/arrow_schema.hpp>

namespace psa::odbc {
namespace {

// Microsoft's own types.
constexpr SQLSMALLINT ss_xml = -152, ss_time2 = -154, ss_timestampoffset = -155;
// Of ODBC 2.
constexpr SQLSMALLINT old_date = 9, old_time = 10, old_timestamp = 11;

// What a column of more is not bound for at its full size.
constexpr uint64_t longest_bound = 4000;

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
    return (x >= 'A' && x <= 'Z' ? x + 32 : x) == (y >= 'A' && y <= 'Z' ? y + 32 : y);
  });
}

ColumnKind kind_of(const ColumnDescription& column) {
  switch (column.type) {
    case SQL_BIT:
      return ColumnKind::boolean;
    case SQL_TINYINT:
    case SQL_SMALLINT:
    case SQL_INTEGER:
      return ColumnKind::int64;
    case SQL_BIGINT:
      return column.is_unsigned ? ColumnKind::uint64 : ColumnKind::int64;
    case SQL_REAL:
      return ColumnKind::real32;
    case SQL_FLOAT:
    case SQL_DOUBLE:
      return ColumnKind::real64;
    case SQL_DECIMAL:
    case SQL_NUMERIC:
      return ColumnKind::decimal;
    case SQL_BINARY:
    case SQL_VARBINARY:
    case SQL_LONGVARBINARY:
      return ColumnKind::bytes;
    case SQL_TYPE_DATE:
    case old_date:
      return ColumnKind::date;
    case SQL_TYPE_TIME:
    case old_time:
    case ss_time2:
      return ColumnKind::time;
    case SQL_TYPE_TIMESTAMP:
    case old_timestamp:
      return ColumnKind::timestamp;
    case ss_timestampoffset:
      return ColumnKind::timestamp_tz;
    case SQL_GUID:
      return ColumnKind::uuid;
    default:
      // psqlODBC describes a boolean as a text of five characters, and names its type.
      if (same(column.type_name, "bool") || same(column.type_name, "boolean")) return ColumnKind::boolean;
      return ColumnKind::text;
  }
}

bool is_long(SQLSMALLINT type) {
  return type == SQL_LONGVARCHAR || type == SQL_WLONGVARCHAR || type == SQL_LONGVARBINARY || type == ss_xml;
}

std::string metadata_of(ColumnKind kind, std::string_view type_name) {
  constexpr std::string_view extension = "ARROW:extension:name";
  if (kind == ColumnKind::decimal)
    return encode_metadata({{"psa.type", type_name}, {extension, "psa.decimal"}});
  if (kind == ColumnKind::uuid) return encode_metadata({{"psa.type", type_name}, {extension, "arrow.uuid"}});
  return encode_metadata({{"psa.type", type_name}});
}

}  // namespace

ColumnType column_type(const ColumnDescription& column, bool gives_utf8) {
  ColumnType type{kind_of(column), {}, SQL_C_CHAR, 0, 0};
  type.metadata = metadata_of(type.kind, column.type_name);
  switch (type.kind) {
    case ColumnKind::boolean:
      type.c_type = SQL_C_BIT;
      type.width = 1;
      break;
    case ColumnKind::int64:
      type.c_type = SQL_C_SBIGINT;
      type.width = 8;
      break;
    case ColumnKind::uint64:
      type.c_type = SQL_C_UBIGINT;
      type.width = 8;
      break;
    case ColumnKind::real32:
      type.c_type = SQL_C_FLOAT;
      type.width = 4;
      break;
    case ColumnKind::real64:
      type.c_type = SQL_C_DOUBLE;
      type.width = 8;
      break;
    case ColumnKind::date:
      type.c_type = SQL_C_TYPE_DATE;
      type.width = sizeof(SQL_DATE_STRUCT);
      break;
    case ColumnKind::timestamp:
      type.c_type = SQL_C_TYPE_TIMESTAMP;
      type.width = sizeof(SQL_TIMESTAMP_STRUCT);
      break;
    case ColumnKind::uuid:
      type.c_type = SQL_C_GUID;
      type.width = sizeof(SQLGUID);
      break;
    case ColumnKind::time:  // ODBC's structure for it has no fractions
    case ColumnKind::timestamp_tz:
      type.size = 63;
      break;
    case ColumnKind::decimal:
      type.size = std::max<uint64_t>(column.size, 38) + 8;  // sign, point, a zero in front
      break;
    case ColumnKind::text:
      if (!gives_utf8) type.c_type = SQL_C_WCHAR;
      type.size = is_long(column.type) || column.size > longest_bound ? 0 : column.size;
      break;
    case ColumnKind::bytes:
      type.c_type = SQL_C_BINARY;
      type.size = is_long(column.type) || column.size > longest_bound ? 0 : column.size;
      break;
  }
  return type;
}

const char* arrow_format(ColumnKind kind) noexcept {
  switch (kind) {
    case ColumnKind::boolean:
      return "b";
    case ColumnKind::int64:
      return "l";
    case ColumnKind::uint64:
      return "L";
    case ColumnKind::real32:
      return "f";
    case ColumnKind::real64:
      return "g";
    case ColumnKind::bytes:
      return "z";
    case ColumnKind::date:
      return "tdD";
    case ColumnKind::time:
      return "ttu";
    case ColumnKind::timestamp:
      return "tsu:";
    case ColumnKind::timestamp_tz:
      return "tsu:UTC";
    case ColumnKind::uuid:
      return "w:16";
    case ColumnKind::decimal:
    case ColumnKind::text:
      break;
  }
  return "u";
}

}  // namespace psa::odbc
