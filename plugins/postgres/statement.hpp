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
class Statement final : public HostHeld<Statement> {
 public:
  Statement(std::shared_ptr<Connection> connection, std::string sql, uint32_t flags);
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Operations.
  static Task<std::shared_ptr<Statement>> prepare(Connection& connection, std::string_view sql,
                                                  uint32_t flags);
  /// Not a coroutine where one is enough: a query for one row is most often all there is to do.
  Task<std::shared_ptr<Result>> execute(const psa_execute& execute);
  Task<ArrowSchema> parameters();

  // For those who run statements of their own.
  Task<> make_ready();
  const std::vector<const Type*>& parameter_types() const noexcept { return parameter_types_; }
  /// Runs it on a connection that has been entered.
  Task<std::shared_ptr<Result>> run(const psa_execute& execute);

  // For results.
  Connection& connection() const noexcept { return *connection_; }
  Session& session() const noexcept { return connection_->session(); }
  std::string_view sql() const noexcept { return sql_; }
  /// The columns of the result being read; for several statements in one text, of the present one.
  RowBatch* rows() noexcept { return rows_ ? &*rows_ : nullptr; }
  void set_columns(const PGresult* result, bool binary);

 private:
  /// The nameless statement belongs to whoever prepared last.
  bool is_ready() const noexcept { return prepared_ && !name_.empty(); }
  Task<> prepare_on_server();
  Task<std::shared_ptr<Result>> enter_and_execute(const psa_execute& execute);
  Task<std::shared_ptr<Result>> run_slowly();
  void check_parameter_count();
  /// Before this run is sent.
  void note_sending() noexcept;
  bool send();
  /// Sends the transaction's beginning in front of the statement, and reads what the server says of that.
  Task<> send_with_begin();
  Task<std::shared_ptr<Result>> run_once();
  Task<std::shared_ptr<Result>> run_for_each_row();
  /// All rows by COPY. NULL where it can't be or has failed: nothing has been changed then.
  Task<std::shared_ptr<Result>> run_as_copy();
  Task<std::shared_ptr<Result>> run_several();
  /// It will be prepared anew, under another name.
  void forget();
  [[noreturn]] void refuse_copy() const;
  bool must_prepare_again(const DriverError& error) const noexcept;

  std::shared_ptr<Connection> connection_;
  std::string sql_;
  std::string name_;
  uint32_t flags_;
  bool described_;  // else the types of parameters and columns are not known beforehand
  bool prepared_ = false;
  bool writes_;
  bool commits_;
  std::vector<const Type*> parameter_types_;
  ParameterBatch parameters_;
  ParameterSet set_;
  bool binary_ = true;
  std::optional<RowBatch> rows_;
};

}  // namespace psa::postgres
