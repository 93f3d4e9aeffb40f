// SPDX-License-Identifier: Apache-2.0
#include "literal.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <utility>

#include <psa/sdk/iso_text.hpp>
#include <psa/sdk/uuid_text.hpp>

#include "wire.hpp"

namespace psa::postgres {
namespace {

using Kind = ParameterKind;

std::string real_text(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  std::array<char, 40> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

std::string iso(const std::optional<IsoText>& text) {
  if (!text)
    throw refusal("is out of range: as text, dates go from year 1 to 9999 and times from 00:00 to 24:00");
  return std::string(text->view());
}

}  // namespace

DriverError refusal(std::string what) { return {PSA_INVALID_ARGUMENT, PSA_CATEGORY_DATA, std::move(what)}; }

void mismatch(const Type& type, ParameterKind kind) {
  throw refusal("is a value of type '" + std::string(kind_name(kind)) + "', but the server expects " +
                type.name)
      .with_hint("pass a value of that type, or write a cast into the statement: CAST(:name AS type)");
}

void out_of_range(const Type& type) { throw refusal("does not fit the server's type " + type.name); }

void refuse_nul(std::string_view text) {
  if (text.find('\0') != std::string_view::npos)
    throw refusal("contains a NUL character, which PostgreSQL's text can't hold")
        .with_hint("store it as bytea, or take the character out");
}

std::optional<std::string> literal(const ParameterColumn& column, int64_t row) {
  switch (column.kind()) {
    case Kind::boolean:
      return column.boolean(row) ? "true" : "false";
    case Kind::integer:
      return std::to_string(column.integer(row));
    case Kind::unsigned_integer:
      return std::to_string(column.unsigned_integer(row));
    case Kind::real:
      return real_text(column.real(row));
    case Kind::text:
    case Kind::json:
      refuse_nul(column.bytes(row));
      return std::string(column.bytes(row));
    case Kind::decimal:
      return column.decimal(row);
    case Kind::uuid:
      return uuid_text(column.bytes(row));
    case Kind::date:
      return iso(IsoText::date(column.days(row)));
    case Kind::time:
      return iso(IsoText::time(column.ticks(row), column.ticks_per_second()));
    case Kind::timestamp:
      return iso(IsoText::timestamp(column.ticks(row), column.ticks_per_second(), column.zone()));
    default:
      return std::nullopt;
  }
}

Form as_text(const Type& type, const ParameterColumn& column, int64_t row, bool binary_only, GrowBuffer& to) {
  const auto text = literal(column, row);
  if (!text) mismatch(type, column.kind());
  if (binary_only)
    throw OnlyText(
        PSA_INVALID_ARGUMENT, PSA_CATEGORY_DATA,
        "is " + std::string(kind_name(column.kind())) + ", which goes to " + type.name + " as text only");
  put_bytes(to, text->c_str(), text->size() + 1);  // libpq takes text up to a NUL
  return Form::text;
}

}  // namespace psa::postgres
