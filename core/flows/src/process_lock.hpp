#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace prefect::detail {

/// Proof that a process lives: a file that it holds locked (flock). The system lets go of the lock when the
/// process ends, however it ends. Linux; works between containers that share the folder.
class ProcessLock {
 public:
  /// Creates and locks a new file in the folder. @throws std::filesystem::filesystem_error
  static ProcessLock create(const std::filesystem::path& folder, const std::string& process_id);
  /// Takes over the lock of a process that is gone.
  /// @return std::nullopt if it lives, or the file does not exist
  static std::optional<ProcessLock> take(const std::filesystem::path& file);

  ProcessLock(ProcessLock&& other) noexcept;
  ProcessLock& operator=(ProcessLock other) noexcept;
  /// Lets go of the lock; the file stays.
  ~ProcessLock();

  const std::filesystem::path& file() const noexcept { return file_; }
  /// Removes the file: no run of this process is open.
  void remove() noexcept;

 private:
  ProcessLock(std::filesystem::path file, int descriptor);

  std::filesystem::path file_;
  int descriptor_;
};

}  // namespace prefect::detail
