#pragma once

#include <filesystem>
#include <string_view>

namespace test_support {

/// A new folder of its own (mode 0700), removed with all it holds at the end.
class TemporaryFolder {
 public:
  /// @throws std::system_error
  TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  /// Absolute and canonical.
  const std::filesystem::path& path() const noexcept { return path_; }

  /// Writes a file in it (mode 0644), replacing one that is there, and making folders on the way.
  /// @param name  relative to this folder
  /// @returns its path
  /// @throws std::system_error
  std::filesystem::path write(const std::filesystem::path& name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

}  // namespace test_support
