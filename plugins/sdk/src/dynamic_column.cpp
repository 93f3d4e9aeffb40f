// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <psa/sdk/dynamic_column.hpp>

namespace psa {
namespace {

constexpr std::array<SchemaField, 5> union_children = {
    SchemaField{"l", "int64"},  SchemaField{"g", "double"}, SchemaField{"u", "text"},
    SchemaField{"z", "binary"}, SchemaField{"n", "null"},
};
constexpr int8_t null_type_id = 4;

constexpr int8_t type_id(DynamicColumn::Type type) {
  return static_cast<int8_t>(static_cast<int>(type) - static_cast<int>(DynamicColumn::Type::int64));
}

}  // namespace

int64_t DynamicColumn::length_of(Type type) const noexcept {
  switch (type) {
    case Type::null:
      return null_rows_;
    case Type::int64:
      return integers_.length();
    case Type::real:
      return reals_.length();
    case Type::text:
      return texts_.length();
    case Type::binary:
      return binaries_.length();
    case Type::mixed:
      return union_types_.length();
  }
  return 0;
}

void DynamicColumn::append_null() {
  switch (type_) {
    case Type::null:
      ++null_rows_;
      break;
    case Type::int64:
      integers_.append_null();
      break;
    case Type::real:
      reals_.append_null();
      break;
    case Type::text:
      texts_.append_null();
      break;
    case Type::binary:
      binaries_.append_null();
      break;
    case Type::mixed:
      union_types_.append(null_type_id);
      union_offsets_.append(static_cast<int32_t>(null_rows_++));
      break;
  }
}

void DynamicColumn::add_union_row(Type type, int64_t position) {
  union_types_.append(type_id(type));
  union_offsets_.append(static_cast<int32_t>(position));
}

// Called before a value of a type that is not the column's own is appended to its child.
void DynamicColumn::prepare_other(Type type) {
  if (type_ == Type::null) return become(type);
  if (type_ != Type::mixed) become_mixed();
  add_union_row(type, length_of(type));
}

void DynamicColumn::become(Type type) {
  type_ = type;
  for (; null_rows_ > 0; --null_rows_) append_null();
}

// The values so far stay where they are, as the union's child; only NULL rows move to the null child.
void DynamicColumn::become_mixed() {
  const Type old = type_;
  const int64_t rows = length_of(old);
  const auto take_over = [&](auto& column) {
    for (int64_t row = 0; row < rows; ++row) {
      if (column.validity().is_null(row)) {
        union_types_.append(null_type_id);
        union_offsets_.append(static_cast<int32_t>(null_rows_++));
      } else {
        add_union_row(old, row);
      }
    }
    column.forget_nulls();
  };
  switch (old) {
    case Type::int64:
      take_over(integers_);
      break;
    case Type::real:
      take_over(reals_);
      break;
    case Type::text:
      take_over(texts_);
      break;
    case Type::binary:
      take_over(binaries_);
      break;
    case Type::null:
    case Type::mixed:
      break;
  }
  type_ = Type::mixed;
}

SchemaField DynamicColumn::field(std::string_view name, std::string_view metadata) const noexcept {
  switch (type_) {
    case Type::int64:
      return {"l", name, metadata};
    case Type::real:
      return {"g", name, metadata};
    case Type::text:
      return {"u", name, metadata};
    case Type::binary:
      return {"z", name, metadata};
    case Type::mixed:
      return {"+ud:0,1,2,3,4", name, metadata, ARROW_FLAG_NULLABLE, union_children};
    case Type::null:
      break;
  }
  return {"n", name, metadata};
}

void DynamicColumn::describe(std::vector<ArrayNode>& nodes, int64_t length) {
  const size_t at = nodes.size();
  switch (type_) {
    case Type::null:
      nodes.push_back({null_rows_, null_rows_});
      break;
    case Type::int64:
      integers_.describe(nodes);
      break;
    case Type::real:
      reals_.describe(nodes);
      break;
    case Type::text:
      texts_.describe(nodes);
      break;
    case Type::binary:
      binaries_.describe(nodes);
      break;
    case Type::mixed:
      union_types_.describe(nodes);
      union_offsets_.describe(nodes);
      // A union has no bitmap: its buffers are the type ids and the offsets.
      nodes[at].buffers = {nodes[at].buffers[1], nodes[at + 1].buffers[1], nullptr};
      nodes[at].child_count = union_children.size();
      nodes.pop_back();
      integers_.describe(nodes);
      reals_.describe(nodes);
      texts_.describe(nodes);
      binaries_.describe(nodes);
      nodes.push_back({null_rows_, null_rows_});
      break;
  }
  ArrayNode& node = nodes[at];
  if (node.length == length) return;
  node.length = length;
  if (type_ == Type::null)
    node.null_count = length;
  else if (node.null_count != 0)
    node.null_count = -1;  // "not counted": the rows cut off may have been NULL
}

void DynamicColumn::clear() noexcept {
  null_rows_ = 0;
  const bool all = type_ == Type::mixed;
  if (all || type_ == Type::int64) integers_.clear();
  if (all || type_ == Type::real) reals_.clear();
  if (all || type_ == Type::text) texts_.clear();
  if (all || type_ == Type::binary) binaries_.clear();
  if (all) {
    union_types_.clear();
    union_offsets_.clear();
  }
}

void DynamicColumn::restart() noexcept {
  null_rows_ = 0;
  const bool all = type_ == Type::mixed;
  if (all || type_ == Type::int64) integers_.restart();
  if (all || type_ == Type::real) reals_.restart();
  if (all || type_ == Type::text) texts_.restart();
  if (all || type_ == Type::binary) binaries_.restart();
  if (all) {
    union_types_.restart();
    union_offsets_.restart();
  }
  type_ = Type::null;
}

}  // namespace psa
