#pragma once

#include <concepts>
#include <cstdint>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/sql/value_types.hpp>

namespace prefect_sqlalchemy {

/// What a value is. The order is that of Value's alternatives.
enum class Kind : std::uint8_t {
  null,
  boolean,
  int64,
  uint64,
  real,
  decimal,
  text,
  bytes,
  date,
  time,
  timestamp,
  timestamp_tz,
  interval,
  uuid,
  json,
  list,
};

/// "int64", "timestamp with time zone": for messages.
PREFECT_SQLALCHEMY_API std::string_view to_string(Kind kind) noexcept;

/// One value of a parameter or a row, with its own memory.
///
/// Made implicitly from C++ values: nullptr and std::nullopt are NULL, signed and short unsigned integers
/// int64, 64-bit unsigned ones uint64, text is UTF-8, std::vector a list. `char` alone is refused: it is
/// neither a number nor a text for sure.
class PREFECT_SQLALCHEMY_API Value {
 public:
  using List = std::vector<Value>;
  using Variant =
      std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, Decimal, std::string, Bytes,
                   Date, Time, Timestamp, TimestampTz, Interval, Uuid, Json, List>;

  Value() = default;
  Value(std::nullptr_t) {}
  Value(std::nullopt_t) {}
  template <std::same_as<bool> T>
  Value(T value) : data_(value) {}
  template <std::integral T>
  requires(!std::same_as<T, bool> && !std::same_as<T, char> && !std::same_as<T, wchar_t>) Value(T value) {
    if constexpr (std::is_signed_v<T> || sizeof(T) < 8) {
      data_ = static_cast<std::int64_t>(value);
    } else {
      data_ = static_cast<std::uint64_t>(value);
    }
  }
  Value(char) = delete;
  template <std::floating_point T>
  requires(sizeof(T) <= sizeof(double)) Value(T value) : data_(static_cast<double>(value)) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(Decimal value) : data_(std::move(value)) {}
  Value(Bytes value) : data_(std::move(value)) {}
  Value(std::span<const std::byte> bytes) : data_(Bytes(bytes.begin(), bytes.end())) {}
  Value(Date value) : data_(value) {}
  Value(std::chrono::year_month_day value) : data_(Date(value)) {}
  Value(Time value) : data_(value) {}
  Value(Timestamp value) : data_(value) {}
  Value(TimestampTz value) : data_(value) {}
  Value(Interval value) : data_(value) {}
  Value(Uuid value) : data_(value) {}
  Value(Json value) : data_(std::move(value)) {}
  Value(List value) : data_(std::move(value)) {}
  template <class T>
  requires(!std::same_as<T, Value> && !std::same_as<T, std::byte> && std::constructible_from<Value, T>)
      Value(const std::vector<T>& values)
      : data_(List(values.begin(), values.end())) {}
  template <class T>
  requires std::constructible_from<Value, T> Value(const std::optional<T>& value) {
    if (value) *this = Value(*value);
  }

  Kind kind() const noexcept { return static_cast<Kind>(data_.index()); }
  bool is_null() const noexcept { return data_.index() == 0; }

  /// The value as a `T`, converted where nothing is lost; the same rules as Row::get.
  /// @throws ConversionError  it would lose something, or is NULL and T is no std::optional
  template <class T>
  T get() const;

  /// The alternatives themselves, for std::visit.
  const Variant& variant() const noexcept { return data_; }

  /// Equal if kind and content are: 1, 1.0, "1" and true are four values.
  friend bool operator==(const Value&, const Value&) = default;
  /// As a person reads it; NULL is "NULL", bytes are hexadecimal.
  PREFECT_SQLALCHEMY_API friend std::ostream& operator<<(std::ostream& out, const Value& value);

 private:
  Variant data_;
};

}  // namespace prefect_sqlalchemy

#include <prefect_sqlalchemy/sql/convert.hpp>  // defines Value::get
