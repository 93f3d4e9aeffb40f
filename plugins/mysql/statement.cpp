// SPDX-License-Identifier: Apache-2.0
#include "statement.hpp"

#include <new>
#include <utility>

#include "bulk.hpp"
#include "client_extras.hpp"
#include "error.hpp"
#include "error_message.hpp"
#include "own_transaction.hpp"
#include "result.hpp"

namespace psa::mysql {
namespace {

constexpr unsigned empty_query = 1065;
constexpr unsigned not_preparable = 1295;
constexpr unsigned other_columns = 2057;  // of the client: CR_NEW_STMT_METADATA

bool mentions_sql_mode(std::string_view sql) {
  for (size_t i = 0; i + 8 <= sql.size(); ++i) {
    bool same = true;
    for (size_t j = 0; same && j < 8; ++j)
      same = (sql[i + j] | (j == 3 ? 0 : 0x20)) == std::string_view("sql_mode")[j];
    if (same) return true;
  }
  return false;
}

// Whether anything stands behind a semicolon: enough to tell that a text may hold several statements.
bool may_be_several(std::string_view sql) {
  const size_t at = sql.find(';');
  return at != std::string_view::npos && sql.find_first_not_of("; \t\r\n", at) != std::string_view::npos;
}

// "SELECT 1", as pools and monitors ask: the server spends less on it where it need not prepare it, and its
// answer is the same in either form.
bool asks_for_a_number(std::string_view sql) {
  return statement_kind(sql) == StatementKind::reads && sql.size() > 6 &&
         sql.find_first_not_of("0123456789 ;", 6) == std::string_view::npos;
}

}  // namespace

std::shared_ptr<Statement> Statement::prepare(Connection& connection, std::string_view sql, uint32_t flags) {
  connection.before_command();
  auto statement = std::make_shared<Statement>(connection.shared_from_this());
  statement->compile(sql, flags);
  return statement;
}

void Statement::compile(std::string_view sql, uint32_t flags) {
  if ((flags & ~(PSA_PREPARE_ONCE | PSA_PREPARE_SEVERAL)) != 0)
    throw invalid_argument("unknown flags of prepare");
  if (const size_t at = sql.find('\0'); at != std::string_view::npos) {
    DriverError error(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING,
                      "the SQL text contains a NUL character");
    error.sql_offset = static_cast<int64_t>(at);
    throw error;
  }
  kind_ = statement_kind(sql);
  changes_sql_mode_ = kind_ == StatementKind::sets && mentions_sql_mode(sql);
  if (sql.empty()) return;
  sql_ = sql;
  const bool has_placeholder = sql.find('?') != std::string_view::npos;
  several_ = ((flags & PSA_PREPARE_SEVERAL) != 0 || connection_->settings().multi_statements) &&
             !has_placeholder && may_be_several(sql);
  if (several_) {
    form_ = Form::text;
    kind_ = StatementKind::calls;
    changes_sql_mode_ = false;
    return;
  }
  form_ = asks_for_a_number(sql) ? Form::text : Form::unprepared;
  if (form_ == Form::unprepared && (has_placeholder || !can_prepare_and_run(connection_->handle()))) parse();
}

void Statement::parse() {
  if (handle_ == nullptr) handle_ = mysql_stmt_init(connection_->handle());
  if (handle_ == nullptr) throw std::bad_alloc();
  rows_.unbind();
  binder_.forget();
  if (mysql_stmt_prepare(handle_, sql_.data(), sql_.size()) == 0)
    form_ = Form::prepared;
  else if (!cannot_prepare(Cursor(handle_)))
    fail(Cursor(handle_), Connection::IfLost::not_applied);
}

// Whether the statement is none, or has to run as it is.
bool Statement::cannot_prepare(const Cursor& failed) {
  const unsigned number = mysql_stmt_errno(failed.statement());
  if (number != empty_query && number != not_preparable) return false;
  form_ = number == empty_query ? Form::nothing : Form::text;  // comments alone do nothing
  connection_->close_later(std::exchange(handle_, nullptr));
  return true;
}

Statement::~Statement() { connection_->close_later(handle_); }

Connection::IfLost Statement::if_lost() const noexcept {
  return only_reads(kind_) || in_transaction_ ? Connection::IfLost::not_applied
                                              : Connection::IfLost::maybe_applied;
}

void Statement::fail(const Cursor& cursor, Connection::IfLost if_lost) {
  DriverError error = cursor.error();
  error.sql_offset = error_offset(static_cast<unsigned>(error.vendor_code), error.message, sql_);
  connection_->fail(std::move(error), if_lost);
}

void Statement::check_parameters() const {
  const size_t given = parameters_.columns().size();
  const size_t wanted = form_ == Form::prepared ? mysql_stmt_param_count(handle_) : 0;
  if (wanted != given)
    throw DriverError(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING,
                      "the statement has " + std::to_string(wanted) + " placeholders, and " +
                          std::to_string(given) + " parameters were given");
  if (parameters_.rows() < 1) throw invalid_argument("a batch of parameters needs at least one row");
}

std::shared_ptr<Result> Statement::execute(const psa_execute& execute) {
  connection_->before_command();
  parameters_.open(execute);
  check_parameters();
  // Preparing and running in one go is for a statement that runs once.
  if (parameters_.rows() > 1 && form_ == Form::unprepared) parse();
  if (parameters_.rows() > 1 && form_ == Form::text)
    throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED,
                      "this statement cannot be prepared, and so runs once, not once for each row");
  if (form_ == Form::nothing) return Result::finished(shared_from_this(), PSA_RESULT_NONE, -1, 0);
  connection_->transaction().before_statement();
  in_transaction_ = connection_->in_transaction();
  auto result = parameters_.rows() == 1 ? run_once() : run_for_each_row();
  if (changes_sql_mode_) connection_->refresh_sql_mode();
  return result;
}

