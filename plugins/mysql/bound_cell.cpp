// SPDX-License-Identifier: Apache-2.0
#include "bound_cell.hpp"

#include <algorithm>

#include "error.hpp"

namespace psa::mysql {
namespace {

// Of a value that is fetched with its row; longer ones are fetched one by one.
constexpr unsigned long longest_bound = 2048;
constexpr size_t uuid_text = 40;

enum_field_types buffer_type(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::int8:
    case ColumnKind::uint8:
      return MYSQL_TYPE_TINY;
    case ColumnKind::int16:
    case ColumnKind::uint16:
      return MYSQL_TYPE_SHORT;
    case ColumnKind::int32:
    case ColumnKind::uint32:
      return MYSQL_TYPE_LONG;
    case ColumnKind::int64:
    case ColumnKind::uint64:
      return MYSQL_TYPE_LONGLONG;
    case ColumnKind::real32:
      return MYSQL_TYPE_FLOAT;
    case ColumnKind::real64:
      return MYSQL_TYPE_DOUBLE;
    case ColumnKind::date:
      return MYSQL_TYPE_DATE;
    case ColumnKind::time:
      return MYSQL_TYPE_TIME;
    case ColumnKind::timestamp:
      return MYSQL_TYPE_DATETIME;
    case ColumnKind::bytes:
      return MYSQL_TYPE_BLOB;
    case ColumnKind::null:
      return MYSQL_TYPE_NULL;
    default:
      return MYSQL_TYPE_STRING;
  }
}

}  // namespace

BoundCell::BoundCell(ColumnKind kind, unsigned long longest) : kind_(kind) {
  if (kind == ColumnKind::text || kind == ColumnKind::bytes)
    buffer_.resize(std::min(longest, longest_bound) + 1);
  else if (kind == ColumnKind::uuid)
    buffer_.resize(uuid_text);
}

void BoundCell::bind(MYSQL_BIND& to) {
  to = {};
  to.buffer_type = buffer_type(kind_);
  to.is_unsigned = is_unsigned(kind_);
  to.is_null = &is_null_;
  to.length = &length_;
  to.error = &truncated_;
  if (!buffer_.empty()) {
    to.buffer = buffer_.data();
    to.buffer_length = buffer_.size();
  } else if (kind_ == ColumnKind::date || kind_ == ColumnKind::time || kind_ == ColumnKind::timestamp) {
    to.buffer = &time_;
    to.buffer_length = sizeof time_;
  } else {
    to.buffer = &number_;
    to.buffer_length = sizeof number_;
  }
}

std::span<const uint8_t> BoundCell::long_bytes(MYSQL_STMT* statement, unsigned index) {
  long_value_.resize(length_);
  MYSQL_BIND to;
  bind(to);
  to.buffer = long_value_.data();
  to.buffer_length = long_value_.size();
  if (mysql_stmt_fetch_column(statement, &to, index, 0) != 0) throw last_error(statement);
  return long_value_;
}

}  // namespace psa::mysql
