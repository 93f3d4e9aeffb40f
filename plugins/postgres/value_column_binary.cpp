// SPDX-License-Identifier: Apache-2.0
//
// Values from PostgreSQL's binary form.
#include <array>
#include <string>

#include <arpa/inet.h>

#include "malformed.hpp"
#include "numeric.hpp"
#include "value_column.hpp"
#include "value_text.hpp"
#include "wire.hpp"

namespace psa::postgres {
namespace {

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

}  // namespace

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

}  // namespace psa::postgres
