#include "allowlist.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <system_error>

#include <sodium.h>

#include "refusal.hpp"
#include "trusted_file.hpp"

namespace prefect_sqlalchemy {
namespace {

constexpr std::uint64_t list_size_limit = 1 << 20;
constexpr std::size_t hexadecimal_size = 2 * crypto_hash_sha256_BYTES;

std::string sha256_of(const std::filesystem::path& library) {
  const TrustedFile file(library);
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  std::array<unsigned char, 1 << 16> block{};
  for (std::uint64_t at = 0; at < file.size();) {
    const auto size = std::min<std::uint64_t>(block.size(), file.size() - at);
    if (!file.read(at, block.data(), size)) throw Refusal("cannot be read to its end");
    crypto_hash_sha256_update(&state, block.data(), size);
    at += size;
  }
  std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
  crypto_hash_sha256_final(&state, hash.data());
  std::string text(hexadecimal_size + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
  text.pop_back();
  return text;
}

bool is_hexadecimal(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

}  // namespace

Allowlist::Allowlist(const std::filesystem::path& file) : file_(file) {
  try {
    if (!file.is_absolute()) throw Refusal("is not named by an absolute path");
    parse(TrustedFile(file).read_all(list_size_limit));
  } catch (const Refusal& refusal) {
    broken_ = refusal.what();
    pins_.clear();
  }
}

void Allowlist::parse(std::string_view text) {
  int number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == line.npos || line.front() == '#') continue;
    const auto hash = line.substr(0, std::min(hexadecimal_size, line.size()));
    const auto name_at = line.find_first_not_of(" \t*", hash.size());
    const bool parted = line.size() > hash.size() && (line[hash.size()] == ' ' || line[hash.size()] == '\t');
    if (hash.size() != hexadecimal_size || !is_hexadecimal(hash) || !parted || name_at == line.npos) {
      throw Refusal("line " + std::to_string(number) +
                    " is not a SHA-256 and a library's name, as sha256sum prints them");
    }
    Pin pin{std::string(hash), std::filesystem::path(line.substr(name_at))};
    std::transform(pin.sha256.begin(), pin.sha256.end(), pin.sha256.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    if (pin.library.is_absolute()) {
      std::error_code error;
      auto canonical = std::filesystem::weakly_canonical(pin.library, error);
      if (!error) pin.library = std::move(canonical);
    } else if (pin.library.has_parent_path()) {
      throw Refusal("line " + std::to_string(number) +
                    " names a library by a relative path; give the absolute one, or the file's name alone");
    }
    pins_.push_back(std::move(pin));
  }
}

void Allowlist::check(const std::filesystem::path& library) const {
  const auto list = "the allow-list " + file_.string();
  if (!broken_.empty()) throw Refusal(list + " allows nothing: " + broken_, false);
  std::string actual;
  bool named = false;
  for (const auto& pin : pins_) {
    if (pin.library != library && pin.library != library.filename()) continue;
    named = true;
    if (actual.empty()) actual = sha256_of(library);
    if (pin.sha256 == actual) return;
  }
  if (!named) throw Refusal("is not in " + list, false);
  throw Refusal("is not the file that " + list + " allows: its SHA-256 is " + actual, false);
}

}  // namespace prefect_sqlalchemy
