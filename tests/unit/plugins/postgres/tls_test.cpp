// SPDX-License-Identifier: Apache-2.0
//
// TLS: who is trusted, and that what is asked for is what happens.
#include <cstdlib>

#include <gtest/gtest.h>

#include "modes.hpp"
#include "server_without_tls.hpp"

namespace {

using namespace driver_client;

class PostgresTls : public InBothModes {
 protected:
  void SetUp() override {
    InBothModes::SetUp();
    if (IsSkipped()) return;
    const char* folder = std::getenv("PSA_TEST_SSL");
    if (folder == nullptr) GTEST_SKIP() << "PSA_TEST_SSL is not set";
    certificates_ = folder;
  }
  /// The tests' server by a name, with TLS checked against that authority.
  Server checked(const std::string& host, const std::string& authority) const {
    Server server = *driver_client::server();
    server.host = host;
    server.options = {{"sslmode", "verify-full"},
                      {"sslrootcert", certificates_ + '/' + authority},
                      {"hostaddr", "127.0.0.1"}};
    return server;
  }

 private:
  std::string certificates_;
};
PSA_IN_BOTH_MODES(PostgresTls);

TEST_P(PostgresTls, AcceptsTheServerOfATrustedAuthority) {
  const auto db = make(checked("localhost", "ca.pem"), GetParam());
  connect(db);
  EXPECT_EQ(run(db, "SELECT ssl, version LIKE 'TLSv1.%' FROM pg_stat_ssl WHERE pid = pg_backend_pid()"),
            "bool true, bool true");
}

TEST_P(PostgresTls, FindsTheTrustedServerByItsNameToo) {
  Server server = checked("localhost", "ca.pem");
  server.options.pop_back();
  const auto db = make(server, GetParam());
  connect(db);
  EXPECT_EQ(run(db, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"), "bool true");
}

TEST_P(PostgresTls, RefusesTheServerOfAnotherAuthority) {
  const auto error = error_of([&] { try_to_connect(checked("localhost", "other-ca.pem")); });
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  EXPECT_NE(error.message.find("certificate verify failed"), std::string::npos) << error.message;
}

TEST_P(PostgresTls, RefusesATrustedServerByAnotherName) {
  const auto error = error_of([&] { try_to_connect(checked("elsewhere.example", "ca.pem")); });
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  EXPECT_NE(error.message.find("elsewhere.example"), std::string::npos) << error.message;
}

TEST_P(PostgresTls, IsRefusedWhereTheAuthoritysFileIsMissing) {
  const auto error = error_of([&] { try_to_connect(checked("localhost", "no-such.pem")); });
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  EXPECT_NE(error.message.find("no-such.pem"), std::string::npos) << error.message;
}

TEST_P(PostgresTls, IsAnErrorWhereTheServerHasNone) {
  const ServerWithoutTls plain;
  for (const char* mode : {"require", "verify-ca", "verify-full"}) {
    Server server = checked("localhost", "ca.pem");
    server.port = plain.port();
    server.options.front().second = mode;
    const auto error = error_of([&] { try_to_connect(server); });
    EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
    EXPECT_NE(error.message.find("server does not support SSL"), std::string::npos) << error.message;
  }
}

TEST_P(PostgresTls, IsNotUsedWhereItIsDisabled) {
  Server server = *driver_client::server();
  server.options = {{"sslmode", "disable"}};
  const auto db = make(server, GetParam());
  connect(db);
  EXPECT_EQ(run(db, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"), "bool false");
}

}  // namespace
