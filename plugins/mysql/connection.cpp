// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "client_extras.hpp"
#include "error.hpp"
#include "opening.hpp"
#include "result.hpp"

namespace psa::mysql {

std::shared_ptr<Connection> Connection::create(const psa_connection_args& args) {
  const bool nonblocking = (args.flags & PSA_CONNECTION_NONBLOCKING) != 0;
  if (nonblocking && !has_wait_hook())
    throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED,
                      "this client library has no non-blocking connections");
  return std::make_shared<Connection>(read_settings(args), nonblocking, Notices(args));
}

Connection::Connection(Settings settings, bool nonblocking, const Notices& notices)
    : settings_(std::make_shared<const Settings>(std::move(settings))),
      canceller_(std::make_shared<Canceller>(settings_)),
      waiter_(canceller_, nonblocking),
      notices_(notices) {}

Connection::~Connection() {
  disconnect();
  for (MYSQL_STMT* statement : closing_) mysql_stmt_close(statement);
}

void Connection::release() noexcept {
  canceller_->leave();
  waiter_.abandon();
  disconnect();
  HostHeld::release();
}

void Connection::connect(int64_t deadline) {
  if (state_ != State::made) throw invalid_state("the connection has been opened before");
  state_ = State::closed;
  const auto opening = std::make_shared<Opening>();
  waiter_.run_aside([opening, deadline, settings = settings_, canceller = canceller_] {
    Waiter waiter(canceller, false);
    const bool may_use_tls = mysql::may_use_tls(*settings);
    waiter.set_tls(may_use_tls);
    const TlsScope quiet(may_use_tls);
    const Waiter::Current current(&waiter);
    waiter.begin_connecting(deadline, settings->connect_timeout);
    try {
      opening->client.open(*settings, waiter);
      opening->set_session(*settings, waiter);
    } catch (...) {
      opening->error = std::current_exception();
    }
  });
  if (opening->error) std::rethrow_exception(std::exchange(opening->error, nullptr));
  client_ = std::move(opening->client);
  ansi_quotes_ = opening->ansi_quotes;
  can_bind_arrays_ = mysql::can_bind_arrays(client_.handle());
  allows_several_ = settings_->multi_statements;
  waiter_.set_tls(client_.is_tls());
  waiter_.set_timeouts(settings_->read_timeout, settings_->write_timeout);
  canceller_->attach(mysql_thread_id(client_.handle()), socket_of(client_.handle()));
  state_ = State::open;
}

void Connection::disconnect() noexcept {
  canceller_->detach();
  state_ = State::closed;
  if (open_result_ != nullptr) open_result_->cut_off();
  if (!unread_.empty() && unread_.is_text()) {
    // The library would read all that is left before it lets go of the rows.
    const TlsScope quiet(true);
    client_.cut();
    unread_.drain();
  }
  close_result();
  client_.close();
}

void Connection::close() { disconnect(); }

void Connection::begin(const psa_begin& begin) {
  before_command();
  transaction_.begin(begin);
}

void Connection::commit() {
  before_command();
  transaction_.commit();
}

void Connection::rollback() {
  before_command();
  transaction_.rollback();
}

void Connection::savepoint(uint32_t action, std::string_view name) {
  before_command();
  transaction_.savepoint(action, name);
}

void Connection::state(psa_connection_state& out) const noexcept {
  if (broken_) out.flags = PSA_STATE_BROKEN;
  out.transaction = transaction_.state();
}

MYSQL* Connection::handle() const {
  if (state_ == State::made) throw invalid_state("the connection has not been opened");
  if (state_ == State::closed) throw invalid_state("the connection is closed");
  if (broken_) throw invalid_state("the connection is lost").with_flags(PSA_ERROR_CONNECTION_LOST);
  return client_.handle();
}

void Connection::before_command() {
  handle();
  if (open_result_ != nullptr)
    throw invalid_state("another result of the connection has unread rows")
        .with_hint("read it to its end or release it first");
  if (!unread_.empty() || !closing_.empty()) finish_leftovers();
}

void Connection::finish_leftovers() {
  if (!unread_.empty()) {
    unread_.let_go_of_buffers();
    skip_rows(unread_);
    std::exchange(unread_, Cursor()).drain();
    canceller_->set_result_open(false);
  }
  for (MYSQL_STMT* statement : std::exchange(closing_, {})) mysql_stmt_close(statement);
}

