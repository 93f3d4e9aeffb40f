// SPDX-License-Identifier: Apache-2.0
//
// How a connection comes to be.
#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include <psa/sdk/operation.hpp>
#include <psa/sdk/text.hpp>

#include "connection.hpp"
#include "error.hpp"
#include "host_lookup.hpp"

namespace psa::postgres {

void Connection::start_client(const std::vector<Host>& hosts) {
  std::string names, addresses, ports;
  bool any_address = false, any_port = false;
  for (const Host& host : hosts) {
    if (&host != hosts.data()) {
      names += ',';
      addresses += ',';
      ports += ',';
    }
    names += host.name;
    addresses += host.address;
    ports += host.port;
    any_address = any_address || !host.address.empty();
    any_port = any_port || !host.port.empty();
  }
  std::vector<const char*> keywords, values;
  const auto add = [&](const char* keyword, const std::string& value) {
    keywords.push_back(keyword);
    values.push_back(value.c_str());
  };
  for (const auto& [keyword, value] : settings_.keywords) add(keyword.c_str(), value);
  if (!hosts.empty()) add("host", names);
  if (any_address) add("hostaddr", addresses);
  if (any_port) add("port", ports);
  keywords.push_back(nullptr);
  values.push_back(nullptr);
  PGconn* const client = PQconnectStartParams(keywords.data(), values.data(), 0);
  if (client == nullptr) throw std::bad_alloc();
  session_.set_client(client);
  PQsetNoticeReceiver(client, &on_notice, this);
  // The only way to a SQLSTATE while connecting.
  PQsetErrorVerbosity(client, PQERRORS_VERBOSE);
}

Task<> Connection::connect() {
  Session& session = session_;
  if (state_ != State::made) throw invalid_state("the connection has been opened before");
  state_ = State::connecting;
  const int64_t patience = settings_.connect_timeout;
  const int64_t give_up_at = patience == 0 ? 0 : monotonic_now() + patience;
  const auto check_patience = [&] {
    if (give_up_at == 0 || monotonic_now() < give_up_at) return;
    throw connection_error("connection timeout expired: no server answered within connect_timeout");
  };
  std::vector<Host> hosts = settings_.hosts;
  const bool by_name = std::any_of(hosts.begin(), hosts.end(), [](const Host& host) {
    return host.address.empty() && needs_lookup(host.name);
  });
  if (by_name) {
    const HostLookup lookup(hosts);
    while (!lookup.done()) {
      co_await session.descriptor_ready(lookup.descriptor(), give_up_at);
      check_patience();
    }
    hosts = lookup.hosts();
    if (hosts.empty()) throw connection_error(lookup.failures());
  }
  start_client(hosts);
  PGconn* const client = session.client();
  PostgresPollingStatusType status = PGRES_POLLING_WRITING;
  if (PQstatus(client) == CONNECTION_BAD) throw connect_error(PQerrorMessage(client));
  while (status != PGRES_POLLING_OK) {
    co_await Session::Wait(session, PQsocket(client),
                           status == PGRES_POLLING_READING ? PSA_WAIT_READ : PSA_WAIT_WRITE, give_up_at);
    check_patience();
    status = PQconnectPoll(client);
    if (status == PGRES_POLLING_FAILED) throw connect_error(PQerrorMessage(client));
  }
  PQsetErrorVerbosity(client, PQERRORS_DEFAULT);
  PQsetnonblocking(client, 1);
  PGcancel* const key = PQgetCancel(client);
  if (key == nullptr) throw std::bad_alloc();
  session.canceller()->arm(key);
  session.set_connected();
  state_ = State::open;
  // Statements that must be read as text need the styles that everybody reads.
  const char* date_style = PQparameterStatus(client, "DateStyle");
  const char* interval_style = PQparameterStatus(client, "IntervalStyle");
  std::string styles;
  if (date_style != nullptr && std::strncmp(date_style, "ISO", 3) != 0) styles += "SET DateStyle TO ISO;";
  if (interval_style != nullptr && std::strcmp(interval_style, "postgres") != 0)
    styles += "SET IntervalStyle TO postgres;";
  if (!styles.empty()) co_await session.command(styles);
}

void Connection::on_notice(void* self, const PGresult* notice) noexcept {
  auto& connection = *static_cast<Connection*>(self);
  if (connection.on_notice_ == nullptr) return;
  try {
    const DriverError from = make_error(notice);
    psa_error error{PSA_INIT(psa_error)};
    const char* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    const std::string_view word = severity == nullptr ? "NOTICE" : severity;
    error.severity = word == "WARNING"           ? PSA_SEVERITY_WARNING
                     : word.starts_with("DEBUG") ? PSA_SEVERITY_DEBUG
                                                 : PSA_SEVERITY_INFO;
    error.sql_offset = error.parameter_row = error.parameter_column = -1;
    error.sqlstate = c_text_or_none(from.sqlstate);
    error.message = c_text(from.message);
    error.detail = c_text_or_none(from.detail);
    error.hint = c_text_or_none(from.hint);
    error.context = c_text_or_none(from.context);
    connection.on_notice_(connection.notice_context_, &error);
  } catch (...) {
    // A notice that there is no memory for is not worth failing the statement.
  }
}

}  // namespace psa::postgres
