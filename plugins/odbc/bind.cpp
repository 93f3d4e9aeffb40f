// SPDX-License-Identifier: Apache-2.0
#include "bind.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/iso_text.hpp>
#include <psa/sdk/uuid_text.hpp>

#include "connection.hpp"
#include "moments.hpp"

namespace psa::odbc {
namespace {

// What more is a "long" value to many databases.
constexpr size_t longest_characters = 4000;
constexpr size_t longest_bytes = 8000;

DriverError out_of_range(const char* why) {
  return {PSA_INVALID_ARGUMENT, PSA_CATEGORY_DATA, std::string("a parameter is out of range: ") + why};
}

std::string iso(const std::optional<IsoText>& text) {
  if (!text) throw out_of_range("dates go from year 1 to 9999, times from 00:00 to 24:00");
  return std::string(text->view());
}

ParameterType text_type(const Facts& facts) {
  if (facts.takes_utf8) return {SQL_C_CHAR, SQL_VARCHAR};
  return {SQL_C_WCHAR, SQL_WVARCHAR};
}

}  // namespace

ParameterType parameter_type(const ParameterColumn& column, const Facts& facts) {
  switch (column.kind()) {
    case ParameterKind::boolean:
      return {SQL_C_BIT, SQL_BIT, 0, 1};
    case ParameterKind::integer:
      return {SQL_C_SBIGINT, SQL_BIGINT, 0, 8};
    case ParameterKind::unsigned_integer:
      if (facts.dbms->kind == DbmsKind::mysql) return {SQL_C_UBIGINT, SQL_BIGINT, 0, 8};
      return {SQL_C_CHAR, SQL_NUMERIC};
    case ParameterKind::real:
      return {SQL_C_DOUBLE, SQL_DOUBLE, 0, 8};
    case ParameterKind::decimal:
      // Its precision may be more than the database has a number for; as text it is converted there.
      return {SQL_C_CHAR, SQL_VARCHAR};
    case ParameterKind::null:
    case ParameterKind::text:
    case ParameterKind::json:
      return text_type(facts);
    case ParameterKind::uuid:
    case ParameterKind::time:  // ODBC's structure for it has no fractions
      return {SQL_C_CHAR, SQL_VARCHAR};
    case ParameterKind::bytes:
      return {SQL_C_BINARY, SQL_VARBINARY};
    case ParameterKind::date:
      return {SQL_C_TYPE_DATE, SQL_TYPE_DATE, 0, sizeof(SQL_DATE_STRUCT)};
    case ParameterKind::timestamp:
      if (facts.dbms->takes_moments_as_text || (!column.zone().empty() && facts.dbms->zones_in_text))
        return {SQL_C_CHAR, SQL_VARCHAR};
      return {SQL_C_TYPE_TIMESTAMP, SQL_TYPE_TIMESTAMP, 6, sizeof(SQL_TIMESTAMP_STRUCT)};
    default:
      throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_PROGRAMMING,
                        "a parameter is of the type '" + std::string(kind_name(column.kind())) +
                            "', which cannot be sent through ODBC")
          .with_hint("pass it as text or JSON");
  }
}

template <class T>
void EncodedValue::keep(const T& value) {
  static_assert(sizeof(T) <= sizeof fixed_);
  std::memcpy(fixed_.data(), &value, sizeof(T));
  bytes_ = {fixed_.data(), sizeof(T)};
}

void EncodedValue::keep_text(std::string text) {
  text_ = std::move(text);
  bytes_ = text_;
}

