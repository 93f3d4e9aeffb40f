#include "server_database.hpp"

#include <atomic>
#include <cstdlib>
#include <random>
#include <stdexcept>
#include <string_view>
#include <thread>

#include <gtest/gtest.h>
#include <unistd.h>

using namespace prefect_sqlalchemy;

namespace test_support {
namespace {

URL server_url(const Server& server) {
  const char* text = std::getenv(server.url_variable);
  if (text == nullptr || *text == '\0') {
    throw std::runtime_error(std::string(server.url_variable) +
                             " is not set: scripts/servers starts a server");
  }
  return make_url(text);
}

/// Unlike those of other processes, also of processes on other machines and of ones long gone.
std::string unused_name() {
  static std::atomic<int> made = 0;
  return "psa_test_" + std::to_string(::getpid()) + "_" + std::to_string(std::random_device{}()) + "_" +
         std::to_string(++made);
}

}  // namespace

const Server postgres_server{.url_variable = "PSA_TEST_POSTGRES_URL",
                             .administrator_args = {},
                             .session_id = "SELECT pg_backend_pid()",
                             .end_session = "SELECT pg_terminate_backend(",
                             .after_id = ")",
                             .has_session = "SELECT count(*) FROM pg_stat_activity WHERE pid = ",
                             .sessions_of = nullptr,  // FORCE ends them
                             .create_options = "",
                             .drop_options = " WITH (FORCE)"};
// A transaction that a test has left open would let DROP DATABASE wait for a day.
const Server mariadb_server{.url_variable = "PSA_TEST_MARIADB_URL",
                            .administrator_args = {{"init_command", "SET lock_wait_timeout = 20"}},
                            .session_id = "SELECT connection_id()",
                            .end_session = "KILL ",
                            .after_id = "",
                            .has_session = "SELECT count(*) FROM information_schema.processlist WHERE id = ",
                            .sessions_of = "SELECT id FROM information_schema.processlist WHERE db = :name",
                            .create_options = " CHARACTER SET utf8mb4",
                            .drop_options = ""};

ServerDatabase::ServerDatabase(const Server& server)
    : server_(server),
      server_engine_(server_url(server), {.connect_args = server.administrator_args,
                                          .pool_pre_ping = true,
                                          .isolation_level = IsolationLevel::autocommit}),
      name_(unused_name()) {
  server_engine_.connect().execute("CREATE DATABASE " + name_ + server_.create_options);
  URL url = server_engine_.url();
  url.database = name_;
  url_ = url.render(false);
}

ServerDatabase::~ServerDatabase() {
  try {
    Connection administrator = server_engine_.connect();
    if (server_.sessions_of != nullptr) {
      // What a test's process left running there would take the server's time from those that follow.
      for (const Row& row : administrator.execute(server_.sessions_of, {{"name", name_}}).fetchall()) {
        try {
          administrator.execute(server_.end_session + std::to_string(row.get<std::int64_t>(0)) +
                                server_.after_id);
        } catch (const DatabaseError&) {
          // It has ended by itself.
        }
      }
    }
    administrator.execute("DROP DATABASE " + name_ + server_.drop_options);
  } catch (const std::exception& error) {
    ADD_FAILURE() << "the test's database stays behind: " << error.what();
  }
}

std::int64_t ServerDatabase::session_of(Connection& connection) const {
  return connection.execute(server_.session_id).scalar<std::int64_t>().value();
}

void ServerDatabase::end_session(std::int64_t id) {
  Connection administrator = server_engine_.connect();
  administrator.execute(server_.end_session + std::to_string(id) + server_.after_id);
  while (administrator.execute(server_.has_session + std::to_string(id)).scalar<int>() != 0) {
    std::this_thread::yield();
  }
}

std::string without_driver(const std::string& url) {
  return make_url(url).dialect() + url.substr(url.find("://"));
}

void miss_server(const std::string& why) {
  const char* servers = std::getenv("PSA_TEST_SERVERS");
  if (servers != nullptr && std::string_view(servers) == "required") {
    FAIL() << why << " (and PSA_TEST_SERVERS=required)";
  }
  GTEST_SKIP() << why;
}

}  // namespace test_support
