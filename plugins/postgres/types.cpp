// SPDX-License-Identifier: Apache-2.0
#include "types.hpp"

#include <unordered_map>

namespace psa::postgres {
namespace {

struct Row {
  Oid oid;
  Oid array;
  Codec codec;
  const char* name;
};

// From pg_type: these numbers are the same in every server.
constexpr Row rows[] = {
    {16, 1000, Codec::boolean, "boolean"},
    {17, 1001, Codec::bytea, "bytea"},
    {18, 1002, Codec::one_char, "\"char\""},
    {19, 1003, Codec::text, "name"},
    {20, 1016, Codec::int8, "bigint"},
    {21, 1005, Codec::int2, "smallint"},
    {23, 1007, Codec::int4, "integer"},
    {25, 1009, Codec::text, "text"},
    {26, 1028, Codec::oid, "oid"},
    {28, 1011, Codec::oid, "xid"},
    {29, 1012, Codec::oid, "cid"},
    {114, 199, Codec::json, "json"},
    {142, 143, Codec::text, "xml"},
    {650, 651, Codec::inet, "cidr"},
    {700, 1021, Codec::float4, "real"},
    {701, 1022, Codec::float8, "double precision"},
    {705, 0, Codec::text, "unknown"},
    {774, 775, Codec::macaddr, "macaddr8"},
    {790, 791, Codec::other, "money"},
    {829, 1040, Codec::macaddr, "macaddr"},
    {869, 1041, Codec::inet, "inet"},
    {1042, 1014, Codec::text, "character"},
    {1043, 1015, Codec::text, "character varying"},
    {1082, 1182, Codec::date, "date"},
    {1083, 1183, Codec::time, "time without time zone"},
    {1114, 1115, Codec::timestamp, "timestamp without time zone"},
    {1184, 1185, Codec::timestamptz, "timestamp with time zone"},
    {1186, 1187, Codec::interval, "interval"},
    {1266, 1270, Codec::timetz, "time with time zone"},
    {1560, 1561, Codec::bits, "bit"},
    {1562, 1563, Codec::bits, "bit varying"},
    {1700, 1231, Codec::numeric, "numeric"},
    {1790, 2201, Codec::text, "refcursor"},
    {2278, 0, Codec::text, "void"},
    {2950, 2951, Codec::uuid, "uuid"},
    {3802, 3807, Codec::jsonb, "jsonb"},
};

std::unordered_map<Oid, Type> make_table() {
  std::unordered_map<Oid, Type> table;
  for (const Row& row : rows) {
    table[row.oid] = {row.oid, row.codec, 0, ',', row.name};
    if (row.array != 0) table[row.array] = {row.array, row.codec, row.oid, ',', std::string(row.name) + "[]"};
  }
  return table;
}

}  // namespace

const Type* built_in_type(Oid oid) {
  static const std::unordered_map<Oid, Type> table = make_table();
  const auto found = table.find(oid);
  return found == table.end() ? nullptr : &found->second;
}

Oid array_of(Oid element) {
  for (const Row& row : rows)
    if (row.oid == element) return row.array;
  return 0;
}

std::string full_name(const Type& type, int modifier) {
  if (modifier < 0) {
    // An untyped length is one character for `bit` and `character` in SQL, so format_type says bpchar.
    return type.oid == oids::bpchar ? "bpchar" : type.name;
  }
  std::string suffix;
  const Oid base = type.is_array() ? type.element : type.oid;
  switch (base) {
    case oids::bpchar:
    case oids::varchar:
      suffix = "(" + std::to_string(modifier - 4) + ")";
      break;
    case oids::bit:
    case oids::varbit:
      suffix = "(" + std::to_string(modifier) + ")";
      break;
    case oids::numeric: {
      const int packed = modifier - 4;
      // The scale has eleven bits and a sign since it may be negative.
      const int scale = ((packed & 0x7ff) ^ 1024) - 1024;
      suffix = "(" + std::to_string((packed >> 16) & 0xffff) + "," + std::to_string(scale) + ")";
      break;
    }
    case oids::time:
    case oids::timestamp:
    case oids::timestamptz:
    case 1266: {
      const size_t space = type.name.find(' ');
      return type.name.substr(0, space) + "(" + std::to_string(modifier) + ")" + type.name.substr(space);
    }
    default:
      return type.name;
  }
  if (!type.is_array()) return type.name + suffix;
  return type.name.substr(0, type.name.size() - 2) + suffix + "[]";
}

ArrowType arrow_type(Codec codec) noexcept {
  switch (codec) {
    case Codec::boolean:
      return {"b", {}};
    case Codec::int2:
      return {"s", {}};
    case Codec::int4:
      return {"i", {}};
    case Codec::int8:
      return {"l", {}};
    case Codec::oid:
      return {"I", {}};
    case Codec::float4:
      return {"f", {}};
    case Codec::float8:
      return {"g", {}};
    case Codec::numeric:
      return {"u", "psa.decimal"};
    case Codec::bytea:
      return {"z", {}};
    case Codec::date:
      return {"tdD", {}};
    case Codec::time:
      return {"ttu", {}};
    case Codec::timestamp:
      return {"tsu:", {}};
    case Codec::timestamptz:
      return {"tsu:UTC", {}};
    case Codec::interval:
      return {"tin", {}};
    case Codec::uuid:
      return {"w:16", "arrow.uuid"};
    case Codec::json:
    case Codec::jsonb:
      return {"u", "arrow.json"};
    default:
      return {"u", {}};
  }
}

}  // namespace psa::postgres
