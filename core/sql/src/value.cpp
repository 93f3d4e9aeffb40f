#include <cstdio>
#include <ostream>

#include <prefect_sqlalchemy/sql/value.hpp>

namespace prefect_sqlalchemy {

std::string_view to_string(Kind kind) noexcept {
  switch (kind) {
    case Kind::null:
      return "NULL";
    case Kind::boolean:
      return "bool";
    case Kind::int64:
      return "int64";
    case Kind::uint64:
      return "uint64";
    case Kind::real:
      return "double";
    case Kind::decimal:
      return "decimal";
    case Kind::text:
      return "text";
    case Kind::bytes:
      return "bytes";
    case Kind::date:
      return "date";
    case Kind::time:
      return "time";
    case Kind::timestamp:
      return "timestamp";
    case Kind::timestamp_tz:
      return "timestamp with time zone";
    case Kind::interval:
      return "interval";
    case Kind::uuid:
      return "uuid";
    case Kind::json:
      return "json";
    case Kind::list:
      return "list";
  }
  return "unknown";
}

namespace {

struct Printer {
  std::ostream& out;

  void operator()(std::monostate) const { out << "NULL"; }
  void operator()(bool value) const { out << (value ? "true" : "false"); }
  void operator()(double value) const {
    char buffer[32];
    std::snprintf(buffer, sizeof buffer, "%.17g", value);
    double back = 0;
    // The shortest text that reads back as the same number.
    for (int digits = 1; digits < 17; ++digits) {
      char shorter[32];
      std::snprintf(shorter, sizeof shorter, "%.*g", digits, value);
      std::sscanf(shorter, "%lf", &back);
      if (back == value) {
        out << shorter;
        return;
      }
    }
    out << buffer;
  }
  void operator()(const Bytes& bytes) const {
    constexpr char digits[] = "0123456789abcdef";
    for (const std::byte byte : bytes) {
      const auto bits = static_cast<unsigned>(byte);
      out << digits[bits >> 4] << digits[bits & 15];
    }
  }
  void operator()(Date value) const { out << to_iso(value); }
  void operator()(Time value) const { out << to_iso(value); }
  void operator()(Timestamp value) const { out << to_iso(value); }
  void operator()(TimestampTz value) const { out << to_iso(value); }
  void operator()(const Interval& value) const {
    out << value.months << " months " << value.days << " days " << value.nanoseconds << " ns";
  }
  void operator()(const Value::List& values) const {
    out << '[';
    for (std::size_t i = 0; i < values.size(); ++i) out << (i == 0 ? "" : ", ") << values[i];
    out << ']';
  }
  template <class T>
  void operator()(const T& value) const {
    out << value;
  }
};

}  // namespace

std::ostream& operator<<(std::ostream& out, const Value& value) {
  std::visit(Printer{out}, value.variant());
  return out;
}

}  // namespace prefect_sqlalchemy
