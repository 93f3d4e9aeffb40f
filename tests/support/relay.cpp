// SPDX-License-Identifier: Apache-2.0
#include "relay.hpp"

#include <array>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace test_support {
namespace {

constexpr int between_looks = 10;  // milliseconds, whether it froze or ends

}  // namespace

Relay::Relay(uint32_t server_port, Look look)
    : server_port_(static_cast<uint16_t>(server_port)),
      look_(std::move(look)),
      accepts_([this] { accept_all(); }) {}

Relay::~Relay() {
  ends_ = true;
  accepts_.join();
  for (std::thread& connection : connections_) connection.join();
}

void Relay::accept_all() {
  while (!ends_) {
    pollfd polled{listener_.socket(), POLLIN, 0};
    if (poll(&polled, frozen_ ? 0 : 1, between_looks) <= 0) continue;
    const int client = accept4(listener_.socket(), nullptr, nullptr, SOCK_CLOEXEC);
    connections_.emplace_back([this, client] { serve(client); });
  }
}

// A server that cannot be reached hangs up at once.
void Relay::serve(int client) const {
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(server_port_);
  bool open = connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  std::array<char, 16384> bytes;
  while (open && !ends_) {
    std::array<pollfd, 2> polled{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
    if (poll(polled.data(), frozen_ ? 0 : polled.size(), between_looks) <= 0 || frozen_) continue;
    const bool from_client = polled[0].revents != 0;
    const ssize_t size = recv(polled[from_client ? 0 : 1].fd, bytes.data(), bytes.size(), 0);
    if (size <= 0) break;
    const std::string_view piece(bytes.data(), static_cast<size_t>(size));
    if (from_client && look_ && look_(piece) == Then::hang_up) break;
    open = send(polled[from_client ? 1 : 0].fd, piece.data(), piece.size(), MSG_NOSIGNAL) == size;
  }
  close(client);
  close(server);
}

}  // namespace test_support
