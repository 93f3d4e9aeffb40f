// SPDX-License-Identifier: Apache-2.0
#include "value_column.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>

#include <arpa/inet.h>

#include <psa/sdk/driver_error.hpp>

#include "numeric.hpp"
#include "value_text.hpp"
#include "wire.hpp"

namespace psa::postgres {
namespace {

[[noreturn]] void malformed(const char* what) {
  throw DriverError(PSA_ERROR, PSA_CATEGORY_DATA, std::string("the server sent bytes that are no ") + what);
}

void expect(bool holds, const char* what) {
  if (!holds) [[unlikely]]
    malformed(what);
}

const uint8_t* unsigned_bytes(const char* text) { return reinterpret_cast<const uint8_t*>(text); }

std::string inet_text(const char* bytes, size_t size) {
  expect(size >= 4 && size == 4 + static_cast<size_t>(static_cast<uint8_t>(bytes[3])), "inet");
  const bool six = size == 20;
  const int bits = static_cast<uint8_t>(bytes[1]);
  std::array<char, INET6_ADDRSTRLEN> text;
  expect(six || size == 8, "inet");
  expect(inet_ntop(six ? AF_INET6 : AF_INET, bytes + 4, text.data(), text.size()) != nullptr, "inet");
  std::string out = text.data();
  if (bytes[2] != 0 || bits != (six ? 128 : 32)) out += '/' + std::to_string(bits);
  return out;
}

std::string macaddr_text(const char* bytes, size_t size) {
  constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (size_t i = 0; i < size; ++i) {
    if (i != 0) text += ':';
    text += digits[static_cast<uint8_t>(bytes[i]) >> 4];
    text += digits[static_cast<uint8_t>(bytes[i]) & 15];
  }
  return text;
}

std::string bit_text(const char* bytes, size_t size) {
  expect(size >= 4, "bit string");
  const uint32_t count = load32(bytes);
  expect((static_cast<size_t>(count) + 7) / 8 == size - 4, "bit string");
  std::string text(count, '0');
  for (uint32_t i = 0; i < count; ++i)
    if ((static_cast<uint8_t>(bytes[4 + i / 8]) >> (7 - i % 8) & 1) != 0) text[i] = '1';
  return text;
}

// As PostgreSQL writes it: a byte that is no character becomes octal.
std::string char_text(uint8_t byte) {
  if (byte == 0) return "";
  if (byte < 0x80) return std::string(1, static_cast<char>(byte));
  return {'\\', static_cast<char>('0' + (byte >> 6)), static_cast<char>('0' + ((byte >> 3) & 7)),
          static_cast<char>('0' + (byte & 7))};
}

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

int64_t ValueColumn::own_length() const noexcept {
  switch (codec_) {
    case Codec::boolean:
      return truths_.length();
    case Codec::int2:
      return shorts_.length();
    case Codec::int4:
    case Codec::oid:
    case Codec::float4:
    case Codec::date:
      return ints_.length();
    case Codec::int8:
    case Codec::float8:
    case Codec::time:
    case Codec::timestamp:
    case Codec::timestamptz:
      return longs_.length();
    case Codec::uuid:
    case Codec::interval:
      return wides_.length();
    default:
      return bytes_.length();
  }
}

int64_t ValueColumn::length() const noexcept { return mixed_ ? union_types_.length() : own_length(); }

void ValueColumn::append_null() {
  append_own_null();
  if (mixed_) {
    union_types_.append(0);
    union_places_.append(static_cast<int32_t>(own_length() - 1));
  }
}

void ValueColumn::append_own_null() {
  switch (codec_) {
    case Codec::boolean:
      return truths_.append_null();
    case Codec::int2:
      return shorts_.append_null();
    case Codec::int4:
    case Codec::oid:
    case Codec::float4:
    case Codec::date:
      return ints_.append_null();
    case Codec::int8:
    case Codec::float8:
    case Codec::time:
    case Codec::timestamp:
    case Codec::timestamptz:
      return longs_.append_null();
    case Codec::uuid:
    case Codec::interval:
      return wides_.append_null();
    default:
      return bytes_.append_null();
  }
}

void ValueColumn::become_mixed() {
  const int64_t rows = own_length();
  for (int64_t row = 0; row < rows; ++row) {
    union_types_.append(0);
    union_places_.append(static_cast<int32_t>(row));
  }
  mixed_ = true;
}

void ValueColumn::append_odd(const char* text, size_t size) {
  if (!mixed_) become_mixed();
  union_types_.append(1);
  union_places_.append(static_cast<int32_t>(odd_.length()));
  odd_.append(unsigned_bytes(text), size);
}

void ValueColumn::append_utf8(const char* text, size_t size) {
  if (!bytes_.append_text(unsigned_bytes(text), size)) [[unlikely]]
    throw DriverError(PSA_ERROR, PSA_CATEGORY_DATA, "the server sent text that is no UTF-8")
        .with_hint(
            "a database of encoding SQL_ASCII does not know what its bytes mean; read the column as bytea: "
            "convert_to(column, 'SQL_ASCII')");
}

// From here on `mixed_` columns count the row that follows.
void ValueColumn::append_timestamp(int64_t microseconds) {
  int64_t unix_time;
  if (microseconds == INT64_MAX) return append_odd("infinity", 8);
  if (microseconds == INT64_MIN) return append_odd("-infinity", 9);
  if (__builtin_add_overflow(microseconds, epoch_microseconds, &unix_time)) {
    const int64_t days = microseconds / microseconds_per_day;
    const std::string text = timestamp_text(days + epoch_days, microseconds - days * microseconds_per_day,
                                            codec_ == Codec::timestamptz);
    return append_odd(text.data(), text.size());
  }
  longs_.append(unix_time);
}

void ValueColumn::append_date(int32_t days) {
  if (days == INT32_MAX) return append_odd("infinity", 8);
  if (days == INT32_MIN) return append_odd("-infinity", 9);
  ints_.append(days + epoch_days);
}

void ValueColumn::append_time(int64_t microseconds) {
  if (microseconds < microseconds_per_day) [[likely]]
    return longs_.append(microseconds);
  append_odd("24:00:00", 8);
}

void ValueColumn::append_interval(int32_t months, int32_t days, int64_t microseconds) {
  int64_t nanoseconds;
  if (__builtin_mul_overflow(microseconds, INT64_C(1000), &nanoseconds)) {
    const std::string text = interval_text({months, days, microseconds});
    return append_odd(text.data(), text.size());
  }
  const uint64_t low =
      static_cast<uint32_t>(months) | (static_cast<uint64_t>(static_cast<uint32_t>(days)) << 32);
  wides_.append({low, static_cast<uint64_t>(nanoseconds)});
}

void ValueColumn::append_binary(const char* bytes, size_t size) {
  const int64_t before = mixed_ ? own_length() : 0;
  const bool was_mixed = mixed_;
  switch (codec_) {
    case Codec::int8:
    case Codec::float8:
      expect(size == 8, "8-byte number");
      longs_.append(static_cast<int64_t>(load64(bytes)));
      break;
    case Codec::int4:
    case Codec::oid:
    case Codec::float4:
      expect(size == 4, "4-byte number");
      ints_.append(static_cast<int32_t>(load32(bytes)));
      break;
    case Codec::text:
    case Codec::json:
      append_utf8(bytes, size);
      break;
    case Codec::timestamp:
    case Codec::timestamptz:
      expect(size == 8, "timestamp");
      append_timestamp(static_cast<int64_t>(load64(bytes)));
      break;
    default:
      append_other_binary(bytes, size);
      break;
  }
  if (was_mixed && own_length() != before) {
    union_types_.append(0);
    union_places_.append(static_cast<int32_t>(before));
  }
}

void ValueColumn::append_other_binary(const char* bytes, size_t size) {
  const auto put = [this](const std::string& text) {
    bytes_.append(unsigned_bytes(text.data()), text.size());
  };
  switch (codec_) {
    case Codec::boolean:
      expect(size == 1, "boolean");
      return truths_.append(bytes[0] != 0);
    case Codec::int2:
      expect(size == 2, "smallint");
      return shorts_.append(static_cast<int16_t>(load16(bytes)));
    case Codec::numeric:
      return expect(append_numeric_text(bytes, size, bytes_), "numeric");
    case Codec::bytea:
      return bytes_.append(unsigned_bytes(bytes), size);
    case Codec::date:
      expect(size == 4, "date");
      return append_date(static_cast<int32_t>(load32(bytes)));
    case Codec::time:
      expect(size == 8, "time");
      return append_time(static_cast<int64_t>(load64(bytes)));
    case Codec::timetz:
      expect(size == 12, "time with time zone");
      return put(timetz_text(static_cast<int64_t>(load64(bytes)), static_cast<int32_t>(load32(bytes + 8))));
    case Codec::interval:
      expect(size == 16, "interval");
      return append_interval(static_cast<int32_t>(load32(bytes + 12)),
                             static_cast<int32_t>(load32(bytes + 8)), static_cast<int64_t>(load64(bytes)));
    case Codec::uuid: {
      expect(size == 16, "uuid");
      Wide value;
      std::memcpy(&value, bytes, sizeof value);
      return wides_.append(value);
    }
    case Codec::jsonb:
      expect(size >= 1 && bytes[0] == 1, "jsonb of version 1");
      return append_utf8(bytes + 1, size - 1);
    case Codec::one_char:
      return put(size == 0 ? std::string() : char_text(static_cast<uint8_t>(bytes[0])));
    case Codec::inet:
      return put(inet_text(bytes, size));
    case Codec::macaddr:
      return put(macaddr_text(bytes, size));
    case Codec::bits:
      return put(bit_text(bytes, size));
    default:
      malformed("value that this driver reads in binary form");
  }
}

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

void ValueColumn::describe(std::vector<ArrayNode>& nodes) {
  if (!mixed_) return describe_own(nodes);
  nodes.push_back({union_types_.length(), 0, 2, 2, {}});
  const size_t at = nodes.size() - 1;
  std::vector<ArrayNode> parts;
  union_types_.describe(parts);
  union_places_.describe(parts);
  nodes[at].buffers = {parts[0].buffers[1], parts[1].buffers[1]};
  describe_own(nodes);
  odd_.describe(nodes);
}

void ValueColumn::describe_own(std::vector<ArrayNode>& nodes) {
  switch (codec_) {
    case Codec::boolean:
      return truths_.describe(nodes);
    case Codec::int2:
      return shorts_.describe(nodes);
    case Codec::int4:
    case Codec::oid:
    case Codec::float4:
    case Codec::date:
      return ints_.describe(nodes);
    case Codec::int8:
    case Codec::float8:
    case Codec::time:
    case Codec::timestamp:
    case Codec::timestamptz:
      return longs_.describe(nodes);
    case Codec::uuid:
    case Codec::interval:
      return wides_.describe(nodes);
    default:
      return bytes_.describe(nodes);
  }
}

void ValueColumn::clear() noexcept {
  truths_.clear();
  shorts_.clear();
  ints_.clear();
  longs_.clear();
  wides_.clear();
  bytes_.clear();
  if (!mixed_) return;
  mixed_ = false;
  union_types_.clear();
  union_places_.clear();
  odd_.clear();
}

void ValueColumn::restart() noexcept {
  truths_.clear();
  shorts_.restart();
  ints_.restart();
  longs_.restart();
  wides_.restart();
  bytes_.restart();
  mixed_ = false;
  union_types_.restart();
  union_places_.restart();
  odd_.restart();
}

}  // namespace psa::postgres
