#include "trusted_file.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <unistd.h>

#include "refusal.hpp"

namespace prefect_sqlalchemy {
namespace {

std::string system_reason(int error) { return std::generic_category().message(error); }

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a FIFO";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

}  // namespace

std::optional<std::string> writable_by_others(const std::filesystem::path& path, const struct stat& status) {
  const bool foreign_group = status.st_gid != 0 && status.st_gid != ::getegid();
  const bool by_group = foreign_group && (status.st_mode & S_IWGRP) != 0;
  const bool by_all = (status.st_mode & S_IWOTH) != 0;
  if (!by_group && !by_all) return std::nullopt;
  return std::string("others may write to it; run chmod ") + (by_all ? "go-w " : "g-w ") + path.string();
}

TrustedFile::TrustedFile(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)) {
  if (descriptor_ < 0) {
    // A socket cannot be opened; the system's word for it explains nothing.
    if (errno == ENXIO) throw Refusal("is not a regular file");
    throw Refusal("cannot be opened: " + system_reason(errno), errno == ENOENT);
  }
  struct stat status {};
  std::string reason;
  bool reinstall = true;
  if (::fstat(descriptor_, &status) != 0) {
    reason = "cannot be examined: " + system_reason(errno);
  } else if (!S_ISREG(status.st_mode)) {
    reason = std::string("is not a regular file but ") + kind_of(status.st_mode);
  } else if (auto writable = writable_by_others(path, status)) {
    reason = *writable;
    reinstall = false;
  }
  if (!reason.empty()) {
    ::close(descriptor_);
    throw Refusal(reason, reinstall);
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

TrustedFile::~TrustedFile() { ::close(descriptor_); }

bool TrustedFile::read(std::uint64_t offset, void* out, std::size_t size) const {
  if (offset > size_ || size > size_ - offset) return false;
  auto* to = static_cast<char*>(out);
  while (size > 0) {
    const auto got = ::pread(descriptor_, to, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    offset += static_cast<std::uint64_t>(got);
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

std::string TrustedFile::read_all(std::uint64_t limit) const {
  if (size_ > limit) {
    throw Refusal("has " + std::to_string(size_) + " bytes; at most " + std::to_string(limit) + " are read");
  }
  std::string text(size_, '\0');
  if (!read(0, text.data(), text.size())) throw Refusal("cannot be read to its end");
  return text;
}

}  // namespace prefect_sqlalchemy
