// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstring>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/parameters.hpp>

#include "parameter_refusal.hpp"

namespace psa {
namespace {

using Kind = ParameterKind;

template <class T>
T load(const uint8_t* values, int64_t index) noexcept {
  T value;
  std::memcpy(&value, values + index * static_cast<int64_t>(sizeof(T)), sizeof(T));
  return value;
}

std::string_view or_empty(const char* text) { return text == nullptr ? std::string_view() : text; }

}  // namespace

ParameterColumn::ParameterColumn(const ArrowSchema& schema, const ArrowArray& array, int64_t parent_offset,
                                 int64_t parent_length)
    : offset_(parent_offset + array.offset), length_(parent_length), name_(or_empty(schema.name)) {
  if (schema.dictionary != nullptr || array.dictionary != nullptr) throw unsupported(name_, "dictionary");
  read_format(or_empty(schema.format), find_metadata(schema.metadata, "ARROW:extension:name"));
  if (array.length < parent_offset + parent_length) throw malformed(name_, "is shorter than its batch");
  if (kind_ == Kind::mixed)
    read_union(schema, array);
  else if (kind_ == Kind::list)
    read_list(schema, array);
  else if (kind_ != Kind::null)
    read_buffers(array);
}

void ParameterColumn::read_buffers(const ArrowArray& array) {
  if (array.n_buffers != (variable_ ? 3 : 2) || array.buffers == nullptr)
    throw malformed(name_, "has the wrong number of buffers for its format");
  if (array.null_count != 0) validity_ = static_cast<const uint8_t*>(array.buffers[0]);
  if (array.null_count > 0 && validity_ == nullptr)
    throw malformed(name_, "has NULLs but no validity bitmap");
  values_ = static_cast<const uint8_t*>(array.buffers[1]);
  if (values_ == nullptr && length_ > 0) throw malformed(name_, "has no values");
  if (!variable_) return;
  data_ = static_cast<const uint8_t*>(array.buffers[2]);
  // Values of size 0 need no data, but SQL's NULL and the empty text must stay apart for readers.
  if (data_ == nullptr) data_ = reinterpret_cast<const uint8_t*>("");
}

void ParameterColumn::read_list(const ArrowSchema& schema, const ArrowArray& array) {
  if (schema.n_children != 1 || array.n_children != 1) throw malformed(name_, "is a list without elements");
  if (width_ != 0) {
    read_buffers(array);
  } else if (array.null_count != 0 && array.buffers != nullptr) {
    validity_ = static_cast<const uint8_t*>(array.buffers[0]);
  }
  children_.emplace_back(*schema.children[0], *array.children[0], 0, array.children[0]->length);
  const int64_t elements = children_.front().length_;
  for (int64_t row = 0; row < length_; ++row) {
    if (is_null(row)) continue;
    const Range at = range(row);
    if (at.begin < 0 || at.end < at.begin || at.end > elements)
      throw malformed(name_, "has list offsets beyond its elements");
  }
}

void ParameterColumn::read_union(const ArrowSchema& schema, const ArrowArray& array) {
  if (array.n_buffers != 2 || array.buffers == nullptr)
    throw malformed(name_, "is no dense union: it needs two buffers");
  values_ = static_cast<const uint8_t*>(array.buffers[0]);
  data_ = static_cast<const uint8_t*>(array.buffers[1]);
  if (length_ > 0 && (values_ == nullptr || data_ == nullptr))
    throw malformed(name_, "lacks type ids or offsets");
  if (schema.n_children != array.n_children)
    throw malformed(name_, "has another number of children than its schema");
  child_of_type_.assign(128, -1);
  std::string_view ids = std::string_view(schema.format).substr(4);
  for (int64_t i = 0; i < schema.n_children; ++i) {
    const auto id = parse_int(ids.substr(0, ids.find(',')));
    if (!id || *id < 0 || *id > 127)
      throw malformed(name_, "has a union format without a type id for each child");
    child_of_type_[static_cast<size_t>(*id)] = static_cast<int8_t>(i);
    ids.remove_prefix(std::min(ids.size(), ids.find(',') + 1));
    children_.emplace_back(*schema.children[i], *array.children[i], 0, array.children[i]->length);
    if (children_.back().kind_ == Kind::mixed) throw unsupported(name_, "union in union");
    children_.back().name_ = name_;
  }
  for (int64_t row = 0; row < length_; ++row) {
    const auto type = load<int8_t>(values_, row + offset_);
    const auto position = load<int32_t>(data_, row + offset_);
    const int8_t child = type < 0 ? int8_t{-1} : child_of_type_[static_cast<size_t>(type)];
    if (child < 0) throw malformed(name_, "has a type id that its format does not name");
    if (position < 0 || position >= children_[static_cast<size_t>(child)].length_)
      throw malformed(name_, "has a union offset beyond its child");
  }
}

ParameterColumn::Place ParameterColumn::resolve(int64_t row) const noexcept {
  if (kind_ != Kind::mixed) return {this, row};
  const auto type = static_cast<size_t>(load<int8_t>(values_, row + offset_));
  return {&children_[static_cast<size_t>(child_of_type_[type])], load<int32_t>(data_, row + offset_)};
}

bool ParameterColumn::boolean(int64_t row) const noexcept {
  const int64_t at = row + offset_;
  return ((values_[at >> 3] >> (at & 7)) & 1) != 0;
}

int64_t ParameterColumn::integer(int64_t row) const noexcept {
  const int64_t at = row + offset_;
  switch (width_) {
    case 1:
      return is_signed_ ? load<int8_t>(values_, at) : load<uint8_t>(values_, at);
    case 2:
      return is_signed_ ? load<int16_t>(values_, at) : load<uint16_t>(values_, at);
    case 4:
      return is_signed_ ? load<int32_t>(values_, at) : static_cast<int64_t>(load<uint32_t>(values_, at));
    default:
      return load<int64_t>(values_, at);
  }
}

uint64_t ParameterColumn::unsigned_integer(int64_t row) const noexcept {
  return load<uint64_t>(values_, row + offset_);
}

double ParameterColumn::real(int64_t row) const noexcept {
  return width_ == 4 ? static_cast<double>(load<float>(values_, row + offset_))
                     : load<double>(values_, row + offset_);
}

std::string_view ParameterColumn::bytes(int64_t row) const noexcept {
  const int64_t at = row + offset_;
  const char* data = reinterpret_cast<const char*>(variable_ ? data_ : values_);
  if (!variable_) return {data + at * width_, width_};
  const int64_t begin = width_ == 4 ? load<int32_t>(values_, at) : load<int64_t>(values_, at);
  const int64_t end = width_ == 4 ? load<int32_t>(values_, at + 1) : load<int64_t>(values_, at + 1);
  return {data + begin, static_cast<size_t>(end - begin)};
}

std::string ParameterColumn::decimal(int64_t row) const {
  if (variable_) return std::string(bytes(row));
  __extension__ using Wide = __int128;
  const auto value = load<Wide>(values_, row + offset_);
  const bool negative = value < 0;
  __extension__ auto rest =
      negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  std::string digits;
  for (; rest != 0; rest /= 10) digits += static_cast<char>('0' + static_cast<int>(rest % 10));
  const bool zero = digits.empty();
  while (static_cast<int>(digits.size()) <= scale_) digits += '0';
  if (digits.empty()) digits += '0';
  std::reverse(digits.begin(), digits.end());
  if (scale_ > 0) digits.insert(digits.end() - scale_, '.');
  if (scale_ < 0 && !zero) digits.append(static_cast<size_t>(-scale_), '0');
  return negative ? "-" + digits : digits;
}

ParameterColumn::Interval ParameterColumn::interval(int64_t row) const noexcept {
  return load<Interval>(values_, row + offset_);
}

ParameterColumn::Range ParameterColumn::range(int64_t row) const noexcept {
  const int64_t at = row + offset_;
  if (width_ == 0) return {at * scale_, (at + 1) * scale_};
  if (width_ == 4) return {load<int32_t>(values_, at), load<int32_t>(values_, at + 1)};
  return {load<int64_t>(values_, at), load<int64_t>(values_, at + 1)};
}

int32_t ParameterColumn::days(int64_t row) const noexcept {
  if (width_ == 4) return load<int32_t>(values_, row + offset_);
  constexpr int64_t milliseconds_per_day = 86'400'000;
  const auto milliseconds = load<int64_t>(values_, row + offset_);
  const int64_t days =
      milliseconds / milliseconds_per_day - (milliseconds % milliseconds_per_day < 0 ? 1 : 0);
  return static_cast<int32_t>(std::clamp<int64_t>(days, INT32_MIN, INT32_MAX));
}

int64_t ParameterColumn::ticks(int64_t row) const noexcept {
  return width_ == 4 ? load<int32_t>(values_, row + offset_) : load<int64_t>(values_, row + offset_);
}

void check_execute(const psa_execute& execute) {
  if (execute.flags != 0) throw invalid_argument("execute was given a flag that this driver does not know");
  if (execute.parameters != nullptr && execute.parameters->length == 0)
    throw invalid_argument("the batch of parameters has no row: the statement would not run");
}

void ParameterBatch::open(const psa_execute& execute) {
  columns_.clear();
  rows_ = 1;
  const ArrowSchema* schema = execute.parameter_schema;
  const ArrowArray* array = execute.parameters;
  if (schema == nullptr && array == nullptr) return;
  if (schema == nullptr || array == nullptr)
    throw invalid_argument("parameters need both a schema and an array");
  if (or_empty(schema->format) != "+s") throw invalid_argument("parameters must be an Arrow struct array");
  if (schema->n_children != array->n_children)
    throw invalid_argument("the parameters' schema and array differ in their number of columns");
  if (array->null_count > 0) throw invalid_argument("a row of parameters can't itself be NULL");
  rows_ = array->length;
  columns_.reserve(static_cast<size_t>(schema->n_children));
  for (int64_t i = 0; i < schema->n_children; ++i) {
    try {
      columns_.emplace_back(*schema->children[i], *array->children[i], array->offset, array->length);
    } catch (DriverError& error) {
      error.with_parameter_column(i);
      throw;
    }
  }
}

}  // namespace psa
