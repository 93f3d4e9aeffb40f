// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

#include <psa/sdk/grow_buffer.hpp>

namespace psa::postgres {

/// Numbers in network byte order, as PostgreSQL's binary formats have them.
inline uint16_t load16(const char* from) noexcept {
  uint16_t value;
  std::memcpy(&value, from, sizeof value);
  return __builtin_bswap16(value);
}
inline uint32_t load32(const char* from) noexcept {
  uint32_t value;
  std::memcpy(&value, from, sizeof value);
  return __builtin_bswap32(value);
}
inline uint64_t load64(const char* from) noexcept {
  uint64_t value;
  std::memcpy(&value, from, sizeof value);
  return __builtin_bswap64(value);
}

static_assert(std::endian::native == std::endian::little,
              "the byte order is swapped for little-endian machines");

inline void put16(GrowBuffer& to, uint16_t value) {
  to.ensure(sizeof value);
  to.put(__builtin_bswap16(value));
}
inline void put32(GrowBuffer& to, uint32_t value) {
  to.ensure(sizeof value);
  to.put(__builtin_bswap32(value));
}
inline void put64(GrowBuffer& to, uint64_t value) {
  to.ensure(sizeof value);
  to.put(__builtin_bswap64(value));
}
inline void put_bytes(GrowBuffer& to, const void* bytes, size_t size) {
  to.ensure(size);
  if (size != 0) std::memcpy(to.data() + to.size(), bytes, size);
  to.advance(size);
}

/// Between PostgreSQL's epoch, 2000-01-01, and Arrow's, 1970-01-01.
constexpr int32_t epoch_days = 10957;
constexpr int64_t microseconds_per_day = INT64_C(86'400'000'000);
constexpr int64_t epoch_microseconds = epoch_days * microseconds_per_day;

}  // namespace psa::postgres
