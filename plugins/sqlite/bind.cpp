// SPDX-License-Identifier: Apache-2.0
#include "bind.hpp"

#include <cmath>
#include <optional>
#include <string>
#include <string_view>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/iso_text.hpp>
#include <psa/sdk/uuid_text.hpp>

#include "error.hpp"

namespace psa::sqlite {
namespace {

std::string parameter(int index, const ParameterColumn& column) {
  std::string text = "parameter " + std::to_string(index);
  if (!column.name().empty()) text += " ('" + std::string(column.name()) + "')";
  return text;
}

DriverError out_of_range(int index, const ParameterColumn& column, const char* why) {
  return {PSA_INVALID_ARGUMENT, PSA_CATEGORY_DATA, parameter(index, column) + " is out of range: " + why};
}

int bind_text(sqlite3_stmt* statement, int index, std::string_view text, sqlite3_destructor_type destructor) {
  return sqlite3_bind_text64(statement, index, text.data(), text.size(), destructor, SQLITE_UTF8);
}

int bind_iso(sqlite3_stmt* statement, int index, const ParameterColumn& column,
             const std::optional<IsoText>& text) {
  if (!text) throw out_of_range(index, column, "dates go from year 1 to 9999, times from 00:00 to 24:00");
  return bind_text(statement, index, text->view(), SQLITE_TRANSIENT);
}

int bind_seldom(sqlite3_stmt* statement, int index, const ParameterColumn& column, int64_t row) {
  switch (column.kind()) {
    case ParameterKind::unsigned_integer: {
      const uint64_t value = column.unsigned_integer(row);
      if (value > INT64_MAX)
        throw out_of_range(index, column, "SQLite's integers end at 9223372036854775807");
      return sqlite3_bind_int64(statement, index, static_cast<int64_t>(value));
    }
    case ParameterKind::decimal:
      return bind_text(statement, index, column.decimal(row), SQLITE_TRANSIENT);
    case ParameterKind::uuid:
      return bind_text(statement, index, uuid_text(column.bytes(row)), SQLITE_TRANSIENT);
    case ParameterKind::date:
      return bind_iso(statement, index, column, IsoText::date(column.days(row)));
    case ParameterKind::time:
      return bind_iso(statement, index, column, IsoText::time(column.ticks(row), column.ticks_per_second()));
    case ParameterKind::timestamp:
      return bind_iso(statement, index, column,
                      IsoText::timestamp(column.ticks(row), column.ticks_per_second(), column.zone()));
    default:
      throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_PROGRAMMING,
                        "Error binding " + parameter(index, column) + ": type '" +
                            std::string(kind_name(column.kind())) + "' is not supported")
          .with_hint("SQLite stores integers, doubles, text and blobs: pass the value as text or JSON");
  }
}

int bind_value(sqlite3_stmt* statement, int index, const ParameterColumn& column, int64_t row,
               sqlite3_destructor_type destructor) {
  if (column.is_null(row)) return sqlite3_bind_null(statement, index);
  switch (column.kind()) {
    case ParameterKind::integer:
      return sqlite3_bind_int64(statement, index, column.integer(row));
    case ParameterKind::real: {
      const double value = column.real(row);
      // SQLite would store NULL, and nobody would notice.
      if (std::isnan(value)) throw out_of_range(index, column, "SQLite can't store NaN");
      return sqlite3_bind_double(statement, index, value);
    }
    case ParameterKind::text:
    case ParameterKind::json:
      return bind_text(statement, index, column.bytes(row), destructor);
    case ParameterKind::bytes: {
      const std::string_view bytes = column.bytes(row);
      return sqlite3_bind_blob64(statement, index, bytes.data(), bytes.size(), destructor);
    }
    case ParameterKind::boolean:
      return sqlite3_bind_int64(statement, index, column.boolean(row) ? 1 : 0);
    default:
      return bind_seldom(statement, index, column, row);
  }
}

}  // namespace

void bind_row(sqlite3_stmt* statement, const ParameterBatch& batch, int64_t row, Keep keep) {
  const sqlite3_destructor_type destructor = keep == Keep::copied ? SQLITE_TRANSIENT : SQLITE_STATIC;
  int index = 0;
  for (const ParameterColumn& column : batch.columns()) {
    ++index;
    try {
      const ParameterColumn::Place place = column.resolve(row);
      const int code = bind_value(statement, index, *place.column, place.row, destructor);
      if (code != SQLITE_OK) throw make_error(code, sqlite3_errstr(code));
    } catch (DriverError& error) {
      error.with_parameter_column(index - 1);
      throw;
    }
  }
}

}  // namespace psa::sqlite
