// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

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

/// Options as a URL's query has them: {"connect_timeout", "1"}.
using Options = std::vector<std::pair<std::string, std::string>>;

/// Where the tests' server is: PSA_TEST_POSTGRES_URL, postgresql://user:password@host:port/database?options.
struct Server {
  std::string user, password, host, database;
  uint32_t port = 0;
  Options options;
};
/// NULL where there is none. @throws std::runtime_error if PSA_TEST_SERVERS is "required" and there is none
const Server* server();

enum class Mode { blocking, nonblocking };

Connection make(const Server& server, Mode mode = Mode::blocking);
/// Opens it; on a non-blocking one this, as every call of this client, waits and resumes as a host does.
void connect(const Connection& connection, int64_t deadline = 0);
Connection open(Mode mode = Mode::blocking);
/// Waits and resumes until the operation ends. @return its status
int32_t drive(psa_connection* connection, int32_t status);
/// The longest single resume so far, and how often a call was pending.
struct Progress {
  int64_t longest = 0;
  int pending = 0;
};
Progress& progress();

/// A test on a real server: skipped where there is none.
class OnServer : public testing::Test {
 protected:
  void SetUp() override {
    if (server() == nullptr) GTEST_SKIP() << "PSA_TEST_POSTGRES_URL is not set";
  }
};

void ping(const Connection& connection);
void reset(const Connection& connection);
void close(const Connection& connection);
Statement prepare(const Connection& connection, std::string_view sql, uint32_t flags = 0);
Result execute(const Statement& statement, int64_t deadline = 0);
Result execute(const Statement& statement, const psa_execute& arguments, int64_t deadline);
Result execute(const Statement& statement, Parameters& parameters, int64_t deadline = 0);
/// Makes a result that a test got itself known to this client.
void adopt(const Result& result, const Connection& connection);
psa_result_info info(const Result& result);

/// The next batch of at most `max_rows` rows as batch_text writes it; empty when there are no more.
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
