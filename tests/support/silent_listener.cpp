// SPDX-License-Identifier: Apache-2.0
#include "silent_listener.hpp"

#include <cerrno>
#include <system_error>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace test_support {

SilentListener::SilentListener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  socklen_t size = sizeof address;
  if (bind(socket_, generic, size) != 0 || listen(socket_, 8) != 0 ||
      getsockname(socket_, generic, &size) != 0) {
    const int error = errno;
    close(socket_);
    throw std::system_error(error, std::generic_category(), "listen on loopback");
  }
  port_ = ntohs(address.sin_port);
}

SilentListener::~SilentListener() { close(socket_); }

}  // namespace test_support