Cursor::Fetched Connection::skip_rows(Cursor& cursor) {
  for (int64_t rows = 1;; ++rows) {
    const Cursor::Fetched fetched = cursor.fetch();
    if (fetched != Cursor::Fetched::row) return fetched;
    if (rows % rows_between_looks == 0) look_at_clock();
  }
}

void Connection::look_at_clock() {
  if (waiter_.look_at_clock()) return;
  fail(DriverError(PSA_ERROR, PSA_CATEGORY_OPERATIONAL, "the server did not end the statement in time"));
}

void Connection::ping() {
  before_command();
  if (mysql_ping(client_.handle()) != 0) fail(last_error(client_.handle()));
}

void Connection::reset() {
  handle();
  if (open_result_ != nullptr) open_result_->cut_off();
  before_command();
  transaction_.rollback();
}

bool Connection::in_transaction() const noexcept {
  return state_ == State::open && !broken_ && (client_.handle()->server_status & SERVER_STATUS_IN_TRANS) != 0;
}

void Connection::lexical(psa_lexical& out) const noexcept {
  out.placeholder = PSA_PLACEHOLDER_QUESTION;
  out.flags = PSA_LEXICAL_HASH_COMMENT | PSA_LEXICAL_DASH_NEEDS_SPACE | PSA_LEXICAL_BACKTICK_QUOTE |
              PSA_LEXICAL_CODE_COMMENT;
  const bool plain_backslash =
      state_ == State::open && (client_.handle()->server_status & SERVER_STATUS_NO_BACKSLASH_ESCAPES) != 0;
  if (!plain_backslash) out.flags |= PSA_LEXICAL_BACKSLASH_ESCAPE;
  if (!ansi_quotes_) out.flags |= PSA_LEXICAL_DOUBLE_QUOTE_TEXT;
  out.identifier_quote = '`';
}

void Connection::tell_warnings(StatementKind of, unsigned count) noexcept {
  if (count != 0 && of != StatementKind::shows && notices_.wanted()) notices_.tell(client_.handle());
}

void Connection::allow_several(bool allowed) {
  if (allowed == allows_several_) return;
  const auto option = allowed ? MYSQL_OPTION_MULTI_STATEMENTS_ON : MYSQL_OPTION_MULTI_STATEMENTS_OFF;
  if (mysql_set_server_option(client_.handle(), option) != 0) fail(last_error(client_.handle()));
  allows_several_ = allowed;
}

void Connection::refresh_sql_mode() { ansi_quotes_ = ask_ansi_quotes(handle(), waiter_); }

void Connection::run(std::string_view sql, IfLost if_lost) {
  before_command();
  if (mysql_real_query(client_.handle(), sql.data(), sql.size()) != 0)
    fail(last_error(client_.handle()), if_lost);
}

void Connection::undo(std::string_view sql) noexcept {
  if (!is_open()) return;
  try {
    finish_leftovers();
  } catch (...) {
    return;
  }
  mysql_real_query(client_.handle(), sql.data(), sql.size());
}

void Connection::fail(DriverError error, IfLost if_lost) {
  constexpr int64_t deadlock = 1213;
  if (error.vendor_code == deadlock && in_transaction()) transaction_.fail();
  if ((error.flags & PSA_ERROR_CONNECTION_LOST) != 0 || waiter_.gave_up()) {
    error.flags |= PSA_ERROR_CONNECTION_LOST;
    if (if_lost == IfLost::maybe_applied) error.flags |= PSA_ERROR_MAYBE_APPLIED;
    broken_ = true;
    canceller_->detach();
    client_.cut();
  }
  const uint32_t flags = error.flags & (PSA_ERROR_CONNECTION_LOST | PSA_ERROR_MAYBE_APPLIED);
  error = stopped_or(std::move(error), waiter_);
  error.flags |= flags;
  throw error;
}

void Connection::open_result(Result& result) noexcept {
  open_result_ = &result;
  canceller_->set_result_open(true);
}

void Connection::close_result() noexcept {
  open_result_ = nullptr;
  unread_ = Cursor();
  canceller_->set_result_open(false);
}

void Connection::abandon_result(const Cursor& unread) noexcept {
  open_result_ = nullptr;
  unread_ = unread;
}

void Connection::close_later(MYSQL_STMT* statement) noexcept {
  if (statement == nullptr) return;
  if (state_ != State::open || broken_) {
    // Nothing is sent: the library has taken the statement off the session, or its socket is shut.
    const TlsScope quiet(true);
    if (unread_.statement() == statement) unread_ = Cursor();
    mysql_stmt_close(statement);
    return;
  }
  closing_.push_back(statement);
}

}  // namespace psa::mysql
