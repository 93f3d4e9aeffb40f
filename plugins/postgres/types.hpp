// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <libpq-fe.h>

namespace psa::postgres {

/// How values of a type are read and written. `other` types have no exact form but their text.
enum class Codec : uint8_t {
  other,
  boolean,
  int2,
  int4,
  int8,
  oid,  // unsigned, 32 bits
  float4,
  float8,
  numeric,
  text,      // binary and text form are the same bytes
  one_char,  // "char", one byte
  bytea,
  date,
  time,
  timetz,
  timestamp,
  timestamptz,
  interval,
  uuid,
  json,
  jsonb,
  inet,
  macaddr,
  bits,
};

/// A type as this driver sees it.
struct Type {
  Oid oid = 0;
  Codec codec = Codec::other;  // of the elements, for an array
  Oid element = 0;             // of an array, else 0
  char delimiter = ',';        // between an array's elements in text
  std::string name;            // as format_type writes it, without modifiers

  bool is_array() const noexcept { return element != 0; }
};

/// A type that every server has, or NULL: then the catalog has to be asked.
const Type* built_in_type(Oid oid);

/// The name with its modifiers: "numeric(10,2)". @param modifier  as PQfmod tells it, -1 for none
std::string full_name(const Type& type, int modifier);

/// The array type over a built-in type, 0 where there is none.
Oid array_of(Oid element);

/// Whether results of this type can be read exactly in binary form.
inline bool reads_binary(const Type& type) noexcept { return type.codec != Codec::other; }

/// Arrow's format string of the values, and their extension name or nothing.
struct ArrowType {
  std::string_view format;
  std::string_view extension;
};
ArrowType arrow_type(Codec codec) noexcept;

namespace oids {
constexpr Oid boolean = 16, bytea = 17, int8 = 20, int2 = 21, int4 = 23, text = 25, json = 114, float4 = 700,
              float8 = 701, bpchar = 1042, varchar = 1043, date = 1082, time = 1083, timestamp = 1114,
              timestamptz = 1184, interval = 1186, bit = 1560, varbit = 1562, numeric = 1700, uuid = 2950,
              jsonb = 3802, unknown = 705;
}

}  // namespace psa::postgres
