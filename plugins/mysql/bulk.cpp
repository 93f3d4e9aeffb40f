// SPDX-License-Identifier: Apache-2.0
#include "bulk.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include <psa/sdk/driver_error.hpp>

#include "bind.hpp"
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

// The values of one parameter in an array, as the client library reads them.
struct BulkRun::Column {
  enum_field_types type = MYSQL_TYPE_NULL;
  bool is_unsigned = false;
  std::vector<int64_t> integers;
  std::vector<double> reals;
  std::vector<MYSQL_TIME> times;
  std::vector<const MYSQL_TIME*> time_pointers;
  std::vector<const char*> pointers;
  std::vector<unsigned long> lengths;
  std::vector<std::string> own;
  std::vector<char> marks;

  void clear(size_t rows) {
    integers.clear();
    reals.clear();
    times.clear();
    time_pointers.clear();
    pointers.clear();
    lengths.clear();
    own.clear();
    own.reserve(rows);  // pointers lead into it
    marks.clear();
  }

  // Widths are the kind's, so each row has its place in the array that `type` says.
  int64_t add(const ParameterColumn& column, int64_t row, int64_t index) {
    const bool is_null = column.is_null(row);
    marks.push_back(null_mark(is_null));
    switch (type) {
      case MYSQL_TYPE_LONGLONG:
        integers.push_back(is_null                                   ? 0
                           : column.kind() == ParameterKind::integer ? column.integer(row)
                           : column.kind() == ParameterKind::unsigned_integer
                               ? static_cast<int64_t>(column.unsigned_integer(row))
                               : static_cast<int64_t>(column.boolean(row)));
        return 9;
      case MYSQL_TYPE_DOUBLE:
        reals.push_back(is_null ? 0 : bound_value(column, row, index).real);
        return 9;
      case MYSQL_TYPE_DATE:
      case MYSQL_TYPE_TIME:
      case MYSQL_TYPE_DATETIME:
        times.push_back(is_null ? MYSQL_TIME{} : bound_value(column, row, index).time);
        return 14;
      case MYSQL_TYPE_NULL:
        return 1;
      default:
        break;
    }
    std::string_view bytes;
    if (!is_null && (column.kind() == ParameterKind::text || column.kind() == ParameterKind::bytes ||
                     column.kind() == ParameterKind::json)) {
      bytes = column.bytes(row);
    } else if (!is_null) {
      own.push_back(std::move(bound_value(column, row, index).own));
      bytes = own.back();
    }
    pointers.push_back(bytes.data() == nullptr ? "" : bytes.data());
    lengths.push_back(bytes.size());
    return static_cast<int64_t>(bytes.size()) + 10;
  }

  void bind(MYSQL_BIND& to) {
    to.buffer_type = type;
    to.is_unsigned = is_unsigned;
    set_null_marks(to, marks.data());
    if (type == MYSQL_TYPE_LONGLONG) {
      to.buffer = integers.data();
    } else if (type == MYSQL_TYPE_DOUBLE) {
      to.buffer = reals.data();
    } else if (!times.empty()) {
      // What has no fixed size on the wire is read through pointers.
      for (const MYSQL_TIME& time : times) time_pointers.push_back(&time);
      to.buffer = time_pointers.data();
    } else {
      to.buffer = pointers.data();
      to.length = lengths.data();
    }
  }
};

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
    auto own = std::make_shared<Column>();
    switch (column.kind()) {
      case ParameterKind::boolean:
      case ParameterKind::integer:
      case ParameterKind::unsigned_integer:
        own->type = MYSQL_TYPE_LONGLONG;
        own->is_unsigned = column.kind() == ParameterKind::unsigned_integer;
        break;
      case ParameterKind::real:
        own->type = MYSQL_TYPE_DOUBLE;
        break;
      case ParameterKind::date:
        own->type = MYSQL_TYPE_DATE;
        break;
      case ParameterKind::time:
      case ParameterKind::duration:
        own->type = MYSQL_TYPE_TIME;
        break;
      case ParameterKind::timestamp:
        own->type = MYSQL_TYPE_DATETIME;
        break;
      case ParameterKind::decimal:
        own->type = MYSQL_TYPE_NEWDECIMAL;
        break;
      case ParameterKind::bytes:
        own->type = MYSQL_TYPE_BLOB;
        break;
      case ParameterKind::text:
      case ParameterKind::json:
      case ParameterKind::uuid:
        own->type = MYSQL_TYPE_STRING;
        break;
      default:
        return run_rows(0, rows);  // which refuses it by name
    }
    columns_.push_back(std::move(own));
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
  for (const auto& column : columns_) column->clear(static_cast<size_t>(limit - begin));
  int64_t bytes = 0;
  int64_t row = begin;
  for (; row < limit && bytes < array_bytes; ++row) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      try {
        bytes += columns_[i]->add(batch_.columns()[i], row, static_cast<int64_t>(i));
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
  for (size_t i = 0; i < columns_.size(); ++i) columns_[i]->bind(binds[i]);
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
    statement_.connection().waiter().look_at_clock();
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
