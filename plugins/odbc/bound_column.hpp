// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sql.h>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/columns.hpp>

#include "moment_column.hpp"
#include "types.hpp"

namespace psa::odbc {

/// One column of a result: an array that the ODBC driver writes a block of rows into, and the values of the
/// batch taken over from it.
class BoundColumn {
 public:
  BoundColumn(ColumnDescription description, ColumnType type);

  const ColumnDescription& description() const noexcept { return description_; }
  bool is_union() const noexcept { return moments_.is_union(); }
  bool varies() const noexcept { return type_.width == 0; }
  /// Of unbounded size, or of one that is not worth so many arrays of it.
  bool is_long() const noexcept { return varies() && type_.size == 0; }

  /// Bytes for a value, with the zero that ODBC writes behind texts.
  size_t width() const noexcept { return width_; }
  /// @param most  bytes that a value of unknown size is given at first
  void set_first_width(size_t most) noexcept;
  /// The declared size at its full width.
  void set_full_width() noexcept;
  /// Whether a value of rows 0 to `rows` - 1 did not fit; then makes the next width large enough for all.
  bool widen(int64_t rows) noexcept;
  /// Makes room for values as long as those that get() brought. @param most  width that is kept
  /// @return whether the column has to be bound anew
  bool settle_width(size_t most) noexcept;
  /// Begins another block.
  void forget_long_values() noexcept { long_count_ = 0; }
  /// Whether a value did not fit, and get() has not brought it.
  bool is_cut(int64_t row) const noexcept;

  /// Makes room for `rows` rows and binds it. @return what SQLBindCol returned
  SQLRETURN bind(SQLHSTMT statement, SQLUSMALLINT number, size_t rows);
  /// Room for one row that is not bound: get() fills it.
  void leave_unbound();
  /// Reads the value of the row that the statement is at by SQLGetData, in pieces where it is long. Rows of a
  /// block in their order. @param row  its place in the block @return of the last call
  SQLRETURN get(SQLHSTMT statement, SQLUSMALLINT number, int64_t row);
  /// The same of a value whose size is told already.
  SQLRETURN get_cut(SQLHSTMT statement, SQLUSMALLINT number, int64_t row) {
    return get_pieces(statement, number, row, sizes_[static_cast<size_t>(row)]);
  }

  /// The first of `rows` rows whose text can't be read; `rows` if none.
  int64_t first_unreadable(int64_t rows);
  /// Appends rows 0 to `rows` - 1 of the block, which were looked at by first_unreadable. @return about how
  /// many bytes they take
  int64_t append(int64_t rows);

  SchemaField field() const;
  void describe(std::vector<ArrayNode>& nodes, int64_t rows);
  /// Begins the next batch.
  void clear() noexcept;
  /// Begins another result.
  void restart() noexcept;

 private:
  using Guid = std::array<uint8_t, 16>;
  struct LongValue {
    int64_t row;
    std::string bytes;
  };

  /// Calls `visit` with the column that holds the values of the batch.
  template <class Visit>
  void visit_own(Visit visit);
  bool is_null(int64_t row) const noexcept { return sizes_[static_cast<size_t>(row)] == SQL_NULL_DATA; }
  SQLRETURN get_pieces(SQLHSTMT statement, SQLUSMALLINT number, int64_t row, SQLLEN told);
  std::string_view bytes_of(int64_t row) const noexcept;
  const std::string* long_value(int64_t row) const noexcept;
  size_t room() const noexcept;
  bool is_cut_size(SQLLEN size) const noexcept;
  template <class Value, class Column>
  void append_numbers(Column& column, int64_t rows);
  template <class Append>
  void append_each(int64_t rows, Append append);
  void append_booleans(int64_t rows);
  void append_uuids(int64_t rows);
  void append_moments(int64_t rows);
  int64_t append_bytes(int64_t rows);
  bool convert_wide(int64_t row);

  ColumnDescription description_;
  ColumnType type_;
  size_t width_;
  std::vector<uint8_t> values_;
  std::vector<SQLLEN> sizes_;
  std::vector<LongValue> long_values_;  // that get() brought; memory is kept
  size_t long_count_ = 0;               // of the block at hand
  std::vector<std::string> converted_;  // wide texts of the block, in UTF-8

  Int64Column integers_;
  FixedColumn<float> floats_;
  DoubleColumn reals_;
  BoolColumn booleans_;
  FixedColumn<Guid> uuids_;
  BytesColumn bytes_;
  MomentColumn moments_;
};

}  // namespace psa::odbc
