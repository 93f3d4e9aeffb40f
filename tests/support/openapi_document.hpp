#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace test_support {

/// The requests that a server accepts, as its OpenAPI document says. Threads: any, once made.
class OpenApiDocument {
 public:
  /// @param file  of tests/fakes/prefect. @throws std::exception  it cannot be read
  explicit OpenApiDocument(const std::string& file);

  /// @param path   without the query, below the API's root
  /// @param query  "a=b&c=d", or empty
  /// @return what is wrong with a request, in words; empty if nothing is
  std::vector<std::string> problems(std::string_view method, std::string_view path, std::string_view query,
                                    const boost::json::value& body) const;

 private:
  using Problems = std::vector<std::string>;
  const boost::json::object* operation(std::string_view method, std::string_view path) const;
  void check(const boost::json::value& value, const boost::json::object& schema, const std::string& place,
             Problems& out) const;
  void check_object(const boost::json::object& value, const boost::json::object& schema,
                    const std::string& place, Problems& out) const;
  void check_any(const boost::json::value& value, const boost::json::array& choices, const std::string& place,
                 Problems& out) const;

  boost::json::object document_;
};

}  // namespace test_support
