#include "cell_text.hpp"

#include <cmath>
#include <sstream>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace psa_cli {

using prefect_sqlalchemy::Json;
using prefect_sqlalchemy::Kind;
using prefect_sqlalchemy::Value;

namespace {

std::string streamed(const Value& value) {
  std::ostringstream out;
  out << value;
  return std::move(out).str();
}

std::string list_json(const Value::List& list) {
  std::string out = "[";
  for (const auto& item : list) out += (out.size() > 1 ? ", " : "") + cell_json(item);
  return out + "]";
}

// A document goes in as it stands, if it is one.
std::string document_json(const Json& json) {
  boost::json::error_code error;
  boost::json::parse(json.text, error);
  return error ? json_string(json.text) : json.text;
}

}  // namespace

std::string json_string(std::string_view text) {
  return boost::json::serialize(boost::json::value(boost::json::string_view(text.data(), text.size())));
}

std::string cell_text(const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return {};
    case Kind::text:
      return std::get<std::string>(value.variant());
    case Kind::list:
      return list_json(std::get<Value::List>(value.variant()));
    default:
      return streamed(value);
  }
}

std::string cell_json(const Value& value) {
  switch (value.kind()) {
    case Kind::null:
      return "null";
    case Kind::boolean:
    case Kind::int64:
    case Kind::uint64:
      return streamed(value);
    case Kind::real:
      return std::isfinite(std::get<double>(value.variant())) ? streamed(value)
                                                              : json_string(streamed(value));
    case Kind::json:
      return document_json(std::get<Json>(value.variant()));
    case Kind::list:
      return list_json(std::get<Value::List>(value.variant()));
    default:
      return json_string(cell_text(value));
  }
}

bool is_number(Kind kind) {
  return kind == Kind::int64 || kind == Kind::uint64 || kind == Kind::real || kind == Kind::decimal;
}

}  // namespace psa_cli
