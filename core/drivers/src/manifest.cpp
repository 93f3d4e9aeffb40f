#include "manifest.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include <boost/json.hpp>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/drivers/names.hpp>
#include <psa/driver.h>

#include "refusal.hpp"

namespace prefect_sqlalchemy {
namespace {

namespace json = boost::json;

constexpr std::array<std::pair<std::uint64_t, std::string_view>, 11> capabilities_table{{
    {PSA_CAP_NONBLOCKING, "nonblocking"},
    {PSA_CAP_CANCEL, "cancel"},
    {PSA_CAP_DEADLINE, "deadline"},
    {PSA_CAP_TRANSACTIONS, "transactions"},
    {PSA_CAP_SAVEPOINTS, "savepoints"},
    {PSA_CAP_CONCURRENT_RESULTS, "concurrent_results"},
    {PSA_CAP_SEVERAL_RESULTS, "several_results"},
    {PSA_CAP_PARAMETER_TYPES, "parameter_types"},
    {PSA_CAP_INGEST, "ingest"},
    {PSA_CAP_METADATA, "metadata"},
    {PSA_CAP_DYNAMIC_TYPES, "dynamic_types"},
}};

std::string quoted(std::string_view text) { return '"' + std::string(text) + '"'; }

json::object parse_object(std::string_view text) {
  json::stream_parser parser;
  json::error_code error;
  const auto read = parser.write_some(text.data(), text.size(), error);
  if (!error && read == text.size()) parser.finish(error);
  if (error || read != text.size()) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(read), '\n');
    throw Refusal("is not JSON: line " + std::to_string(line) + ": " +
                  (error ? error.message() : std::string("something follows its end")));
  }
  auto value = parser.release();
  if (!value.is_object()) throw Refusal("is not a JSON object");
  return std::move(value.get_object());
}

const json::value& member(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  if (!value) throw Refusal("has no " + quoted(key));
  return *value;
}

std::string text_of(const json::value& value, std::string_view key) {
  if (!value.is_string()) throw Refusal("has a " + quoted(key) + " that is not a text");
  const auto& text = value.get_string();
  const bool printable = std::none_of(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  // These texts end up on terminals.
  if (!printable) throw Refusal("has control characters in " + quoted(key));
  return std::string(text.begin(), text.end());
}

std::vector<std::string> texts_of(const json::value& value, std::string_view key) {
  if (!value.is_array()) throw Refusal("has " + quoted(key) + " that is not a list");
  std::vector<std::string> texts;
  for (const auto& item : value.get_array()) texts.push_back(text_of(item, key));
  return texts;
}

std::uint32_t number_of(const json::value& value, std::string_view key) {
  json::error_code error;
  const auto number = value.to_number<std::uint32_t>(error);
  if (error) throw Refusal("has a " + quoted(key) + " that is not a whole number");
  return number;
}

// "sqlite.so", "lib/sqlite.so": stays where the manifest is.
std::filesystem::path library_of(const std::string& text) {
  const std::filesystem::path path(text);
  if (text.empty()) throw Refusal("has an empty \"library\"");
  if (path.is_absolute()) throw Refusal("has a \"library\" that is not relative to it");
  if (std::find(path.begin(), path.end(), "..") != path.end()) {
    throw Refusal("has a \"library\" that climbs out of its folder");
  }
  return path;
}

std::vector<std::string> drivers_of(const json::value& value) {
  auto names = texts_of(value, "drivers");
  if (names.empty()) throw Refusal("serves no drivers");
  for (const auto& name : names) {
    try {
      check_driver_name(name);
    } catch (const ArgumentError& error) {
      throw Refusal("has a bad name in \"drivers\": " + std::string(error.what()));
    }
  }
  return names;
}

// A name that is pasted behind `apt install` must not be able to be anything else.
std::string package_of(const json::value& value) {
  auto name = text_of(value, "package");
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  };
  if (!std::all_of(name.begin(), name.end(), plain) || (!name.empty() && name.front() == '-')) {
    throw Refusal("has a \"package\" that is not a package's name");
  }
  return name;
}

void read_members(const json::object& object, Manifest& out) {
  const auto format = number_of(member(object, "format"), "format");
  if (format != 1) throw Refusal("has format " + std::to_string(format) + "; this library reads format 1");
  // First of all, so that a manifest with a later fault is known to be meant for these names.
  out.drivers = drivers_of(member(object, "drivers"));
  out.name = text_of(member(object, "name"), "name");
  out.version = text_of(member(object, "version"), "version");
  out.library = library_of(text_of(member(object, "library"), "library"));
  const auto& abi = member(object, "abi");
  if (!abi.is_object()) throw Refusal("has an \"abi\" that is not an object");
  out.abi_major = number_of(member(abi.get_object(), "major"), "major");
  out.abi_minor = number_of(member(abi.get_object(), "minor"), "minor");
  if (const auto* names = object.if_contains("capabilities")) {
    out.capabilities = texts_of(*names, "capabilities");
  }
  if (const auto* package = object.if_contains("package")) out.package = package_of(*package);
}

}  // namespace

ParsedManifest parse_manifest(std::string_view text) {
  ParsedManifest parsed;
  try {
    read_members(parse_object(text), parsed.manifest);
  } catch (const Refusal& refusal) {
    parsed.broken = refusal.what();
  }
  return parsed;
}

std::uint64_t capability_bits(const std::vector<std::string>& names) {
  std::uint64_t bits = 0;
  for (const auto& [bit, name] : capabilities_table) {
    if (std::find(names.begin(), names.end(), name) != names.end()) bits |= bit;
  }
  return bits;
}

std::vector<std::string> capability_names(std::uint64_t bits) {
  std::vector<std::string> names;
  for (const auto& [bit, name] : capabilities_table) {
    if ((bits & bit) != 0) names.emplace_back(name);
  }
  return names;
}

}  // namespace prefect_sqlalchemy
