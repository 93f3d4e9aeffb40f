// SPDX-License-Identifier: Apache-2.0
#include "bulk.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <psa/sdk/driver_error.hpp>

#include "client_extras.hpp"
#include "error.hpp"
#include "statement.hpp"

namespace psa::mysql {
namespace {

// One packet's worth: well below the smallest max_allowed_packet that servers come with, 16 MiB.
constexpr int64_t array_bytes = INT64_C(4) << 20;
constexpr int64_t array_rows = 50'000;
// As cheap one by one as by halves.
constexpr int64_t few_rows = 32;
constexpr char savepoint[] = "psa_execute_many";

}  // namespace

BulkRun::BulkRun(Statement& statement, const ParameterBatch& batch) : statement_(statement), batch_(batch) {}

bool BulkRun::fits_arrays() const {
  if (!statement_.connection().can_bind_arrays() || batch_.columns().empty()) return false;
  if (statement_.kind() != StatementKind::insert && statement_.kind() != StatementKind::change) return false;
  // A null column has no type to bind, a mixed one has several.
  return std::none_of(batch_.columns().begin(), batch_.columns().end(), [](const ParameterColumn& column) {
    return column.kind() == ParameterKind::mixed || column.kind() == ParameterKind::null;
  });
}

int64_t BulkRun::run() {
  const int64_t rows = batch_.rows();
  if (!fits_arrays()) return run_rows(0, rows);
  for (const ParameterColumn& column : batch_.columns()) {
    const auto type = ArrayColumn::type_for(column.kind());
    if (!type) return run_rows(0, rows);  // which refuses it by name
    columns_.emplace_back(*type, column.kind() == ParameterKind::unsigned_integer);
  }
  undoable_ = statement_.connection().in_transaction();
  int64_t total = 0;
  for (int64_t row = 0; row < rows;) {
    if (undoable_) statement_.connection().run(std::string("SAVEPOINT ") + savepoint);
    const int64_t end = fill(row, rows);
    total += run_array(row, end);
    row = end;
  }
  if (undoable_) statement_.connection().run(std::string("RELEASE SAVEPOINT ") + savepoint);
  return total;
}

int64_t BulkRun::fill(int64_t begin, int64_t limit) {
  limit = std::min(limit, begin + array_rows);
  for (ArrayColumn& column : columns_) column.clear(static_cast<size_t>(limit - begin));
  int64_t bytes = 0;
  int64_t row = begin;
  for (; row < limit && bytes < array_bytes; ++row) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      try {
        bytes += columns_[i].add(batch_.columns()[i], row, static_cast<int64_t>(i));
      } catch (DriverError& error) {
        error.parameter_row = row;
        error.with_parameter_column(static_cast<int64_t>(i));
        throw;
      }
    }
  }
  return row;
}

int64_t BulkRun::run_array(int64_t begin, int64_t end) {
  MYSQL_STMT* handle = statement_.handle();
  std::vector<MYSQL_BIND> binds(columns_.size(), MYSQL_BIND{});
  for (size_t i = 0; i < columns_.size(); ++i) columns_[i].bind(binds[i]);
  statement_.forget_binding();
  set_array_size(handle, static_cast<unsigned>(end - begin));
  const bool ok = mysql_stmt_bind_param(handle, binds.data()) == 0 && mysql_stmt_execute(handle) == 0;
  const int64_t count = ok ? affected() : 0;
  const DriverError error = ok ? DriverError(PSA_OK, 0, "") : last_error(handle);
  set_array_size(handle, 0);
  if (ok) return count;
  const bool stopped = statement_.connection().waiter().stop() != Waiter::Stop::no;
  if (!undoable_ || stopped || error.status == PSA_OUT_OF_MEMORY ||
      (error.flags & (PSA_ERROR_CONNECTION_LOST | PSA_ERROR_RETRYABLE)) != 0)
    statement_.connection().fail(error, statement_.if_lost());
  Connection& connection = statement_.connection();
  connection.run(std::string("ROLLBACK TO SAVEPOINT ") + savepoint);
  // Tables without transactions keep what was done: again would be twice.
  if (mysql_warning_count(connection.handle()) != 0) connection.fail(error);
  return run_halves(begin, end);
}

// Closes in on the row that fails; rows before it are done when it is met.
int64_t BulkRun::run_halves(int64_t begin, int64_t end) {
  if (end - begin <= few_rows) return run_rows(begin, end);
  const int64_t middle = begin + (end - begin) / 2;
  fill(begin, middle);
  const int64_t first = run_array(begin, middle);
  statement_.connection().run(std::string("SAVEPOINT ") + savepoint);
  fill(middle, end);
  return first + run_array(middle, end);
}

int64_t BulkRun::run_rows(int64_t begin, int64_t end) {
  int64_t total = 0;
  for (int64_t row = begin; row < end; ++row) {
    try {
      statement_.run_row(batch_, row);
      total += affected();
    } catch (DriverError& error) {
      error.parameter_row = row;
      throw;
    }
    statement_.connection().look_at_clock();
  }
  return total;
}

// Counts, and discards rows: RETURNING, a procedure's.
int64_t BulkRun::affected() {
  MYSQL_STMT* handle = statement_.handle();
  if (mysql_stmt_field_count(handle) != 0) {
    if (mysql_stmt_store_result(handle) != 0) statement_.fail(Cursor(handle));
    const auto rows = static_cast<int64_t>(mysql_stmt_num_rows(handle));
    mysql_stmt_free_result(handle);
    return only_reads(statement_.kind()) ? 0 : rows;
  }
  const auto count = static_cast<int64_t>(mysql_stmt_affected_rows(handle));
  return count < 0 ? 0 : count;
}

}  // namespace psa::mysql
