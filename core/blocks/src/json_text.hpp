#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <boost/json/parse.hpp>

namespace prefect {

/// The JSON pointer (RFC 6901) of a key below `parent`.
inline std::string pointer_to(const std::string& parent, std::string_view key) {
  std::string pointer = parent + '/';
  for (const char c : key) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

/// The JSON pointer of a list's element below `parent`.
inline std::string pointer_to(const std::string& parent, std::size_t index) {
  return parent + '/' + std::to_string(index);
}

/// Parses JSON as deeply nested as a document may be. @throws std::exception  it is malformed
inline boost::json::value parse_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 256;
  return boost::json::parse(text, {}, options);
}

}  // namespace prefect
