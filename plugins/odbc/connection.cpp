// SPDX-License-Identifier: Apache-2.0
#include "connection.hpp"

#include <algorithm>
#include <new>
#include <utility>

#include <sqlext.h>
#include <sqlucode.h>

#include <psa/sdk/background_thread.hpp>

#include "error.hpp"
#include "installed_drivers.hpp"
#include "result.hpp"
#include "statement.hpp"
#include "utf16.hpp"

namespace psa::odbc {

std::shared_ptr<Connection> Connection::create(const psa_connection_args& args) {
  return std::make_shared<Connection>(read_settings(args), Notices(args));
}

Connection::Connection(Settings settings, const Notices& notices)
    : settings_(std::move(settings)), notices_(notices) {}

Connection::~Connection() { release_session(); }

void Connection::release() noexcept {
  release_session();
  HostHeld::release();
}

// ODBC says goodbye only by waiting for the server.
void Connection::release_session() noexcept {
  Connected leaving = detach();
  if (leaving.session == nullptr) return;
  try {
    start_background_thread([last = std::make_shared<Connected>(std::move(leaving))] { last->disconnect(); });
  } catch (...) {
    leaving.disconnect();
  }
}

Connected Connection::detach() noexcept {
  state_ = State::closed;
  if (open_result_ != nullptr) open_result_->cut_off();
  open_result_ = nullptr;
  // Disconnecting frees them.
  for (Statement* statement : statements_) statement->detach();
  statements_.clear();
  closing_.clear();
  freeing_.clear();
  return std::move(connected_);
}

void Connection::connect(int64_t deadline) {
  if (state_ != State::made) throw invalid_state("the connection has been opened before");
  state_ = State::closed;
  const Running running(*this, deadline);
  const Target& target = settings_.target;
  std::string driver = target.driver;
  if (target.whole.empty() && target.dsn.empty() && driver.empty())
    driver = choose_driver(target, installed_drivers(new_environment().get()));
  const std::string text = connection_string(target, driver);
  try {
    connected_ = open_session(text, settings_.login_timeout, canceller_);
  } catch (const DriverError& error) {
    throw explained(error, target, driver, new_environment().get());
  }
  state_ = State::open;
  if (facts().dbms->cancel_closes) canceller_->set_idle(new_statement());
  if (const Facts& asked = facts(); asked.dbms->kill != nullptr && !asked.session_number.empty())
    canceller_->set_kill([text, sql = asked.dbms->kill + asked.session_number] { run_beside(text, sql); });
}

void Connection::close(int64_t deadline) {
  const Running running(*this, deadline);
  if (state_ == State::open && !broken_) finish_leftovers();
  detach().disconnect();
}

SQLHDBC Connection::session() const {
  if (state_ == State::made) throw invalid_state("the connection has not been opened");
  if (state_ == State::closed) throw invalid_state("the connection is closed");
  if (broken_) throw invalid_state("the connection is lost").with_flags(PSA_ERROR_CONNECTION_LOST);
  return connected_.session.get();
}

void Connection::before_command() {
  session();
  if (open_result_ != nullptr)
    throw invalid_state("another result of the connection has unread rows")
        .with_hint("read it to its end or release it first");
  if (!closing_.empty() || !freeing_.empty()) finish_leftovers();
}

void Connection::finish_leftovers() noexcept {
  for (const Leftover& each : closing_) {
    if (each.reads_rest)
      while (SQL_SUCCEEDED(SQLFetch(each.statement))) {
      }
    SQLFreeStmt(each.statement, SQL_CLOSE);
  }
  closing_.clear();
  for (SQLHSTMT statement : freeing_) SQLFreeHandle(SQL_HANDLE_STMT, statement);
  freeing_.clear();
}

void Connection::ping(int64_t deadline) {
  const Running running(*this, deadline);
  before_command();
  if (facts().dbms->ping != nullptr)
    run(facts().dbms->ping);
  else if (is_dead())
    throw DriverError(PSA_ERROR, PSA_CATEGORY_OPERATIONAL, "the ODBC driver says that the connection is lost")
        .with_flags(PSA_ERROR_CONNECTION_LOST);
}

void Connection::reset(int64_t deadline) {
  session();
  const Running running(*this, deadline);
  if (open_result_ != nullptr) open_result_->cut_off();
  before_command();
  transaction_.rollback();
}

void Connection::begin(const psa_begin& begin, int64_t deadline) {
  const Running running(*this, deadline);
  before_command();
  transaction_.begin(begin);
}

void Connection::commit(int64_t deadline) {
  const Running running(*this, deadline);
  before_command();
  transaction_.commit();
}

void Connection::rollback(int64_t deadline) {
  const Running running(*this, deadline);
  before_command();
  transaction_.rollback();
}

void Connection::savepoint(uint32_t action, std::string_view name, int64_t deadline) {
  const Running running(*this, deadline);
  before_command();
  transaction_.savepoint(action, name);
}

void Connection::state(psa_connection_state& out) const noexcept {
  if (broken_) out.flags = PSA_STATE_BROKEN;
  out.transaction = transaction_.state();
  if (state_ != State::open) return;
  if (!facts().has_transactions) out.capabilities &= ~(PSA_CAP_TRANSACTIONS | PSA_CAP_SAVEPOINTS);
  if (facts().dbms->savepoint == nullptr) out.capabilities &= ~PSA_CAP_SAVEPOINTS;
  if (!facts().has_several_results) out.capabilities &= ~PSA_CAP_SEVERAL_RESULTS;
}

void Connection::lexical(psa_lexical& out) const noexcept {
  out.placeholder = PSA_PLACEHOLDER_QUESTION;
  out.flags = state_ == State::open ? facts().dbms->lexical : 0;
  const char quote = state_ == State::open ? facts().identifier_quote : '"';
  out.identifier_quote = static_cast<uint32_t>(quote == '`' || quote == '[' ? quote : '"');
}

SQLRETURN Connection::prepare_text(SQLHSTMT statement, const std::string& sql) const {
  if (facts().has_narrow_calls)
    return SQLPrepare(statement, reinterpret_cast<SQLCHAR*>(const_cast<char*>(sql.data())),
                      static_cast<SQLINTEGER>(sql.size()));
  WideText text(sql);
  return SQLPrepareW(statement, text.data(), static_cast<SQLINTEGER>(text.size()));
}

SQLRETURN Connection::execute_text(SQLHSTMT statement, const std::string& sql) const {
  if (facts().has_narrow_calls)
    return SQLExecDirect(statement, reinterpret_cast<SQLCHAR*>(const_cast<char*>(sql.data())),
                         static_cast<SQLINTEGER>(sql.size()));
  WideText text(sql);
  return SQLExecDirectW(statement, text.data(), static_cast<SQLINTEGER>(text.size()));
}

void Connection::run(const std::string& sql) {
  const std::unique_ptr<void, FreeHandle<SQL_HANDLE_STMT>> statement(new_statement());
  const SQLRETURN code = aimed(statement.get(), [&] { return execute_text(statement.get(), sql); });
  if (!SQL_SUCCEEDED(code) && code != SQL_NO_DATA) fail(SQL_HANDLE_STMT, statement.get());
}

void Connection::set_attribute(SQLINTEGER attribute, uint64_t value) {
  if (!SQL_SUCCEEDED(SQLSetConnectAttrW(session(), attribute, reinterpret_cast<SQLPOINTER>(value), 0)))
    fail(SQL_HANDLE_DBC, session());
}

void Connection::end_transaction(int16_t how) {
  if (!SQL_SUCCEEDED(SQLEndTran(SQL_HANDLE_DBC, session(), how)))
    fail(SQL_HANDLE_DBC, session(), how == SQL_COMMIT);
}

bool Connection::is_dead() const noexcept {
  SQLUINTEGER dead = SQL_CD_FALSE;
  return SQL_SUCCEEDED(
             SQLGetConnectAttrW(connected_.session.get(), SQL_ATTR_CONNECTION_DEAD, &dead, 0, nullptr)) &&
         dead == SQL_CD_TRUE;
}

DriverError Connection::error_of(SQLSMALLINT type, SQLHANDLE handle, bool writes) {
  DriverError error = make_error(diagnostics(type, handle), facts().dbms->kind);
  const bool may_be_lost =
      error.category == PSA_CATEGORY_OPERATIONAL || error.category == PSA_CATEGORY_UNKNOWN;
  if ((error.flags & PSA_ERROR_CONNECTION_LOST) == 0 && may_be_lost && is_dead())
    error.flags |= PSA_ERROR_CONNECTION_LOST;
  if ((error.flags & PSA_ERROR_CONNECTION_LOST) != 0) {
    broken_ = true;
    if (writes) error.flags |= PSA_ERROR_MAYBE_APPLIED;
  }
  if (error.sqlstate.starts_with("40")) transaction_.fail();
  const Canceller::Stop stop = canceller_->stopped();
  if (stop == Canceller::Stop::no || !may_come_of_cancel(error)) return error;
  DriverError stopped = Operation::error(stop, "");
  stopped.with_flags(error.flags & (PSA_ERROR_CONNECTION_LOST | PSA_ERROR_MAYBE_APPLIED))
      .with_vendor_code(error.vendor_code);
  stopped.sqlstate = error.sqlstate;
  return stopped;
}

SQLHSTMT Connection::new_statement() {
  SQLHANDLE handle = nullptr;
  if (!SQL_SUCCEEDED(SQLAllocHandle(SQL_HANDLE_STMT, session(), &handle))) fail(SQL_HANDLE_DBC, session());
  return handle;
}

void Connection::remove(Statement& statement) noexcept {
  const auto found = std::find(statements_.rbegin(), statements_.rend(), &statement);
  if (found == statements_.rend()) return;
  *found = statements_.back();
  statements_.pop_back();
}

void Connection::free_later(SQLHSTMT statement) noexcept {
  if (statement == nullptr) return;
  // What it leaves unread is read later, when the memory that it was bound to is gone.
  SQLFreeStmt(statement, SQL_UNBIND);
  SQLFreeStmt(statement, SQL_RESET_PARAMS);
  SQLSetStmtAttr(statement, SQL_ATTR_ROWS_FETCHED_PTR, nullptr, 0);
  SQLSetStmtAttr(statement, SQL_ATTR_ROW_STATUS_PTR, nullptr, 0);
  std::erase_if(closing_,
                [&](const Leftover& each) { return each.statement == statement && !each.reads_rest; });
  try {
    freeing_.push_back(statement);
  } catch (const std::bad_alloc&) {
    // It goes with the session.
  }
}

void Connection::close_later(SQLHSTMT statement, bool reads_rest) noexcept {
  open_result_ = nullptr;
  if (state_ != State::open || statement == nullptr) return;
  try {
    closing_.push_back({statement, reads_rest});
  } catch (const std::bad_alloc&) {
    SQLFreeStmt(statement, SQL_CLOSE);
  }
}

}  // namespace psa::odbc
