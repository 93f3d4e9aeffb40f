// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <cstring>
#include <utility>

#include "error.hpp"
#include "rows.hpp"

namespace psa::postgres {

std::shared_ptr<Connection> Connection::create(const psa_connection_args& args) {
  return std::make_shared<Connection>(args);
}

Connection::Connection(const psa_connection_args& args)
    : settings_(read_settings(args)),
      on_notice_(args.on_notice),
      notice_context_(args.notice_context),
      session_(settings_.nonblocking) {}

void Connection::release() noexcept {
  session_.canceller()->leave();
  disconnect();
  HostHeld::release();
}

void Connection::disconnect() noexcept {
  if (open_result_ != nullptr) std::exchange(open_result_, nullptr)->cut_off();
  session_.set_streaming(false);
  session_.disconnect();
  deferred_begin_.clear();
  state_ = State::closed;
}

void Connection::check_open() const {
  if (session_.client() == nullptr || state_ != State::open)
    throw invalid_state(state_ == State::made ? "the connection has not been opened"
                                              : "the connection is closed");
  if (session_.broken()) throw invalid_state("the connection is lost").with_flags(PSA_ERROR_CONNECTION_LOST);
}

bool Connection::enter_now() const {
  check_open();
  if (open_result_ != nullptr)
    throw invalid_state("a result of this connection has unread rows")
        .with_hint("read them or release the result first");
  return !session_.streaming();
}

Task<> Connection::enter() {
  if (!enter_now()) {
    // What goes wrong in the rest of an abandoned result is nobody's error; a lost connection is.
    const auto failure = co_await session_.finish(stream_pipelined_);
    session_.set_streaming(false);
    if (failure && session_.broken()) throw *failure;
    session_.set_may_be_applied(false);
    co_await session_.settle_cancels();
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

Task<> Connection::close() {
  // libpq's goodbye waits for nothing.
  session_.set_streaming(false);
  if (open_result_ != nullptr) std::exchange(open_result_, nullptr)->cut_off();
  if (PGconn* client = session_.client(); client != nullptr) {
    session_.set_client(nullptr);
    PQfinish(client);
  }
  state_ = State::closed;
  co_return;
}

Task<> Connection::ping() {
  co_await enter();
  const ResultHandle answer = co_await session_.command("");
}

Task<> Connection::reset() {
  if (open_result_ != nullptr) std::exchange(open_result_, nullptr)->cut_off();
  co_await enter();
  deferred_begin_.clear();
  if (transaction_status() != PQTRANS_IDLE) co_await session_.command("ROLLBACK");
}

void Connection::state(psa_connection_state& out) const noexcept {
  if (!settings_.nonblocking) out.capabilities &= ~PSA_CAP_NONBLOCKING;
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
