// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include <psa/sdk/operation.hpp>
#include <psa/sdk/text.hpp>

#include "entry.hpp"
#include "error.hpp"
#include "host_lookup.hpp"
#include "rows.hpp"
#include "transaction.hpp"

namespace psa::postgres {

Connection* Connection::create(const psa_connection_args& args) {
  auto connection = std::make_shared<Connection>(args);
  connection->self_ = connection;
  return connection.get();
}

Connection::Connection(const psa_connection_args& args)
    : settings_(read_settings(args)),
      on_notice_(args.on_notice),
      notice_context_(args.notice_context),
      session_(settings_.nonblocking) {}

void Connection::release() noexcept {
  disconnect();
  const auto last = std::exchange(self_, nullptr);
}

void Connection::disconnect() noexcept {
  if (open_result_ != nullptr) std::exchange(open_result_, nullptr)->cut_off();
  session_.set_streaming(false);
  session_.disconnect();
  deferred_begin_.clear();
  state_ = State::closed;
}

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

Task<> Connection::connect(std::shared_ptr<Connection> self) {
  Connection& c = *self;
  Session& session = c.session_;
  if (c.state_ != State::made) throw invalid_state("the connection has been opened before");
  c.state_ = State::connecting;
  const int64_t patience = c.settings_.connect_timeout;
  const int64_t give_up_at = patience == 0 ? 0 : monotonic_now() + patience;
  const auto check_patience = [&] {
    if (give_up_at == 0 || monotonic_now() < give_up_at) return;
    throw connection_error("connection timeout expired: no server answered within connect_timeout");
  };
  std::vector<Host> hosts = c.settings_.hosts;
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
  c.start_client(hosts);
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
  c.state_ = State::open;
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

void Connection::check_open() const {
  if (session_.client() == nullptr || state_ != State::open)
    throw invalid_state(state_ == State::made ? "the connection has not been opened"
                                              : "the connection is closed");
  if (session_.broken()) throw invalid_state("the connection is lost").with_flags(PSA_ERROR_CONNECTION_LOST);
}

Task<> Connection::enter() {
  check_open();
  if (open_result_ != nullptr)
    throw invalid_state("a result of this connection has unread rows")
        .with_hint("read them or release the result first");
  if (session_.streaming()) {
    // What goes wrong in the rest of an abandoned result is nobody's error; a lost connection is.
    const auto failure = co_await session_.finish(stream_pipelined_);
    session_.set_streaming(false);
    if (failure && session_.broken()) throw *failure;
  }
}

Task<> Connection::learn(std::vector<Oid> wanted) {
  std::vector<Oid> unknown = catalog_.unknown_of(wanted);
  if (unknown.empty()) co_return;
  while (!unknown.empty()) {
    const ResultHandle answer = co_await session_.command(Catalog::question(unknown));
    unknown = catalog_.learn(answer.get(), unknown);
  }
  catalog_.resolve();
}

int Connection::transaction_status() const noexcept { return PQtransactionStatus(session_.client()); }

void Connection::note_transaction() noexcept { in_transaction_ = transaction_status() != PQTRANS_IDLE; }

std::string Connection::take_deferred_begin() { return std::exchange(deferred_begin_, {}); }

Task<> Connection::begin_now() {
  if (deferred_begin_.empty()) co_return;
  const std::string sql = take_deferred_begin();
  co_await session_.command(sql);
}

Task<> Connection::close(std::shared_ptr<Connection> self) {
  // libpq's goodbye waits for nothing.
  self->session_.set_streaming(false);
  if (self->open_result_ != nullptr) std::exchange(self->open_result_, nullptr)->cut_off();
  if (PGconn* client = self->session_.client(); client != nullptr) {
    self->session_.set_client(nullptr);
    PQfinish(client);
  }
  self->state_ = State::closed;
  co_return;
}

Task<> Connection::ping(std::shared_ptr<Connection> self) {
  co_await self->enter();
  const ResultHandle answer = co_await self->session_.command("");
}

Task<> Connection::reset(std::shared_ptr<Connection> self) {
  if (self->open_result_ != nullptr) std::exchange(self->open_result_, nullptr)->cut_off();
  co_await self->enter();
  self->deferred_begin_.clear();
  if (self->transaction_status() != PQTRANS_IDLE) co_await self->session_.command("ROLLBACK");
}

Task<> Connection::begin(std::shared_ptr<Connection> self, const psa_begin* begin) {
  co_await self->enter();
  if (!self->deferred_begin_.empty() || self->transaction_status() != PQTRANS_IDLE)
    throw DriverError(PSA_INVALID_STATE, PSA_CATEGORY_OPERATIONAL,
                      "there is already a transaction in progress");
  std::string sql = begin_sql(*begin);
  if ((begin->flags & PSA_BEGIN_LAZY) != 0) {
    self->deferred_begin_ = std::move(sql);
    co_return;
  }
  co_await self->session_.command(std::move(sql));
}

Task<> Connection::commit(std::shared_ptr<Connection> self) {
  co_await self->enter();
  if (!self->deferred_begin_.empty() || self->transaction_status() == PQTRANS_IDLE) {
    self->deferred_begin_.clear();
    co_return;
  }
  const bool failed = self->transaction_status() == PQTRANS_INERROR;
  ResultHandle answer;
  try {
    answer = co_await self->session_.command(failed ? "ROLLBACK" : "COMMIT");
  } catch (DriverError& error) {
    if (!failed && self->session_.broken()) error.flags |= PSA_ERROR_MAYBE_APPLIED;
    throw;
  }
  if (failed || std::string_view(PQcmdStatus(answer.get())) == "ROLLBACK") {
    DriverError error(
        PSA_ERROR, PSA_CATEGORY_INTERNAL,
        "the transaction was rolled back instead of committed, because a statement in it had failed");
    error.sqlstate = "25P02";
    throw error;
  }
}

Task<> Connection::rollback(std::shared_ptr<Connection> self) {
  co_await self->enter();
  self->deferred_begin_.clear();
  if (self->transaction_status() != PQTRANS_IDLE) co_await self->session_.command("ROLLBACK");
}

Task<> Connection::savepoint(std::shared_ptr<Connection> self, uint32_t action, const psa_string* name) {
  co_await self->enter();
  const std::string sql = savepoint_sql(action, view(*name));
  co_await self->begin_now();
  co_await self->session_.command(sql);
}

void Connection::state(psa_connection_state& out) const noexcept {
  out.capabilities = driver_capabilities;
  if (!settings_.nonblocking) out.capabilities &= ~PSA_CAP_NONBLOCKING;
  out.flags = 0;
  out.transaction = PSA_TRANSACTION_NONE;
  PGconn* const client = session_.client();
  if (state_ != State::open || client == nullptr) return;
  if (session_.broken() || PQstatus(client) == CONNECTION_BAD) {
    out.flags = PSA_STATE_BROKEN;
    out.transaction = PSA_TRANSACTION_UNKNOWN;
    return;
  }
  switch (PQtransactionStatus(client)) {
    case PQTRANS_IDLE:
      out.transaction = deferred_begin_.empty() ? PSA_TRANSACTION_NONE : PSA_TRANSACTION_DEFERRED;
      break;
    case PQTRANS_INTRANS:
      out.transaction = PSA_TRANSACTION_OPEN;
      break;
    case PQTRANS_INERROR:
      out.transaction = PSA_TRANSACTION_FAILED;
      break;
    default:
      out.transaction = in_transaction_ ? PSA_TRANSACTION_OPEN : PSA_TRANSACTION_NONE;
      break;
  }
}

void Connection::lexical(psa_lexical& out) const noexcept {
  out.placeholder = PSA_PLACEHOLDER_DOLLAR;
  out.flags = PSA_LEXICAL_NESTED_COMMENT | PSA_LEXICAL_E_STRING | PSA_LEXICAL_DOLLAR_QUOTE;
  out.identifier_quote = '"';
  const char* standard = session_.client() == nullptr
                             ? nullptr
                             : PQparameterStatus(session_.client(), "standard_conforming_strings");
  if (standard != nullptr && std::strcmp(standard, "off") == 0) out.flags |= PSA_LEXICAL_BACKSLASH_ESCAPE;
}

std::string Connection::next_statement_name() { return "psa_" + std::to_string(++statements_made_); }

void Connection::forget_statement(std::string name) noexcept {
  try {
    forgotten_.push_back(std::move(name));
  } catch (...) {
    // Without memory to remember it the server keeps it until the connection ends.
  }
}

std::vector<std::string> Connection::take_forgotten() {
  // In a transaction it would fail where that has failed, or make it fail.
  if (transaction_status() != PQTRANS_IDLE) return {};
  return std::exchange(forgotten_, {});
}

void Connection::set_open_result(Result* result, bool pipelined) noexcept {
  open_result_ = result;
  stream_pipelined_ = pipelined;
  session_.set_streaming(true);
}

void Connection::close_result() noexcept {
  open_result_ = nullptr;
  session_.set_streaming(false);
}

}  // namespace psa::postgres
