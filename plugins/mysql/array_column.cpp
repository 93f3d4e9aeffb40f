// SPDX-License-Identifier: Apache-2.0
#include "array_column.hpp"

#include <string_view>
#include <utility>

#include "bind.hpp"
#include "client_extras.hpp"

namespace psa::mysql {

std::optional<enum_field_types> ArrayColumn::type_for(ParameterKind kind) noexcept {
  switch (kind) {
    case ParameterKind::boolean:
    case ParameterKind::integer:
    case ParameterKind::unsigned_integer:
      return MYSQL_TYPE_LONGLONG;
    case ParameterKind::real:
      return MYSQL_TYPE_DOUBLE;
    case ParameterKind::date:
      return MYSQL_TYPE_DATE;
    case ParameterKind::time:
    case ParameterKind::duration:
      return MYSQL_TYPE_TIME;
    case ParameterKind::timestamp:
      return MYSQL_TYPE_DATETIME;
    case ParameterKind::decimal:
      return MYSQL_TYPE_NEWDECIMAL;
    case ParameterKind::bytes:
      return MYSQL_TYPE_BLOB;
    case ParameterKind::text:
    case ParameterKind::json:
    case ParameterKind::uuid:
      return MYSQL_TYPE_STRING;
    default:
      return std::nullopt;
  }
}

void ArrayColumn::clear(size_t rows) {
  integers_.clear();
  reals_.clear();
  times_.clear();
  time_pointers_.clear();
  pointers_.clear();
  lengths_.clear();
  own_.clear();
  own_.reserve(rows);  // pointers lead into it
  marks_.clear();
}

int64_t ArrayColumn::add(const ParameterColumn& column, int64_t row, int64_t index) {
  const bool is_null = column.is_null(row);
  marks_.push_back(null_mark(is_null));
  switch (type_) {
    case MYSQL_TYPE_LONGLONG:
      integers_.push_back(is_null                                   ? 0
                          : column.kind() == ParameterKind::integer ? column.integer(row)
                          : column.kind() == ParameterKind::unsigned_integer
                              ? static_cast<int64_t>(column.unsigned_integer(row))
                              : static_cast<int64_t>(column.boolean(row)));
      return 9;
    case MYSQL_TYPE_DOUBLE:
      reals_.push_back(is_null ? 0 : bound_value(column, row, index).real);
      return 9;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_TIME:
    case MYSQL_TYPE_DATETIME:
      times_.push_back(is_null ? MYSQL_TIME{} : bound_value(column, row, index).time);
      return 14;
    default:
      break;
  }
  std::string_view bytes;
  if (!is_null && (column.kind() == ParameterKind::text || column.kind() == ParameterKind::bytes ||
                   column.kind() == ParameterKind::json)) {
    bytes = column.bytes(row);
  } else if (!is_null) {
    own_.push_back(std::move(bound_value(column, row, index).own));
    bytes = own_.back();
  }
  pointers_.push_back(bytes.data() == nullptr ? "" : bytes.data());
  lengths_.push_back(bytes.size());
  return static_cast<int64_t>(bytes.size()) + 10;
}

void ArrayColumn::bind(MYSQL_BIND& to) {
  to.buffer_type = type_;
  to.is_unsigned = is_unsigned_;
  set_null_marks(to, marks_.data());
  if (type_ == MYSQL_TYPE_LONGLONG) {
    to.buffer = integers_.data();
  } else if (type_ == MYSQL_TYPE_DOUBLE) {
    to.buffer = reals_.data();
  } else if (!times_.empty()) {
    // What has no fixed size on the wire is read through pointers.
    for (const MYSQL_TIME& time : times_) time_pointers_.push_back(&time);
    to.buffer = time_pointers_.data();
  } else {
    to.buffer = pointers_.data();
    to.length = lengths_.data();
  }
}

}  // namespace psa::mysql
