#include "loader_cache.hpp"

#include <cstdint>
#include <cstring>
#include <string_view>

#include "refusal.hpp"
#include "trusted_file.hpp"

namespace prefect_sqlalchemy {
namespace {

// The format of glibc 2.2 and newer (its sysdeps/generic/dl-cache.h); older ones put another in front of it.
constexpr std::string_view cache_magic = "glibc-ld.so.cache1.1";
constexpr std::uint64_t cache_size_limit = 64 << 20;
struct CacheHeader {
  char magic[20];
  std::uint32_t entries;
  std::uint32_t text_size;
  std::uint32_t unused[5];
};
struct CacheEntry {
  std::int32_t flags;
  std::uint32_t name, file;  // offsets from the header
  std::uint32_t os_version;
  std::uint64_t hardware;
};
static_assert(sizeof(CacheHeader) == 48 && sizeof(CacheEntry) == 24);

std::string text_at(std::string_view cache, std::uint32_t offset) {
  if (offset >= cache.size()) return {};
  return std::string(cache.substr(offset, cache.find('\0', offset) - offset));
}

}  // namespace

std::multimap<std::string, std::filesystem::path> read_loader_cache(const std::filesystem::path& file) {
  std::multimap<std::string, std::filesystem::path> known;
  std::string bytes;
  try {
    bytes = TrustedFile(file).read_all(cache_size_limit);
  } catch (const Refusal&) {
    return known;
  }
  const auto start = bytes.find(cache_magic);
  if (start == bytes.npos || bytes.size() - start < sizeof(CacheHeader)) return known;
  const std::string_view cache = std::string_view(bytes).substr(start);
  CacheHeader header{};
  std::memcpy(&header, cache.data(), sizeof header);
  if (header.entries > (cache.size() - sizeof header) / sizeof(CacheEntry)) return known;
  for (std::uint32_t i = 0; i < header.entries; ++i) {
    CacheEntry entry{};
    std::memcpy(&entry, cache.data() + sizeof header + i * sizeof entry, sizeof entry);
    known.emplace(text_at(cache, entry.name), text_at(cache, entry.file));
  }
  return known;
}

}  // namespace prefect_sqlalchemy
