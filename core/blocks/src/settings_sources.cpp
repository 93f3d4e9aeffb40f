#include "settings_sources.hpp"

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <toml++/toml.h>

#include <prefect_sqlalchemy/blocks/prefect_settings.hpp>

namespace prefect {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::optional<std::string> env_text(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr || *value == '\0' ? std::nullopt : std::optional<std::string>(value);
}

class EnvironmentSource final : public SettingsSource {
 public:
  std::optional<FoundSetting> find(const std::string& name, const std::string&) const override {
    auto value = env_text(name.c_str());
    if (!value) return std::nullopt;
    return FoundSetting{*std::move(value), name + " in the environment"};
  }
};

std::string trimmed(const std::string& text) {
  constexpr const char* blank = " \t\r";
  const auto begin = text.find_first_not_of(blank);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

/// A value of a .env file: quoted, or plain up to a comment.
std::string env_value(const std::string& text) {
  if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
    const char quote = text.front();
    std::string value;
    for (std::size_t i = 1; i < text.size() && text[i] != quote; ++i) {
      if (text[i] == '\\' && quote == '"' && i + 1 < text.size()) ++i;
      value += text[i];
    }
    return value;
  }
  return trimmed(text.substr(0, std::min(text.find(" #"), text.size())));
}

class EnvFileSource final : public SettingsSource {
 public:
  EnvFileSource() {
    std::ifstream in(".env");
    for (std::string line; std::getline(in, line);) {
      line = trimmed(line);
      if (line.starts_with("export ")) line = trimmed(line.substr(7));
      const auto equals = line.find('=');
      if (line.empty() || line.front() == '#' || equals == std::string::npos) continue;
      values_[trimmed(line.substr(0, equals))] = env_value(trimmed(line.substr(equals + 1)));
    }
  }
  std::optional<FoundSetting> find(const std::string& name, const std::string&) const override {
    const auto found = values_.find(name);
    if (found == values_.end() || found->second.empty()) return std::nullopt;
    return FoundSetting{found->second, name + " in .env"};
  }

 private:
  std::map<std::string, std::string> values_;
};

toml::table parsed(const fs::path& file) {
  try {
    return toml::parse_file(file.string());
  } catch (const toml::parse_error& error) {
    std::ostringstream text;
    text << "the settings file " << file.string() << " is no valid TOML, line " << error.source().begin.line
         << ": " << error.description() << "; mend it, or move it away";
    throw SettingsError(text.str());
  }
}

json::value to_json(const toml::node& node);

json::value to_json(const toml::node& node) {
  if (const auto* text = node.as_string()) return json::value(text->get());
  if (const auto* whole = node.as_integer()) return json::value(whole->get());
  if (const auto* number = node.as_floating_point()) return json::value(number->get());
  if (const auto* flag = node.as_boolean()) return json::value(flag->get());
  if (const auto* list = node.as_array()) {
    json::array out;
    for (const toml::node& element : *list) out.push_back(to_json(element));
    return out;
  }
  json::object out;
  if (const auto* table = node.as_table()) {
    for (const auto& [key, value] : *table) out[std::string_view(key.str())] = to_json(value);
  }
  return out;
}

std::string text_of(const toml::node& node) {
  const json::value value = to_json(node);
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

/// prefect.toml, or the part [tool.prefect] of pyproject.toml.
class TomlSource final : public SettingsSource {
 public:
  TomlSource(toml::table table, std::string file, const std::string& prefix)
      : table_(std::move(table)), file_(std::move(file)), prefix_(prefix) {}
  std::optional<FoundSetting> find(const std::string&, const std::string& key) const override {
    const auto node = table_.at_path(prefix_ + key);
    if (!node) return std::nullopt;
    return FoundSetting{text_of(*node.node()), prefix_ + key + " in " + file_};
  }

 private:
  toml::table table_;
  std::string file_;
  std::string prefix_;
};

class ProfileSource final : public SettingsSource {
 public:
  ProfileSource(toml::table profile, std::string title)
      : profile_(std::move(profile)), title_(std::move(title)) {}
  std::optional<FoundSetting> find(const std::string& name, const std::string&) const override {
    const toml::node* const node = profile_.get(name);
    if (node == nullptr) return std::nullopt;
    return FoundSetting{text_of(*node), name + " in " + title_};
  }

 private:
  toml::table profile_;
  std::string title_;
};

fs::path with_home(const std::string& text) {
  const auto home = env_text("HOME");
  if (home && (text == "~" || text.starts_with("~/"))) return *home + text.substr(1);
  return text;
}

using Sources = std::vector<std::unique_ptr<SettingsSource>>;

std::optional<std::string> first_of(const Sources& sources, const std::string& name, const std::string& key) {
  for (const auto& source : sources) {
    if (auto found = source->find(name, key)) return std::move(found->value);
  }
  return std::nullopt;
}

std::optional<fs::path> profiles_file(const Sources& before) {
  if (const auto path = first_of(before, "PREFECT_PROFILES_PATH", "profiles_path")) return with_home(*path);
  if (const auto home = first_of(before, "PREFECT_HOME", "home")) return with_home(*home) / "profiles.toml";
  if (const auto home = env_text("HOME")) return fs::path(*home) / ".prefect" / "profiles.toml";
  return std::nullopt;
}

std::unique_ptr<SettingsSource> profile_source(const Sources& before) {
  const auto file = profiles_file(before);
  const auto wanted = env_text("PREFECT_PROFILE");
  std::error_code error;
  if (!file || !fs::is_regular_file(*file, error)) {
    // These two are in every Prefect: they set nothing that matters here.
    if (!wanted || *wanted == "ephemeral" || *wanted == "local") return nullptr;
    throw SettingsError("PREFECT_PROFILE names the profile '" + *wanted + "', but there is no profiles file" +
                        (file ? " " + file->string() : std::string()));
  }
  const toml::table table = parsed(*file);
  const std::string name = wanted ? *wanted : table["active"].value_or(std::string());
  if (name.empty()) return nullptr;
  const toml::table* const profile = table["profiles"][name].as_table();
  if (profile != nullptr) {
    return std::make_unique<ProfileSource>(*profile, "profile '" + name + "' of " + file->string());
  }
  if (name == "ephemeral" || name == "local") return nullptr;
  throw SettingsError((wanted ? "PREFECT_PROFILE names" : "the active profile is") + std::string(" '") +
                      name + "', which is not in " + file->string() + "; choose one that is there");
}

}  // namespace

std::vector<std::unique_ptr<SettingsSource>> settings_sources() {
  Sources sources;
  sources.push_back(std::make_unique<EnvironmentSource>());
  sources.push_back(std::make_unique<EnvFileSource>());
  std::error_code error;
  for (const auto& [file, prefix] :
       {std::pair("prefect.toml", ""), std::pair("pyproject.toml", "tool.prefect.")}) {
    if (!fs::is_regular_file(file, error)) continue;
    sources.push_back(std::make_unique<TomlSource>(parsed(file), file, prefix));
  }
  if (auto profile = profile_source(sources)) sources.push_back(std::move(profile));
  return sources;
}

}  // namespace prefect
