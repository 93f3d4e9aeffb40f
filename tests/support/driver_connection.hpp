// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <memory>
#include <string_view>

#include <psa/driver.h>
#include <psa/sdk/operation.hpp>

#include "driver_server.hpp"
#include "driver_under_test.hpp"

// A small host, for tests that look at a driver alone. A failing call throws what it reported, as
// psa::DriverError.
namespace driver_client {

/// Handles that release themselves.
struct ReleaseConnection {
  void operator()(psa_connection* handle) const { table().connection_release(handle); }
};
struct ReleaseCancel {
  void operator()(psa_cancel* handle) const { table().cancel_release(handle); }
};
using Connection = std::unique_ptr<psa_connection, ReleaseConnection>;
using Cancel = std::unique_ptr<psa_cancel, ReleaseCancel>;

enum class Mode { blocking, nonblocking };

Connection make(const Server& server, Mode mode = Mode::blocking);
/// Opens it; on a non-blocking one this, as every call of this client, waits and resumes as a host does.
void connect(const Connection& connection, int64_t deadline = 0);
Connection open(const Server& server, Mode mode = Mode::blocking);
/// A connection to the server to test with.
Connection open(Mode mode = Mode::blocking);
/// The same with options beside those of its URL.
Connection open(const Options& options, Mode mode = Mode::blocking);
/// A database without a server, as SQLite's files are.
Connection make(std::string_view database, const Options& options = {});
Connection open(std::string_view database, const Options& options = {});

/// Waits and resumes until the operation ends. @return its status
int32_t drive(psa_connection* connection, int32_t status);
/// How long a call or a resume of this thread kept it at most, and how often one was pending.
struct Progress {
  int64_t longest = 0;
  int pending = 0;
};
Progress& progress();

/// Runs a call of the table's and counts what it kept the thread for. @return its status
template <class Call>
int32_t timed(Call&& call) {
  const int64_t begun = psa::monotonic_now();
  const int32_t status = call();
  progress().longest = std::max(progress().longest, psa::monotonic_now() - begun);
  return status;
}

/// Starts an operation with `start(const psa_call*)`, drives it to its end, and throws what it reported.
template <class Start>
void perform(psa_connection* connection, int64_t deadline, Start&& start) {
  Sink sink;
  const psa_call call{PSA_INIT(psa_call), 0, &sink, deadline};
  expect_ok(drive(connection, timed([&] { return start(&call); })), sink);
}

void ping(const Connection& connection);
void reset(const Connection& connection);
void close(const Connection& connection);
psa_connection_state state(const Connection& connection);

Cancel cancel_handle(const Connection& connection);
void cancel(const Cancel& handle);

void begin(const Connection& connection, uint32_t flags = 0, uint32_t isolation = PSA_ISOLATION_DEFAULT);
void commit(const Connection& connection, int64_t deadline = 0);
void rollback(const Connection& connection);
void savepoint(const Connection& connection, uint32_t action, std::string_view name);

}  // namespace driver_client
