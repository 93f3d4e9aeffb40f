#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <string>

#include <boost/json/parse.hpp>

#include <prefect_sqlalchemy/sql/column.hpp>
#include <prefect_sqlalchemy/sql/convert.hpp>

namespace prefect_sqlalchemy::detail {
namespace {

std::string_view bytes_of(const void* data, std::size_t size) {
  return {static_cast<const char*>(data), size};
}

struct CellMaker {
  Cell operator()(std::monostate) const { return {}; }
  Cell operator()(bool value) const { return {.kind = Kind::boolean, .integer = value}; }
  Cell operator()(std::int64_t value) const { return {.kind = Kind::int64, .integer = value}; }
  Cell operator()(std::uint64_t value) const {
    return {.kind = Kind::uint64, .integer = static_cast<std::int64_t>(value)};
  }
  Cell operator()(double value) const { return {.kind = Kind::real, .real = value}; }
  Cell operator()(const Decimal& value) const { return {.kind = Kind::decimal, .text = value.text()}; }
  Cell operator()(const std::string& value) const { return {.kind = Kind::text, .text = value}; }
  Cell operator()(const Bytes& value) const {
    return {.kind = Kind::bytes, .text = bytes_of(value.data(), value.size())};
  }
  Cell operator()(Date value) const {
    return {.kind = Kind::date, .integer = value.time_since_epoch().count()};
  }
  Cell operator()(Time value) const { return {.kind = Kind::time, .integer = value.since_midnight.count()}; }
  Cell operator()(Timestamp value) const {
    return {.kind = Kind::timestamp, .integer = value.time_since_epoch().count()};
  }
  Cell operator()(TimestampTz value) const {
    return {.kind = Kind::timestamp_tz, .integer = value.time_since_epoch().count()};
  }
  Cell operator()(const Interval& value) const { return {.kind = Kind::interval, .interval = value}; }
  Cell operator()(const Uuid& value) const {
    return {.kind = Kind::uuid, .text = bytes_of(value.bytes().data(), value.bytes().size())};
  }
  Cell operator()(const Json& value) const { return {.kind = Kind::json, .text = value.text}; }
  Cell operator()(const Value::List& value) const {
    return {.kind = Kind::list, .values = value.data(), .count = static_cast<std::int64_t>(value.size())};
  }
};

Uuid uuid_of(std::string_view bytes) {
  std::array<std::byte, 16> out{};
  std::memcpy(out.data(), bytes.data(), out.size());
  return Uuid(out);
}

Bytes copy_bytes(std::string_view text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return Bytes(first, first + text.size());
}

bool is_json(std::string_view text) {
  boost::system::error_code error;
  boost::json::parse(boost::json::string_view(text.data(), text.size()), error);
  return !error;
}

/// The whole number that an exact decimal text stands for, if it is one that fits.
template <class Integer>
bool whole_number(std::string_view text, Integer& out) {
  if (const auto point = text.find('.'); point != text.npos) {
    if (text.find_first_not_of('0', point + 1) != text.npos) return false;
    text = text.substr(0, point);
  }
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

constexpr double two_to_63 = 9223372036854775808.0;

}  // namespace

Cell cell_of(const Value& value) noexcept { return std::visit(CellMaker{}, value.variant()); }

Cell element(const Cell& list, std::int64_t index) {
  if (list.column != nullptr) return cell_at(*list.column, list.integer + index);
  return cell_of(list.values[index]);
}

Value to_value(const Cell& cell) {
  switch (cell.kind) {
    case Kind::null:
      return {};
    case Kind::boolean:
      return cell.integer != 0;
    case Kind::int64:
      return cell.integer;
    case Kind::uint64:
      return static_cast<std::uint64_t>(cell.integer);
    case Kind::real:
      return cell.real;
    case Kind::decimal:
      return Decimal(cell.text);
    case Kind::text:
      return cell.text;
    case Kind::bytes:
      return copy_bytes(cell.text);
    case Kind::date:
      return Date(std::chrono::days(cell.integer));
    case Kind::time:
      return Time{std::chrono::microseconds(cell.integer)};
    case Kind::timestamp:
      return Timestamp(std::chrono::microseconds(cell.integer));
    case Kind::timestamp_tz:
      return TimestampTz(std::chrono::microseconds(cell.integer));
    case Kind::interval:
      return cell.interval;
    case Kind::uuid:
      return uuid_of(cell.text);
    case Kind::json:
      return Json{std::string(cell.text)};
    case Kind::list: {
      Value::List out;
      out.reserve(static_cast<std::size_t>(cell.count));
      for (std::int64_t i = 0; i < cell.count; ++i) out.push_back(to_value(element(cell, i)));
      return out;
    }
  }
  return {};
}

void throw_conversion(const Cell& cell, std::string_view wanted, const CellPlace& place) {
  std::string text;
  if (place.column >= 0) {
    text = "column " + std::to_string(place.column) + " (\"" + std::string(place.name) + "\"): ";
  }
  if (cell.kind == Kind::null) {
    throw ConversionError(text + "the value is NULL; ask for std::optional to allow that (wanted " +
                          std::string(wanted) + ")");
  }
  throw ConversionError(text + "this " + std::string(to_string(cell.kind)) + " does not become " +
                        std::string(wanted) + " without loss");
}

void read(const Cell& cell, bool& out, const CellPlace& place) {
  const bool whole = cell.kind == Kind::boolean || cell.kind == Kind::int64 || cell.kind == Kind::uint64;
  if (!whole || (cell.integer != 0 && cell.integer != 1)) throw_conversion(cell, "bool", place);
  out = cell.integer == 1;
}

void read(const Cell& cell, std::int64_t& out, const CellPlace& place) {
  switch (cell.kind) {
    case Kind::boolean:
    case Kind::int64:
      out = cell.integer;
      return;
    case Kind::uint64:
      if (cell.integer < 0) break;
      out = cell.integer;
      return;
    case Kind::real:
      if (!(cell.real >= -two_to_63 && cell.real < two_to_63) || cell.real != std::trunc(cell.real)) break;
      out = static_cast<std::int64_t>(cell.real);
      return;
    case Kind::decimal:
      if (whole_number(cell.text, out)) return;
      break;
    default:
      break;
  }
  throw_conversion(cell, "int64", place);
}

void read(const Cell& cell, std::uint64_t& out, const CellPlace& place) {
  switch (cell.kind) {
    case Kind::uint64:
      out = static_cast<std::uint64_t>(cell.integer);
      return;
    case Kind::boolean:
    case Kind::int64:
      if (cell.integer < 0) break;
      out = static_cast<std::uint64_t>(cell.integer);
      return;
    case Kind::real:
      if (!(cell.real >= 0 && cell.real < 2 * two_to_63) || cell.real != std::trunc(cell.real)) break;
      out = static_cast<std::uint64_t>(cell.real);
      return;
    case Kind::decimal:
      if (whole_number(cell.text, out)) return;
      break;
    default:
      break;
  }
  throw_conversion(cell, "uint64", place);
}

void read(const Cell& cell, double& out, const CellPlace& place) {
  switch (cell.kind) {
    case Kind::real:
      out = cell.real;
      return;
    case Kind::boolean:
    case Kind::int64:
      out = static_cast<double>(cell.integer);
      if (out < two_to_63 && static_cast<std::int64_t>(out) == cell.integer) return;
      break;
    case Kind::uint64:
      out = static_cast<double>(static_cast<std::uint64_t>(cell.integer));
      if (out < 2 * two_to_63 &&
          static_cast<std::uint64_t>(out) == static_cast<std::uint64_t>(cell.integer)) {
        return;
      }
      break;
    default:
      break;
  }
  throw_conversion(cell, cell.kind == Kind::decimal ? "double (ask for Decimal, then to_double())" : "double",
                   place);
}

void read(const Cell& cell, float& out, const CellPlace& place) {
  double wide = 0;
  read(cell, wide, place);
  out = static_cast<float>(wide);
  if (static_cast<double>(out) != wide && !std::isnan(wide)) throw_conversion(cell, "float", place);
}

void read(const Cell& cell, std::string_view& out, const CellPlace& place) {
  if (cell.kind != Kind::text && cell.kind != Kind::json && cell.kind != Kind::decimal) {
    throw_conversion(cell, "text", place);
  }
  out = cell.text;
}

void read(const Cell& cell, std::string& out, const CellPlace& place) {
  if (cell.kind == Kind::uuid) {
    out = uuid_of(cell.text).text();
    return;
  }
  std::string_view view;
  read(cell, view, place);
  out = view;
}

void read(const Cell& cell, std::span<const std::byte>& out, const CellPlace& place) {
  if (cell.kind != Kind::bytes) throw_conversion(cell, "bytes", place);
  out = {reinterpret_cast<const std::byte*>(cell.text.data()), cell.text.size()};
}

void read(const Cell& cell, Bytes& out, const CellPlace& place) {
  std::span<const std::byte> view;
  read(cell, view, place);
  out.assign(view.begin(), view.end());
}

void read(const Cell& cell, Decimal& out, const CellPlace& place) {
  switch (cell.kind) {
    case Kind::decimal:
      out = Decimal(cell.text);
      return;
    case Kind::boolean:
      break;
    case Kind::int64:
      out = Decimal(std::to_string(cell.integer));
      return;
    case Kind::uint64:
      out = Decimal(std::to_string(static_cast<std::uint64_t>(cell.integer)));
      return;
    case Kind::real: {
      if (!std::isfinite(cell.real)) break;
      char buffer[40];
      const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, cell.real);
      out = Decimal(std::string_view(buffer, static_cast<std::size_t>(end - buffer)));
      return;
    }
    case Kind::text:
      try {
        out = Decimal(cell.text);
        return;
      } catch (const ArgumentError&) {
        break;
      }
    default:
      break;
  }
  throw_conversion(cell, "Decimal", place);
}

void read(const Cell& cell, Date& out, const CellPlace& place) {
  if (cell.kind == Kind::date) {
    out = Date(std::chrono::days(cell.integer));
  } else if (cell.kind != Kind::text || !from_iso(cell.text, out)) {
    throw_conversion(cell, "date", place);
  }
}

void read(const Cell& cell, std::chrono::year_month_day& out, const CellPlace& place) {
  Date date;
  read(cell, date, place);
  out = std::chrono::year_month_day(date);
  if (Date(out) != date) throw_conversion(cell, "year_month_day (beyond its years; ask for Date)", place);
}

void read(const Cell& cell, Time& out, const CellPlace& place) {
  if (cell.kind == Kind::time) {
    out = Time{std::chrono::microseconds(cell.integer)};
  } else if (cell.kind != Kind::text || !from_iso(cell.text, out)) {
    throw_conversion(cell, "time", place);
  }
}

void read(const Cell& cell, Timestamp& out, const CellPlace& place) {
  if (cell.kind == Kind::timestamp) {
    out = Timestamp(std::chrono::microseconds(cell.integer));
  } else if (cell.kind != Kind::text || !from_iso(cell.text, out)) {
    throw_conversion(cell, "timestamp", place);
  }
}

void read(const Cell& cell, TimestampTz& out, const CellPlace& place) {
  if (cell.kind == Kind::timestamp_tz) {
    out = TimestampTz(std::chrono::microseconds(cell.integer));
  } else if (cell.kind != Kind::text || !from_iso(cell.text, out)) {
    throw_conversion(cell, "timestamp with time zone", place);
  }
}

void read(const Cell& cell, Interval& out, const CellPlace& place) {
  if (cell.kind != Kind::interval) throw_conversion(cell, "interval", place);
  out = cell.interval;
}

void read(const Cell& cell, Uuid& out, const CellPlace& place) {
  if (cell.kind == Kind::uuid || (cell.kind == Kind::bytes && cell.text.size() == 16)) {
    out = uuid_of(cell.text);
    return;
  }
  if (cell.kind == Kind::text) {
    try {
      out = Uuid(cell.text);
      return;
    } catch (const ArgumentError&) {
      // told below, with the column
    }
  }
  throw_conversion(cell, "uuid", place);
}

void read(const Cell& cell, Json& out, const CellPlace& place) {
  if (cell.kind != Kind::json && (cell.kind != Kind::text || !is_json(cell.text))) {
    throw_conversion(cell, "json", place);
  }
  out.text = cell.text;
}

}  // namespace prefect_sqlalchemy::detail
