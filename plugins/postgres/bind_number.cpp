// SPDX-License-Identifier: Apache-2.0
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "literal.hpp"
#include "numeric.hpp"
#include "wire.hpp"

namespace psa::postgres {
namespace {

using Kind = ParameterKind;

/// A whole number, from any kind that holds one exactly.
std::optional<int64_t> whole(const ParameterColumn& column, int64_t row, const Type& type) {
  switch (column.kind()) {
    case Kind::integer:
      return column.integer(row);
    case Kind::unsigned_integer:
      if (column.unsigned_integer(row) > INT64_MAX) out_of_range(type);
      return static_cast<int64_t>(column.unsigned_integer(row));
    case Kind::real: {
      const double value = column.real(row);
      if (!(value >= -0x1p63 && value < 0x1p63) || value != std::trunc(value)) out_of_range(type);
      return static_cast<int64_t>(value);
    }
    case Kind::decimal: {
      std::string text = column.decimal(row);
      if (const size_t point = text.find('.'); point != std::string::npos) {
        if (text.find_first_not_of('0', point + 1) != std::string::npos) out_of_range(type);
        text.resize(point);
      }
      int64_t value = 0;
      const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
      if (code != std::errc() || end != text.data() + text.size()) out_of_range(type);
      return value;
    }
    default:
      return std::nullopt;
  }
}

template <class T>
T narrow(int64_t value, const Type& type) {
  if (value < std::numeric_limits<T>::min() || value > std::numeric_limits<T>::max()) out_of_range(type);
  return static_cast<T>(value);
}

std::optional<double> real_number(const ParameterColumn& column, int64_t row, const Type& type) {
  switch (column.kind()) {
    case Kind::real:
      return column.real(row);
    case Kind::integer: {
      const int64_t given = column.integer(row);
      const auto value = static_cast<double>(given);
      if (value == 0x1p63 || static_cast<int64_t>(value) != given) out_of_range(type);
      return value;
    }
    case Kind::unsigned_integer: {
      const uint64_t given = column.unsigned_integer(row);
      const auto value = static_cast<double>(given);
      if (value == 0x1p64 || static_cast<uint64_t>(value) != given) out_of_range(type);
      return value;
    }
    default:
      return std::nullopt;
  }
}

}  // namespace

Form encode_number(const Type& type, const ParameterColumn& column, int64_t row, bool binary_only,
                   GrowBuffer& to) {
  const Kind kind = column.kind();
  if (kind == Kind::text) return as_text(type, column, row, binary_only, to);
  switch (type.codec) {
    case Codec::float4:
    case Codec::float8: {
      if (kind == Kind::decimal) return as_text(type, column, row, binary_only, to);
      const auto value = real_number(column, row, type);
      if (!value) break;
      if (type.codec == Codec::float8) {
        put64(to, std::bit_cast<uint64_t>(*value));
        return Form::binary;
      }
      const auto narrowed = static_cast<float>(*value);
      if (std::isinf(narrowed) && !std::isinf(*value)) out_of_range(type);
      put32(to, std::bit_cast<uint32_t>(narrowed));
      return Form::binary;
    }
    case Codec::numeric: {
      std::optional<std::string> text;
      if (kind != Kind::integer && kind != Kind::unsigned_integer && kind != Kind::real &&
          kind != Kind::decimal)
        break;
      text = literal(column, row);
      if (!append_numeric(*text, to)) out_of_range(type);
      return Form::binary;
    }
    default: {
      const auto value = whole(column, row, type);
      if (!value) break;
      if (type.codec == Codec::int2)
        put16(to, static_cast<uint16_t>(narrow<int16_t>(*value, type)));
      else if (type.codec == Codec::int4)
        put32(to, static_cast<uint32_t>(narrow<int32_t>(*value, type)));
      else if (type.codec == Codec::oid)
        put32(to, narrow<uint32_t>(*value, type));
      else
        put64(to, static_cast<uint64_t>(*value));
      return Form::binary;
    }
  }
  mismatch(type, kind);
}

}  // namespace psa::postgres
