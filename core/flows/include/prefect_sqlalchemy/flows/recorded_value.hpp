#pragma once

#include <concepts>
#include <exception>
#include <filesystem>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include <boost/json/value_from.hpp>

#include <prefect_sqlalchemy/base/export.hpp>
#include <prefect_sqlalchemy/base/secret.hpp>

namespace prefect_sqlalchemy {

/// A Secret is recorded as stars, also inside other values.
inline void tag_invoke(const boost::json::value_from_tag&, boost::json::value& out, const Secret&) {
  out = Secret::stars;
}

}  // namespace prefect_sqlalchemy

/// How parameters and results of runs become text in the record.
namespace prefect::detail {

/// Longest text of one parameter or result in the record, in bytes.
inline constexpr std::size_t recorded_text_limit = 10'000;
/// Containers with more elements are recorded by type and size: building their text would cost too much.
inline constexpr std::size_t recorded_element_limit = 100;

/// "std::vector<int, std::allocator<int> >": the demangled name.
PREFECT_SQLALCHEMY_API std::string type_name(const std::type_info& type);
/// Cuts a text at the limit, on a character's edge, and says so.
PREFECT_SQLALCHEMY_API std::string limited(std::string_view text, std::size_t limit = recorded_text_limit);
/// Replaces the password in each URL within the text by stars.
PREFECT_SQLALCHEMY_API std::string without_url_passwords(std::string text);
/// The JSON text of a recorded value: limited, without passwords.
PREFECT_SQLALCHEMY_API std::string recorded_text(const boost::json::value& value);

template <class T>
concept SizedRange = requires(const T& range) {
  std::begin(range) != std::end(range);
  { range.size() } -> std::convertible_to<std::size_t>;
};

/// True where Boost.JSON can make the whole value: its own test does not look at the elements.
template <class T>
constexpr bool is_json() {
  if constexpr (!boost::json::has_value_from<T>::value) {
    return false;
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return true;
  } else if constexpr (SizedRange<const T>) {
    return is_json<std::remove_cvref_t<decltype(*std::begin(std::declval<const T&>()))>>();
  } else if constexpr (requires(const T& value) {
                         value.has_value();
                         value.value();
                       }) {
    return is_json<typename T::value_type>();
  } else if constexpr (requires { std::tuple_size<T>::value; }) {
    return []<std::size_t... I>(std::index_sequence<I...>) {
      return (is_json<std::remove_cv_t<std::tuple_element_t<I, T>>>() && ...);
    }
    (std::make_index_sequence<std::tuple_size_v<T>>());
  } else {
    return true;
  }
}

template <class T>
boost::json::value recorded_type() {
  static const std::string name = "<" + type_name(typeid(T)) + ">";
  return boost::json::value(name);
}

/// The value as JSON where Boost.JSON can make it, else its type's name.
template <class T>
boost::json::value recorded_value(const T& value) {
  if constexpr (std::is_same_v<T, std::nullptr_t>) {
    return nullptr;
  } else if constexpr (std::is_same_v<T, std::filesystem::path>) {
    return boost::json::value(limited(value.native()));  // to Boost.JSON 1.81 a range of paths, without end
  } else if constexpr (std::is_pointer_v<std::decay_t<T>> && std::is_convertible_v<const T&, const char*>) {
    const char* text = value;
    return text ? boost::json::value(limited(text)) : boost::json::value(nullptr);
  } else if constexpr (std::is_pointer_v<std::decay_t<T>>) {
    return recorded_type<T>();
  } else if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return boost::json::value(limited(std::string_view(value)));
  } else {
    if constexpr (SizedRange<T>) {
      if (value.size() > recorded_element_limit) {
        std::string text(recorded_type<T>().as_string());
        return boost::json::value(text + " of " + std::to_string(value.size()) + " elements");
      }
    }
    if constexpr (is_json<T>()) {
      try {
        return boost::json::value_from(value);
      } catch (const std::exception&) {
        return recorded_type<T>();  // what cannot be recorded must not fail the run
      }
    } else if constexpr (SizedRange<T>) {
      std::string text(recorded_type<T>().as_string());
      return boost::json::value(text + " of " + std::to_string(value.size()) + " elements");
    } else {
      return recorded_type<T>();
    }
  }
}

template <class T>
boost::json::value recorded_value(const std::reference_wrapper<T>& value) {
  return recorded_value(value.get());
}

}  // namespace prefect::detail
