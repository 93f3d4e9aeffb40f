// SPDX-License-Identifier: Apache-2.0
#include "parameter_array.hpp"

#include <algorithm>
#include <string>

#include <sqlext.h>
#include <sqlucode.h>

#include <psa/sdk/driver_error.hpp>

#include "connection.hpp"
#include "statement.hpp"

namespace psa::odbc {
namespace {

constexpr int64_t rows_of_an_array = 1000;
constexpr size_t bytes_of_an_array = 4 << 20;
constexpr const char* savepoint_name = "psa_array";
// No ODBC driver's status: those that it does not write are known by it.
constexpr SQLUSMALLINT unwritten = 0x7FFF;

}  // namespace

bool ParameterArray::fits(const Statement& statement, const ParameterBatch& batch) {
  const Facts& facts = statement.connection().facts();
  if (facts.arrays == Facts::Arrays::none || statement.kind() != StatementKind::writes ||
      batch.columns().empty())
    return false;
  if (facts.dbms->savepoint == nullptr) return false;  // a failure could not be undone
  return std::none_of(batch.columns().begin(), batch.columns().end(),
                      [](const ParameterColumn& column) { return column.kind() == ParameterKind::mixed; });
}

ParameterArray::ParameterArray(Statement& statement, const ParameterBatch& batch)
    : statement_(statement), batch_(batch) {
  for (size_t i = 0; i < batch.columns().size(); ++i) {
    try {
      columns_.push_back({parameter_type(batch.columns()[i], statement.connection().facts()), 0, {}, {}});
    } catch (DriverError& error) {
      error.with_parameter_column(static_cast<int64_t>(i));
      throw;
    }
  }
}

void ParameterArray::set_array_size(int64_t rows) {
  SQLSetStmtAttrW(statement_.handle(), SQL_ATTR_PARAMSET_SIZE, reinterpret_cast<SQLPOINTER>(rows), 0);
}

int64_t ParameterArray::run() {
  Connection& connection = statement_.connection();
  SQLHSTMT const handle = statement_.handle();
  statuses_.resize(rows_of_an_array);
  SQLSetStmtAttrW(handle, SQL_ATTR_PARAMS_PROCESSED_PTR, &processed_, 0);
  SQLSetStmtAttrW(handle, SQL_ATTR_PARAM_STATUS_PTR, statuses_.data(), 0);
  const auto put_back = [&] {
    set_array_size(1);
    SQLSetStmtAttrW(handle, SQL_ATTR_PARAMS_PROCESSED_PTR, nullptr, 0);
    SQLSetStmtAttrW(handle, SQL_ATTR_PARAM_STATUS_PTR, nullptr, 0);
  };
  const bool own_transaction =
      connection.facts().has_transactions && connection.transaction().state() == PSA_TRANSACTION_NONE;
  try {
    if (own_transaction) connection.transaction().begin({PSA_INIT(psa_begin), PSA_ISOLATION_DEFAULT, 0, 0});
    uses_savepoints_ = connection.transaction().is_open();
    const int64_t total = run_all();
    put_back();
    if (own_transaction) connection.transaction().commit();
    return total;
  } catch (...) {
    if (connection.is_usable()) {
      put_back();
      if (own_transaction && connection.transaction().state() != PSA_TRANSACTION_NONE)
        connection.transaction().rollback();
    }
    throw;
  }
}

int64_t ParameterArray::run_all() {
  int64_t total = 0;
  for (int64_t begin = 0; begin < batch_.rows();) {
    const int64_t rows = rows_from(begin);
    if (rows < 2) {
      total += run_single(begin, 1);
      ++begin;
      continue;
    }
    fill(begin, rows);
    total += run_filled(begin, rows);
    begin += rows;
  }
  return total;
}

// As many rows as an array of a sensible size holds, whose cells are as wide as its longest value.
int64_t ParameterArray::rows_from(int64_t begin) {
  for (Column& column : columns_) column.width = static_cast<size_t>(column.type.width);
  const int64_t most = std::min(rows_of_an_array, batch_.rows() - begin);
  for (int64_t row = 0; row < most; ++row) {
    size_t together = 0;
    for (size_t i = 0; i < columns_.size(); ++i) {
      Column& column = columns_[i];
      const ParameterColumn& from = batch_.columns()[i];
      if (column.type.width == 0 && !from.is_null(begin + row)) {
        // Texts and bytes are measured where they are; all else has a short text.
        size_t size = 64;
        const ParameterKind kind = from.kind();
        if (kind == ParameterKind::text || kind == ParameterKind::json || kind == ParameterKind::bytes)
          size = from.bytes(begin + row).size() * (column.type.c_type == SQL_C_WCHAR ? sizeof(SQLWCHAR) : 1);
        else if (kind == ParameterKind::decimal)
          size = from.decimal(begin + row).size();
        column.width = std::max(column.width, size);
      }
      together += column.width + sizeof(SQLLEN);
    }
    if (together * static_cast<size_t>(row + 1) > bytes_of_an_array) return std::max<int64_t>(row, 1);
  }
  return most;
}

void ParameterArray::fill_column(size_t index, int64_t begin, int64_t rows) {
  Column& column = columns_[index];
  const ParameterColumn& from = batch_.columns()[index];
  column.width = std::max<size_t>(column.width, 1);
  column.values.resize(column.width * static_cast<size_t>(rows));
  column.sizes.resize(static_cast<size_t>(rows));
  for (int64_t row = 0; row < rows; ++row) {
    const auto at = static_cast<size_t>(row);
    if (from.is_null(begin + row)) {
      column.sizes[at] = SQL_NULL_DATA;
      continue;
    }
    value_.encode(from, begin + row, column.type);
    const std::string_view bytes = value_.bytes();
    bytes.copy(column.values.data() + at * column.width, column.width);
    column.sizes[at] = static_cast<SQLLEN>(bytes.size());
  }
}

void ParameterArray::fill(int64_t begin, int64_t rows) {
  statement_.forget_bound_parameters();
  for (size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    try {
      fill_column(i, begin, rows);
    } catch (DriverError& error) {
      error.with_parameter_column(static_cast<int64_t>(i));
      throw;
    }
    const SQLRETURN code = SQLBindParameter(
        statement_.handle(), static_cast<SQLUSMALLINT>(i + 1), SQL_PARAM_INPUT, column.type.c_type,
        sql_type_for(column.type, column.width), column_size(column.type, column.width), column.type.digits,
        column.values.data(), static_cast<SQLLEN>(column.width), column.sizes.data());
    if (!SQL_SUCCEEDED(code)) statement_.connection().fail(SQL_HANDLE_STMT, statement_.handle());
  }
}

// What the statuses say: whether a row has failed, and which, where they blame exactly one. psqlODBC blames
// each of the hundred that it sends at once, other drivers all, or write nothing.
ParameterArray::Blame ParameterArray::blame(int64_t rows) const {
  int64_t failed = -1, count = 0;
  for (int64_t row = 0; row < rows; ++row) {
    switch (statuses_[static_cast<size_t>(row)]) {
      case SQL_PARAM_ERROR:
        failed = row;
        ++count;
        break;
      case SQL_PARAM_SUCCESS:
      case SQL_PARAM_SUCCESS_WITH_INFO:
      case SQL_PARAM_UNUSED:
        break;
      default:
        return {};
    }
  }
  return {count != 0, count == 1 ? failed : -1};
}

int64_t ParameterArray::run_filled(int64_t begin, int64_t rows) {
  Connection& connection = statement_.connection();
  const Dbms& dbms = *connection.facts().dbms;
  if (uses_savepoints_) connection.transaction().savepoint(PSA_SAVEPOINT_SET, savepoint_name);
  set_array_size(rows);
  std::fill_n(statuses_.begin(), rows, unwritten);
  try {
    const SQLRETURN code = statement_.run_bound();
    if (blame(rows).has_failed) connection.fail(SQL_HANDLE_STMT, statement_.handle());
    const int64_t total = code == SQL_NO_DATA ? 0 : statement_.count_and_discard();
    if (uses_savepoints_ && *dbms.release_savepoint != '\0')
      connection.transaction().savepoint(PSA_SAVEPOINT_RELEASE, savepoint_name);
    return total;
  } catch (DriverError& error) {
    const bool is_over = error.status == PSA_CANCELLED || error.status == PSA_DEADLINE ||
                         !connection.is_usable() ||
                         connection.transaction().state() == PSA_TRANSACTION_FAILED;
    if (is_over) throw;
    SQLFreeStmt(statement_.handle(), SQL_CLOSE);
    if (error.parameter_row = blame(rows).row; error.parameter_row >= 0) {
      error.parameter_row += begin;
      throw;
    }
    if (!uses_savepoints_) throw;
    connection.transaction().savepoint(PSA_SAVEPOINT_ROLLBACK_TO, savepoint_name);
    set_array_size(1);
  }
  return run_single(begin, rows);
}

int64_t ParameterArray::run_single(int64_t begin, int64_t rows) {
  set_array_size(1);
  int64_t total = 0;
  for (int64_t row = begin; row < begin + rows; ++row) {
    try {
      if (statement_.run_row(batch_, row) != SQL_NO_DATA) total += statement_.count_and_discard();
    } catch (DriverError& error) {
      error.parameter_row = row;
      throw;
    }
  }
  return total;
}

}  // namespace psa::odbc
