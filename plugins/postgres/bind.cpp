// SPDX-License-Identifier: Apache-2.0
#include "bind.hpp"

#include <array>
#include <bit>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/iso_text.hpp>

#include "numeric.hpp"
#include "wire.hpp"

namespace psa::postgres {
namespace {

using Kind = ParameterKind;

DriverError refusal(std::string what) { return {PSA_INVALID_ARGUMENT, PSA_CATEGORY_DATA, std::move(what)}; }

[[noreturn]] void mismatch(const Type& type, Kind kind) {
  throw refusal("is a value of type '" + std::string(kind_name(kind)) + "', but the server expects " +
                type.name)
      .with_hint("pass a value of that type, or write a cast into the statement: CAST(:name AS type)");
}

[[noreturn]] void out_of_range(const Type& type) {
  throw refusal("does not fit the server's type " + type.name);
}

std::string uuid_text(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text += digits[static_cast<uint8_t>(bytes[i]) >> 4];
    text += digits[static_cast<uint8_t>(bytes[i]) & 15];
  }
  return text;
}

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

void refuse_nul(std::string_view text) {
  if (text.find('\0') != std::string_view::npos)
    throw refusal("contains a NUL character, which PostgreSQL's text can't hold")
        .with_hint("store it as bytea, or take the character out");
}

/// The value as PostgreSQL would read it from a literal; nothing where it has no such text.
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
    throw refusal("is " + std::string(kind_name(column.kind())) + ", which goes to " + type.name +
                  " as text only");
  put_bytes(to, text->c_str(), text->size() + 1);  // libpq takes text up to a NUL
  return Form::text;
}

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

int64_t microseconds(const ParameterColumn& column, int64_t row, const Type& type) {
  const int64_t ticks = column.ticks(row);
  const int64_t per_second = column.ticks_per_second();
  if (per_second > 1'000'000) {
    const int64_t divide = per_second / 1'000'000;
    if (ticks % divide != 0)
      throw refusal("has parts below a microsecond, which " + type.name + " does not hold");
    return ticks / divide;
  }
  int64_t value;
  if (__builtin_mul_overflow(ticks, 1'000'000 / per_second, &value)) out_of_range(type);
  return value;
}

// PostgreSQL's range; its own end is below that of 64 bits.
constexpr int64_t first_timestamp = INT64_C(-211813488000000000);
constexpr int64_t end_of_timestamps = INT64_C(9223371331200000000);

void put_timestamp(int64_t unix_microseconds, const Type& type, GrowBuffer& to) {
  int64_t value;
  if (__builtin_sub_overflow(unix_microseconds, epoch_microseconds, &value) || value < first_timestamp ||
      value >= end_of_timestamps)
    out_of_range(type);
  put64(to, static_cast<uint64_t>(value));
}

void put_text(std::string_view text, GrowBuffer& to) {
  refuse_nul(text);
  put_bytes(to, text.data(), text.size());
}

Form encode_array(const Type& type, const TypeSource& types, const ParameterColumn& column, int64_t row,
                  GrowBuffer& to);

