// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <psa/driver.h>
#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/dynamic_column.hpp>

namespace driver_client {

/// The table of the driver under test.
const psa_driver& table();

/// What a failing call reported; throws it out of `expect_ok`.
struct Sink {
  psa::DriverError error{PSA_OK, 0, ""};
  int reports = 0;
};

/// Throws the reported error as psa::DriverError, with the call's status, unless it is PSA_OK.
void expect_ok(int32_t status, const Sink& sink);

/// One batch of parameters, made row by row: `Parameters(2).add(1).add("x").add_null().add(2.5)`.
class Parameters {
 public:
  explicit Parameters(size_t columns) : columns_(columns) {}
  Parameters(Parameters&&) = delete;
  ~Parameters();
  Parameters& add(int64_t value);
  Parameters& add(double value);
  Parameters& add(std::string_view value);
  Parameters& add_bytes(std::string_view value);
  Parameters& add_null();
  psa_execute execute();

 private:
  psa::DynamicColumn& next() { return columns_[cells_++ % columns_.size()]; }

  std::vector<psa::DynamicColumn> columns_;
  size_t cells_ = 0;
  ArrowSchema schema_{};
  ArrowArray array_{};
};

/// Handles that release themselves.
struct Release {
  void operator()(psa_connection* handle) const { table().connection_release(handle); }
  void operator()(psa_statement* handle) const { table().statement_release(handle); }
  void operator()(psa_result* handle) const { table().result_release(handle); }
  void operator()(psa_cancel* handle) const { table().cancel_release(handle); }
};
using Connection = std::unique_ptr<psa_connection, Release>;
using Statement = std::unique_ptr<psa_statement, Release>;
using Result = std::unique_ptr<psa_result, Release>;
using Cancel = std::unique_ptr<psa_cancel, Release>;

/// Options as a URL's query has them: {"timeout", "0.1"}.
using Options = std::vector<std::pair<std::string, std::string>>;

/// The server under test, of PSA_TEST_MARIADB_URL: a SQLAlchemy URL.
struct Server {
  std::string user;
  std::string password;
  std::string host;
  uint32_t port = 0;
  std::string database;
  Options options;
};
/// Nothing where there is no server to test with; fails the test if PSA_TEST_SERVERS=required.
std::optional<Server> server();

Connection make(const Server& to, const Options& options = {}, uint32_t flags = 0);
Connection open(const Server& to, const Options& options = {}, uint32_t flags = 0);
/// A connection to the server under test.
Connection open(const Options& options = {}, uint32_t flags = 0);

Statement prepare(const Connection& connection, std::string_view sql);
Result execute(const Statement& statement, int64_t deadline = 0);
Result execute(const Statement& statement, Parameters& parameters, int64_t deadline = 0);
psa_result_info info(const Result& result);

/// The next batch of at most `max_rows` rows as value_text writes it; empty when there are no more.
/// @param last  told whether the driver said that no batch follows
std::string next(const Result& result, int64_t max_rows, bool* last = nullptr, int64_t deadline = 0);
/// All rows that are left.
std::string rest(const Result& result);

/// Runs a statement to its end; its rows, or its count of rows affected.
std::string run(const Connection& connection, std::string_view sql, int64_t deadline = 0);
int64_t run_count(const Connection& connection, std::string_view sql);

Cancel cancel_handle(const Connection& connection);
void cancel(const Cancel& handle);

void begin(const Connection& connection, uint32_t flags = 0, uint32_t isolation = PSA_ISOLATION_DEFAULT);
void commit(const Connection& connection, int64_t deadline = 0);
void rollback(const Connection& connection);
void savepoint(const Connection& connection, uint32_t action, std::string_view name);
psa_connection_state state(const Connection& connection);

void reset(const Connection& connection);
void ping(const Connection& connection);
void close(const Connection& connection);

/// Waits and resumes as a host does, where a call said that it is pending. @param calls  counts resumes
int32_t finish(const Connection& connection, int32_t status, int* resumes = nullptr);

/// A listener on loopback that never accepts.
int test_listener();
uint32_t listener_port(int listener);
void close_listener(int listener);

/// Tests that need the server.
#define NEED_SERVER()                                                                \
  do {                                                                               \
    if (!driver_client::server()) GTEST_SKIP() << "PSA_TEST_MARIADB_URL is not set"; \
  } while (false)

/// Runs `action` and returns the error that it throws; fails the test if it throws none.
template <class Action>
psa::DriverError error_of(Action&& action) {
  try {
    action();
  } catch (const psa::DriverError& error) {
    return error;
  }
  return {PSA_OK, 0, "no error"};
}

}  // namespace driver_client
