// SPDX-License-Identifier: Apache-2.0
#include "driver_server.hpp"

#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string_view>

#include "driver_under_test.hpp"

namespace driver_client {
namespace {

std::string decoded(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// Cuts `text` at `mark` and returns what was behind it.
std::string_view cut(std::string_view& text, char mark) {
  const size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

Server read_url(std::string_view url) {
  Server server;
  url.remove_prefix(url.find("://") + 3);
  std::string_view query = cut(url, '?');
  const size_t at = url.rfind('@');
  std::string_view user = at == std::string_view::npos ? std::string_view() : url.substr(0, at);
  std::string_view place = at == std::string_view::npos ? url : url.substr(at + 1);
  server.password = decoded(cut(user, ':'));
  server.user = decoded(user);
  server.database = decoded(cut(place, '/'));
  const std::string port(cut(place, ':'));
  server.host = place;
  server.port = port.empty() ? 0 : static_cast<uint32_t>(std::stoul(port));
  while (!query.empty()) {
    std::string_view name = query;
    query = cut(name, '&');
    const std::string value = decoded(cut(name, '='));
    server.options.emplace_back(decoded(name), value);
  }
  return server;
}

}  // namespace

std::optional<Server> server_of(const char* variable) {
  if (const char* url = std::getenv(variable)) return read_url(url);
  const char* servers = std::getenv("PSA_TEST_SERVERS");
  if (servers != nullptr && std::string_view(servers) == "required")
    throw std::runtime_error(std::string(variable) + " is not set, and PSA_TEST_SERVERS is required");
  return std::nullopt;
}

const Server* server() {
  static const std::optional<Server> found = server_of(driver_under_test().url_variable);
  return found ? &*found : nullptr;
}

Server at_port(Server server, uint32_t port) {
  server.host = "127.0.0.1";
  server.port = port;
  return server;
}

void OnServer::SetUp() {
  if (server() == nullptr) GTEST_SKIP() << driver_under_test().url_variable << " is not set";
}

}  // namespace driver_client
