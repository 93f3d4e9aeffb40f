#pragma once

#include <cstdint>
#include <string>

#include <prefect_sqlalchemy/sql/engine.hpp>

namespace test_support {

/// A database server that tests run on. Where it is, an environment variable tells, as a SQLAlchemy URL of a
/// user who may create databases and end sessions; scripts/servers starts both and prints them.
struct Server {
  const char* url_variable;
  prefect_sqlalchemy::ConnectArgs administrator_args;  ///< of the sessions that make and drop databases
  const char* session_id;                              ///< the query for a session's id
  const char* end_session;                             ///< the statement that ends a session, up to its id
  const char* after_id;                                ///< the rest of that statement
  const char* has_session;                             ///< the query for its number, 0 or 1, up to its id
  const char*
      sessions_of;  ///< the query for ids of those in the database :name that DROP leaves; nullptr: none
  const char* create_options;  ///< what follows "CREATE DATABASE name"
  const char* drop_options;    ///< what follows "DROP DATABASE name"
};
extern const Server postgres_server, mariadb_server;

/// An empty database of the test's own, dropped at the end together with the sessions in it.
class ServerDatabase {
 public:
  /// @throws std::runtime_error  there is no such server
  explicit ServerDatabase(const Server& server);
  ServerDatabase(const ServerDatabase&) = delete;
  ServerDatabase& operator=(const ServerDatabase&) = delete;
  ~ServerDatabase();

  /// Of the empty database, with the password.
  const std::string& url() const { return url_; }
  /// The id by which end_session knows the session of a connection.
  std::int64_t session_of(prefect_sqlalchemy::Connection& connection) const;
  /// Ends a session from outside, as an operator does, and returns once the server has let go of it.
  void end_session(std::int64_t id);

 private:
  const Server& server_;
  prefect_sqlalchemy::Engine server_engine_;
  std::string name_;
  std::string url_;
};

/// A URL of the same database by the bare name of its dialect, which both connectors take.
std::string without_driver(const std::string& url);

/// Skips the test that runs, or lets it fail where PSA_TEST_SERVERS=required.
void miss_server(const std::string& why);

}  // namespace test_support
