#include "store_key.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <prefect_sqlalchemy/base/log.hpp>
#include <prefect_sqlalchemy/blocks/block_errors.hpp>
#include <prefect_sqlalchemy/blocks/settings.hpp>
#include <prefect_sqlalchemy/sql/value_types.hpp>

namespace prefect {
namespace {

namespace fs = std::filesystem;

constexpr const char* variable = "PREFECT_SQLALCHEMY_STORE_KEY";

fs::path key_file() { return prefect_home() / "prefect-sqlalchemy.key"; }

void start_sodium() {
  static const int started = sodium_init();
  if (started < 0) throw BlockSecretError("libsodium cannot start, so secrets cannot be encrypted");
}

std::string to_hex(const unsigned char* bytes, std::size_t size) {
  std::string hex(2 * size + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes, size);
  hex.pop_back();
  return hex;
}

StoreKey decoded(std::string_view text, const std::string& source) {
  StoreKey::Bytes bytes{};
  std::size_t size = 0;
  const char* end = nullptr;
  const int bad = sodium_base642bin(bytes.data(), bytes.size(), text.data(), text.size(), " \t\r\n", &size,
                                    &end, sodium_base64_VARIANT_ORIGINAL);
  if (bad != 0 || end != text.data() + text.size() || size != bytes.size()) {
    throw BlockSecretError(source + " does not hold a key for secrets: 32 bytes in base64 are expected");
  }
  StoreKey key(bytes, source);
  sodium_memzero(bytes.data(), bytes.size());
  return key;
}

[[noreturn]] void throw_file_error(const fs::path& file, const std::string& what, int error) {
  throw BlockSecretError("the key file for secrets " + file.string() + " cannot be " + what + ": " +
                         std::generic_category().message(error));
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int number) noexcept : number_(number) {}
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  ~FileDescriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const noexcept { return number_; }

 private:
  int number_;
};

/// @return nothing if there is no file
std::optional<StoreKey> read_key_file(const fs::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (file.number() < 0) {
    if (errno == ENOENT) return std::nullopt;
    throw_file_error(path, "opened", errno);
  }
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) throw_file_error(path, "examined", errno);
  const bool foreign = status.st_uid != ::geteuid() && status.st_uid != 0;
  if (!S_ISREG(status.st_mode) || foreign || (status.st_mode & 077) != 0) {
    throw BlockSecretError("the key file for secrets " + path.string() +
                           " is not safe: it must be a plain file of your own that no one else may read; run "
                           "chmod 600 on it, and think of the secrets stored so far as known to others");
  }
  char text[256];
  const auto size = ::read(file.number(), text, sizeof text);
  if (size < 0) throw_file_error(path, "read", errno);
  StoreKey key = decoded({text, static_cast<std::size_t>(size)}, path.string());
  sodium_memzero(text, sizeof text);
  return key;
}

/// Puts a complete file in place under its name, unless another process was first.
void create_key_file(const fs::path& path) {
  StoreKey::Bytes bytes{};
  randombytes_buf(bytes.data(), bytes.size());
  char text[sodium_base64_ENCODED_LEN(32, sodium_base64_VARIANT_ORIGINAL) + 1];
  sodium_bin2base64(text, sizeof text, bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
  sodium_memzero(bytes.data(), bytes.size());
  std::string line = std::string(text) + '\n';
  sodium_memzero(text, sizeof text);

  const fs::path draft = path.string() + '.' + prefect_sqlalchemy::Uuid::random().text();
  int error = 0;
  {
    const FileDescriptor file(::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    const bool written =
        file.number() >= 0 &&
        ::write(file.number(), line.data(), line.size()) == static_cast<ssize_t>(line.size()) &&
        ::fsync(file.number()) == 0;
    if (!written) error = errno;
  }
  sodium_memzero(line.data(), line.size());
  // link, unlike rename, never replaces a key that another process has put there.
  if (error == 0 && ::link(draft.c_str(), path.c_str()) != 0 && errno != EEXIST) error = errno;
  ::unlink(draft.c_str());
  if (error != 0) throw_file_error(path, "created", error);
  prefect_sqlalchemy::log::info("created the key file for secrets " + path.string() +
                                "; keep a copy, stored secrets cannot be read without it");
}

std::optional<StoreKey> find_key() {
  start_sodium();
  if (const char* const text = std::getenv(variable); text != nullptr && *text != '\0') {
    return decoded(text, variable);
  }
  return read_key_file(key_file());
}

}  // namespace

StoreKey::StoreKey(const Bytes& bytes, std::string source) : bytes_(bytes), source_(std::move(source)) {
  unsigned char hash[crypto_generichash_BYTES];
  crypto_generichash(hash, sizeof hash, bytes_.data(), bytes_.size(), nullptr, 0);
  fingerprint_ = to_hex(hash, 8);
}

StoreKey::~StoreKey() { sodium_memzero(bytes_.data(), bytes_.size()); }

StoreKey StoreKey::existing() {
  if (auto key = find_key()) return *key;
  throw BlockSecretError("the key file for secrets " + key_file().string() +
                         " is not there; put it back, or give its content in " + variable);
}

StoreKey StoreKey::existing_or_new() {
  if (auto key = find_key()) return *key;
  create_key_file(key_file());
  return existing();
}

}  // namespace prefect
