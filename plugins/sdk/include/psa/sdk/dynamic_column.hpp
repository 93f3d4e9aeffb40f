// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/columns.hpp>

namespace psa {

/// A column of a database whose values, not columns, have types.
///
/// Rows are int64, double, text, binary or NULL. The column is Arrow's null type until a value comes,
/// then of that value's type, and becomes a dense union (type ids: 0 int64, 1 double, 2 utf8, 3 binary,
/// 4 null) when a value of another type comes. It never goes back while the same result is read, so a
/// result's schema changes at most twice for each column.
class DynamicColumn {
 public:
  enum class Type : uint8_t { null, int64, real, text, binary, mixed };

  Type type() const noexcept { return type_; }

  void append_int64(int64_t value) {
    if (type_ == Type::int64) [[likely]]
      integers_.append(value);
    else
      append_other(Type::int64, [&] { integers_.append(value); });
  }
  void append_double(double value) {
    if (type_ == Type::real) [[likely]]
      reals_.append(value);
    else
      append_other(Type::real, [&] { reals_.append(value); });
  }
  /// False, and nothing is appended, if the bytes are no well-formed UTF-8.
  [[nodiscard]] bool append_text(const uint8_t* bytes, size_t size) {
    if (type_ == Type::text) [[likely]]
      return texts_.append_text(bytes, size);
    if (!valid_utf8(bytes, size)) return false;
    append_other(Type::text, [&] { texts_.append(bytes, size); });
    return true;
  }
  void append_binary(const uint8_t* bytes, size_t size) {
    if (type_ == Type::binary) [[likely]]
      binaries_.append(bytes, size);
    else
      append_other(Type::binary, [&] { binaries_.append(bytes, size); });
  }
  void append_null();

  /// The field of the present type; `children_of_union()` where it is a union.
  SchemaField field(std::string_view name, std::string_view metadata) const noexcept;

  /// Adds this column's nodes, cut to `length` rows. It must live, unchanged, until make_array.
  void describe(std::vector<ArrayNode>& nodes, int64_t length);

  /// Begins the next batch of the same result; the type stays.
  void clear() noexcept;
  /// Begins another result: the type is forgotten, and memory beyond a few kilobytes given back.
  void restart() noexcept;

 private:
  template <class Append>
  void append_other(Type type, Append&& append) {
    prepare_other(type);
    append();
  }
  void prepare_other(Type type);
  void become(Type type);
  void become_mixed();
  int64_t length_of(Type type) const noexcept;
  void add_union_row(Type type, int64_t position);

  Type type_ = Type::null;
  int64_t null_rows_ = 0;  // rows of the null type, or of the union's null child
  Int64Column integers_;
  DoubleColumn reals_;
  BytesColumn texts_;
  BytesColumn binaries_;
  FixedColumn<int8_t> union_types_;
  FixedColumn<int32_t> union_offsets_;
};

}  // namespace psa
