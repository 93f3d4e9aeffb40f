#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <prefect_sqlalchemy/sql/value.hpp>

namespace prefect_sqlalchemy::detail {

struct Column;

/// One value where it lies, in a batch or a Value; it owns nothing.
/// `integer` holds bool, int64, uint64 (as bits), date (days), time and timestamps (microseconds);
/// `text` the bytes of decimal, text, bytes, uuid, json; a list is either `column` from `integer` for
/// `count` elements, or `count` elements at `values`.
struct Cell {
  Kind kind = Kind::null;
  std::int64_t integer = 0;
  double real = 0;
  std::string_view text;
  Interval interval;
  const Column* column = nullptr;
  const Value* values = nullptr;
  std::int64_t count = 0;
};

/// Where a value stands, for the message of a ConversionError.
struct CellPlace {
  std::int64_t column = -1;  ///< zero-based; -1: not of a row
  std::string_view name;
};

PREFECT_SQLALCHEMY_API Cell cell_of(const Value& value) noexcept;
PREFECT_SQLALCHEMY_API Value to_value(const Cell& cell);
/// Element `index` of a list cell.
PREFECT_SQLALCHEMY_API Cell element(const Cell& list, std::int64_t index);

/// @throws ConversionError  always; names place and types, never the value
[[noreturn]] PREFECT_SQLALCHEMY_API void throw_conversion(const Cell& cell, std::string_view wanted,
                                                          const CellPlace& place);

PREFECT_SQLALCHEMY_API void read(const Cell& cell, bool& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, std::int64_t& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, std::uint64_t& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, double& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, float& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, std::string_view& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, std::string& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, std::span<const std::byte>& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, Bytes& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, Decimal& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, Date& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, std::chrono::year_month_day& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, Time& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, Timestamp& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, TimestampTz& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, Interval& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, Uuid& out, const CellPlace& place);
PREFECT_SQLALCHEMY_API void read(const Cell& cell, Json& out, const CellPlace& place);

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};
template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};

/// The one conversion: what Row::get and Value::get do.
template <class T>
T convert(const Cell& cell, const CellPlace& place) {
  if constexpr (IsOptional<T>::value) {
    if (cell.kind == Kind::null) return std::nullopt;
    return convert<typename T::value_type>(cell, place);
  } else if constexpr (std::is_same_v<T, Value>) {
    return to_value(cell);
  } else if constexpr (IsVector<T>::value && !std::is_same_v<T, Bytes>) {
    if (cell.kind != Kind::list) throw_conversion(cell, "list", place);
    T out;
    out.reserve(static_cast<std::size_t>(cell.count));
    for (std::int64_t i = 0; i < cell.count; ++i) {
      out.push_back(convert<typename T::value_type>(element(cell, i), place));
    }
    return out;
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool> &&
                       !std::is_same_v<T, std::int64_t> && !std::is_same_v<T, std::uint64_t>) {
    static_assert(!std::is_same_v<T, char>, "ask for std::string, or for signed char as a number");
    std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t> wide{};
    read(cell, wide, place);
    if (static_cast<decltype(wide)>(static_cast<T>(wide)) != wide) {
      throw_conversion(cell, "an integer that narrow", place);
    }
    return static_cast<T>(wide);
  } else {
    T out{};
    read(cell, out, place);
    return out;
  }
}

}  // namespace prefect_sqlalchemy::detail

namespace prefect_sqlalchemy {

template <class T>
T Value::get() const {
  return detail::convert<T>(detail::cell_of(*this), {});
}

}  // namespace prefect_sqlalchemy
