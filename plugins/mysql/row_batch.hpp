// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <mysql.h>

#include <psa/driver.h>

#include "result_column.hpp"

namespace psa::mysql {

/// Collects rows of one result after another into Arrow batches, keeping its memory and what is bound.
class RowBatch {
 public:
  /// Begins the result that the statement now has. @throws DriverError if it can't be bound
  void start(MYSQL_STMT* statement);
  /// Before another result of the same execution, whose first batch carries a schema in any case.
  void start_anew() noexcept {
    unions_told_ = -1;
    unbind();
  }
  /// Begins a result whose rows come as text.
  void start(std::span<const MYSQL_FIELD> fields);

  /// Appends the row that was fetched last.
  void append(MYSQL_STMT* statement);
  void append(MYSQL_ROW row, const unsigned long* lengths);

  int64_t rows() const noexcept { return rows_; }
  /// About what the rows take.
  int64_t bytes() const noexcept { return bytes_; }
  size_t column_count() const noexcept { return columns_.size(); }

  /// The schema before any value is known.
  ArrowSchema schema() const;

  /// Moves the rows into `out`, with a schema if it is the first or differs from the last, also in an earlier
  /// execution. clear() or finish() must follow.
  void hand_out(psa_batch& out);
  /// Begins the next batch.
  void clear() noexcept;

  /// Somebody else binds the statement's columns.
  void unbind() noexcept { bound_ = false; }
  /// Ends the result: gives large memory back.
  void finish() noexcept;

 private:
  bool is_same(std::span<const MYSQL_FIELD> fields) const;
  bool schema_changed() noexcept;

  std::vector<ResultColumn> columns_;
  std::vector<MYSQL_BIND> binds_;
  bool bound_ = false;
  int64_t unions_told_ = -1;  // columns that were unions in the schema handed out last; -1 for none yet
  std::vector<ArrayNode> nodes_;
  std::vector<SchemaField> fields_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace psa::mysql
