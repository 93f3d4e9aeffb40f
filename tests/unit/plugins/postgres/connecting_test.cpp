// SPDX-License-Identifier: Apache-2.0
//
// Every way to name a server, and what goes wrong on the way there.
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

#include <psa/sdk/operation.hpp>

#include "modes.hpp"
#include "silent_listener.hpp"

namespace {

using namespace driver_client;

class PostgresConnecting : public InBothModes {
 protected:
  /// Connects, and asks the server.
  static std::string ask(const Server& server, const std::string& sql) {
    const auto db = make(server, GetParam());
    connect(db);
    return run(db, sql);
  }
};
PSA_IN_BOTH_MODES(PostgresConnecting);

/// A file for this test alone.
class File {
 public:
  explicit File(const std::string& content)
      : path_(std::filesystem::temp_directory_path() / ("psa_connecting_" + std::to_string(getpid()))) {
    std::ofstream(path_) << content;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_read);
  }
  ~File() { std::filesystem::remove(path_); }
  std::string path() const { return path_; }

 private:
  std::filesystem::path path_;
};

TEST_P(PostgresConnecting, SaysThatThePasswordIsWrongWithoutTellingIt) {
  Server server = *driver_client::server();
  server.password = "wrong horse battery";
  const auto error = error_of([&] { ask(server, "SELECT 1"); });
  EXPECT_EQ(error.sqlstate, "28P01");
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  EXPECT_NE(error.message.find("password authentication failed"), std::string::npos) << error.message;
  EXPECT_EQ((error.message + error.detail + error.hint + error.context).find("horse"), std::string::npos);
}

TEST_P(PostgresConnecting, RefusesAnUnknownOptionAndNamesTheNearest) {
  Server server = *driver_client::server();
  server.options = {{"sslmod", "require"}};
  const auto error = error_of([&] { make(server, GetParam()); });
  EXPECT_EQ(error.status, PSA_INVALID_ARGUMENT);
  EXPECT_NE((error.message + error.hint).find("sslmod"), std::string::npos);
  EXPECT_NE((error.message + error.hint).find("sslmode"), std::string::npos) << error.message << error.hint;
}

TEST_P(PostgresConnecting, GoesByAUnixSocket) {
  const char* folder = std::getenv("PSA_TEST_POSTGRES_SOCKET");
  if (folder == nullptr) GTEST_SKIP() << "PSA_TEST_POSTGRES_SOCKET is not set";
  Server server = *driver_client::server();
  server.host = "";
  server.options = {{"host", folder}};
  EXPECT_EQ(ask(server, "SELECT inet_client_addr() IS NULL"), "bool true");
}

