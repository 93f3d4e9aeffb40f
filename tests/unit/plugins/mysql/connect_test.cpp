// SPDX-License-Identifier: Apache-2.0
//
// Connecting, and all that goes wrong with it.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <future>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <psa/sdk/operation.hpp>

#include "driver_client.hpp"
#include "silent_listener.hpp"

namespace {

using namespace driver_client;

class MysqlConnect : public OnServer {
 protected:
  static Server with(const Options& options, const std::string& host = "") {
    Server changed = *server();
    for (const auto& option : options) changed.options.push_back(option);
    if (!host.empty()) changed.host = host;
    return changed;
  }
  static std::string certificates() {
    const char* folder = std::getenv("PSA_TEST_SSL");
    return folder == nullptr ? "" : folder;
  }
  static bool uses_tls(const Connection& db) {
    return run(db, "SHOW STATUS LIKE 'Ssl_cipher'") != "text Ssl_cipher, text ";
  }
};

TEST_F(MysqlConnect, RefusesAWrongPasswordWithoutRepeatingIt) {
  Server wrong = *server();
  wrong.password = "not-the-password";
  const psa::DriverError error = error_of([&] { open(wrong); });
  EXPECT_EQ(error.vendor_code, 1045);
  EXPECT_EQ(error.sqlstate, "28000");
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  for (const std::string& text : {error.message, error.detail, error.hint}) {
    EXPECT_EQ(text.find("not-the-password"), std::string::npos) << text;
    EXPECT_EQ(text.find(server()->password), std::string::npos) << text;
  }
  EXPECT_NE(error.hint, "");
}

TEST_F(MysqlConnect, NamesAnUnknownDatabase) {
  Server wrong = *server();
  wrong.database = "no_such_database";
  const psa::DriverError error = error_of([&] { open(wrong); });
  EXPECT_EQ(error.vendor_code, 1049);
  EXPECT_NE(error.message.find("no_such_database"), std::string::npos);
}

TEST_F(MysqlConnect, SaysThatAPortIsRefused) {
  Server wrong = *server();
  {
    const test_support::SilentListener listener;
    wrong.port = listener.port();
  }
  const psa::DriverError error = error_of([&] { open(wrong); });
  EXPECT_TRUE(error.vendor_code == 2002 || error.vendor_code == 2003) << error.vendor_code;
  EXPECT_NE(error.flags & PSA_ERROR_CONNECTION_LOST, 0U);
  EXPECT_NE(error.hint.find("port"), std::string::npos);
}

TEST_F(MysqlConnect, SaysThatAHostIsUnknown) {
  EXPECT_EQ(error_of([&] { open(with({}, "no-such-host.invalid")); }).category, PSA_CATEGORY_OPERATIONAL);
}

TEST_F(MysqlConnect, NamesTheOptionNearestToAnUnknownOne) {
  const psa::DriverError error = error_of([&] { make(with({{"conect_timeout", "1"}})); });
  EXPECT_EQ(error.status, PSA_INVALID_ARGUMENT);
  EXPECT_NE(error.message.find("'connect_timeout'"), std::string::npos) << error.message;
}

TEST_F(MysqlConnect, GivesUpAtTheDeadlineWhereNobodyAnswers) {
  const test_support::SilentListener listener;
  for (const Mode mode : {Mode::blocking, Mode::nonblocking}) {
    const auto db = make(at_port({}, listener.port()), mode);
    const int64_t start = psa::monotonic_now();
    EXPECT_EQ(error_of([&] { connect(db, start + 150 * millisecond); }).status, PSA_DEADLINE);
    EXPECT_LT(psa::monotonic_now() - start, 1000 * millisecond);
  }
}

TEST_F(MysqlConnect, IsCancelledWhileNobodyAnswers) {
  const test_support::SilentListener listener;
  for (const Mode mode : {Mode::blocking, Mode::nonblocking}) {
    const auto db = make(at_port({}, listener.port()), mode);
    const auto handle = cancel_handle(db);
    std::atomic<bool> ended = false;
    // One that comes before the call has begun is for nothing.
    std::thread canceller([&] {
      for (; !ended; std::this_thread::sleep_for(std::chrono::milliseconds(5))) cancel(handle);
    });
    const int64_t start = psa::monotonic_now();
    EXPECT_EQ(error_of([&] { connect(db); }).status, PSA_CANCELLED);
    EXPECT_LT(psa::monotonic_now() - start, 5000 * millisecond) << "not by connect_timeout";
    ended = true;
    canceller.join();
  }
}

// What Connector/C sleeps for is cut short by it.
TEST_F(MysqlConnect, LeavesTheThreadItsTimerSlack) {
  const int before = prctl(PR_GET_TIMERSLACK);
  prctl(PR_SET_TIMERSLACK, 77'000UL);
  const auto db = open();
  EXPECT_EQ(prctl(PR_GET_TIMERSLACK), 77'000);
  Server wrong = *server();
  wrong.password = "not-the-password";
  error_of([&] { open(wrong); });
  EXPECT_EQ(prctl(PR_GET_TIMERSLACK), 77'000);
  prctl(PR_SET_TIMERSLACK, static_cast<unsigned long>(before));
}

TEST_F(MysqlConnect, GivesUpAfterConnectTimeout) {
  const test_support::SilentListener listener;
  Server silent = at_port({}, listener.port());
  silent.options = {{"connect_timeout", "1"}};
  const int64_t start = psa::monotonic_now();
  EXPECT_NE(error_of([&] { open(silent); }).flags & PSA_ERROR_CONNECTION_LOST, 0U);
  EXPECT_GE(psa::monotonic_now() - start, 900 * millisecond);
  EXPECT_LT(psa::monotonic_now() - start, 4000 * millisecond);
}

TEST_F(MysqlConnect, TakesAUnixSocket) {
  const char* socket = std::getenv("PSA_TEST_MARIADB_SOCKET");
  if (socket == nullptr) GTEST_SKIP() << "PSA_TEST_MARIADB_SOCKET is not set";
  Server local = *server();
  local.host.clear();
  local.port = 0;
  local.options.emplace_back("unix_socket", socket);
  EXPECT_EQ(run(open(local), "SELECT SUBSTRING_INDEX(USER(), '@', -1)"), "text localhost");
  local.options.back().second += ".none";
  EXPECT_EQ(error_of([&] { open(local); }).vendor_code, 2002);
}

TEST_F(MysqlConnect, SpeaksUtf8WhateverTheServersDefault) {
  const auto db = open();
  EXPECT_EQ(run(db, "SELECT @@character_set_client, @@character_set_results"), "text utf8mb4, text utf8mb4");
  EXPECT_EQ(run(open(Options{{"charset", "utf8"}}), "SELECT @@character_set_client"), "text utf8mb4");
  EXPECT_EQ(error_of([&] { open(Options{{"charset", "latin1"}}); }).status, PSA_INVALID_ARGUMENT);
}

TEST_F(MysqlConnect, LetsNobodyReadLocalFilesUnlessAsked) {
  const auto db = open();
  run(db, "CREATE TEMPORARY TABLE read_lines (a text)");
  const psa::DriverError refused =
      error_of([&] { run(db, "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE read_lines"); });
  EXPECT_EQ(refused.status, PSA_ERROR);
  EXPECT_EQ(run(db, "SELECT COUNT(*) FROM read_lines"), "int64 0") << "usable, and nothing read";
  const auto allowed = open(Options{{"local_infile", "1"}});
  run(allowed, "CREATE TEMPORARY TABLE read_lines (a text)");
  EXPECT_EQ(run_count(allowed, "LOAD DATA LOCAL INFILE '/etc/hostname' INTO TABLE read_lines"), 1);
}

TEST_F(MysqlConnect, RunsItsInitCommandAndSetsItsSqlMode) {
  const auto db = open(Options{{"init_command", "SET @told = 7"}, {"sql_mode", "ANSI_QUOTES"}});
  EXPECT_EQ(run(db, "SELECT @told, \"told\" FROM (SELECT 1 AS told) t"), "int64 7, int64 1");
  EXPECT_EQ(error_of([&] { open(Options{{"init_command", "SET nonsense"}}); }).vendor_code, 1064);
}

TEST_F(MysqlConnect, VerifiesTheServersCertificate) {
  if (certificates().empty()) GTEST_SKIP() << "PSA_TEST_SSL is not set";
  EXPECT_TRUE(uses_tls(open(with({{"ssl_ca", certificates() + "/ca.pem"}}))));
  const psa::DriverError other = error_of([&] {
    open(with({{"ssl_ca", certificates() + "/other-ca.pem"}}));
  });
  EXPECT_EQ(other.vendor_code, 2026) << other.message;
  EXPECT_EQ(error_of([&] { open(with({{"ssl_ca", certificates() + "/none.pem"}})); }).vendor_code, 2026);
}

TEST_F(MysqlConnect, RefusesACertificateOfAnotherHost) {
  if (certificates().empty()) GTEST_SKIP() << "PSA_TEST_SSL is not set";
  // Loopback under an address that the certificate does not name; the server listens on 127.0.0.1 only.
  const psa::DriverError error = error_of([&] {
    open(with({{"ssl_ca", certificates() + "/ca.pem"}}, "127.1"));
  });
  EXPECT_EQ(error.vendor_code, 2026) << error.message;
}

TEST_F(MysqlConnect, UsesTlsOnlyAsTheModeSays) {
  EXPECT_FALSE(uses_tls(open(with({{"ssl_mode", "DISABLED"}}))));
  EXPECT_TRUE(uses_tls(open(with({{"ssl_mode", "PREFERRED"}}))));
  EXPECT_TRUE(uses_tls(open(with({{"ssl_mode", "REQUIRED"}}))));
}

/// A server of the protocol that offers no TLS, and notes whether the client answers its greeting.
class PlainServer {
 public:
  PlainServer() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (bind(listener_, generic, size) != 0 || listen(listener_, 1) != 0 ||
        getsockname(listener_, generic, &size) != 0)
      throw std::runtime_error("cannot listen on loopback");
    port = ntohs(address.sin_port);
    answered = std::async(std::launch::async, [this] {
      const int client = accept(listener_, nullptr, nullptr);
      const std::string greeting = std::string("\x4A\0\0\0\x0A", 5) + "10.11.0-MariaDB" +
                                   std::string("\0\7\0\0\0abcdefgh\0\x05\xF2\x2D\2\0\xFF\x81\x15", 22) +
                                   std::string(10, '\0') + "abcdefghijkl" + '\0' + "mysql_native_pass" +
                                   std::string(1, '\0');
      std::string packet = greeting;
      packet[0] = static_cast<char>(packet.size() - 4);
      [[maybe_unused]] const auto written = write(client, packet.data(), packet.size());
      std::array<char, 1024> answer;
      const ssize_t got = read(client, answer.data(), answer.size());
      close(client);
      return got > 0;
    });
  }
  ~PlainServer() { close(listener_); }

  uint16_t port = 0;
  std::future<bool> answered;

 private:
  int listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
};

TEST_F(MysqlConnect, SendsNothingToAServerWithoutTheTlsThatIsRequired) {
  PlainServer plain;
  Server to = at_port(*server(), plain.port);
  to.options = {{"ssl_mode", "REQUIRED"}};
  const psa::DriverError error = error_of([&] { open(to); });
  EXPECT_NE(error.message.find("TLS"), std::string::npos) << error.message;
  EXPECT_NE(error.flags & PSA_ERROR_CONNECTION_LOST, 0U);
  EXPECT_FALSE(plain.answered.get()) << "not even the user's name";
}

}  // namespace
