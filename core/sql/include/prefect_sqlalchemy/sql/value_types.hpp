#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include <prefect_sqlalchemy/base/export.hpp>

namespace prefect_sqlalchemy {

/// A calendar day: days since 1970-01-01, proleptic Gregorian (Arrow's date32).
using Date = std::chrono::sys_days;

/// A time of the day without zone, in microseconds since midnight.
/// MySQL's TIME goes below zero and beyond 24 hours; other databases stay below one day.
struct Time {
  std::chrono::microseconds since_midnight{0};
  friend auto operator<=>(const Time&, const Time&) = default;
};

/// A date and time without zone.
using Timestamp = std::chrono::local_time<std::chrono::microseconds>;

/// A moment in time, in UTC, from a type "with time zone".
using TimestampTz = std::chrono::sys_time<std::chrono::microseconds>;

/// A span as SQL has it: the three parts do not convert into each other (Arrow's month_day_nano).
struct Interval {
  std::int32_t months = 0;
  std::int32_t days = 0;
  std::int64_t nanoseconds = 0;
  friend auto operator<=>(const Interval&, const Interval&) = default;
};

/// Bytes as a column holds them.
using Bytes = std::vector<std::byte>;

/// An exact decimal number of any precision, kept as its text.
///
/// The scale is part of it: 1.50 prints as 1.50. "NaN", "Infinity" and "-Infinity" are values too
/// (PostgreSQL's numeric has them). Equality is of the text; `Decimal("1.5") != Decimal("1.50")`.
class PREFECT_SQLALCHEMY_API Decimal {
 public:
  Decimal() : text_("0") {}
  /// @param text  an optional sign, digits with an optional point, an optional exponent
  /// @throws ArgumentError  anything else
  explicit Decimal(std::string_view text);

  const std::string& text() const noexcept { return text_; }
  /// The nearest double; may lose digits.
  double to_double() const;
  friend bool operator==(const Decimal&, const Decimal&) = default;

 private:
  std::string text_;
};

/// A UUID (RFC 9562), sixteen bytes in the order of its text.
class PREFECT_SQLALCHEMY_API Uuid {
 public:
  Uuid() = default;
  explicit Uuid(const std::array<std::byte, 16>& bytes) : bytes_(bytes) {}
  /// @param text  32 hexadecimal digits, with or without hyphens at the usual places, any case
  /// @throws ArgumentError  anything else
  explicit Uuid(std::string_view text);
  /// A random one (version 4). Threads: any.
  static Uuid random();

  const std::array<std::byte, 16>& bytes() const noexcept { return bytes_; }
  /// In lower case with hyphens.
  std::string text() const;
  friend auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  std::array<std::byte, 16> bytes_{};
};

/// A JSON document as text. It is handed on as it stands.
struct Json {
  std::string text;
  friend bool operator==(const Json&, const Json&) = default;
};

PREFECT_SQLALCHEMY_API std::ostream& operator<<(std::ostream& out, const Decimal& decimal);
PREFECT_SQLALCHEMY_API std::ostream& operator<<(std::ostream& out, const Uuid& uuid);
PREFECT_SQLALCHEMY_API std::ostream& operator<<(std::ostream& out, const Json& json);

/// ISO 8601 texts, as SQLite's users store them and Python writes them: a space between date and time, a
/// fraction only where there is one. The parsers also take a 'T', one to nine digits of fraction if those
/// beyond the sixth are zero, hours and minutes alone, and, for a moment, 'Z' or an offset; they return
/// false for anything else, also for a day or hour that does not exist. Years have four digits or more,
/// with a '-' before the year 0.
PREFECT_SQLALCHEMY_API std::string to_iso(Date date);
PREFECT_SQLALCHEMY_API std::string to_iso(Time time);
PREFECT_SQLALCHEMY_API std::string to_iso(Timestamp timestamp);
PREFECT_SQLALCHEMY_API std::string to_iso(TimestampTz timestamp);
PREFECT_SQLALCHEMY_API bool from_iso(std::string_view text, Date& out) noexcept;
PREFECT_SQLALCHEMY_API bool from_iso(std::string_view text, Time& out) noexcept;
PREFECT_SQLALCHEMY_API bool from_iso(std::string_view text, Timestamp& out) noexcept;
PREFECT_SQLALCHEMY_API bool from_iso(std::string_view text, TimestampTz& out) noexcept;

}  // namespace prefect_sqlalchemy
