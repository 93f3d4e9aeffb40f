// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <sqlite3.h>

#include <psa/driver.h>
#include <psa/sdk/dynamic_column.hpp>

namespace psa::sqlite {

/// Names and declared types of a statement's columns, as they were when it ran.
struct ResultColumns {
  explicit ResultColumns(sqlite3_stmt* statement);

  /// The schema before any value is known: every column is of Arrow's null type.
  ArrowSchema schema() const;

  std::vector<std::string> names;
  std::vector<std::string> metadata;
};

/// Collects rows of one result after another into Arrow batches, keeping its memory.
class RowBatch {
 public:
  /// Begins a result of `column_count` columns.
  void start(size_t column_count);

  /// Appends the row that `statement` stands on.
  /// @return the zero-based column that is text but no UTF-8, or -1: then the row counts
  int append(sqlite3_stmt* statement);

  int64_t rows() const noexcept { return rows_; }
  /// About what the rows take.
  int64_t bytes() const noexcept { return bytes_; }

  /// Moves the rows into `out`, with a schema if it is the result's first or differs from the last. clear()
  /// or finish() must follow.
  void hand_out(const ResultColumns& columns, psa_batch& out);
  /// Begins the next batch.
  void clear() noexcept;
  /// Ends the result: gives large memory back.
  void finish() noexcept;

 private:
  bool types_changed() noexcept;

  std::vector<DynamicColumn> columns_;
  std::vector<DynamicColumn::Type> told_;  // types of the schema handed out last
  bool told_any_ = false;
  std::vector<ArrayNode> nodes_;
  std::vector<SchemaField> fields_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace psa::sqlite
