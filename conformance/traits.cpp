// SPDX-License-Identifier: Apache-2.0
#include "traits.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "check.hpp"

namespace psa_conformance {
namespace {

namespace json = boost::json;

constexpr std::array texts{"about",      "extends",      "one_row",    "rows",         "no_rows",
                           "no_columns", "several",      "endless",    "endless_rows", "create_table",
                           "drop_table", "literal",      "large_text", "echo_text",    "echo_size",
                           "begin",      "failing_rows", "session_id", "end_session",  "notice"};
constexpr std::array groups{"types", "parameters", "errors", "cannot", "lock_options"};

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  throw std::runtime_error("traits file " + file.string() + ": " + what);
}

void check_entry(const std::filesystem::path& file, const json::key_value_pair& entry) {
  const std::string key(entry.key());
  if (key == "format") {
    if (entry.value() != 1) refuse(file, "\"format\" is not 1");
  } else if (std::find(texts.begin(), texts.end(), key) != texts.end()) {
    if (!entry.value().is_string()) refuse(file, "\"" + key + "\" is not a text");
  } else if (std::find(groups.begin(), groups.end(), key) != groups.end()) {
    if (!entry.value().is_object()) refuse(file, "\"" + key + "\" is not an object");
    const bool of_texts = key == "cannot" || key == "lock_options";
    for (const auto& each : entry.value().as_object())
      if (of_texts ? !each.value().is_string() : !each.value().is_object())
        refuse(file, "\"" + key + "\"." + std::string(each.key()) + " is not " +
                         (of_texts ? "a text" : "an object"));
  } else {
    refuse(file, "\"" + key + "\" is not known");
  }
}

json::object read_file(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) refuse(file, "cannot be read");
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  json::error_code error;
  const json::value parsed = json::parse(text, error);
  if (error) refuse(file, "is not JSON: " + error.message());
  if (!parsed.is_object()) refuse(file, "is not a JSON object");
  for (const auto& entry : parsed.as_object()) check_entry(file, entry);
  if (!parsed.as_object().contains("format")) refuse(file, "has no \"format\"");
  return parsed.as_object();
}

// The entries of `over` win; groups are merged entry by entry.
void merge(json::object& under, const json::object& over) {
  for (const auto& entry : over) {
    json::value& place = under[entry.key()];
    if (place.is_object() && entry.value().is_object())
      for (const auto& each : entry.value().as_object()) place.as_object()[each.key()] = each.value();
    else
      place = entry.value();
  }
}

}  // namespace

Traits Traits::read(const std::filesystem::path& file) {
  const json::object own = read_file(file);
  Traits traits;
  if (const auto* extends = own.if_contains("extends")) {
    const std::filesystem::path other = file.parent_path() / std::string(extends->as_string());
    traits.entries_ = read_file(other);
    if (traits.entries_.contains("extends")) refuse(other, "extends a third one");
  }
  merge(traits.entries_, own);
  return traits;
}

const json::value* Traits::find(std::string_view key) const { return entries_.if_contains(key); }

bool Traits::has(std::string_view key) const {
  const auto* found = find(key);
  return found != nullptr && !(found->is_string() && found->as_string().empty());
}

std::string Traits::statement(
    std::string_view key, std::initializer_list<std::pair<std::string_view, std::string>> replaced) const {
  if (!has(key)) throw NotClaimed("the traits have no \"" + std::string(key) + "\"");
  return replace(std::string(find(key)->as_string()), replaced);
}

std::vector<std::pair<std::string, json::object>> Traits::group(std::string_view key) const {
  std::vector<std::pair<std::string, json::object>> out;
  if (const auto* found = find(key))
    for (const auto& entry : found->as_object()) out.emplace_back(entry.key(), entry.value().as_object());
  return out;
}

std::vector<std::pair<std::string, std::string>> Traits::lock_options() const {
  std::vector<std::pair<std::string, std::string>> out;
  if (const auto* found = find("lock_options"))
    for (const auto& entry : found->as_object())
      out.emplace_back(entry.key(), std::string(entry.value().as_string()));
  return out;
}

std::optional<std::string> Traits::excuse(const std::string& full_name) const {
  if (const auto* found = find("cannot"))
    if (const auto* reason = found->as_object().if_contains(full_name))
      return std::string(reason->as_string());
  return std::nullopt;
}

std::vector<std::string> Traits::excused() const {
  std::vector<std::string> out;
  if (const auto* found = find("cannot"))
    for (const auto& entry : found->as_object()) out.emplace_back(entry.key());
  return out;
}

std::string replace(std::string text,
                    std::initializer_list<std::pair<std::string_view, std::string>> replaced) {
  for (const auto& [name, value] : replaced) {
    const std::string mark = "{" + std::string(name) + "}";
    for (std::size_t at = 0; (at = text.find(mark, at)) != std::string::npos; at += value.size())
      text.replace(at, mark.size(), value);
  }
  return text;
}

}  // namespace psa_conformance
