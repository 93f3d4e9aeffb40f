#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/container/small_vector.hpp>

#include <prefect_sqlalchemy/sql/value.hpp>
#include <psa/driver.h>

namespace prefect_sqlalchemy::detail {

/// How a column's values lie in memory: Arrow's physical types.
enum class Storage : std::uint8_t {
  null,
  bit,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
  float32,
  float64,
  fixed,  // `width` bytes
  var32,  // 32-bit offsets and bytes
  var64,
  date_ms,   // 64-bit milliseconds
  interval,  // month_day_nano
  interval_months,
  decimal,  // `width` bytes, `scale` digits behind the point
  dense_union,
  list32,
  list64,
};

struct NestedColumns;

/// Owns what only columns of columns have, and copies it; those without, which are most, are copied at the
/// cost of a pointer.
class NestedPointer {
 public:
  NestedPointer() = default;
  NestedPointer(const NestedPointer& other)
      : owned_(other.owned_ == nullptr ? nullptr : copy(*other.owned_)) {}
  NestedPointer(NestedPointer&& other) noexcept : owned_(std::exchange(other.owned_, nullptr)) {}
  NestedPointer& operator=(NestedPointer other) noexcept {
    std::swap(owned_, other.owned_);
    return *this;
  }
  ~NestedPointer() {
    if (owned_ != nullptr) destroy(owned_);
  }

  /// Made when first asked for.
  NestedColumns& make();
  const NestedColumns* operator->() const noexcept { return owned_; }

 private:
  PREFECT_SQLALCHEMY_API static NestedColumns* copy(const NestedColumns& from);
  PREFECT_SQLALCHEMY_API static void destroy(NestedColumns* owned) noexcept;

  NestedColumns* owned_ = nullptr;
};

/// A column of a batch, read where it lies. It owns no values.
struct Column {
  Kind kind = Kind::null;
  Storage storage = Storage::null;
  const std::uint8_t* validity = nullptr;  ///< bit set: not NULL; nullptr: no NULL
  std::int64_t offset = 0;                 ///< of the column's row 0 in all buffers
  const void* data = nullptr;
  const void* offsets = nullptr;  ///< of var, list and dense_union
  std::int32_t width = 0;
  std::int32_t scale = 0;
  std::int64_t multiply = 1, divide = 1;  ///< of the stored unit, to microseconds
  NestedPointer nested;                   ///< of lists and unions

  bool is_null(std::int64_t row) const noexcept {
    if (validity == nullptr) return storage == Storage::null;
    const std::int64_t bit = row + offset;
    return (validity[bit >> 3] >> (bit & 7) & 1) == 0;
  }
};

struct NestedColumns {
  std::vector<Column> children;
  std::vector<std::int8_t> child_of_type;  ///< dense_union: type id to child, -1: none
};

/// The value at `row`. @throws InterfaceError a stored value that its type cannot have
PREFECT_SQLALCHEMY_API Cell cell_at(const Column& column, std::int64_t row);

/// Names and types of a result's columns; shared by its batches and rows.
struct ColumnNames {
  std::vector<std::string> names;
  /// The database's names of the types; empty where it has none.
  std::vector<std::string> type_names;

  /// Zero-based position of the first column of that name, or -1.
  PREFECT_SQLALCHEMY_API std::int64_t find(std::string_view name) const noexcept;
};

/// An Arrow schema that releases itself.
struct OwnedSchema : ArrowSchema {
  /// Takes over `from`, whose release becomes NULL.
  explicit OwnedSchema(ArrowSchema& from) noexcept : ArrowSchema(from) { from.release = nullptr; }
  OwnedSchema(const OwnedSchema&) = delete;
  OwnedSchema& operator=(const OwnedSchema&) = delete;
  ~OwnedSchema() {
    if (release != nullptr) release(this);
  }
};

/// A schema and how its columns are read; shared by all batches it describes. Immutable.
struct BatchLayout {
  /// Takes over `from`, whose release becomes NULL.
  explicit BatchLayout(ArrowSchema& from);

  OwnedSchema schema;
  /// Without data. Empty if there is a type among them that this library does not know.
  std::vector<Column> columns;
};

/// A driver's batch, with columns to read it by. Immutable, so rows of it may be read from any thread.
class PREFECT_SQLALCHEMY_API Batch {
 public:
  /// Takes over the array (its release becomes NULL).
  /// @param layout  nullptr if none has been told
  /// @throws InterfaceError  they do not fit together; the array is released
  Batch(std::shared_ptr<const BatchLayout> layout, ArrowArray& array,
        std::shared_ptr<const ColumnNames> names);
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch();

  std::int64_t row_count() const noexcept { return array_.length; }
  std::span<const Column> columns() const noexcept { return {columns_.data(), columns_.size()}; }
  const ColumnNames& names() const noexcept { return *names_; }
  const std::shared_ptr<const ColumnNames>& shared_names() const noexcept { return names_; }
  const OwnedSchema& schema() const noexcept { return layout_->schema; }
  const ArrowArray& array() const noexcept { return array_; }

 private:
  std::shared_ptr<const BatchLayout> layout_;
  ArrowArray array_;
  // Most results have no more: a batch is one allocation.
  boost::container::small_vector<Column, 8> columns_;
  std::shared_ptr<const ColumnNames> names_;
};

/// Reads one Arrow column's structure. @throws InterfaceError a type this library does not know
Column make_column(const ArrowSchema& schema, const ArrowArray& array, std::int64_t parent_offset);

/// The value of a key in an Arrow schema's metadata, empty if it is not there.
std::string schema_metadata(const ArrowSchema& schema, std::string_view key);

}  // namespace prefect_sqlalchemy::detail
