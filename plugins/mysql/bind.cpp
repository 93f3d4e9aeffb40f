// SPDX-License-Identifier: Apache-2.0
#include "bind.hpp"

#include <cmath>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/uuid_text.hpp>

#include "calendar.hpp"
#include "error.hpp"

namespace psa::mysql {
namespace {

std::string parameter(int64_t index, const ParameterColumn& column) {
  std::string text = "parameter " + std::to_string(index + 1);
  if (!column.name().empty()) text += " ('" + std::string(column.name()) + "')";
  return text;
}

DriverError out_of_range(int64_t index, const ParameterColumn& column, const char* why) {
  return {PSA_INVALID_ARGUMENT, PSA_CATEGORY_DATA, parameter(index, column) + " is out of range: " + why};
}

void set_time(BoundValue& value, enum_field_types type, const std::optional<MYSQL_TIME>& time, int64_t index,
              const ParameterColumn& column, const char* why) {
  if (!time) throw out_of_range(index, column, why);
  value.type = type;
  value.time = *time;
}

}  // namespace

BoundValue bound_value(const ParameterColumn& column, int64_t row, int64_t index) {
  BoundValue value;
  if (column.is_null(row)) return value;
  const auto bytes = [&](enum_field_types type) {
    value.type = type;
    value.bytes = column.bytes(row);
  };
  const auto own = [&](enum_field_types type, std::string text) {
    value.type = type;
    value.own = std::move(text);
    value.is_own = true;
  };
  switch (column.kind()) {
    case ParameterKind::boolean:
      value.type = MYSQL_TYPE_LONGLONG;
      value.integer = column.boolean(row) ? 1 : 0;
      break;
    case ParameterKind::integer:
      value.type = MYSQL_TYPE_LONGLONG;
      value.integer = column.integer(row);
      break;
    case ParameterKind::unsigned_integer:
      value.type = MYSQL_TYPE_LONGLONG;
      value.is_unsigned = true;
      value.integer = static_cast<int64_t>(column.unsigned_integer(row));
      break;
    case ParameterKind::real:
      value.type = MYSQL_TYPE_DOUBLE;
      value.real = column.real(row);
      if (!std::isfinite(value.real))
        throw out_of_range(index, column, "MySQL can't store infinities and NaN");
      break;
    case ParameterKind::text:
    case ParameterKind::json:
      bytes(MYSQL_TYPE_STRING);
      break;
    case ParameterKind::bytes:
      bytes(MYSQL_TYPE_BLOB);
      break;
    case ParameterKind::decimal:
      own(MYSQL_TYPE_NEWDECIMAL, column.decimal(row));
      break;
    case ParameterKind::uuid:
      own(MYSQL_TYPE_STRING, uuid_text(column.bytes(row)));
      break;
    case ParameterKind::date:
      set_time(value, MYSQL_TYPE_DATE, date_from(column.days(row)), index, column,
               "dates go from year 0 to 9999");
      break;
    case ParameterKind::time:
    case ParameterKind::duration:
      set_time(value, MYSQL_TYPE_TIME, time_from(column.ticks(row), column.ticks_per_second()), index, column,
               "times go from -838:59:59 to 838:59:59, in microseconds");
      break;
    case ParameterKind::timestamp:
      set_time(value, MYSQL_TYPE_DATETIME, timestamp_from(column.ticks(row), column.ticks_per_second()),
               index, column, "timestamps go from year 0 to 9999, in microseconds");
      break;
    default:
      throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_PROGRAMMING,
                        "Error binding " + parameter(index, column) + ": type '" +
                            std::string(kind_name(column.kind())) + "' is not supported")
          .with_hint("MySQL has no such type: pass the value as text or JSON");
  }
  return value;
}

void RowBinder::bind(MYSQL_STMT* statement, const ParameterBatch& batch, int64_t row) {
  const size_t count = batch.columns().size();
  bound_ = bound_ && binds_.size() == count;
  binds_.resize(count);
  values_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const ParameterColumn& column = batch.columns()[i];
    try {
      const ParameterColumn::Place place = column.resolve(row);
      BoundValue value = bound_value(*place.column, place.row, static_cast<int64_t>(i));
      MYSQL_BIND bind{};
      Value& kept = values_[i];
      bind.buffer_type = value.type;
      bind.is_unsigned = value.is_unsigned;
      if (value.is_own || value.bytes.data() != nullptr) {
        if (value.is_own) kept.text = std::move(value.own);
        const std::string_view bytes = value.is_own ? std::string_view(kept.text) : value.bytes;
        kept.length = bytes.size();
        bind.buffer = const_cast<char*>(bytes.data());
        bind.buffer_length = kept.length;
        bind.length = &kept.length;
      } else if (value.type == MYSQL_TYPE_LONGLONG) {
        kept.integer = value.integer;
        bind.buffer = &kept.integer;
      } else if (value.type == MYSQL_TYPE_DOUBLE) {
        kept.real = value.real;
        bind.buffer = &kept.real;
      } else if (value.type != MYSQL_TYPE_NULL) {
        kept.time = value.time;
        bind.buffer = &kept.time;
      }
      bound_ = bound_ && std::memcmp(&bind, &binds_[i], sizeof bind) == 0;
      binds_[i] = bind;
    } catch (DriverError& error) {
      error.with_parameter_column(static_cast<int64_t>(i));
      throw;
    }
  }
  if (bound_ || count == 0) return;
  if (mysql_stmt_bind_param(statement, binds_.data()) != 0) throw last_error(statement);
  bound_ = true;
}

}  // namespace psa::mysql
