// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <psa/driver.h>

namespace psa {

/// What the values of a parameter column are, whatever width Arrow keeps them in.
enum class ParameterKind : uint8_t {
  null,
  boolean,
  integer,           // int8 to int64, uint8 to uint32
  unsigned_integer,  // uint64
  real,              // float, double
  text,
  bytes,
  decimal,  // exact: extension "psa.decimal", or decimal128
  uuid,     // extension "arrow.uuid" over 16 bytes
  json,     // extension "arrow.json"
  date,
  time,
  timestamp,  // zone() is empty for one without zone
  duration,
  interval,  // months, days, nanoseconds
  list,
  mixed,  // dense union: resolve() tells the column of each row
};

/// The name of a kind for error messages: "list", "timestamp".
std::string_view kind_name(ParameterKind kind) noexcept;

/// One column of a parameter batch: a view of the host's buffers, valid until the operation ends.
///
/// Rows are those of the batch, zero-based; offsets of the arrays are taken care of. The accessor must fit
/// kind(), and the row must not be NULL.
class ParameterColumn {
 public:
  /// A row of the column that holds its value.
  struct Place {
    const ParameterColumn* column;
    int64_t row;
  };

  /// @throws DriverError  PSA_NOT_SUPPORTED for a format that no driver reads, PSA_INVALID_ARGUMENT for an
  ///                      array that contradicts its schema
  ParameterColumn(const ArrowSchema& schema, const ArrowArray& array, int64_t parent_offset,
                  int64_t parent_length);

  ParameterKind kind() const noexcept { return kind_; }
  std::string_view name() const noexcept { return name_; }

  bool is_null(int64_t row) const noexcept {
    if (kind_ == ParameterKind::null) return true;
    const int64_t at = row + offset_;
    return validity_ != nullptr && ((validity_[at >> 3] >> (at & 7)) & 1) == 0;
  }
  /// For a mixed column the child and its row; else this column itself.
  Place resolve(int64_t row) const noexcept;

  bool boolean(int64_t row) const noexcept;
  int64_t integer(int64_t row) const noexcept;
  uint64_t unsigned_integer(int64_t row) const noexcept;
  double real(int64_t row) const noexcept;
  /// Text, bytes, JSON, and the 16 bytes of a UUID.
  std::string_view bytes(int64_t row) const noexcept;
  /// The exact number as text, with as many decimal places as its type says.
  std::string decimal(int64_t row) const;
  /// Date: days since 1970-01-01.
  int32_t days(int64_t row) const noexcept;
  /// Time of day, timestamp, duration: units since midnight, or since 1970-01-01 00:00 (UTC with a zone).
  int64_t ticks(int64_t row) const noexcept;
  int64_t ticks_per_second() const noexcept { return ticks_per_second_; }
  std::string_view zone() const noexcept { return zone_; }
  /// Interval: months, days and nanoseconds, which don't turn into one another.
  struct Interval {
    int32_t months;
    int32_t days;
    int64_t nanoseconds;
  };
  Interval interval(int64_t row) const noexcept;
  /// List: its elements are rows begin to end (exclusive) of elements().
  struct Range {
    int64_t begin;
    int64_t end;
  };
  Range range(int64_t row) const noexcept;
  const ParameterColumn& elements() const noexcept { return children_.front(); }

 private:
  void read_format(std::string_view format, std::string_view extension);
  void read_temporal_format(std::string_view format);
  void read_buffers(const ArrowArray& array);
  void read_union(const ArrowSchema& schema, const ArrowArray& array);
  void read_list(const ArrowSchema& schema, const ArrowArray& array);

  ParameterKind kind_ = ParameterKind::null;
  uint8_t width_ = 0;  // bytes of a fixed value, or of an offset
  bool is_signed_ = true;
  bool variable_ = false;  // offsets and data
  int32_t scale_ = 0;      // of a decimal128; elements of a fixed-size list
  int64_t ticks_per_second_ = 0;
  int64_t offset_ = 0;
  int64_t length_ = 0;  // rows, from the offset on
  const uint8_t* validity_ = nullptr;
  const uint8_t* values_ = nullptr;  // values, or offsets, or a union's type ids
  const uint8_t* data_ = nullptr;    // variable data, or a union's offsets
  std::string_view name_;
  std::string_view zone_;
  std::vector<ParameterColumn> children_;
  std::vector<int8_t> child_of_type_;
};

/// What every driver refuses alike, before the statement gets it.
/// @throws DriverError  PSA_INVALID_ARGUMENT: a flag that does not exist, or parameters without a row
void check_execute(const psa_execute& execute);

/// A batch of parameters as psa_execute brings it.
class ParameterBatch {
 public:
  /// Looks at what execute got; keeps views of it. May be called again for another batch.
  /// @throws DriverError  as ParameterColumn, with parameter_column set
  void open(const psa_execute& execute);

  /// Runs of the statement: 1 where there are no parameters at all.
  int64_t rows() const noexcept { return rows_; }
  const std::vector<ParameterColumn>& columns() const noexcept { return columns_; }

 private:
  int64_t rows_ = 1;
  std::vector<ParameterColumn> columns_;
};

}  // namespace psa
