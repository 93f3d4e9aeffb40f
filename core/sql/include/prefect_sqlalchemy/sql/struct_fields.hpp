#pragma once

#include <cstddef>
#include <type_traits>

#include <prefect_sqlalchemy/sql/value.hpp>

/// The fields of a plain struct, in order, without macros: how Row::as fills one.
namespace prefect_sqlalchemy::detail {

/// A struct that Row::as may fill: an aggregate of its own type, not a value of one column (Time, Json).
template <class T>
constexpr bool is_plain_struct =
    std::is_aggregate_v<T>&& std::is_class_v<T> && !std::is_constructible_v<Value, T>;

struct AnyField {
  template <class T>
  operator T() const;  // never defined: only asked whether it fits
};

template <class T, class... Fields>
constexpr std::size_t field_count() {
  constexpr std::size_t most = 16;
  if constexpr (sizeof...(Fields) < most && requires { T{Fields{}..., AnyField{}}; }) {
    return field_count<T, Fields..., AnyField>();
  } else {
    return sizeof...(Fields);
  }
}

template <class T, class Function>
void for_each_field(T& object, Function function) {
  constexpr std::size_t count = field_count<T>();
  static_assert(count >= 1 && count <= 16, "a struct for Row::as has 1 to 16 fields");
  const auto all = [&](auto&... fields) { (function(fields), ...); };
  // clang-format off
  if constexpr (count == 1) { auto& [a] = object; all(a); }
  else if constexpr (count == 2) { auto& [a, b] = object; all(a, b); }
  else if constexpr (count == 3) { auto& [a, b, c] = object; all(a, b, c); }
  else if constexpr (count == 4) { auto& [a, b, c, d] = object; all(a, b, c, d); }
  else if constexpr (count == 5) { auto& [a, b, c, d, e] = object; all(a, b, c, d, e); }
  else if constexpr (count == 6) { auto& [a, b, c, d, e, f] = object; all(a, b, c, d, e, f); }
  else if constexpr (count == 7) { auto& [a, b, c, d, e, f, g] = object; all(a, b, c, d, e, f, g); }
  else if constexpr (count == 8) { auto& [a, b, c, d, e, f, g, h] = object; all(a, b, c, d, e, f, g, h); }
  else if constexpr (count == 9) { auto& [a, b, c, d, e, f, g, h, i] = object; all(a, b, c, d, e, f, g, h, i); }
  else if constexpr (count == 10) { auto& [a, b, c, d, e, f, g, h, i, j] = object; all(a, b, c, d, e, f, g, h, i, j); }
  else if constexpr (count == 11) { auto& [a, b, c, d, e, f, g, h, i, j, k] = object; all(a, b, c, d, e, f, g, h, i, j, k); }
  else if constexpr (count == 12) { auto& [a, b, c, d, e, f, g, h, i, j, k, l] = object; all(a, b, c, d, e, f, g, h, i, j, k, l); }
  else if constexpr (count == 13) { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m] = object; all(a, b, c, d, e, f, g, h, i, j, k, l, m); }
  else if constexpr (count == 14) { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n] = object; all(a, b, c, d, e, f, g, h, i, j, k, l, m, n); }
  else if constexpr (count == 15) { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o] = object; all(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o); }
  else { auto& [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = object; all(a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p); }
  // clang-format on
}

}  // namespace prefect_sqlalchemy::detail
