// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include <sqlite3.h>

#include <psa/driver.h>
#include <psa/sdk/parameters.hpp>

#include "connection.hpp"
#include "row_batch.hpp"
#include "statement_kind.hpp"

namespace psa::sqlite {

class Result;

/// One prepared statement: psa_statement. A result shares its ownership; one result is open at a time.
class Statement final : public HostHeld<Statement> {
 public:
  /// Compiles the text. @param flags  of statement_prepare
  static std::shared_ptr<Statement> prepare(Connection& connection, std::string_view sql, uint32_t flags,
                                            int64_t deadline);

  explicit Statement(std::shared_ptr<Connection> connection);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  /// Runs it; the caller owns the result.
  std::unique_ptr<Result> execute(const psa_execute& execute, int64_t deadline);

  /// Ends the open result, if there is one; it has no more rows then.
  void end_result() noexcept;
  /// The connection goes: lets go of SQLite's statement.
  void detach() noexcept;

  /// For the open result. Steps to the next row.
  int step() noexcept { return sqlite3_step(handle_); }
  /// Rows changed by the run that has just been completed, -1 if it does not count any.
  int64_t changes() const noexcept;
  /// The open result is over: the statement may run again.
  void close_result() noexcept;
  sqlite3_stmt* handle() const noexcept { return handle_; }
  Connection& connection() const noexcept { return *connection_; }
  RowBatch& rows() noexcept { return rows_; }
  const std::shared_ptr<const ResultColumns>& columns() const noexcept { return columns_; }

 private:
  void compile(std::string_view sql, uint32_t flags);
  void refuse_more_than_one(const char* rest, const char* end);
  std::unique_ptr<Result> run_once();
  std::unique_ptr<Result> run_for_each_row();
  void note_columns();
  [[noreturn]] void fail(int code);

  std::shared_ptr<Connection> connection_;
  sqlite3_stmt* handle_ = nullptr;  // NULL for a text without a statement
  StatementKind kind_ = StatementKind::other;
  bool read_only_ = true;
  bool counts_ = false;
  bool detached_ = false;
  int64_t text_begin_ = 0;
  int times_compiled_ = -1;
  Result* result_ = nullptr;
  ParameterBatch parameters_;
  RowBatch rows_;
  std::shared_ptr<const ResultColumns> columns_;
};

}  // namespace psa::sqlite
