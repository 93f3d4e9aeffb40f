// SPDX-License-Identifier: Apache-2.0
#include "types.hpp"

#include <string_view>

#include <psa/sdk/arrow_schema.hpp>

#include "client_extras.hpp"

namespace psa::mysql {
namespace {

constexpr unsigned binary_charset = 63;
constexpr int json_type = 245;  // MYSQL_TYPE_JSON, which only MySQL's servers send

struct Found {
  ColumnKind kind;
  std::string_view name;
};

Found integer(const MYSQL_FIELD& field, ColumnKind is_signed, ColumnKind is_unsigned, std::string_view name,
              std::string_view unsigned_name) {
  return (field.flags & UNSIGNED_FLAG) != 0 ? Found{is_unsigned, unsigned_name} : Found{is_signed, name};
}

Found characters(const MYSQL_FIELD& field, std::string_view text, std::string_view bytes) {
  if ((field.flags & ENUM_FLAG) != 0) return {ColumnKind::text, "enum"};
  if ((field.flags & SET_FLAG) != 0) return {ColumnKind::text, "set"};
  if (field.charsetnr == binary_charset) return {ColumnKind::bytes, bytes};
  return {ColumnKind::text, text};
}

Found find(const MYSQL_FIELD& field) {
  using Kind = ColumnKind;
  switch (static_cast<int>(field.type)) {
    case MYSQL_TYPE_TINY:
      return integer(field, Kind::int8, Kind::uint8, "tinyint", "tinyint unsigned");
    case MYSQL_TYPE_SHORT:
      return integer(field, Kind::int16, Kind::uint16, "smallint", "smallint unsigned");
    case MYSQL_TYPE_INT24:
      return integer(field, Kind::int32, Kind::uint32, "mediumint", "mediumint unsigned");
    case MYSQL_TYPE_LONG:
      return integer(field, Kind::int32, Kind::uint32, "int", "int unsigned");
    case MYSQL_TYPE_LONGLONG:
      return integer(field, Kind::int64, Kind::uint64, "bigint", "bigint unsigned");
    case MYSQL_TYPE_YEAR:
      return {Kind::uint16, "year"};
    case MYSQL_TYPE_FLOAT:
      return {Kind::real32, "float"};
    case MYSQL_TYPE_DOUBLE:
      return {Kind::real64, "double"};
    case MYSQL_TYPE_DECIMAL:
    case MYSQL_TYPE_NEWDECIMAL:
      return {Kind::text, "decimal"};
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_NEWDATE:
      return {Kind::date, "date"};
    case MYSQL_TYPE_TIME:
      return {Kind::time, "time"};
    case MYSQL_TYPE_DATETIME:
      return {Kind::timestamp, "datetime"};
    case MYSQL_TYPE_TIMESTAMP:
      return {Kind::timestamp, "timestamp"};
    case MYSQL_TYPE_BIT:
      return {Kind::bytes, "bit"};
    case MYSQL_TYPE_GEOMETRY:
      return {Kind::bytes, "geometry"};
    case json_type:
      return {Kind::text, "json"};
    case MYSQL_TYPE_NULL:
      return {Kind::null, "null"};
    case MYSQL_TYPE_ENUM:
      return {Kind::text, "enum"};
    case MYSQL_TYPE_SET:
      return {Kind::text, "set"};
    case MYSQL_TYPE_STRING:
      return characters(field, "char", "binary");
    case MYSQL_TYPE_TINY_BLOB:
    case MYSQL_TYPE_MEDIUM_BLOB:
    case MYSQL_TYPE_LONG_BLOB:
    case MYSQL_TYPE_BLOB:
      return characters(field, "text", "blob");
    default:
      return characters(field, "varchar", "varbinary");
  }
}

}  // namespace

ColumnType column_type(const MYSQL_FIELD& field) {
  Found found = find(field);
  if (const std::string_view extended = extended_type_name(field); !extended.empty()) {
    found.name = extended;
    if (extended == "uuid") found.kind = ColumnKind::uuid;
    // Networks and others that are written as text come over the wire as such, in a binary character set.
    if (extended == "inet6" || extended == "inet4") found.kind = ColumnKind::text;
  }
  ColumnType type{found.kind, std::string(found.name), {}};
  if (found.name == "decimal")
    type.metadata = encode_metadata({{"psa.type", found.name}, {"ARROW:extension:name", "psa.decimal"}});
  else if (found.name == "json")
    type.metadata = encode_metadata({{"psa.type", found.name}, {"ARROW:extension:name", "arrow.json"}});
  else if (found.kind == ColumnKind::uuid)
    type.metadata = encode_metadata({{"psa.type", found.name}, {"ARROW:extension:name", "arrow.uuid"}});
  else
    type.metadata = encode_metadata({{"psa.type", found.name}});
  return type;
}

bool is_unsigned(ColumnKind kind) noexcept {
  return kind == ColumnKind::uint8 || kind == ColumnKind::uint16 || kind == ColumnKind::uint32 ||
         kind == ColumnKind::uint64;
}

const char* arrow_format(ColumnKind kind) noexcept {
  switch (kind) {
    case ColumnKind::uint64:
      return "L";
    case ColumnKind::real32:
      return "f";
    case ColumnKind::real64:
      return "g";
    case ColumnKind::text:
      return "u";
    case ColumnKind::bytes:
      return "z";
    case ColumnKind::uuid:
      return "w:16";
    case ColumnKind::date:
      return "tdD";
    case ColumnKind::time:
      return "ttu";
    case ColumnKind::timestamp:
      return "tsu:";
    case ColumnKind::null:
      return "n";
    default:
      return "l";
  }
}

}  // namespace psa::mysql
