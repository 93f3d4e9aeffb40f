// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace driver_client {

/// Options as a URL's query has them: {"connect_timeout", "1"}.
using Options = std::vector<std::pair<std::string, std::string>>;

/// Where a database is.
struct Server {
  std::string user, password, host, database;
  uint32_t port = 0;
  Options options;
  std::string driver_name = {};  // as in a URL; only for drivers that serve several dialects
};

/// The server whose URL an environment variable holds, if it is set.
/// @throws std::runtime_error if there is none and PSA_TEST_SERVERS is "required"
std::optional<Server> server_of(const char* variable);
/// The server to test with, from the URL in the driver's variable; NULL where there is none. Throws likewise.
const Server* server();

/// `server`, but at a port of the loopback address.
Server at_port(Server server, uint32_t port);

/// A test on a real server: skipped where there is none.
class OnServer : public testing::Test {
 protected:
  void SetUp() override;
};

}  // namespace driver_client