TEST_P(PostgresConnecting, GoesToTheNextHostWhereOneIsDownOrDoesNotSuit) {
  const std::string port = std::to_string(driver_client::server()->port);
  Server server = *driver_client::server();
  server.host = "";
  server.port = 0;
  server.options = {{"host", "127.0.0.1:1"}, {"host", "127.0.0.1:" + port}};
  EXPECT_EQ(ask(server, "SELECT 1"), "int64 1");
  server.options.emplace_back("target_session_attrs", "read-write");
  EXPECT_EQ(ask(server, "SELECT 1"), "int64 1");
  server.options.back().second = "read-only";
  const auto error = error_of([&] { ask(server, "SELECT 1"); });
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  EXPECT_NE(error.message.find("session is not read-only"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("port 1 "), std::string::npos) << error.message;
}

TEST_P(PostgresConnecting, GivesTheSessionItsOptions) {
  Server server = *driver_client::server();
  server.options = {{"application_name", "night shift"},
                    {"options", "-c statement_timeout=12345 -c DateStyle=ISO,\\ DMY"}};
  EXPECT_EQ(ask(server,
                "SELECT current_setting('application_name'), current_setting('statement_timeout'),"
                " current_setting('DateStyle'), current_setting('client_encoding')"),
            "text night shift, text 12345ms, text ISO, DMY, text UTF8");
}

TEST_P(PostgresConnecting, SpeaksUtf8WhateverTheServersDefaultIs) {
  Server server = *driver_client::server();
  server.options = {{"client_encoding", "utf8"}};
  EXPECT_EQ(ask(server, "SELECT 'äöü€𝄞'"), "text äöü€𝄞");
  server.options = {{"client_encoding", "latin1"}};
  EXPECT_EQ(error_of([&] { make(server, GetParam()); }).status, PSA_INVALID_ARGUMENT);
}

TEST_P(PostgresConnecting, TakesThePasswordFromAPassFile) {
  std::string password;
  for (const char c : driver_client::server()->password)
    password += (c == ':' || c == '\\') ? std::string("\\") + c : std::string(1, c);
  const File file("*:*:*:psa:" + password + "\n");
  Server server = *driver_client::server();
  server.password = "";
  server.options = {{"passfile", file.path()}};
  EXPECT_EQ(ask(server, "SELECT 1"), "int64 1");
}

TEST_P(PostgresConnecting, TakesWhatAServiceSays) {
  const Server& there = *driver_client::server();
  const File file("[orders]\nhost=" + there.host + "\nport=" + std::to_string(there.port) + "\ndbname=" +
                  there.database + "\nuser=" + there.user + "\napplication_name=from the service\n");
  setenv("PGSERVICEFILE", file.path().c_str(), 1);
  Server server;
  server.password = there.password;
  server.options = {{"service", "orders"}};
  EXPECT_EQ(ask(server, "SELECT current_setting('application_name')"), "text from the service");
  server.options = {{"service", "nothing"}};
  const auto error = error_of([&] { ask(server, "SELECT 1"); });
  EXPECT_NE(error.message.find("nothing"), std::string::npos) << error.message;
  unsetenv("PGSERVICEFILE");
}

TEST_P(PostgresConnecting, IsCancelledFromAnotherThread) {
  const test_support::SilentListener silent;
  Server server = at_port(*driver_client::server(), silent.port());
  const auto db = make(server, GetParam());
  const auto handle = cancel_handle(db);
  std::atomic<bool> done{false};
  std::thread canceller([&] {
    while (!done) cancel(handle);
  });
  EXPECT_EQ(error_of([&] { connect(db); }).status, PSA_CANCELLED);
  done = true;
  canceller.join();
}

TEST_P(PostgresConnecting, KeepsTheDeadlineWithAServerThatTakesNoConnection) {
  const test_support::SilentListener silent;
  for (const char* host : {"127.0.0.1", "localhost"}) {
    Server server = *driver_client::server();
    server.host = host;
    server.port = silent.port();
    const int64_t begun = psa::monotonic_now();
    const auto db = make(server, GetParam());
    EXPECT_EQ(error_of([&] { connect(db, begun + 100 * millisecond); }).status, PSA_DEADLINE);
    EXPECT_LT(psa::monotonic_now() - begun, 1000 * millisecond);
  }
}

TEST_P(PostgresConnecting, EndsAConnectTimeoutWithTheReason) {
  const test_support::SilentListener silent;
  Server server = at_port(*driver_client::server(), silent.port());
  server.options = {{"connect_timeout", "1"}};
  const auto error = error_of([&] { ask(server, "SELECT 1"); });
  EXPECT_EQ(error.status, PSA_ERROR);
  EXPECT_NE(error.message.find("timeout"), std::string::npos) << error.message;
}

TEST_P(PostgresConnecting, SaysWhichHostNameIsUnknown) {
  Server server = *driver_client::server();
  server.host = "no-such-host.invalid";
  const auto error = error_of([&] { ask(server, "SELECT 1"); });
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  EXPECT_NE(error.message.find("no-such-host.invalid"), std::string::npos) << error.message;
}

TEST_P(PostgresConnecting, IsPossibleOnlyOnce) {
  const auto db = open();
  EXPECT_EQ(error_of([&] { connect(db); }).status, PSA_INVALID_STATE);
  close(db);
  EXPECT_EQ(error_of([&] { connect(db); }).status, PSA_INVALID_STATE);
}

TEST_P(PostgresConnecting, NamesHostAndPortWhenNobodyIsThere) {
  Server nobody = at_port(*server(), 1);
  nobody.password = "very secret";
  const auto error = error_of([&] { connect(make(nobody, GetParam())); });
  EXPECT_EQ(error.category, PSA_CATEGORY_OPERATIONAL);
  EXPECT_NE(error.message.find("127.0.0.1"), std::string::npos) << error.message;
  EXPECT_NE(error.message.find("port 1 "), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find("secret"), std::string::npos);
}

TEST_P(PostgresConnecting, TellsAnUnknownDatabaseBySqlState) {
  Server other = *server();
  other.database = "no_such_database";
  const auto error = error_of([&] { connect(make(other, GetParam())); });
  EXPECT_EQ(error.sqlstate, "3D000");
  EXPECT_NE(error.message.find("no_such_database"), std::string::npos);
  EXPECT_EQ(error.message.find("LOCATION"), std::string::npos);
}

}  // namespace
