#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "scoped_environment.hpp"
#include "temporary_folder.hpp"

namespace test_support {

/// A folder with copies of fake drivers, and the only one that is searched while it lives.
class PluginFolder {
 public:
  PluginFolder();

  const std::filesystem::path& path() const noexcept { return folder_.path(); }
  std::filesystem::path library(const std::string& fake) const { return path() / (fake + ".so"); }
  std::filesystem::path manifest(const std::string& fake) const { return path() / (fake + ".json"); }

  /// Copies the fake driver's two files.
  /// @param driver  the driver name to serve in place of the fake's own; registries keep names for ever, so
  ///                tests that load a driver each take a name of their own
  void add(const std::string& fake, const std::string& driver = "") const;

  /// Replaces a piece of text in the manifest.
  /// @throws std::logic_error  it holds no such text
  void edit_manifest(const std::string& fake, std::string_view from, std::string_view to) const;

  /// Writes any file.
  std::filesystem::path write(const std::string& name, std::string_view content) const {
    return folder_.write(name, content);
  }

 private:
  TemporaryFolder folder_;
  ScopedEnvironment driver_path_;
  ScopedEnvironment add_driver_path_;
};

}  // namespace test_support
