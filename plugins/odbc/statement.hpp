// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <sql.h>

#include <psa/driver.h>
#include <psa/sdk/host_held.hpp>
#include <psa/sdk/parameters.hpp>

#include "bind.hpp"
#include "connection.hpp"
#include "row_batch.hpp"
#include "statement_kind.hpp"

namespace psa::odbc {

class Result;

/// One prepared statement: psa_statement. A result shares its ownership; one result is open at a time.
class Statement final : public HostHeld<Statement> {
 public:
  /// @param flags  of statement_prepare
  static std::shared_ptr<Statement> prepare(Connection& connection, std::string_view sql, uint32_t flags,
                                            int64_t deadline);

  explicit Statement(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  std::shared_ptr<Result> execute(const psa_execute& execute, int64_t deadline);

  /// The session goes, and the handle with it.
  void detach() noexcept { handle_ = nullptr; }

  Connection& connection() const noexcept { return *connection_; }
  SQLHSTMT handle() const noexcept { return handle_; }
  StatementKind kind() const noexcept { return kind_; }
  RowBatch& rows() noexcept { return rows_; }

  /// Runs it once with a row of parameters. @return SQL_SUCCESS, SQL_SUCCESS_WITH_INFO, or SQL_NO_DATA for no
  /// row changed. @throws DriverError
  SQLRETURN run_row(const ParameterBatch& batch, int64_t row);
  /// Runs it with what is bound.
  SQLRETURN run_bound();
  /// Leaves the results of a run unread. @return the rows that they count
  int64_t count_and_discard();

  /// It was stopped: MariaDB's client waits for ever for the rest of its rows if it is executed again, so
  /// that the next run prepares another one.
  void spend() noexcept { spent_ = true; }

  /// The next row of parameters is bound anew.
  void forget_bound_parameters() noexcept { binder_.forget(); }
  /// Whether the columns of a run are those of the one before: else it fails, and is prepared anew.
  bool keeps_plan() const noexcept { return parameter_count_ > 0 && connection_->facts().keeps_plans; }

  /// For results of the driver's own making.
  void set_ready_schema(ArrowSchema (*make)(uint32_t), uint32_t kind) noexcept {
    make_ready_ = make;
    ready_kind_ = kind;
  }
  ArrowSchema make_ready_schema() const { return make_ready_(ready_kind_); }

 private:
  void compile(std::string_view sql, uint32_t flags);
  void parse();
  void renew();
  void check_parameters();
  std::shared_ptr<Result> run_once();
  std::shared_ptr<Result> run_for_each_row();
  int64_t run_one_by_one();

  std::shared_ptr<Connection> connection_;
  std::string sql_;
  SQLHSTMT handle_ = nullptr;
  StatementKind kind_ = StatementKind::nothing;
  bool direct_ = false;  // it can't be prepared, and runs as it is
  bool has_run_ = false;
  bool spent_ = false;
  int parameter_count_ = -1;
  ParameterBatch parameters_;
  ParameterBinder binder_;
  RowBatch rows_;
  ArrowSchema (*make_ready_)(uint32_t) = nullptr;
  uint32_t ready_kind_ = 0;
};

}  // namespace psa::odbc
