#include "parameter_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "commands.hpp"

namespace psa_cli {
namespace {

namespace json = boost::json;
using prefect_sqlalchemy::Decimal;
using prefect_sqlalchemy::Json;
using prefect_sqlalchemy::Value;

Value value_of_json(const json::value& given) {
  switch (given.kind()) {
    case json::kind::null:
      return nullptr;
    case json::kind::bool_:
      return given.get_bool();
    case json::kind::int64:
      return given.get_int64();
    case json::kind::uint64:
      return given.get_uint64();
    case json::kind::double_:
      return given.get_double();
    case json::kind::string:
      return std::string(given.get_string());
    case json::kind::object:
      return Json{json::serialize(given)};
    case json::kind::array: {
      Value::List list;
      for (const auto& item : given.get_array()) list.push_back(value_of_json(item));
      return list;
    }
  }
  return nullptr;
}

Value value_of_word(const std::string& word) {
  json::error_code error;
  const auto parsed = json::parse(word, error);
  if (error || parsed.is_string() || parsed.is_structured()) return word;
  // A whole number that is too large for an integer keeps its digits.
  if (parsed.is_double() && word.find_first_of(".eE") == word.npos) return Decimal(word);
  return value_of_json(parsed);
}

}  // namespace

prefect_sqlalchemy::Parameters parse_parameters(const std::vector<std::string>& texts) {
  prefect_sqlalchemy::Parameters parameters;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    if (equals == text.npos) throw UsageError("-p takes name=value or name:=json, and one has no \"=\"");
    const bool is_json = equals > 0 && text[equals - 1] == ':';
    const auto name = text.substr(0, is_json ? equals - 1 : equals);
    if (name.empty()) throw UsageError("-p takes name=value or name:=json, and one has no name");
    const auto word = text.substr(equals + 1);
    if (!is_json) {
      parameters.set(name, value_of_word(word));
      continue;
    }
    json::error_code error;
    const auto parsed = json::parse(word, error);
    if (error) throw UsageError("the value of -p " + name + ":= is not JSON: " + error.message());
    parameters.set(name, value_of_json(parsed));
  }
  return parameters;
}

}  // namespace psa_cli