int64_t Statement::load(const psa_execute& rows) {
  parameters_.open(rows);
  check_parameters();
  in_transaction_ = true;
  const int64_t total = BulkRun(*this, parameters_).run();
  connection_->tell_warnings(kind_, Cursor(handle_).warnings());
  return total;
}

void Statement::run_row(const ParameterBatch& batch, int64_t row) {
  for (bool again = only_reads(kind_);; again = false) {
    binder_.bind(handle_, batch, row);
    if (mysql_stmt_execute(handle_) == 0) return;
    if (mysql_stmt_errno(handle_) != other_columns) fail(Cursor(handle_));
    // A table was altered, and the library cannot read what the statement gives now. One that writes has
    // done so: it must not run again.
    const DriverError error = last_error(handle_);
    mysql_stmt_close(std::exchange(handle_, nullptr));
    parse();
    if (!again || form_ != Form::prepared) throw error;
  }
}

std::shared_ptr<Result> Statement::run_once() {
  if (form_ == Form::unprepared) {
    if (handle_ == nullptr) handle_ = mysql_stmt_init(connection_->handle());
    if (handle_ == nullptr) throw std::bad_alloc();
    if (prepare_and_run(handle_, sql_))
      form_ = Form::prepared;
    else if (!cannot_prepare(Cursor(handle_)))
      fail(Cursor(handle_));
    if (form_ == Form::nothing) return Result::finished(shared_from_this(), PSA_RESULT_NONE, -1, 0);
  } else if (form_ == Form::prepared) {
    run_row(parameters_, 0);
  }
  return form_ == Form::text ? run_text() : Result::after_execute(shared_from_this(), Cursor(handle_));
}

std::shared_ptr<Result> Statement::run_text() {
  connection_->allow_several(several_ || connection_->settings().multi_statements);
  const Cursor session(connection_->handle());
  if (mysql_real_query(connection_->handle(), sql_.data(), sql_.size()) != 0) fail(session);
  return Result::after_execute(shared_from_this(), session);
}

std::shared_ptr<Result> Statement::run_for_each_row() {
  const auto run_all = [this] {
    in_transaction_ = connection_->in_transaction();
    return BulkRun(*this, parameters_).run();
  };
  const bool writes = kind_ == StatementKind::insert || kind_ == StatementKind::change;
  const int64_t total = writes && !in_transaction_ ? in_own_transaction(*connection_, run_all) : run_all();
  connection_->tell_warnings(kind_, Cursor(handle_).warnings());
  const bool counts = counts_rows(kind_);
  return Result::finished(shared_from_this(), counts ? PSA_RESULT_COUNT : PSA_RESULT_NONE,
                          counts ? total : -1, 0);
}

}  // namespace psa::mysql
