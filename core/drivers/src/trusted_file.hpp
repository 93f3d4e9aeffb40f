#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <sys/stat.h>

namespace prefect_sqlalchemy {

/// Why a file or folder of this mode and group cannot be trusted with code to run: it may be written by
/// others than its owner. A group counts as others unless it is root's or the process's own.
/// @param path  for the advice in the text
std::optional<std::string> writable_by_others(const std::filesystem::path& path, const struct stat& status);

/// A regular file, open for reading, that others may not write to. Anything else is refused without
/// waiting: opening a FIFO would. Move-only; closes itself.
class TrustedFile {
 public:
  /// @throws Refusal  with the system's reason, or what the file is
  explicit TrustedFile(const std::filesystem::path& path);
  TrustedFile(const TrustedFile&) = delete;
  TrustedFile& operator=(const TrustedFile&) = delete;
  ~TrustedFile();

  std::uint64_t size() const noexcept { return size_; }

  /// Reads exactly `size` bytes from `offset`; false if the file does not hold them.
  bool read(std::uint64_t offset, void* out, std::size_t size) const;

  /// The whole file.
  /// @throws Refusal  if it is larger than `limit` bytes or cannot be read
  std::string read_all(std::uint64_t limit) const;

 private:
  int descriptor_;
  std::uint64_t size_ = 0;
};

}  // namespace prefect_sqlalchemy
