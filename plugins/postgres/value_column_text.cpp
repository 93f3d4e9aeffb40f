// SPDX-License-Identifier: Apache-2.0
//
// Values from their text.
#include <array>
#include <bit>
#include <charconv>
#include <limits>
#include <string_view>

#include "malformed.hpp"
#include "value_column.hpp"
#include "value_text.hpp"

namespace psa::postgres {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  c = static_cast<char>(c | 0x20);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

template <class T>
T parse_number(std::string_view text, const char* what) {
  T value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  expect(code == std::errc() && end == text.data() + text.size(), what);
  return value;
}

template <class T>
T parse_real(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<T>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<T>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<T>::infinity();
  return parse_number<T>(text, "floating-point number");
}

}  // namespace

void ValueColumn::append_text(const char* given, size_t size) {
  const std::string_view text(given, size);
  const int64_t before = own_length();
  const bool was_mixed = mixed_;
  switch (codec_) {
    case Codec::boolean:
      expect(text == "t" || text == "f" || text == "true" || text == "false", "boolean");
      truths_.append(text[0] == 't');
      break;
    case Codec::int2:
      shorts_.append(parse_number<int16_t>(text, "smallint"));
      break;
    case Codec::int4:
      ints_.append(parse_number<int32_t>(text, "integer"));
      break;
    case Codec::oid:
      ints_.append(static_cast<int32_t>(parse_number<uint32_t>(text, "oid")));
      break;
    case Codec::int8:
      longs_.append(parse_number<int64_t>(text, "bigint"));
      break;
    case Codec::float4:
      ints_.append(std::bit_cast<int32_t>(parse_real<float>(text)));
      break;
    case Codec::float8:
      longs_.append(std::bit_cast<int64_t>(parse_real<double>(text)));
      break;
    case Codec::bytea: {
      const auto bytes = parse_bytea(text);
      expect(bytes.has_value(), "bytea");
      bytes_.append(unsigned_bytes(bytes->data()), bytes->size());
      break;
    }
    case Codec::date: {
      if (text == "infinity" || text == "-infinity") {
        append_odd(given, size);
        break;
      }
      const auto days = parse_date(text);
      expect(days.has_value(), "date in the ISO style; SET DateStyle TO ISO");
      ints_.append(static_cast<int32_t>(*days));
      break;
    }
    case Codec::time: {
      const auto time = parse_time(text);
      expect(time.has_value(), "time");
      append_time(*time);
      break;
    }
    case Codec::timestamp:
    case Codec::timestamptz: {
      expect(text.ends_with("infinity") ||
                 (text.size() > 4 && text.find('-') >= 4 && text[0] >= '0' && text[0] <= '9'),
             "timestamp in the ISO style; SET DateStyle TO ISO");
      const auto time = parse_timestamp(text);
      if (time)
        longs_.append(*time);
      else
        append_odd(given, size);
      break;
    }
    case Codec::interval: {
      const auto parts = parse_interval(text);
      if (parts)
        append_interval(parts->months, parts->days, parts->microseconds);
      else
        append_odd(given, size);
      break;
    }
    case Codec::uuid: {
      std::array<uint8_t, 16> value;
      size_t at = 0;
      for (size_t i = 0; i < text.size() && at < 32; ++i) {
        if (text[i] == '-') continue;
        const int digit = hex_digit(text[i]);
        expect(digit >= 0, "uuid");
        value[at / 2] = static_cast<uint8_t>(at % 2 == 0 ? digit << 4 : value[at / 2] | digit);
        ++at;
      }
      expect(at == 32, "uuid");
      wides_.append(std::bit_cast<Wide>(value));
      break;
    }
    default:
      append_utf8(given, size);
      break;
  }
  if (was_mixed && own_length() != before) {
    union_types_.append(0);
    union_places_.append(static_cast<int32_t>(before));
  }
}

}  // namespace psa::postgres
