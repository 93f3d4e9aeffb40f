#include "process_lock.hpp"

#include <cerrno>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace prefect::detail {
namespace {

/// False when somebody removed the file between opening and locking it.
bool still_named(int descriptor, const std::filesystem::path& file) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(descriptor, &opened) == 0 && ::stat(file.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

}  // namespace

ProcessLock::ProcessLock(std::filesystem::path file, int descriptor)
    : file_(std::move(file)), descriptor_(descriptor) {}

ProcessLock::ProcessLock(ProcessLock&& other) noexcept
    : file_(std::move(other.file_)), descriptor_(std::exchange(other.descriptor_, -1)) {}

ProcessLock& ProcessLock::operator=(ProcessLock other) noexcept {
  file_.swap(other.file_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

ProcessLock::~ProcessLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

ProcessLock ProcessLock::create(const std::filesystem::path& folder, const std::string& process_id) {
  std::filesystem::create_directories(folder);
  const std::filesystem::path file = folder / (process_id + ".lock");
  // Whoever clears away dead files may take ours before it is locked; then it is made again.
  for (int tries = 0; tries < 100; ++tries) {
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (descriptor < 0) break;
    ProcessLock lock(file, descriptor);
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0 && still_named(descriptor, file)) return lock;
  }
  throw std::filesystem::filesystem_error("cannot make the lock file of this process", file,
                                          std::error_code(errno, std::generic_category()));
}

std::optional<ProcessLock> ProcessLock::take(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (descriptor < 0) return std::nullopt;
  ProcessLock lock(file, descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 || !still_named(descriptor, file)) return std::nullopt;
  return lock;
}

void ProcessLock::remove() noexcept { ::unlink(file_.c_str()); }

}  // namespace prefect::detail
