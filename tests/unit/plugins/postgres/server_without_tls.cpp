// SPDX-License-Identifier: Apache-2.0
#include "server_without_tls.hpp"

#include <array>

#include <sys/socket.h>
#include <unistd.h>

namespace driver_client {

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

}  // namespace driver_client
