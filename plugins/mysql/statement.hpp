// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <mysql.h>

#include <psa/driver.h>
#include <psa/sdk/parameters.hpp>

#include "bind.hpp"
#include "connection.hpp"
#include "row_batch.hpp"
#include "statement_kind.hpp"

namespace psa::mysql {

class Result;

/// One prepared statement: psa_statement. A result shares its ownership; one result is open at a time.
class Statement final : public std::enable_shared_from_this<Statement> {
 public:
  /// A statement that keeps itself alive until release().
  static Statement* prepare(Connection& connection, std::string_view sql);
  void release() noexcept;

  explicit Statement(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  /// Runs it, once for each row of parameters. The result keeps itself alive until its release().
  std::shared_ptr<Result> execute(const psa_execute& execute);

  Connection& connection() const noexcept { return *connection_; }
  MYSQL_STMT* handle() const noexcept { return handle_; }
  StatementKind kind() const noexcept { return kind_; }
  RowBatch& rows() noexcept { return rows_; }

  /// What a connection lost during this statement means.
  Connection::IfLost if_lost() const noexcept;
  /// Ends the call with the statement's last error.
  [[noreturn]] void fail();

 private:
  friend class BulkRun;

  void compile(std::string_view sql);
  void run_row(const ParameterBatch& batch, int64_t row);
  std::shared_ptr<Result> run_once();
  std::shared_ptr<Result> run_for_each_row();

  std::shared_ptr<Connection> connection_;
  std::shared_ptr<Statement> self_;
  MYSQL_STMT* handle_ = nullptr;  // NULL for a text without a statement
  StatementKind kind_ = StatementKind::other;
  bool changes_sql_mode_ = false;
  bool in_transaction_ = false;
  ParameterBatch parameters_;
  RowBinder binder_;
  RowBatch rows_;
};

}  // namespace psa::mysql
