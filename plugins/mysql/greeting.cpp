// SPDX-License-Identifier: Apache-2.0
#include "greeting.hpp"

#include <array>
#include <cstring>

#include <mysql.h>
#include <sys/socket.h>

namespace psa::mysql {

Greeting peek_greeting(int socket) noexcept {
  std::array<unsigned char, 512> packet;
  const ssize_t size = recv(socket, packet.data(), packet.size(), MSG_PEEK | MSG_DONTWAIT);
  constexpr ssize_t header = 4;
  // An error, "too many connections", has another first byte.
  if (size <= header || packet[header] != 10) return Greeting::unknown;
  const auto* version = packet.data() + header + 1;
  const void* end = memchr(version, 0, static_cast<size_t>(size - header - 1));
  if (end == nullptr) return Greeting::unknown;
  // Behind the version: the session's id, half of a nonce, a zero, half of the capabilities.
  const ssize_t at = static_cast<const unsigned char*>(end) - packet.data() + 1 + 4 + 8 + 1;
  if (at + 2 > size) return Greeting::unknown;
  const unsigned capabilities = packet[static_cast<size_t>(at)] | packet[static_cast<size_t>(at) + 1] << 8;
  return (capabilities & CLIENT_SSL) != 0 ? Greeting::offers_tls : Greeting::lacks_tls;
}

}  // namespace psa::mysql
