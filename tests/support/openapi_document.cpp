#include "openapi_document.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <regex>
#include <stdexcept>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace test_support {
namespace {

namespace json = boost::json;

std::vector<std::string_view> segments(std::string_view path) {
  std::vector<std::string_view> out;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    out.push_back(path.substr(begin, end - begin));
    begin = end + 1;
  }
  return out;
}

bool matches(std::string_view pattern, std::string_view path) {
  const auto wanted = segments(pattern), given = segments(path);
  if (wanted.size() != given.size()) return false;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const bool open = wanted[i].starts_with('{') && !given[i].empty() && given[i] != "filter";
    if (!open && wanted[i] != given[i]) return false;
  }
  return true;
}

bool is_of_type(const json::value& value, std::string_view type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_bool();
  if (type == "null") return value.is_null();
  if (type == "integer") return value.is_int64() || value.is_uint64();
  return value.is_number();
}

bool has_format(const std::string& text, std::string_view format) {
  static const std::regex uuid("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  static const std::regex moment("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?(Z|[+-]\\d\\d:\\d\\d)");
  if (format == "uuid") return std::regex_match(text, uuid);
  if (format == "date-time") return std::regex_match(text, moment);
  return true;
}

}  // namespace

OpenApiDocument::OpenApiDocument(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + file);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  document_ = json::parse(text).as_object();
}

const json::object* OpenApiDocument::operation(std::string_view method, std::string_view path) const {
  std::string name(method);
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  const json::object& paths = document_.at("paths").as_object();
  for (const bool exact : {true, false}) {
    for (const auto& [pattern, item] : paths) {
      if (exact ? std::string_view(pattern) != path : !matches(pattern, path)) continue;
      if (const json::value* const found = item.as_object().if_contains(name)) return &found->as_object();
    }
  }
  return nullptr;
}

std::vector<std::string> OpenApiDocument::problems(std::string_view method, std::string_view path,
                                                   std::string_view query, const json::value& body) const {
  const json::object* const found = operation(method, path);
  if (found == nullptr) return {"there is no " + std::string(method) + " " + std::string(path)};
  Problems out;
  for (const json::value& parameter : found->at("parameters").as_array()) {
    const json::object& wanted = parameter.as_object();
    if (wanted.at("in").as_string() != "query" || !wanted.at("required").as_bool()) continue;
    const std::string name(wanted.at("name").as_string());
    if (("&" + std::string(query)).find("&" + name + "=") == std::string::npos) {
      out.push_back("query: " + name + " is missing");
    }
  }
  const json::value* const schema = found->if_contains("requestBody");
  if (schema == nullptr) {
    if (!body.is_null()) out.push_back("a body where none belongs");
  } else if (body.is_null()) {
    out.push_back("the body is missing");
  } else {
    check(body, schema->as_object(), "body", out);
  }
  return out;
}

void OpenApiDocument::check(const json::value& value, const json::object& schema, const std::string& place,
                            Problems& out) const {
  if (const json::value* const ref = schema.if_contains("$ref")) {
    const std::string_view name =
        std::string_view(ref->as_string()).substr(std::string_view("#/components/schemas/").size());
    check(value, document_.at("components").at("schemas").at(name).as_object(), place, out);
    return;
  }
  if (schema.contains("not")) out.push_back(place + ": no request of this library uses it");
  if (const json::value* const any = schema.if_contains("anyOf"))
    check_any(value, any->as_array(), place, out);
  if (const json::value* const all = schema.if_contains("allOf")) {
    for (const json::value& each : all->as_array()) check(value, each.as_object(), place, out);
  }
  if (const json::value* const type = schema.if_contains("type");
      type && !is_of_type(value, type->as_string())) {
    out.push_back(place + ": " + std::string(type->as_string()) + " is wanted, not " +
                  json::serialize(value).substr(0, 60));
    return;
  }
  if (const json::value* const choices = schema.if_contains("enum")) {
    const json::array& list = choices->as_array();
    if (std::find(list.begin(), list.end(), value) == list.end()) {
      out.push_back(place + ": none of " + json::serialize(list));
    }
  }
  if (const json::string* const text = value.if_string()) {
    if (const json::value* const pattern = schema.if_contains("pattern")) {
      if (!std::regex_search(std::string(*text), std::regex(std::string(pattern->as_string())))) {
        out.push_back(place + ": does not match " + std::string(pattern->as_string()));
      }
    }
    if (const json::value* const format = schema.if_contains("format")) {
      if (!has_format(std::string(*text), format->as_string())) {
        out.push_back(place + ": no " + std::string(format->as_string()) + ": " + std::string(*text));
      }
    }
    if (const json::value* const longest = schema.if_contains("maxLength")) {
      if (text->size() > longest->to_number<std::size_t>()) out.push_back(place + ": too long");
    }
  }
  if (value.is_number()) {
    const json::value* const least = schema.if_contains("minimum");
    if (least && value.to_number<double>() < least->to_number<double>()) out.push_back(place + ": too small");
    const json::value* const most = schema.if_contains("maximum");
    if (most && value.to_number<double>() > most->to_number<double>()) out.push_back(place + ": too large");
  }
  if (value.is_object()) check_object(value.get_object(), schema, place, out);
  if (const json::value* const items = schema.if_contains("items"); items && value.is_array()) {
    std::size_t i = 0;
    for (const json::value& element : value.get_array()) {
      check(element, items->as_object(), place + "[" + std::to_string(i++) + "]", out);
    }
  }
}

void OpenApiDocument::check_object(const json::object& value, const json::object& schema,
                                   const std::string& place, Problems& out) const {
  if (const json::value* const required = schema.if_contains("required")) {
    for (const json::value& name : required->as_array()) {
      if (!value.contains(name.as_string()))
        out.push_back(place + "." + std::string(name.as_string()) + " is missing");
    }
  }
  const json::value* const properties = schema.if_contains("properties");
  const json::value* const more = schema.if_contains("additionalProperties");
  for (const auto& [name, held] : value) {
    const std::string inside = place + "." + std::string(name);
    const json::value* const known = properties ? properties->as_object().if_contains(name) : nullptr;
    if (known) {
      check(held, known->as_object(), inside, out);
    } else if (more && more->is_bool() && !more->get_bool()) {
      out.push_back(inside + ": there is no such field");
    } else if (more && more->is_object()) {
      check(held, more->get_object(), inside, out);
    }
  }
}

void OpenApiDocument::check_any(const json::value& value, const json::array& choices,
                                const std::string& place, Problems& out) const {
  Problems all;
  for (const json::value& choice : choices) {
    Problems one;
    check(value, choice.as_object(), place, one);
    if (one.empty()) return;
    all.insert(all.end(), one.begin(), one.end());
  }
  out.insert(out.end(), all.begin(), all.end());
}

}  // namespace test_support
