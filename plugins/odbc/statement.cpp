// SPDX-License-Identifier: Apache-2.0
#include "statement.hpp"

#include <utility>

#include <sqlext.h>
#include <sqlucode.h>

#include <psa/sdk/first_word.hpp>
#include <psa/sdk/utf8.hpp>

#include "error.hpp"
#include "parameter_array.hpp"
#include "result.hpp"

namespace psa::odbc {
namespace {

constexpr int64_t not_preparable = 1295;  // of MySQL
constexpr size_t longest_text = 1 << 30;

}  // namespace

std::shared_ptr<Statement> Statement::prepare(Connection& connection, std::string_view sql, uint32_t flags,
                                              int64_t deadline) {
  const Connection::Running running(connection, deadline);
  connection.before_command();
  auto statement = std::make_shared<Statement>(connection.shared_from_this());
  statement->compile(sql, flags);
  connection.add(*statement);
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
  if (sql.size() > longest_text)
    throw DriverError(PSA_INVALID_ARGUMENT, PSA_CATEGORY_DATA, "the SQL text is too long");
  if (!valid_utf8(reinterpret_cast<const uint8_t*>(sql.data()), sql.size()))
    throw DriverError(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING, "the SQL text is not UTF-8");
  const Dbms& dbms = *connection_->facts().dbms;
  kind_ = statement_kind(sql, dbms.lexical);
  if (kind_ == StatementKind::nothing) return;
  const bool several = (flags & PSA_PREPARE_SEVERAL) != 0 || connection_->settings().multi_statements;
  if (dbms.splits_texts && !several && kind_ != StatementKind::makes && holds_several(sql, dbms.lexical))
    throw DriverError(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING,
                      "You can only execute one statement at a time.")
        .with_hint(
            "execute them one after the other, in a transaction if they belong together; or set the option "
            "multi_statements");
  sql_ = sql;
  handle_ = connection_->new_statement();
  rows_.prepare(*connection_, handle_);
  parse();
}

void Statement::parse() {
  binder_.forget();
  rows_.forget_plan();
  const SQLRETURN code =
      connection_->aimed(handle_, [&] { return connection_->prepare_text(handle_, sql_); });
  if (SQL_SUCCEEDED(code)) return;
  DriverError error = connection_->error_of(SQL_HANDLE_STMT, handle_);
  direct_ = connection_->facts().dbms->kind == DbmsKind::mysql && error.vendor_code == not_preparable;
  if (!direct_) throw error;
}

Statement::~Statement() {
  connection_->remove(*this);
  connection_->free_later(handle_);
}

void Statement::check_parameters() {
  if (parameter_count_ < 0) {
    SQLSMALLINT count = 0;
    parameter_count_ =
        handle_ != nullptr && !direct_ && SQL_SUCCEEDED(SQLNumParams(handle_, &count)) ? count : 0;
  }
  const size_t given = parameters_.columns().size();
  if (static_cast<size_t>(parameter_count_) != given)
    throw DriverError(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING,
                      "the statement has " + std::to_string(parameter_count_) + " placeholders, and " +
                          std::to_string(given) + " parameters were given");
}

std::shared_ptr<Result> Statement::execute(const psa_execute& execute, int64_t deadline) {
  const Connection::Running running(*connection_, deadline);
  connection_->before_command();
  parameters_.open(execute);
  check_parameters();
  if (kind_ == StatementKind::nothing) return Result::finished(shared_from_this(), PSA_RESULT_NONE, -1);
  Transaction& transaction = connection_->transaction();
  if (transaction.takes_over(kind_)) {
    // As SQL, the ODBC driver would not notice it, and go on as if nothing had happened.
    std::string_view sql = sql_;
    if (kind_ == StatementKind::begins)
      transaction.begin({PSA_INIT(psa_begin), PSA_ISOLATION_DEFAULT, 0, 0});
    else if (is_word(take_first_word(sql, connection_->facts().dbms->lexical), "ROLLBACK"))
      transaction.rollback();
    else
      transaction.commit();
    return Result::finished(shared_from_this(), PSA_RESULT_NONE, -1);
  }
  transaction.before_statement();
  auto result = parameters_.rows() == 1 ? run_once() : run_for_each_row();
  transaction.after_statement(kind_);
  return result;
}

SQLRETURN Statement::run_bound() {
  const bool reads = kind_ == StatementKind::reads;
  const bool may_be_applied = !reads && !connection_->transaction().is_open();
  for (bool again = true;; again = false) {
    const SQLRETURN code = connection_->aimed(
        handle_, [&] { return direct_ ? connection_->execute_text(handle_, sql_) : SQLExecute(handle_); });
    if (SQL_SUCCEEDED(code) || code == SQL_NO_DATA) {
      if (code == SQL_SUCCESS_WITH_INFO) connection_->tell_notices(handle_);
      if (reads && connection_->facts().dbms->answers_interrupted_sleeps &&
          connection_->canceller()->stopped() != Canceller::Stop::no) {
        SQLFreeStmt(handle_, SQL_CLOSE);
        connection_->canceller()->check();
      }
      return code;
    }
    DriverError error = connection_->error_of(SQL_HANDLE_STMT, handle_, may_be_applied);
    SQLFreeStmt(handle_, SQL_CLOSE);
    if (error.status == PSA_CANCELLED || error.status == PSA_DEADLINE) spend();
    if (!again || !is_stale_plan(error, connection_->facts().dbms->kind, reads)) throw error;
    parse();
  }
}

void Statement::renew() {
  SQLHSTMT const fresh = connection_->new_statement();
  connection_->free_later(std::exchange(handle_, fresh));
  rows_.forget_binding();
  rows_.prepare(*connection_, handle_);
  parse();
  spent_ = false;
}

SQLRETURN Statement::run_row(const ParameterBatch& batch, int64_t row) {
  if (spent_) renew();
  if (std::exchange(has_run_, true) && kind_ == StatementKind::reads &&
      connection_->facts().dbms->keeps_columns)
    parse();
  binder_.bind(*connection_, handle_, batch, row);
  return run_bound();
}

std::shared_ptr<Result> Statement::run_once() {
  run_row(parameters_, 0);
  return Result::after_execute(shared_from_this());
}

int64_t Statement::count_and_discard() {
  int64_t total = 0;
  for (;;) {
    SQLSMALLINT columns = 0;
    SQLNumResultCols(handle_, &columns);
    SQLLEN count = 0;
    if (columns == 0 && SQL_SUCCEEDED(SQLRowCount(handle_, &count)) && count > 0) total += count;
    if (columns > 0) {
      if (counts_rows(kind_) && SQL_SUCCEEDED(SQLRowCount(handle_, &count)) && count > 0) total += count;
      while (SQL_SUCCEEDED(SQLFetch(handle_))) {
      }
    }
    if (!connection_->facts().has_several_results) break;
    const SQLRETURN code = SQLMoreResults(handle_);
    if (code == SQL_NO_DATA) return total;
    if (!SQL_SUCCEEDED(code)) connection_->fail(SQL_HANDLE_STMT, handle_);
  }
  SQLFreeStmt(handle_, SQL_CLOSE);
  return total;
}

int64_t Statement::run_one_by_one() {
  int64_t total = 0;
  for (int64_t row = 0; row < parameters_.rows(); ++row) {
    try {
      if (run_row(parameters_, row) != SQL_NO_DATA) total += count_and_discard();
    } catch (DriverError& error) {
      error.parameter_row = row;
      throw;
    }
  }
  return total;
}

std::shared_ptr<Result> Statement::run_for_each_row() {
  const int64_t total =
      ParameterArray::fits(*this, parameters_) ? ParameterArray(*this, parameters_).run() : run_one_by_one();
  const bool counts = counts_rows(kind_);
  return Result::finished(shared_from_this(), counts ? PSA_RESULT_COUNT : PSA_RESULT_NONE,
                          counts ? total : -1);
}

}  // namespace psa::odbc
