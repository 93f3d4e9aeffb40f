// SPDX-License-Identifier: Apache-2.0
#include "host_lookup.hpp"

#include <array>
#include <thread>

#include <netdb.h>
#include <sys/socket.h>

namespace psa::postgres {

HostLookup::HostLookup(std::vector<Host> hosts) : state_(std::make_shared<State>()) {
  state_->asked = std::move(hosts);
  std::thread([state = state_] {
    look(*state);
    state->done.store(true, std::memory_order_release);
    state->waker.wake();
  }).detach();
}

void HostLookup::look(State& state) {
  for (const Host& host : state.asked) {
    if (!host.address.empty() || !needs_lookup(host.name)) {
      state.found.push_back(host);
      continue;
    }
    addrinfo wanted{};
    wanted.ai_family = AF_UNSPEC;
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int code = getaddrinfo(host.name.c_str(), nullptr, &wanted, &list);
    if (code != 0) {
      if (!state.failures.empty()) state.failures += '\n';
      state.failures +=
          "could not translate host name \"" + host.name + "\" to address: " + gai_strerror(code);
      continue;
    }
    for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
      std::array<char, NI_MAXHOST> text;
      if (getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0,
                      NI_NUMERICHOST) == 0)
        state.found.push_back({host.name, text.data(), host.port});
    }
    freeaddrinfo(list);
  }
}

int HostLookup::descriptor() const noexcept { return state_->waker.get(); }
bool HostLookup::done() const noexcept { return state_->done.load(std::memory_order_acquire); }
const std::vector<Host>& HostLookup::hosts() const noexcept { return state_->found; }
const std::string& HostLookup::failures() const noexcept { return state_->failures; }

}  // namespace psa::postgres
