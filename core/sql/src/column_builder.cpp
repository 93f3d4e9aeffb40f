#include "column_builder.hpp"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

#include "arrow_format.hpp"

namespace prefect_sqlalchemy::detail {
namespace {

void release_schema(ArrowSchema* schema) { schema->release = nullptr; }
void release_array(ArrowArray* array) { array->release = nullptr; }

void append_bytes(std::vector<std::uint8_t>& data, const void* bytes, std::size_t size) {
  const auto* first = static_cast<const std::uint8_t*>(bytes);
  data.insert(data.end(), first, first + size);
}

template <class T>
void append_fixed(std::vector<std::uint8_t>& data, const T& value) {
  const std::size_t at = data.size();
  data.resize(at + sizeof value);
  std::memcpy(data.data() + at, &value, sizeof value);
}

}  // namespace

ArrowSchema& ArrowNodes::schema() {
  ArrowSchema& out = schemas_.emplace_back();
  out.name = "";
  out.flags = ARROW_FLAG_NULLABLE;
  out.release = release_schema;
  return out;
}

ArrowArray& ArrowNodes::array(std::initializer_list<const void*> buffers) {
  ArrowArray& out = arrays_.emplace_back();
  std::vector<const void*>& kept = buffers_.emplace_back(buffers);
  out.n_buffers = static_cast<std::int64_t>(kept.size());
  out.buffers = kept.data();
  out.release = release_array;
  return out;
}

void ArrowNodes::set_children(ArrowSchema& schema, std::vector<ArrowSchema*> children) {
  schema.n_children = static_cast<std::int64_t>(children.size());
  schema.children = schema_children_.emplace_back(std::move(children)).data();
}

void ArrowNodes::set_children(ArrowArray& array, std::vector<ArrowArray*> children) {
  array.n_children = static_cast<std::int64_t>(children.size());
  array.children = array_children_.emplace_back(std::move(children)).data();
}

const char* ArrowNodes::keep(std::string text) { return texts_.emplace_back(std::move(text)).c_str(); }

ColumnBuilder ColumnBuilder::union_of(std::initializer_list<Kind> kinds) {
  ColumnBuilder out;
  for (const Kind kind : kinds) out.members_.emplace_back(kind);
  return out;
}

void ColumnBuilder::become(Kind kind) {
  kind_ = kind;
  if (fixed_width(kind_) == -1 || kind_ == Kind::list) offsets_.push_back(0);
  if (kind_ == Kind::list) elements_.emplace_back();
}

void ColumnBuilder::reserve(std::size_t rows) {
  reserved_ = rows;
  const int width = fixed_width(kind_);
  if (width > 0) data_.reserve(rows * static_cast<std::size_t>(width));
  if (width == -1) offsets_.reserve(rows + 1);
}

void ColumnBuilder::append(const Cell& cell) {
  if (!members_.empty()) {
    append_to_union(cell);
  } else if (cell.kind == Kind::null) {
    append_null();
  } else if (cell.kind == kind_) {
    append_value(cell);
  } else if (kind_ == Kind::null) {
    // The NULLs so far get a place in the buffers of the type that is now known.
    const std::size_t nulls = std::exchange(size_, 0);
    nulls_ = 0;
    become(cell.kind);
    reserve(std::max(reserved_, nulls + 1));
    for (std::size_t i = 0; i < nulls; ++i) append_null();
    append_value(cell);
  } else {
    ColumnBuilder whole;
    whole.reserved_ = reserved_;
    for (std::size_t i = 0; i < size_; ++i) {
      whole.types_.push_back(0);
      whole.positions_.push_back(static_cast<std::int32_t>(i));
    }
    whole.size_ = size_;
    whole.members_.push_back(std::move(*this));
    *this = std::move(whole);
    append_to_union(cell);
  }
}

void ColumnBuilder::append_to_union(const Cell& cell) {
  std::size_t member = 0;
  if (cell.kind != Kind::null) {  // a NULL goes to the first member: each can hold one
    while (member < members_.size() && members_[member].kind_ != cell.kind) ++member;
    if (member == members_.size()) members_.emplace_back();
  }
  types_.push_back(static_cast<std::int8_t>(member));
  positions_.push_back(static_cast<std::int32_t>(members_[member].size_));
  members_[member].append(cell);
  ++size_;
}

void ColumnBuilder::set_valid(bool valid) {
  if (!valid && nulls_++ == 0) {
    // All before were valid; bits beyond the end are set when their row comes.
    validity_.assign((std::max(reserved_, size_ + 1) + 7) / 8, 0xFF);
  }
  if (nulls_ != 0) {
    if (size_ / 8 >= validity_.size()) validity_.resize(2 * (size_ / 8 + 1), 0xFF);
    if (!valid) validity_[size_ / 8] = static_cast<std::uint8_t>(validity_[size_ / 8] & ~(1U << (size_ % 8)));
  }
  ++size_;
}

void ColumnBuilder::append_null() {
  const int width = fixed_width(kind_);
  if (width > 0) {
    data_.resize(data_.size() + static_cast<std::size_t>(width));
  } else if (width == 0) {
    if (size_ % 8 == 0) data_.push_back(0);
  } else if (kind_ != Kind::null) {
    offsets_.push_back(offsets_.back());
  }
  set_valid(false);
}

void ColumnBuilder::append_value(const Cell& cell) {
  switch (kind_) {
    case Kind::boolean:
      if (size_ % 8 == 0) data_.push_back(0);
      data_.back() = static_cast<std::uint8_t>(data_.back() | (cell.integer != 0 ? 1U << (size_ % 8) : 0U));
      break;
    case Kind::int64:
    case Kind::uint64:
    case Kind::time:
    case Kind::timestamp:
    case Kind::timestamp_tz:
      append_fixed(data_, cell.integer);
      break;
    case Kind::date:
      append_fixed(data_, static_cast<std::int32_t>(cell.integer));
      break;
    case Kind::real:
      append_fixed(data_, cell.real);
      break;
    case Kind::interval:
      append_fixed(data_, cell.interval.months);
      append_fixed(data_, cell.interval.days);
      append_fixed(data_, cell.interval.nanoseconds);
      break;
    case Kind::uuid:
      append_bytes(data_, cell.text.data(), 16);
      break;
    case Kind::decimal:
    case Kind::text:
    case Kind::bytes:
    case Kind::json:
      append_bytes(data_, cell.text.data(), cell.text.size());
      offsets_.push_back(static_cast<std::int64_t>(data_.size()));
      break;
    case Kind::list:
      for (std::int64_t i = 0; i < cell.count; ++i) elements_[0].append(element(cell, i));
      offsets_.push_back(static_cast<std::int64_t>(elements_[0].size_));
      break;
    case Kind::null:
      break;
  }
  set_valid(true);
}

void ColumnBuilder::narrow_offsets() {
  for (ColumnBuilder& member : members_) member.narrow_offsets();
  if (fixed_width(kind_) != -1) return;
  if (offsets_.back() > std::numeric_limits<std::int32_t>::max()) {
    throw DataError("a batch holds more than 2 GiB of text in one column, which its Arrow type cannot");
  }
  offsets32_.assign(offsets_.begin(), offsets_.end());
}

ColumnBuilder::View ColumnBuilder::view(ArrowNodes& nodes) const {
  ArrowSchema& schema = nodes.schema();
  if (!members_.empty()) {
    std::vector<ArrowSchema*> schemas;
    std::vector<ArrowArray*> arrays;
    std::string format = "+ud:";
    for (std::size_t i = 0; i < members_.size(); ++i) {
      const View member = members_[i].view(nodes);
      schemas.push_back(member.schema);
      arrays.push_back(member.array);
      format += (i == 0 ? "" : ",") + std::to_string(i);
    }
    ArrowArray& array = nodes.array({types_.data(), positions_.data()});
    schema.format = nodes.keep(std::move(format));
    array.length = static_cast<std::int64_t>(size_);
    nodes.set_children(schema, std::move(schemas));
    nodes.set_children(array, std::move(arrays));
    return {&schema, &array};
  }
  const ArrowFormat type = arrow_format(kind_);
  schema.format = type.format;
  schema.metadata = type.metadata;
  const void* validity = nulls_ == 0 ? nullptr : validity_.data();
  ArrowArray* array = nullptr;
  if (kind_ == Kind::null) {
    array = &nodes.array({});
  } else if (kind_ == Kind::list) {
    array = &nodes.array({validity, offsets_.data()});
    const View elements = elements_[0].view(nodes);
    elements.schema->name = "item";
    nodes.set_children(schema, {elements.schema});
    nodes.set_children(*array, {elements.array});
  } else if (!offsets32_.empty()) {
    schema.format = kind_ == Kind::bytes ? "z" : "u";
    array = &nodes.array({validity, offsets32_.data(), data_.data()});
  } else if (fixed_width(kind_) == -1) {
    array = &nodes.array({validity, offsets_.data(), data_.data()});
  } else {
    array = &nodes.array({validity, data_.data()});
  }
  array->length = static_cast<std::int64_t>(size_);
  array->null_count = static_cast<std::int64_t>(nulls_);
  return {&schema, array};
}

}  // namespace prefect_sqlalchemy::detail
