// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <psa/driver.h>

#include "driver_calls.hpp"

namespace psa_conformance {

/// One batch of a result. Every one is checked: against Arrow's specification, against the limits that were
/// asked for, against the schema before it (R3, R4, R5).
class Batch {
 public:
  Batch() = default;
  Batch(Batch&&) = default;
  Batch& operator=(Batch&&) = default;

  int64_t rows() const { return array_ ? array_->length : 0; }
  bool last() const { return last_; }
  const ArrowSchema& schema() const { return *schema_; }
  const ArrowArray& array() const { return *array_; }
  /// For a check that moves it elsewhere.
  std::shared_ptr<ArrowArray> shared_array() const { return array_; }
  std::string cell(int64_t row, int64_t column) const;

 private:
  friend Answer try_next(const Result&, const psa_fetch&, Batch&, int64_t);
  std::shared_ptr<ArrowSchema> schema_;
  std::shared_ptr<ArrowArray> array_;
  bool last_ = false;
};

psa_fetch fetch_of(int64_t max_rows, int64_t min_rows = 1, int64_t max_bytes = int64_t{1} << 30);
Answer try_next(const Result& result, const psa_fetch& fetch, Batch& out, int64_t deadline = 0);
Batch next(const Result& result, int64_t max_rows);

using OnBatch = std::function<void(const Batch&)>;
/// Reads to the end.
Answer try_rest(const Result& result, const OnBatch& on_batch = nullptr, int64_t deadline = 0,
                int64_t max_rows = 1000);
/// As above; all cells.
std::string rest(const Result& result, int64_t max_rows = 1000);

/// @throws Failed  the schema, or the array of it, is not what Arrow's C data interface asks for
void check_arrow(const ArrowSchema& schema, const ArrowArray& array);

/// A value with its kind in front: "int64 7", "text abc", "bytes 0AFF", "double 0.5", "bool true",
/// "decimal 1.50", "date 2024-02-29", "time 12:30:00", "timestamp 2024-02-29 12:30:00", "timestamp_tz ...",
/// "duration 1500000 us", "interval 1 2 3" (months, days, nanoseconds), "uuid 00112233-...", "json {}",
/// "[int64 1, null]", "null".
std::string cell_text(const ArrowSchema& schema, const ArrowArray& array, int64_t row, int64_t column);

}  // namespace psa_conformance
