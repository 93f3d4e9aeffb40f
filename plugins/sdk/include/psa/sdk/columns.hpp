// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <cstring>
#include <vector>

#include <psa/sdk/arrow_array.hpp>
#include <psa/sdk/grow_buffer.hpp>
#include <psa/sdk/utf8.hpp>

namespace psa {

/// Which rows of a column are NULL. Costs nothing until the first one: then bits are kept, all set
/// beforehand, so that a value never has to touch them.
class Validity {
 public:
  /// Marks `row` (zero-based) as NULL. @throws std::bad_alloc
  void mark_null(int64_t row);
  bool is_null(int64_t row) const noexcept;
  int64_t null_count() const noexcept { return null_count_; }

  /// The bitmap for `length` rows, or NULL where no row is NULL. @throws std::bad_alloc
  GrowBuffer* bitmap(int64_t length);
  /// Forgets all rows.
  void clear() noexcept {
    bits_.clear();
    null_count_ = 0;
  }
  void restart() noexcept {
    bits_.restart();
    null_count_ = 0;
  }

 private:
  void cover(int64_t rows);

  GrowBuffer bits_;
  int64_t null_count_ = 0;
};

/// Values of one width: integers, floating point, dates, times, timestamps. The Arrow format is told by
/// the schema, not here.
template <class T>
class FixedColumn {
 public:
  int64_t length() const noexcept { return static_cast<int64_t>(values_.size() / sizeof(T)); }
  const T* values() const noexcept { return reinterpret_cast<const T*>(values_.data()); }
  const Validity& validity() const noexcept { return validity_; }

  void append(T value) {
    values_.ensure(sizeof(T));
    values_.put(value);
  }
  void append_null() {
    append(T{});
    validity_.mark_null(length() - 1);
  }

  /// Adds this column's node. The column must live, unchanged, until make_array.
  void describe(std::vector<ArrayNode>& nodes) {
    nodes.push_back({length(), validity_.null_count(), 0, 2, {validity_.bitmap(length()), &values_}});
  }
  /// Begins the next batch.
  void clear() noexcept {
    values_.clear();
    validity_.clear();
  }
  /// Begins another result, without the memory of a large one.
  void restart() noexcept {
    values_.restart();
    validity_.restart();
  }
  /// From now on NULL rows count as values (zero): they are told elsewhere.
  void forget_nulls() noexcept { validity_.clear(); }

 private:
  GrowBuffer values_;
  Validity validity_;
};

using Int64Column = FixedColumn<int64_t>;
using DoubleColumn = FixedColumn<double>;

/// Truth values, a bit each.
class BoolColumn {
 public:
  int64_t length() const noexcept { return length_; }
  void append(bool value);
  void append_null();
  void describe(std::vector<ArrayNode>& nodes);
  void clear() noexcept;
  void restart() noexcept;

 private:
  GrowBuffer bits_;
  Validity validity_;
  int64_t length_ = 0;
};

/// Values of varying size with 32-bit offsets: Arrow's utf8 ("u") and binary ("z"). A batch holds at most
/// 2^31 - 1 bytes of each such column.
class BytesColumn {
 public:
  int64_t length() const noexcept {
    return offsets_.size() == 0 ? 0 : static_cast<int64_t>(offsets_.size() / sizeof(int32_t)) - 1;
  }
  const Validity& validity() const noexcept { return validity_; }

  /// Copies `size` bytes. @throws DriverError (PSA_CATEGORY_DATA) if the column becomes too large
  void append(const uint8_t* bytes, size_t size) {
    make_room(size);
    if (size != 0) std::memcpy(bytes_.data() + bytes_.size(), bytes, size);
    count(size);
  }
  /// As append, for utf8: false, and nothing is appended, if the bytes are no well-formed UTF-8.
  [[nodiscard]] bool append_text(const uint8_t* bytes, size_t size) {
    make_room(size);
    if (!copy_utf8(bytes_.data() + bytes_.size(), bytes, size)) [[unlikely]]
      return false;
    count(size);
    return true;
  }
  void append_null() {
    make_room(0);
    count(0);
    validity_.mark_null(length() - 1);
  }

  void describe(std::vector<ArrayNode>& nodes);
  void clear() noexcept;
  void restart() noexcept;
  void forget_nulls() noexcept { validity_.clear(); }

 private:
  static constexpr size_t size_limit = INT32_MAX;

  void make_room(size_t size) {
    if (bytes_.capacity() - bytes_.size() < size || offsets_.capacity() - offsets_.size() < sizeof(int32_t))
        [[unlikely]]
      grow(size);
  }
  void count(size_t size) noexcept {
    bytes_.advance(size);
    offsets_.put(static_cast<int32_t>(bytes_.size()));
  }
  void grow(size_t size);

  GrowBuffer offsets_;
  GrowBuffer bytes_;
  Validity validity_;
};

}  // namespace psa
