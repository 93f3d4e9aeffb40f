#include "decimal128.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

namespace prefect_sqlalchemy::detail {

std::string_view decimal128_text(const void* bytes, std::int32_t scale) {
  thread_local std::array<std::string, 8> ring;
  thread_local std::size_t next = 0;
  std::string& out = ring[next++ % ring.size()];

  __extension__ using Wide = unsigned __int128;
  Wide bits = 0;
  std::memcpy(&bits, bytes, sizeof bits);
  const bool negative = bits >> 127 != 0;
  if (negative) bits = ~bits + 1;

  out.clear();
  do {
    out += static_cast<char>('0' + static_cast<int>(bits % 10));
    bits /= 10;
  } while (bits != 0);
  if (scale > 0) {
    while (out.size() <= static_cast<std::size_t>(scale)) out += '0';
    out.insert(static_cast<std::size_t>(scale), 1, '.');
  } else if (out != "0") {
    out.insert(0, static_cast<std::size_t>(-scale), '0');
  }
  if (negative) out += '-';
  std::reverse(out.begin(), out.end());
  return out;
}

}  // namespace prefect_sqlalchemy::detail