Form encode_temporal(const Type& type, const ParameterColumn& column, int64_t row, bool binary_only,
                     GrowBuffer& to) {
  const Kind kind = column.kind();
  switch (type.codec) {
    case Codec::date:
      if (kind == Kind::date) {
        const int64_t days = static_cast<int64_t>(column.days(row)) - epoch_days;
        if (days < -2451545 || days > 2145031948) out_of_range(type);
        put32(to, static_cast<uint32_t>(static_cast<int32_t>(days)));
        return Form::binary;
      }
      if (kind == Kind::timestamp && column.zone().empty()) {
        const int64_t at = microseconds(column, row, type);
        if (at % microseconds_per_day != 0) throw refusal("has a time of day, which date does not hold");
        put32(to, static_cast<uint32_t>(static_cast<int32_t>(at / microseconds_per_day - epoch_days)));
        return Form::binary;
      }
      break;
    case Codec::time:
      if (kind == Kind::time) {
        const int64_t at = microseconds(column, row, type);
        if (at < 0 || at > microseconds_per_day) out_of_range(type);
        put64(to, static_cast<uint64_t>(at));
        return Form::binary;
      }
      break;
    case Codec::timestamp:
    case Codec::timestamptz: {
      const bool zoned = type.codec == Codec::timestamptz;
      if (kind == Kind::timestamp && column.zone().empty() != zoned) {
        put_timestamp(microseconds(column, row, type), type, to);
        return Form::binary;
      }
      if (kind == Kind::timestamp && !zoned)
        throw refusal("has a time zone, but the server expects " + type.name)
            .with_hint("pass a timestamp without zone, or write CAST(:name AS timestamptz)");
      if (kind == Kind::date && !zoned) {
        int64_t at;
        if (__builtin_mul_overflow(static_cast<int64_t>(column.days(row)), microseconds_per_day, &at))
          out_of_range(type);
        put_timestamp(at, type, to);
        return Form::binary;
      }
      break;
    }
    case Codec::interval:
      if (kind == Kind::interval) {
        const ParameterColumn::Interval value = column.interval(row);
        if (value.nanoseconds % 1000 != 0)
          throw refusal("has parts below a microsecond, which interval does not hold");
        put64(to, static_cast<uint64_t>(value.nanoseconds / 1000));
        put32(to, static_cast<uint32_t>(value.days));
        put32(to, static_cast<uint32_t>(value.months));
        return Form::binary;
      }
      if (kind == Kind::duration) {
        put64(to, static_cast<uint64_t>(microseconds(column, row, type)));
        put32(to, 0);
        put32(to, 0);
        return Form::binary;
      }
      break;
    default:
      break;
  }
  // Text, and a time without zone for a type with one: the server reads it in the session's zone.
  if (kind == Kind::text ||
      ((kind == Kind::date || kind == Kind::timestamp) && type.codec == Codec::timestamptz) ||
      (kind == Kind::time && type.codec == Codec::timetz))
    return as_text(type, column, row, binary_only, to);
  mismatch(type, kind);
}

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

Form encode_array(const Type& type, const TypeSource& types, const ParameterColumn& column, int64_t row,
                  GrowBuffer& to) {
  // Nested lists are one array of several dimensions, all of whose lists are equally long.
  std::vector<uint32_t> sizes;
  const ParameterColumn* level = &column;
  ParameterColumn::Range rows{row, row + 1};
  const Type& element = types.type(type.element);
  while (level->kind() == Kind::list) {
    int64_t size = -1;
    for (int64_t i = rows.begin; i < rows.end; ++i) {
      if (level->is_null(i))
        throw refusal("has NULL in place of a nested list, which PostgreSQL's arrays can't hold");
      const ParameterColumn::Range inner = level->range(i);
      if (size >= 0 && inner.end - inner.begin != size)
        throw refusal("has nested lists of different lengths, which PostgreSQL's arrays can't hold");
      size = inner.end - inner.begin;
    }
    if (size <= 0) break;
    if (size > INT32_MAX || sizes.size() == 6)
      throw refusal("has more elements or dimensions than an array holds");
    sizes.push_back(static_cast<uint32_t>(size));
    rows = {level->range(rows.begin).begin, level->range(rows.end - 1).end};
    level = &level->elements();
  }
  const bool empty = level->kind() == Kind::list || sizes.empty();
  put32(to, empty ? 0 : static_cast<uint32_t>(sizes.size()));
  const size_t flag_at = to.size();
  put32(to, 0);
  put32(to, element.oid);
  if (empty) return Form::binary;
  for (const uint32_t size : sizes) {
    put32(to, size);
    put32(to, 1);
  }
  bool has_null = false;
  for (int64_t i = rows.begin; i < rows.end; ++i) {
    const auto [place, at] = level->resolve(i);
    if (place->is_null(at)) {
      has_null = true;
      put32(to, UINT32_MAX);
      continue;
    }
    const size_t size_at = to.size();
    put32(to, 0);
    encode(element, types, *place, at, true, to);
    const uint32_t size = __builtin_bswap32(static_cast<uint32_t>(to.size() - size_at - 4));
    std::memcpy(to.data() + size_at, &size, sizeof size);
  }
  if (has_null) to.data()[flag_at + 3] = 1;
  return Form::binary;
}

}  // namespace

Form encode(const Type& type, const TypeSource& types, const ParameterColumn& column, int64_t row,
            bool binary_only, GrowBuffer& to) {
  const Kind kind = column.kind();
  if (type.is_array()) {
    if (kind == Kind::list) return encode_array(type, types, column, row, to);
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
