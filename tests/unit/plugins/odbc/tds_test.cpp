// SPDX-License-Identifier: Apache-2.0
//
// There is no SQL Server to test with: these tests go as far as FreeTDS does without one. What it sends first
// must be the protocol of SQL Server, to the host and port of the URL.
#include <array>
#include <cstdint>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "odbc_places.hpp"
#include "silent_listener.hpp"

namespace {

using namespace driver_client;

Server sql_server(uint32_t port, const char* name = "mssql+pyodbc") {
  Server server;
  server.driver_name = name;
  server.user = "sa";
  server.password = "hunter2";
  server.host = "127.0.0.1";
  server.port = port;
  server.database = "shop";
  server.options = {{"driver", PSA_TEST_TDSODBC}, {"TDS_Version", "7.4"}};
  return server;
}

/// Takes one connection, reads the head of its first packet, and hangs up.
class OneCaller {
 public:
  OneCaller() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    ::listen(socket_, 1);
    socklen_t size = sizeof address;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] {
      const int caller = ::accept(socket_, nullptr, nullptr);
      if (caller < 0) return;
      size_ = ::recv(caller, head_.data(), head_.size(), MSG_WAITALL);
      ::close(caller);
    });
  }
  OneCaller(const OneCaller&) = delete;
  OneCaller& operator=(const OneCaller&) = delete;
  ~OneCaller() {
    ::shutdown(socket_, SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
    ::close(socket_);
  }
  uint16_t port() const { return port_; }
  /// The first eight bytes, once they have come.
  std::array<uint8_t, 8> head() {
    thread_.join();
    EXPECT_EQ(size_, 8);
    return head_;
  }

 private:
  int socket_;
  uint16_t port_ = 0;
  ssize_t size_ = 0;
  std::array<uint8_t, 8> head_{};
  std::thread thread_;
};

TEST(OdbcTds, IsSpokenToTheServerOfTheUrl) {
  for (const char* name : {"mssql+pyodbc", "mssql+mxodbc", "mssql+pymssql"}) {
    OneCaller caller;
    const psa::DriverError error = error_of([&] { open(sql_server(caller.port(), name)); });
    EXPECT_EQ(caller.head()[0], 0x12) << "a PRELOGIN packet, as TDS 7 begins";
    EXPECT_EQ(error.status, PSA_ERROR);
    EXPECT_EQ((error.message + error.detail + error.hint).find("hunter2"), std::string::npos)
        << error.message;
    EXPECT_NE(error.flags & PSA_ERROR_CONNECTION_LOST, 0U) << error.message;
  }
}

TEST(OdbcTds, IsGivenUpWhereNobodyAnswers) {
  test_support::SilentListener listener;
  const Connection connection = make(sql_server(listener.port()));
  const psa::DriverError error =
      error_of([&] { connect(connection, psa::monotonic_now() + 50 * millisecond); });
  EXPECT_EQ(error.status, PSA_DEADLINE) << error.message;
}

}  // namespace
