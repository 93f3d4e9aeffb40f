#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace prefect_sqlalchemy {

/// The plugins that may be loaded, each pinned by the SHA-256 of its library: what `sha256sum FILE...`
/// prints. A line is 64 hexadecimal digits, blanks (and maybe a '*'), and the library's absolute path or its
/// file name alone; empty lines and those that begin with '#' say nothing.
class Allowlist {
 public:
  /// @param file  an absolute path of a file that others may not write
  /// A list that cannot be read or understood allows nothing.
  explicit Allowlist(const std::filesystem::path& file);

  const std::filesystem::path& file() const noexcept { return file_; }

  /// @param library  the canonical path of a plugin's library
  /// @throws Refusal  it is not in the list, its content is another, or the list is broken
  void check(const std::filesystem::path& library) const;

 private:
  struct Pin {
    std::string sha256;  ///< in lower case
    std::filesystem::path library;
  };
  void parse(std::string_view text);

  std::filesystem::path file_;
  std::vector<Pin> pins_;
  std::string broken_;
};

}  // namespace prefect_sqlalchemy
