#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace prefect {

/// A setting's value as text (lists and tables as JSON), and where it was found.
struct FoundSetting {
  std::string value;
  std::string source;
};

/// One place where Prefect looks for settings.
class SettingsSource {
 public:
  virtual ~SettingsSource() = default;
  /// @param name  as in the environment, "PREFECT_API_URL"
  /// @param key   as in TOML files, "api.url"
  virtual std::optional<FoundSetting> find(const std::string& name, const std::string& key) const = 0;
};

/// All of them, the first to be asked first. @throws SettingsError  a file is malformed
std::vector<std::unique_ptr<SettingsSource>> settings_sources();

}  // namespace prefect
