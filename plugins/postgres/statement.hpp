// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <psa/driver.h>
#include <psa/sdk/parameters.hpp>

#include "bind.hpp"
#include "connection.hpp"
#include "row_batch.hpp"

namespace psa::postgres {

class Result;

/// One statement, prepared on the server: psa_statement. Results share its ownership.
class Statement final : public std::enable_shared_from_this<Statement> {
 public:
  Statement(std::shared_ptr<Connection> connection, std::string sql, uint32_t flags);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();
  void release() noexcept { const auto last = std::exchange(self_, nullptr); }

  // Operations.
  static Task<> prepare(std::shared_ptr<Connection> connection, const psa_string* sql, uint32_t flags,
                        psa_statement** out);
  static Task<> execute(std::shared_ptr<Statement> self, const psa_execute* execute, psa_result** out);
  static Task<> describe_parameters(std::shared_ptr<Statement> self, ArrowSchema* out);

  // For those who run statements of their own.
  Task<> make_ready();
  const std::vector<const Type*>& parameter_types() const noexcept { return parameter_types_; }
  /// Runs it with parameters that have been read already.
  static Task<> run(std::shared_ptr<Statement> self, const psa_execute* execute, psa_result** out);

  // For results.
  Connection& connection() const noexcept { return *connection_; }
  Session& session() const noexcept { return connection_->session(); }
  std::string_view sql() const noexcept { return sql_; }
  /// The columns of the result being read; for several statements in one text, of the present one.
  RowBatch* rows() noexcept { return rows_ ? &*rows_ : nullptr; }
  void set_columns(const PGresult* result, bool binary);
  /// The outcome of this run was lost with the connection.
  void note_lost(DriverError& error) const noexcept;

 private:
  /// What came first of an execution.
  struct Begun {
    ResultHandle first;
    bool pipelined = false;
  };

  Task<> prepare_on_server();
  Task<Begun> begin_run(bool rows_expected);
  Task<> run_once(psa_result** out);
  Task<> run_for_each_row(psa_result** out);
  /// All rows by COPY. False where it can't be or has failed: nothing has been changed then.
  Task<bool> run_as_copy(psa_result** out);
  Task<> run_several(psa_result** out);
  /// It will be prepared anew, under another name.
  void forget();
  [[noreturn]] void refuse_copy() const;
  bool must_prepare_again(const DriverError& error) const noexcept;

  std::shared_ptr<Connection> connection_;
  std::shared_ptr<Statement> self_;
  std::string sql_;
  std::string name_;
  uint32_t flags_;
  bool prepared_ = false;
  bool writes_;
  bool autocommitted_ = false;  // the present run
  std::vector<const Type*> parameter_types_;
  ParameterBatch parameters_;
  ParameterSet set_;
  bool binary_ = true;
  std::optional<RowBatch> rows_;
};

}  // namespace psa::postgres