void EncodedValue::encode(const ParameterColumn& column, int64_t row, const ParameterType& type) {
  switch (column.kind()) {
    case ParameterKind::boolean:
      return keep(static_cast<uint8_t>(column.boolean(row) ? 1 : 0));
    case ParameterKind::integer:
      return keep(column.integer(row));
    case ParameterKind::unsigned_integer:
      if (type.c_type == SQL_C_UBIGINT) return keep(column.unsigned_integer(row));
      return keep_text(std::to_string(column.unsigned_integer(row)));
    case ParameterKind::real:
      return keep(column.real(row));
    case ParameterKind::decimal:
      return keep_text(column.decimal(row));
    case ParameterKind::uuid:
      return keep_text(uuid_text(column.bytes(row)));
    case ParameterKind::time:
      return keep_text(iso(IsoText::time(column.ticks(row), column.ticks_per_second())));
    case ParameterKind::date: {
      const auto date = date_from(column.days(row));
      if (!date) throw out_of_range("dates go from year 1 to 9999");
      return keep(*date);
    }
    case ParameterKind::timestamp: {
      if (type.c_type == SQL_C_CHAR)
        return keep_text(
            iso(IsoText::timestamp(column.ticks(row), column.ticks_per_second(), column.zone())));
      const auto moment = timestamp_from(column.ticks(row), column.ticks_per_second());
      if (!moment) throw out_of_range("dates go from year 1 to 9999");
      return keep(*moment);
    }
    default:
      break;
  }
  bytes_ = column.bytes(row);
  if (type.c_type != SQL_C_WCHAR) return;
  WideText wide(bytes_);
  wide_.assign(wide.data(), wide.data() + wide.size());
  bytes_ = {reinterpret_cast<const char*>(wide_.data()), wide_.size() * sizeof(SQLWCHAR)};
}

SQLULEN column_size(const ParameterType& type, size_t bytes) noexcept {
  switch (type.sql_type) {
    case SQL_BIT:
      return 1;
    case SQL_BIGINT:
      return 19;
    case SQL_DOUBLE:
      return 15;
    case SQL_NUMERIC:
      return 20;
    case SQL_TYPE_DATE:
      return 10;
    case SQL_TYPE_TIMESTAMP:
      return 26;
    default:
      return std::max<size_t>(type.c_type == SQL_C_WCHAR ? bytes / sizeof(SQLWCHAR) : bytes, 1);
  }
}

SQLSMALLINT sql_type_for(const ParameterType& type, size_t bytes) noexcept {
  if (type.sql_type == SQL_VARCHAR && bytes > longest_bytes) return SQL_LONGVARCHAR;
  if (type.sql_type == SQL_WVARCHAR && bytes > longest_characters * sizeof(SQLWCHAR)) return SQL_WLONGVARCHAR;
  if (type.sql_type == SQL_VARBINARY && bytes > longest_bytes) return SQL_LONGVARBINARY;
  return type.sql_type;
}

void ParameterBinder::bind(Connection& connection, SQLHSTMT statement, const ParameterBatch& batch,
                           int64_t row) {
  if (slots_.size() != batch.columns().size()) {
    slots_.clear();  // bound are the addresses within the old ones
    slots_.resize(batch.columns().size());
  }
  for (size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    try {
      const ParameterColumn::Place place = batch.columns()[i].resolve(row);
      const ParameterType type = parameter_type(*place.column, connection.facts());
      const bool is_null = place.column->is_null(place.row);
      if (!is_null) slot.value.encode(*place.column, place.row, type);
      const std::string_view bytes = is_null ? std::string_view() : slot.value.bytes();
      slot.size = is_null ? SQL_NULL_DATA : static_cast<SQLLEN>(bytes.size());
      // A pointer that is not NULL, also where there is nothing to read.
      const char* data = bytes.data() == nullptr ? "" : bytes.data();
      const Binding wanted = {type.c_type, sql_type_for(type, bytes.size()),
                              type.digits, column_size(type, bytes.size()),
                              data,        bytes.size()};
      if (wanted == slot.bound) continue;
      slot.bound = {};
      const SQLRETURN code =
          SQLBindParameter(statement, static_cast<SQLUSMALLINT>(i + 1), SQL_PARAM_INPUT, wanted.c_type,
                           wanted.sql_type, wanted.column_size, wanted.digits, const_cast<char*>(data),
                           static_cast<SQLLEN>(wanted.width), &slot.size);
      if (!SQL_SUCCEEDED(code)) connection.fail(SQL_HANDLE_STMT, statement);
      slot.bound = wanted;
    } catch (DriverError& error) {
      error.with_parameter_column(static_cast<int64_t>(i));
      throw;
    }
  }
}

}  // namespace psa::odbc
