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

/// One statement: psa_statement. A result shares its ownership; one result is open at a time.
///
/// A text without placeholders is prepared when it first runs, in the same round trip. One that the server
/// can't prepare, or that holds several statements, is run as it is.
class Statement final : public HostHeld<Statement> {
 public:
  /// @param flags  of statement_prepare
  static std::shared_ptr<Statement> prepare(Connection& connection, std::string_view sql, uint32_t flags);

  explicit Statement(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  /// Parses the text, or puts that off. @throws DriverError
  void compile(std::string_view sql, uint32_t flags);
  /// Runs it, once for each row of parameters.
  std::shared_ptr<Result> execute(const psa_execute& execute);

  /// Runs it once for each row, inside of a transaction. @return rows affected
  int64_t load(const psa_execute& rows);

  Connection& connection() const noexcept { return *connection_; }
  MYSQL_STMT* handle() const noexcept { return handle_; }
  StatementKind kind() const noexcept { return kind_; }
  RowBatch& rows() noexcept { return rows_; }

  /// What a connection lost during this statement means.
  Connection::IfLost if_lost() const noexcept;
  /// Ends the call with the last error of a run.
  [[noreturn]] void fail(const Cursor& cursor) { fail(cursor, if_lost()); }
  [[noreturn]] void fail(const Cursor& cursor, Connection::IfLost if_lost);

 private:
  friend class BulkRun;

  enum class Form : uint8_t {
    nothing,     // a text without a statement
    unprepared,  // not yet
    prepared,
    text,  // as it is
  };

  void parse();
  bool cannot_prepare(const Cursor& failed);
  void check_parameters() const;
  void run_row(const ParameterBatch& batch, int64_t row);
  /// Other parameters were bound to handle().
  void forget_binding() noexcept { binder_.forget(); }
  std::shared_ptr<Result> run_once();
  std::shared_ptr<Result> run_text();
  std::shared_ptr<Result> run_for_each_row();

  std::shared_ptr<Connection> connection_;
  std::string sql_;
  MYSQL_STMT* handle_ = nullptr;
  Form form_ = Form::nothing;
  StatementKind kind_ = StatementKind::other;
  bool several_ = false;
  bool changes_sql_mode_ = false;
  bool in_transaction_ = false;
  ParameterBatch parameters_;
  RowBinder binder_;
  RowBatch rows_;
};

}  // namespace psa::mysql
