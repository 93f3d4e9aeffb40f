// SPDX-License-Identifier: Apache-2.0
#include "odbc_places.hpp"

#include <cstdlib>
#include <stdexcept>
#include <string_view>

using namespace driver_client;

namespace {

std::string without_escapes(std::string_view text) {
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

// "dialect://user:password@host:port/database"
Server place_of_url(std::string_view url) {
  Server server;
  url.remove_prefix(url.find("://") + 3);
  const size_t at = url.rfind('@'), slash = url.rfind('/');
  const std::string_view user = url.substr(0, at), host = url.substr(at + 1, slash - at - 1);
  server.user = without_escapes(user.substr(0, user.find(':')));
  server.password = without_escapes(user.substr(user.find(':') + 1));
  server.host = host.substr(0, host.find(':'));
  server.port = static_cast<uint32_t>(std::stoul(std::string(host.substr(host.find(':') + 1))));
  server.database = url.substr(slash + 1);
  return server;
}

}  // namespace

std::string odbc_place_name(const testing::TestParamInfo<OdbcPlace>& info) {
  return testing::PrintToString(info.param);
}

std::optional<Server> odbc_server(OdbcPlace place, const std::string& folder) {
  if (place == OdbcPlace::sqlite) {
    Server file;
    file.database = folder + "/test.db";
    file.options = {{"driver", PSA_TEST_SQLITE_ODBC}};
    return file;
  }
  const char* variable = place == OdbcPlace::postgres ? "PSA_TEST_POSTGRES_URL" : "PSA_TEST_MARIADB_URL";
  const char* url = std::getenv(variable);
  if (url == nullptr) {
    const char* servers = std::getenv("PSA_TEST_SERVERS");
    if (servers != nullptr && std::string_view(servers) == "required")
      throw std::runtime_error(std::string(variable) + " is not set, and PSA_TEST_SERVERS is required");
    return std::nullopt;
  }
  Server server = place_of_url(url);
  server.options = {{"driver", place == OdbcPlace::postgres ? PSA_TEST_PSQLODBC : PSA_TEST_MAODBC}};
  return server;
}

void OnOdbcPlace::SetUp() {
  server_ = odbc_server(GetParam(), folder_.path().string());
  if (!server_) GTEST_SKIP() << "the server's URL is not set";
}

Connection OnOdbcPlace::open(const Options& options) const {
  Server to = *server_;
  to.options.insert(to.options.end(), options.begin(), options.end());
  return driver_client::open(to);
}
