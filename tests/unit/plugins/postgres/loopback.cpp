// SPDX-License-Identifier: Apache-2.0
#include "loopback.hpp"

#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "driver_client.hpp"

namespace driver_client {
namespace {

sockaddr_in loopback(uint32_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

}  // namespace

Listener::Listener() : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  if (bind(socket_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || listen(socket_, 16) != 0 ||
      getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw std::runtime_error("no port to listen on");
  port_ = ntohs(address.sin_port);
}

Listener::~Listener() { ::close(socket_); }

ServerWithoutTls::ServerWithoutTls()
    : thread_([this] {
        for (;;) {
          const int client = accept(listener_.socket(), nullptr, nullptr);
          if (client < 0) return;
          std::array<char, 8> request;
          if (recv(client, request.data(), request.size(), MSG_WAITALL) == 8)
            static_cast<void>(send(client, "N", 1, MSG_NOSIGNAL));
          ::close(client);
        }
      }) {}

ServerWithoutTls::~ServerWithoutTls() {
  shutdown(listener_.socket(), SHUT_RDWR);
  thread_.join();
}

Proxy::Proxy() : thread_([this] { pass(); }) {}

Proxy::~Proxy() {
  done_ = true;
  thread_.join();
}

void Proxy::pass() {
  std::vector<std::pair<int, int>> ways;  // from, to
  std::vector<int> open;
  while (!done_) {
    std::vector<pollfd> waited = {{listener_.socket(), POLLIN, 0}};
    for (const auto& way : ways) waited.push_back({way.first, POLLIN, 0});
    if (poll(waited.data(), frozen_ ? 0 : waited.size(), 10) <= 0 || frozen_) continue;
    for (size_t i = ways.size(); i-- > 0;) {
      if (waited[i + 1].revents == 0) continue;
      std::array<char, 16384> bytes;
      const ssize_t size = recv(ways[i].first, bytes.data(), bytes.size(), 0);
      if (size > 0) {
        static_cast<void>(send(ways[i].second, bytes.data(), static_cast<size_t>(size), MSG_NOSIGNAL));
      } else {
        shutdown(ways[i].second, SHUT_WR);
        ways.erase(ways.begin() + static_cast<std::ptrdiff_t>(i));
      }
    }
    if (waited[0].revents == 0) continue;
    const int client = accept4(listener_.socket(), nullptr, nullptr, SOCK_CLOEXEC);
    const int upstream = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(server()->port);
    static_cast<void>(connect(upstream, reinterpret_cast<const sockaddr*>(&address), sizeof address));
    ways.emplace_back(client, upstream);
    ways.emplace_back(upstream, client);
    open.insert(open.end(), {client, upstream});
  }
  for (const int each : open) ::close(each);
}

}  // namespace driver_client
