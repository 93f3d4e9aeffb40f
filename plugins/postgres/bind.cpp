// SPDX-License-Identifier: Apache-2.0
#include "bind.hpp"

#include <string>
#include <string_view>

#include <psa/sdk/driver_error.hpp>

#include "literal.hpp"
#include "wire.hpp"

namespace psa::postgres {
namespace {

using Kind = ParameterKind;

void put_text(std::string_view text, GrowBuffer& to) {
  refuse_nul(text);
  put_bytes(to, text.data(), text.size());
}

}  // namespace

Form encode(const Type& type, const TypeSource& types, const ParameterColumn& column, int64_t row,
            bool binary_only, GrowBuffer& to) {
  const Kind kind = column.kind();
  if (type.is_array()) {
    if (kind == Kind::list) return encode_array(type, types, column, row, binary_only, to);
    if (kind == Kind::text) return as_text(type, column, row, binary_only, to);
    mismatch(type, kind);
  }
  if (kind == Kind::list) mismatch(type, kind);
  switch (type.codec) {
    case Codec::boolean:
      if (kind == Kind::boolean) {
        to.ensure(1);
        to.put(static_cast<uint8_t>(column.boolean(row) ? 1 : 0));
        return Form::binary;
      }
      if (kind == Kind::text) return as_text(type, column, row, binary_only, to);
      mismatch(type, kind);
    case Codec::int2:
    case Codec::int4:
    case Codec::int8:
    case Codec::oid:
    case Codec::float4:
    case Codec::float8:
    case Codec::numeric:
      return encode_number(type, column, row, binary_only, to);
    case Codec::text:
    case Codec::json:
    case Codec::jsonb: {
      if (type.codec == Codec::jsonb) {
        to.ensure(1);
        to.put(uint8_t{1});
      }
      if (kind == Kind::text || kind == Kind::json) {
        put_text(column.bytes(row), to);
        return Form::binary;
      }
      const auto text = literal(column, row);
      if (!text) mismatch(type, kind);
      put_bytes(to, text->data(), text->size());
      return Form::binary;
    }
    case Codec::bytea:
      if (kind == Kind::bytes) {
        put_bytes(to, column.bytes(row).data(), column.bytes(row).size());
        return Form::binary;
      }
      if (kind == Kind::text) return as_text(type, column, row, binary_only, to);
      mismatch(type, kind);
    case Codec::uuid:
      if (kind == Kind::uuid) {
        put_bytes(to, column.bytes(row).data(), 16);
        return Form::binary;
      }
      if (kind == Kind::text) return as_text(type, column, row, binary_only, to);
      mismatch(type, kind);
    case Codec::date:
    case Codec::time:
    case Codec::timetz:
    case Codec::timestamp:
    case Codec::timestamptz:
    case Codec::interval:
      return encode_temporal(type, column, row, binary_only, to);
    default:
      if (type.oid == 0 &&
          kind == Kind::bytes) {  // not described; as text they would need the server's escapes
        put_bytes(to, column.bytes(row).data(), column.bytes(row).size());
        return Form::binary;
      }
      return as_text(type, column, row, binary_only, to);
  }
}

std::string parameter_name(size_t index, const ParameterColumn& column) {
  std::string text = "parameter " + std::to_string(index + 1);
  if (!column.name().empty()) text += " ('" + std::string(column.name()) + "')";
  return text;
}

void ParameterSet::set(const ParameterBatch& batch, int64_t row, const std::vector<const Type*>& wanted,
                       const TypeSource& types) {
  const size_t count = wanted.size();
  bytes_.clear();
  places_.resize(count);
  values_.resize(count);
  lengths_.resize(count);
  forms_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const ParameterColumn& column = batch.columns()[i];
    const auto [place, at] = column.resolve(row);
    places_[i] = SIZE_MAX;
    lengths_[i] = forms_[i] = 0;
    if (place->is_null(at)) continue;
    const size_t begin = bytes_.size();
    try {
      forms_[i] = static_cast<int>(encode(*wanted[i], types, *place, at, false, bytes_));
    } catch (DriverError& error) {
      error.message = parameter_name(i, column) + ' ' + error.message;
      error.parameter_column = static_cast<int64_t>(i);
      throw;
    }
    if (bytes_.size() - begin > INT32_MAX)
      throw refusal(parameter_name(i, column) + " is larger than 2 GiB")
          .with_parameter_column(static_cast<int64_t>(i));
    places_[i] = begin;
    lengths_[i] = static_cast<int>(bytes_.size() - begin);
  }
  // Only now does the memory stay where it is.
  bytes_.ensure(1);
  for (size_t i = 0; i < count; ++i)
    values_[i] = places_[i] == SIZE_MAX ? nullptr : reinterpret_cast<const char*>(bytes_.data()) + places_[i];
}

}  // namespace psa::postgres
