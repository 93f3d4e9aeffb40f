#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/blocks/secret_fields.hpp>
#include <prefect_sqlalchemy/sql/url.hpp>

#include "json_text.hpp"

namespace prefect {
namespace {

namespace json = boost::json;
using Visit = std::function<void(json::value&, const std::string&)>;

void walk(json::value& value, std::string_view path, const std::string& pointer, const Visit& visit);

/// The field `part` of a value; what follows in the path is `rest`, nullptr at its end.
void walk_part(json::value& value, std::string_view part, const std::string_view* rest,
               const std::string& pointer, const Visit& visit) {
  const auto arrive = [&](json::value& field, const std::string& place) {
    if (rest != nullptr) {
      walk(field, *rest, place, visit);
    } else if (!field.is_null()) {
      visit(field, place);
    }
  };
  if (auto* const object = value.if_object()) {
    if (part == "*") {
      for (auto& [key, field] : *object) arrive(field, pointer_to(pointer, key));
    } else if (auto* const field = object->if_contains(part)) {
      arrive(*field, pointer_to(pointer, part));
    }
  } else if (auto* const array = value.if_array(); array != nullptr && part == "*") {
    for (std::size_t i = 0; i < array->size(); ++i) arrive((*array)[i], pointer_to(pointer, i));
  }
}

void walk(json::value& value, std::string_view path, const std::string& pointer, const Visit& visit) {
  const auto dot = path.find('.');
  if (dot == std::string_view::npos) return walk_part(value, path, nullptr, pointer, visit);
  const std::string_view rest = path.substr(dot + 1);
  walk_part(value, path.substr(0, dot), &rest, pointer, visit);
}

}  // namespace

void for_each_at(json::object& data, std::string_view path, const Visit& visit) {
  // A value of its own would be a copy, and the visitor is to change the document itself.
  json::value whole(std::move(data));
  struct PutBack {
    json::object& data;
    json::value& whole;
    ~PutBack() { data = std::move(whole.get_object()); }
  } const put_back{data, whole};
  walk(whole, path, "", visit);
}

std::string url_without_secrets(std::string_view url) {
  try {
    const prefect_sqlalchemy::URL parsed = prefect_sqlalchemy::make_url(url);
    std::string shown = parsed.render(true);
    return shown == parsed.render(false) ? std::string() : shown;
  } catch (const prefect_sqlalchemy::ArgumentError&) {
    return std::string(secret_stars);
  }
}

void mask_secrets(json::object& data, const BlockType& type) {
  for (const auto& path : type.secret_fields) {
    for_each_at(data, path, [](json::value& value, const std::string&) { value = secret_stars; });
  }
  for (const auto& path : type.url_fields) {
    for_each_at(data, path, [](json::value& value, const std::string&) {
      if (!value.is_string()) return;
      if (const std::string shown = url_without_secrets(value.get_string()); !shown.empty()) value = shown;
    });
  }
}

}  // namespace prefect
