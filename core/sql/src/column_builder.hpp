#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <list>
#include <string>
#include <vector>

#include <prefect_sqlalchemy/sql/value.hpp>
#include <psa/driver.h>

namespace prefect_sqlalchemy::detail {

/// Memory for Arrow structures that only borrow their buffers. Addresses stay as it grows. An empty one has
/// none.
class ArrowNodes {
 public:
  ArrowSchema& schema();
  ArrowArray& array(std::initializer_list<const void*> buffers);
  void set_children(ArrowSchema& schema, std::vector<ArrowSchema*> children);
  void set_children(ArrowArray& array, std::vector<ArrowArray*> children);
  const char* keep(std::string text);

 private:
  std::list<ArrowSchema> schemas_;
  std::list<ArrowArray> arrays_;
  std::list<std::vector<const void*>> buffers_;
  std::list<std::vector<ArrowSchema*>> schema_children_;
  std::list<std::vector<ArrowArray*>> array_children_;
  std::list<std::string> texts_;
};

/// Values of one column, gathered one by one into Arrow's memory layout.
///
/// The first value that is not NULL gives the type; a later one of another type turns the column into a
/// dense union. Only NULLs: Arrow's null type. Memory in use is what the values need, not what a Value does.
class ColumnBuilder {
 public:
  ColumnBuilder() = default;
  /// Of this type from the start, also if no value ever comes.
  explicit ColumnBuilder(Kind kind) { become(kind); }
  /// A dense union of these types, in their order.
  static ColumnBuilder union_of(std::initializer_list<Kind> kinds);

  void reserve(std::size_t rows);
  void append(const Cell& cell);
  std::size_t size() const noexcept { return size_; }
  Kind kind() const noexcept { return kind_; }
  bool is_union() const noexcept { return !members_.empty(); }

  struct View {
    ArrowSchema* schema;
    ArrowArray* array;
  };
  /// The column as Arrow structures that live in `nodes` and point into this builder; nothing is copied.
  View view(ArrowNodes& nodes) const;
  /// Text and bytes with Arrow's 32-bit offsets instead of 64-bit ones: for consumers that have asked for
  /// such a type. @throws DataError they do not fit
  void narrow_offsets();

 private:
  void become(Kind kind);
  void append_null();
  void append_value(const Cell& cell);
  void append_to_union(const Cell& cell);
  void set_valid(bool valid);

  Kind kind_ = Kind::null;
  std::size_t size_ = 0;
  std::size_t reserved_ = 0;
  std::size_t nulls_ = 0;
  std::vector<std::uint8_t> validity_;   // empty while there is no NULL
  std::vector<std::uint8_t> data_;       // values, or the bytes of texts
  std::vector<std::int64_t> offsets_;    // texts and lists: size_ + 1
  std::vector<std::int32_t> offsets32_;  // in their place after narrow_offsets
  std::vector<ColumnBuilder> elements_;  // lists: one builder for all elements
  // A union: one member for each kind met, and for each row its member and the position there.
  std::vector<ColumnBuilder> members_;
  std::vector<std::int8_t> types_;
  std::vector<std::int32_t> positions_;
};

}  // namespace prefect_sqlalchemy::detail
