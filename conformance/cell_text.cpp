// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <string>
#include <string_view>

#include <psa/sdk/iso_text.hpp>
#include <psa/sdk/parameters.hpp>
#include <psa/sdk/uuid_text.hpp>

#include "batches.hpp"

namespace psa_conformance {
namespace {

using psa::ParameterColumn;
using psa::ParameterKind;

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    text += "0123456789ABCDEF"[static_cast<unsigned char>(c) >> 4];
    text += "0123456789ABCDEF"[c & 15];
  }
  return text;
}

template <class Real>
std::string shortest(Real value) {
  char text[64];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

std::string iso(const std::optional<psa::IsoText>& text) {
  return text ? std::string(text->view()) : "outside of the calendar";
}

std::string text_of(const ParameterColumn& given, int64_t given_row, std::string_view format) {
  const auto [column, row] = given.resolve(given_row);
  if (column->is_null(row)) return "null";
  switch (column->kind()) {
    case ParameterKind::boolean:
      return column->boolean(row) ? "bool true" : "bool false";
    case ParameterKind::integer:
      return "int64 " + std::to_string(column->integer(row));
    case ParameterKind::unsigned_integer:
      return "uint64 " + std::to_string(column->unsigned_integer(row));
    case ParameterKind::real:
      return "double " +
             (format == "f" ? shortest(static_cast<float>(column->real(row))) : shortest(column->real(row)));
    case ParameterKind::text:
      return "text " + std::string(column->bytes(row));
    case ParameterKind::bytes:
      return "bytes " + hexadecimal(column->bytes(row));
    case ParameterKind::decimal:
      return "decimal " + column->decimal(row);
    case ParameterKind::uuid:
      return "uuid " + psa::uuid_text(column->bytes(row));
    case ParameterKind::json:
      return "json " + std::string(column->bytes(row));
    case ParameterKind::date:
      return "date " + iso(psa::IsoText::date(column->days(row)));
    case ParameterKind::time:
      if (const auto text = psa::IsoText::time(column->ticks(row), column->ticks_per_second()))
        return "time " + std::string(text->view());
      return "time " + std::to_string(column->ticks(row)) + " of " +
             std::to_string(column->ticks_per_second());
    case ParameterKind::timestamp:
      return (column->zone().empty() ? "timestamp " : "timestamp_tz ") +
             iso(psa::IsoText::timestamp(column->ticks(row), column->ticks_per_second(), column->zone()));
    case ParameterKind::duration:
      return "duration " + std::to_string(column->ticks(row) * 1'000'000 / column->ticks_per_second()) +
             " us";
    case ParameterKind::interval: {
      const auto parts = column->interval(row);
      return "interval " + std::to_string(parts.months) + ' ' + std::to_string(parts.days) + ' ' +
             std::to_string(parts.nanoseconds);
    }
    case ParameterKind::list: {
      std::string text;
      const auto [begin, end] = column->range(row);
      for (int64_t i = begin; i < end; ++i)
        text += (i == begin ? "" : ", ") + text_of(column->elements(), i, "");
      return "[" + text + "]";
    }
    case ParameterKind::null:
    case ParameterKind::mixed:
      break;
  }
  return "null";
}

}  // namespace

std::string cell_text(const ArrowSchema& schema, const ArrowArray& array, int64_t row, int64_t column) {
  const ArrowSchema& field = *schema.children[column];
  const ParameterColumn read(field, *array.children[column], array.offset, array.length);
  return text_of(read, row, field.format);
}

}  // namespace psa_conformance
