// SPDX-License-Identifier: Apache-2.0
//
// What an Arrow format string says about a parameter's values.
#include <psa/sdk/parameters.hpp>

#include "parameter_refusal.hpp"

namespace psa {
namespace {

using Kind = ParameterKind;

int64_t ticks_of(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 1'000;
    case 'u':
      return 1'000'000;
    case 'n':
      return 1'000'000'000;
    default:
      return 0;
  }
}

}  // namespace

std::string_view kind_name(Kind kind) noexcept {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "bool";
    case Kind::integer:
      return "integer";
    case Kind::unsigned_integer:
      return "unsigned integer";
    case Kind::real:
      return "double";
    case Kind::text:
      return "text";
    case Kind::bytes:
      return "bytes";
    case Kind::decimal:
      return "decimal";
    case Kind::uuid:
      return "uuid";
    case Kind::json:
      return "json";
    case Kind::date:
      return "date";
    case Kind::time:
      return "time";
    case Kind::timestamp:
      return "timestamp";
    case Kind::duration:
      return "duration";
    case Kind::interval:
      return "interval";
    case Kind::list:
      return "list";
    case Kind::mixed:
      return "mixed";
  }
  return "unknown";
}

void ParameterColumn::read_format(std::string_view format, std::string_view extension) {
  const auto fixed = [&](Kind kind, uint8_t width, bool is_signed = true) {
    kind_ = kind;
    width_ = width;
    is_signed_ = is_signed;
  };
  const auto variable = [&](Kind kind, uint8_t width) {
    fixed(kind, width);
    variable_ = true;
  };
  const auto text = [&](uint8_t width) {
    variable(extension == "psa.decimal"  ? Kind::decimal
             : extension == "arrow.json" ? Kind::json
                                         : Kind::text,
             width);
  };
  if (format.size() == 1) {
    switch (format[0]) {
      case 'n':
        return fixed(Kind::null, 0);
      case 'b':
        return fixed(Kind::boolean, 0);
      case 'c':
        return fixed(Kind::integer, 1);
      case 'C':
        return fixed(Kind::integer, 1, false);
      case 's':
        return fixed(Kind::integer, 2);
      case 'S':
        return fixed(Kind::integer, 2, false);
      case 'i':
        return fixed(Kind::integer, 4);
      case 'I':
        return fixed(Kind::integer, 4, false);
      case 'l':
        return fixed(Kind::integer, 8);
      case 'L':
        return fixed(Kind::unsigned_integer, 8, false);
      case 'f':
        return fixed(Kind::real, 4);
      case 'g':
        return fixed(Kind::real, 8);
      case 'u':
        return text(4);
      case 'U':
        return text(8);
      case 'z':
        return variable(Kind::bytes, 4);
      case 'Z':
        return variable(Kind::bytes, 8);
      default:
        throw unsupported(name_, format);
    }
  }
  if (format.starts_with("w:")) {
    const auto size = parse_int(format.substr(2));
    if (!size || *size < 1 || *size > UINT8_MAX) throw unsupported(name_, format);
    if (extension == "arrow.uuid" && *size != 16)
      throw malformed(name_, "is no UUID: it is not 16 bytes wide");
    return fixed(extension == "arrow.uuid" ? Kind::uuid : Kind::bytes, static_cast<uint8_t>(*size));
  }
  if (format.starts_with("d:")) {
    // d:precision,scale; a third part would tell of another width than 128 bits.
    const size_t comma = format.find(',');
    const auto scale = comma == std::string_view::npos ? std::nullopt : parse_int(format.substr(comma + 1));
    if (!scale || *scale < -38 || *scale > 38) throw unsupported(name_, format);
    scale_ = *scale;
    return fixed(Kind::decimal, 16);
  }
  if (format.starts_with("+ud:")) return fixed(Kind::mixed, 0);
  if (format == "+l") return fixed(Kind::list, 4);
  if (format == "+L") return fixed(Kind::list, 8);
  if (format.starts_with("+w:")) {
    const auto size = parse_int(format.substr(3));
    if (!size || *size < 0) throw unsupported(name_, format);
    scale_ = *size;
    return fixed(Kind::list, 0);
  }
  if (format.size() >= 3 && format[0] == 't') return read_temporal_format(format);
  throw unsupported(name_, format);
}

void ParameterColumn::read_temporal_format(std::string_view format) {
  const char unit = format[2];
  ticks_per_second_ = ticks_of(unit);
  if (format == "tdD") {
    kind_ = Kind::date;
    width_ = 4;
  } else if (format == "tdm") {
    kind_ = Kind::date;
    width_ = 8;
  } else if (format == "tin") {
    kind_ = Kind::interval;
    width_ = 16;
  } else if (format[1] == 't' && format.size() == 3 && ticks_per_second_ != 0) {
    kind_ = Kind::time;
    width_ = unit == 's' || unit == 'm' ? 4 : 8;
  } else if (format[1] == 'D' && format.size() == 3 && ticks_per_second_ != 0) {
    kind_ = Kind::duration;
    width_ = 8;
  } else if (format[1] == 's' && format.size() >= 4 && format[3] == ':' && ticks_per_second_ != 0) {
    kind_ = Kind::timestamp;
    width_ = 8;
    zone_ = format.substr(4);
  } else {
    throw unsupported(name_, format);
  }
}

}  // namespace psa
