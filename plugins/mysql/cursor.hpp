// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <mysql.h>

#include <psa/sdk/driver_error.hpp>

#include "row_batch.hpp"

namespace psa::mysql {

/// Where the results of one run are read from: a prepared statement, or the session itself for a text that
/// was run without preparing it. A view; the rows of a text must be drained or dropped.
class Cursor {
 public:
  enum class Fetched : uint8_t { row, end, error };

  Cursor() = default;
  explicit Cursor(MYSQL_STMT* statement) noexcept : statement_(statement) {}
  explicit Cursor(MYSQL* session) noexcept : session_(session) {}

  MYSQL_STMT* statement() const noexcept { return statement_; }
  bool is_text() const noexcept { return statement_ == nullptr; }
  bool empty() const noexcept { return statement_ == nullptr && session_ == nullptr; }

  /// Columns of the result at hand; 0 for one without rows.
  unsigned column_count() const noexcept;
  bool more_results() const noexcept;
  int64_t affected_rows() const noexcept;
  uint64_t insert_id() const noexcept;
  unsigned warnings() const noexcept;
  /// What the call before this one went wrong with.
  DriverError error() const;

  /// Begins with the rows of the result at hand. @throws DriverError
  void start(RowBatch& rows);
  Fetched fetch();
  /// Appends the row that was fetched last.
  void append(RowBatch& rows) {
    if (statement_ != nullptr)
      rows.append(statement_);
    else
      rows.append(row_, mysql_fetch_lengths(rows_));
  }
  /// Rows have come to their end.
  void finish() noexcept;
  /// To the next result: 0 there is one, -1 there is none, else an error.
  int next_result();

  /// Reads and discards all that is left, of all results.
  void drain() noexcept;
  /// Rows that are fetched from now on go nowhere: what they were bound to may be gone.
  void let_go_of_buffers();

 private:
  MYSQL_STMT* statement_ = nullptr;
  MYSQL* session_ = nullptr;
  MYSQL_RES* rows_ = nullptr;
  MYSQL_ROW row_ = nullptr;
};

}  // namespace psa::mysql
