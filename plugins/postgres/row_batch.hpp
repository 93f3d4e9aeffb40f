// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include <libpq-fe.h>

#include <psa/driver.h>
#include <psa/sdk/driver_error.hpp>

#include "result_column.hpp"

namespace psa::postgres {

/// Collects rows of one statement's results into Arrow batches, keeping its memory.
class RowBatch {
 public:
  explicit RowBatch(std::vector<ResultColumn> columns)
      : columns_(std::move(columns)), told_(columns_.size()) {}

  /// Appends a row of a PGresult. @return false if it needs a batch of its own: hand this one out first
  /// @throws DriverError  PSA_CATEGORY_DATA, naming the column
  bool append(const PGresult* result, int row);

  int64_t rows() const noexcept { return rows_; }
  int64_t bytes() const noexcept { return bytes_; }
  const std::vector<ResultColumn>& columns() const noexcept { return columns_; }

  /// The schema as far as it is known before values.
  ArrowSchema schema();
  /// Moves the rows into `out`, with a schema if it is the first or differs from the last, also in an earlier
  /// execution. clear() or finish() must follow.
  void hand_out(psa_batch& out);
  /// Begins the next batch.
  void clear() noexcept;
  /// Ends the result: gives large memory back.
  void finish() noexcept;

 private:
  [[noreturn]] void fail(size_t column, DriverError error);

  std::vector<ResultColumn> columns_;
  std::vector<uint32_t> told_;  // shapes of the schema handed out last
  bool told_any_ = false;
  bool has_arrays_ =
      std::any_of(columns_.begin(), columns_.end(), [](const ResultColumn& c) { return c.is_array(); });
  std::vector<ArrayNode> nodes_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace psa::postgres
