#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "prefect_server.hpp"

/// What the parts of PrefectServer have in common.
namespace test_support::prefect_parts {

using boost::json::object;

inline SentAnswer json_answer(int status, const boost::json::value& body) {
  return {.status = status, .body = boost::json::serialize(body)};
}
inline SentAnswer detail_answer(int status, std::string_view text) {
  return json_answer(status, object{{"detail", text}});
}
inline std::string text_of(const object& held, std::string_view key) {
  const auto* const value = held.if_contains(key);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}
inline object* find_by(std::vector<object>& all, std::string_view key, std::string_view value) {
  for (object& each : all) {
    if (text_of(each, key) == value) return &each;
  }
  return nullptr;
}
inline const object* find_by(const std::vector<object>& all, std::string_view key, std::string_view value) {
  return find_by(const_cast<std::vector<object>&>(all), key, value);
}
std::string new_uuid();
/// The part of a path between two texts, "" if it is not such a path.
std::string between(std::string_view path, std::string_view begin, std::string_view end);

}  // namespace test_support::prefect_parts
