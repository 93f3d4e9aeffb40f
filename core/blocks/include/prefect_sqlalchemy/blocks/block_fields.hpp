#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include <prefect_sqlalchemy/base/secret.hpp>

/// Reading the fields of a block's document, for from_json. Whatever does not fit is a BlockValidationError
/// that names the field, and says what it should be and what it is; never the value.
namespace prefect {

namespace detail {

/// What a value is, for messages: "a number".
PREFECT_SQLALCHEMY_API std::string_view json_kind(const boost::json::value& value);
PREFECT_SQLALCHEMY_API void read_field(const boost::json::value& value, std::string_view path,
                                       std::string& out);
PREFECT_SQLALCHEMY_API void read_field(const boost::json::value& value, std::string_view path, bool& out);
/// Also a text of digits: older Prefect versions write integers so.
PREFECT_SQLALCHEMY_API void read_field(const boost::json::value& value, std::string_view path,
                                       std::int64_t& out);
PREFECT_SQLALCHEMY_API void read_field(const boost::json::value& value, std::string_view path, double& out);
PREFECT_SQLALCHEMY_API void read_field(const boost::json::value& value, std::string_view path,
                                       boost::json::object& out);
PREFECT_SQLALCHEMY_API void read_field(const boost::json::value& value, std::string_view path,
                                       prefect_sqlalchemy::Secret& out);
[[noreturn]] PREFECT_SQLALCHEMY_API void throw_missing_field(std::string_view path);

}  // namespace detail

/// What a field can be read as.
template <class T>
concept BlockField = std::same_as<T, std::string> || std::same_as<T, bool> || std::same_as<T, std::int64_t> ||
    std::same_as<T, double> || std::same_as<T, boost::json::object> ||
    std::same_as<T, prefect_sqlalchemy::Secret>;

/// A field that may be absent or null.
/// @param inside  the path of `object` in the document, for messages; empty: it is the document
template <BlockField T>
std::optional<T> optional_field(const boost::json::object& object, std::string_view name,
                                std::string_view inside = {}) {
  const boost::json::value* const value = object.if_contains(name);
  if (value == nullptr || value->is_null()) return std::nullopt;
  const std::string path = inside.empty() ? std::string(name) : std::string(inside) + '.' + std::string(name);
  T out{};
  detail::read_field(*value, path, out);
  return out;
}

/// A field that must be there.
template <BlockField T>
T field(const boost::json::object& object, std::string_view name, std::string_view inside = {}) {
  auto value = optional_field<T>(object, name, inside);
  if (!value) {
    detail::throw_missing_field(inside.empty() ? std::string(name)
                                               : std::string(inside) + '.' + std::string(name));
  }
  return *std::move(value);
}

}  // namespace prefect
