#pragma once

#include <array>
#include <string>

#include <sodium.h>

namespace prefect {

/// The key that secrets in the local store are encrypted with: 32 bytes, from PREFECT_SQLALCHEMY_STORE_KEY
/// (base64) or from the file `prefect-sqlalchemy.key` in prefect_home(). Wiped when it ends.
class StoreKey {
 public:
  using Bytes = std::array<unsigned char, crypto_aead_xchacha20poly1305_ietf_KEYBYTES>;

  /// The key there is. @throws BlockSecretError  there is none, or it is unsafe or malformed
  static StoreKey existing();
  /// The key there is, else a new one in the key file (0600). Of several processes making one at once, all
  /// get the same.
  static StoreKey existing_or_new();

  StoreKey(const Bytes& bytes, std::string source);
  StoreKey(const StoreKey&) = default;
  StoreKey& operator=(const StoreKey&) = delete;
  ~StoreKey();

  const Bytes& bytes() const noexcept { return bytes_; }
  /// Where it came from, for messages.
  const std::string& source() const noexcept { return source_; }
  /// Tells keys apart without giving them away: a hash's first 8 bytes, hexadecimal.
  const std::string& fingerprint() const noexcept { return fingerprint_; }

 private:
  Bytes bytes_;
  std::string source_;
  std::string fingerprint_;
};

}  // namespace prefect
