// SPDX-License-Identifier: Apache-2.0
#include "driver_connection.hpp"

#include <stdexcept>
#include <vector>

#include <poll.h>

#include <psa/sdk/text.hpp>

namespace driver_client {

Progress& progress() {
  static thread_local Progress counted;
  return counted;
}

int32_t drive(psa_connection* connection, int32_t status) {
  while (status == PSA_PENDING) {
    ++progress().pending;
    psa_wait wait{PSA_INIT(psa_wait)};
    if (table().connection_wait_for(connection, &wait) != PSA_OK) throw std::logic_error("wait_for failed");
    pollfd waited{wait.fd, 0, 0};
    if ((wait.events & PSA_WAIT_READ) != 0) waited.events |= POLLIN;
    if ((wait.events & PSA_WAIT_WRITE) != 0) waited.events |= POLLOUT;
    // Cancels come from other threads here, so that no wait may last for long.
    int64_t milliseconds = 20;
    if (wait.wake_at != 0)
      milliseconds = std::clamp<int64_t>((wait.wake_at - psa::monotonic_now()) / 1'000'000 + 1, 0, 20);
    poll(&waited, wait.fd < 0 ? 0 : 1, static_cast<int>(milliseconds));
    status = timed([&] { return table().connection_resume(connection); });
  }
  return status;
}

Connection make(const Server& server, Mode mode) {
  std::vector<psa_option> given;
  for (const auto& [name, text] : server.options)
    given.push_back({PSA_INIT(psa_option), PSA_TYPE_TEXT, PSA_OPTION_FROM_URL, 0, psa::c_text(name),
                     psa::c_text(text), 0, 0});
  const psa_address address{PSA_INIT(psa_address), server.port, psa::c_text(server.host)};
  psa_connection_args args{PSA_INIT(psa_connection_args)};
  args.flags = mode == Mode::nonblocking ? PSA_CONNECTION_NONBLOCKING : 0;
  args.driver_name = psa::c_text_or_none(server.driver_name);
  args.username = psa::c_text_or_none(server.user);
  args.password = psa::c_text_or_none(server.password);
  args.database = psa::c_text_or_none(server.database);
  args.addresses = &address;
  args.address_count = server.host.empty() && server.port == 0 ? 0 : 1;
  args.address_size = sizeof(psa_address);
  args.options = given.data();
  args.option_count = given.size();
  args.option_size = sizeof(psa_option);
  Sink sink;
  psa_connection* handle = nullptr;
  expect_ok(table().connection_new(&args, &handle, &sink), sink);
  return Connection(handle);
}

void connect(const Connection& connection, int64_t deadline) {
  perform(connection.get(), deadline,
          [&](const psa_call* call) { return table().connection_connect(connection.get(), call); });
}

Connection open(const Server& server, Mode mode) {
  Connection connection = make(server, mode);
  connect(connection);
  return connection;
}

Connection open(Mode mode) { return open(*server(), mode); }

Connection open(const Options& options, Mode mode) {
  Server with_options = *server();
  with_options.options.insert(with_options.options.end(), options.begin(), options.end());
  return open(with_options, mode);
}

Connection make(std::string_view database, const Options& options) {
  Server file;
  file.database = database;
  file.password = driver_under_test().password;
  file.options = options;
  return make(file);
}

Connection open(std::string_view database, const Options& options) {
  Connection connection = make(database, options);
  connect(connection);
  return connection;
}

void ping(const Connection& connection) {
  perform(connection.get(), 0,
          [&](const psa_call* call) { return table().connection_ping(connection.get(), call); });
}

void reset(const Connection& connection) {
  perform(connection.get(), 0,
          [&](const psa_call* call) { return table().connection_reset(connection.get(), call); });
}

void close(const Connection& connection) {
  perform(connection.get(), 0,
          [&](const psa_call* call) { return table().connection_close(connection.get(), call); });
}

psa_connection_state state(const Connection& connection) {
  psa_connection_state out{PSA_INIT(psa_connection_state)};
  table().connection_state(connection.get(), &out);
  return out;
}

Cancel cancel_handle(const Connection& connection) {
  Sink sink;
  psa_cancel* handle = nullptr;
  expect_ok(table().cancel_new(connection.get(), &handle, &sink), sink);
  return Cancel(handle);
}

void cancel(const Cancel& handle) {
  Sink sink;
  const psa_call call{PSA_INIT(psa_call), 0, &sink, 0};
  expect_ok(table().cancel(handle.get(), &call), sink);
}

void begin(const Connection& connection, uint32_t flags, uint32_t isolation) {
  const psa_begin begin{PSA_INIT(psa_begin), isolation, flags, 0};
  perform(connection.get(), 0,
          [&](const psa_call* call) { return table().transaction_begin(connection.get(), &begin, call); });
}

void commit(const Connection& connection, int64_t deadline) {
  perform(connection.get(), deadline,
          [&](const psa_call* call) { return table().transaction_commit(connection.get(), call); });
}

void rollback(const Connection& connection) {
  perform(connection.get(), 0,
          [&](const psa_call* call) { return table().transaction_rollback(connection.get(), call); });
}

void savepoint(const Connection& connection, uint32_t action, std::string_view name) {
  const psa_string text = psa::c_text(name);
  perform(connection.get(), 0, [&](const psa_call* call) {
    return table().transaction_savepoint(connection.get(), action, &text, call);
  });
}

}  // namespace driver_client
