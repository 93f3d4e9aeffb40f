// SPDX-License-Identifier: Apache-2.0
#include "literal.hpp"
#include "wire.hpp"

namespace psa::postgres {
namespace {

using Kind = ParameterKind;

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

}  // namespace

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

}  // namespace psa::postgres
