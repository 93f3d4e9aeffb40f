// SPDX-License-Identifier: Apache-2.0
#include "statement.hpp"

#include <new>
#include <utility>

#include "bulk.hpp"
#include "error.hpp"
#include "result.hpp"

namespace psa::mysql {
namespace {

constexpr unsigned empty_query = 1065;

bool mentions_sql_mode(std::string_view sql) {
  for (size_t i = 0; i + 8 <= sql.size(); ++i) {
    bool same = true;
    for (size_t j = 0; same && j < 8; ++j)
      same = (sql[i + j] | (j == 3 ? 0 : 0x20)) == std::string_view("sql_mode")[j];
    if (same) return true;
  }
  return false;
}

}  // namespace

Statement* Statement::prepare(Connection& connection, std::string_view sql) {
  connection.before_command();
  auto statement = std::make_shared<Statement>(connection.shared_from_this());
  statement->compile(sql);
  statement->self_ = statement;
  return statement.get();
}

void Statement::compile(std::string_view sql) {
  if (const size_t at = sql.find('\0'); at != std::string_view::npos) {
    DriverError error(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING,
                      "the SQL text contains a NUL character");
    error.sql_offset = static_cast<int64_t>(at);
    throw error;
  }
  kind_ = statement_kind(sql);
  changes_sql_mode_ = kind_ == StatementKind::sets && mentions_sql_mode(sql);
  if (sql.empty()) return;
  handle_ = mysql_stmt_init(connection_->handle());
  if (handle_ == nullptr) throw std::bad_alloc();
  if (mysql_stmt_prepare(handle_, sql.data(), sql.size()) == 0) return;
  // Comments alone are a statement that does nothing.
  if (mysql_stmt_errno(handle_) != empty_query) connection_->fail(last_error(handle_));
  mysql_stmt_close(std::exchange(handle_, nullptr));
}

Statement::~Statement() { connection_->close_later(handle_); }

void Statement::release() noexcept { const auto last = std::exchange(self_, nullptr); }

Connection::IfLost Statement::if_lost() const noexcept {
  return kind_ == StatementKind::reads || in_transaction_ ? Connection::IfLost::not_applied
                                                          : Connection::IfLost::maybe_applied;
}

void Statement::fail() {
  // While rows are read the library notes some errors with the session only.
  MYSQL* session = connection_->handle();
  connection_->fail(mysql_stmt_errno(handle_) != 0 ? last_error(handle_) : last_error(session), if_lost());
}

std::shared_ptr<Result> Statement::execute(const psa_execute& execute) {
  connection_->before_command();
  parameters_.open(execute);
  if (execute.flags != 0) throw invalid_argument("unknown flags of execute");
  const size_t wanted = handle_ == nullptr ? 0 : mysql_stmt_param_count(handle_);
  if (wanted != parameters_.columns().size())
    throw DriverError(PSA_INVALID_ARGUMENT, PSA_CATEGORY_PROGRAMMING,
                      "the statement has " + std::to_string(wanted) + " placeholders, and " +
                          std::to_string(parameters_.columns().size()) + " parameters were given");
  if (parameters_.rows() < 1) throw invalid_argument("a batch of parameters needs at least one row");
  if (handle_ == nullptr) return Result::finished(shared_from_this(), PSA_RESULT_NONE, -1, 0);
  connection_->transaction().before_statement();
  in_transaction_ = connection_->in_transaction();
  auto result = parameters_.rows() == 1 ? run_once() : run_for_each_row();
  if (changes_sql_mode_) connection_->refresh_sql_mode();
  return result;
}

void Statement::run_row(const ParameterBatch& batch, int64_t row) {
  if (!batch.columns().empty() && mysql_stmt_bind_param(handle_, binder_.bind(batch, row)) != 0)
    throw last_error(handle_);
  if (mysql_stmt_execute(handle_) != 0) {
    if (mysql_stmt_errno(handle_) == empty_query) return;
    fail();
  }
}

std::shared_ptr<Result> Statement::run_once() {
  run_row(parameters_, 0);
  if (mysql_stmt_errno(handle_) == empty_query)
    return Result::finished(shared_from_this(), PSA_RESULT_NONE, -1, 0);
  return Result::after_execute(shared_from_this());
}

std::shared_ptr<Result> Statement::run_for_each_row() {
  const int64_t total = BulkRun(*this, parameters_).run();
  const bool counts =
      kind_ == StatementKind::insert || kind_ == StatementKind::change || kind_ == StatementKind::calls;
  return Result::finished(shared_from_this(), counts ? PSA_RESULT_COUNT : PSA_RESULT_NONE,
                          counts ? total : -1, 0);
}

}  // namespace psa::mysql
