// SPDX-License-Identifier: Apache-2.0
#include "result_column.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <psa/sdk/driver_error.hpp>

#include "calendar.hpp"
#include "error.hpp"

namespace psa::mysql {
namespace {

// Of a value that is fetched with its row; longer ones are fetched one by one.
constexpr unsigned long longest_bound = 2048;

constexpr std::array<SchemaField, 2> date_children = {SchemaField{"tdD", "date"}, SchemaField{"u", "text"}};
constexpr std::array<SchemaField, 2> timestamp_children = {SchemaField{"tsu:", "timestamp"},
                                                           SchemaField{"u", "text"}};

int hex_digit(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  c |= 0x20;
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

enum_field_types buffer_type(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::int8:
    case ColumnKind::uint8:
      return MYSQL_TYPE_TINY;
    case ColumnKind::int16:
    case ColumnKind::uint16:
      return MYSQL_TYPE_SHORT;
    case ColumnKind::int32:
    case ColumnKind::uint32:
      return MYSQL_TYPE_LONG;
    case ColumnKind::int64:
    case ColumnKind::uint64:
    case ColumnKind::boolean:
      return MYSQL_TYPE_LONGLONG;
    case ColumnKind::real32:
      return MYSQL_TYPE_FLOAT;
    case ColumnKind::real64:
      return MYSQL_TYPE_DOUBLE;
    case ColumnKind::date:
      return MYSQL_TYPE_DATE;
    case ColumnKind::time:
      return MYSQL_TYPE_TIME;
    case ColumnKind::timestamp:
      return MYSQL_TYPE_DATETIME;
    case ColumnKind::bytes:
      return MYSQL_TYPE_BLOB;
    case ColumnKind::null:
      return MYSQL_TYPE_NULL;
    default:
      return MYSQL_TYPE_STRING;
  }
}

bool is_unsigned(ColumnKind kind) {
  return kind == ColumnKind::uint8 || kind == ColumnKind::uint16 || kind == ColumnKind::uint32 ||
         kind == ColumnKind::uint64;
}

}  // namespace

ResultColumn::ResultColumn(const MYSQL_FIELD& field, ColumnType type)
    : name_(field.name, field.name_length),
      type_(std::move(type)),
      wire_type_(field.type),
      wire_flags_(field.flags),
      wire_charset_(field.charsetnr) {
  if (type_.kind == ColumnKind::text || type_.kind == ColumnKind::bytes)
    buffer_.resize(std::min(field.length, longest_bound) + 1);
  else if (type_.kind == ColumnKind::uuid)
    buffer_.resize(40);
}

void ResultColumn::bind(MYSQL_BIND& to) {
  to = {};
  to.buffer_type = buffer_type(type_.kind);
  to.is_unsigned = is_unsigned(type_.kind);
  to.is_null = &is_null_;
  to.length = &length_;
  to.error = &truncated_;
  if (!buffer_.empty()) {
    to.buffer = buffer_.data();
    to.buffer_length = buffer_.size();
  } else if (type_.kind == ColumnKind::date || type_.kind == ColumnKind::time ||
             type_.kind == ColumnKind::timestamp) {
    to.buffer = &time_;
    to.buffer_length = sizeof time_;
  } else {
    to.buffer = &number_;
    to.buffer_length = sizeof number_;
  }
}

int64_t ResultColumn::append(MYSQL_STMT* statement, unsigned index) {
  if (is_null_) {
    append_null();
    return 1;
  }
  switch (type_.kind) {
    case ColumnKind::int8:
      integers_.append(number_.int8);
      break;
    case ColumnKind::int16:
      integers_.append(number_.int16);
      break;
    case ColumnKind::int32:
      integers_.append(number_.int32);
      break;
    case ColumnKind::uint8:
      integers_.append(number_.uint8);
      break;
    case ColumnKind::uint16:
      integers_.append(number_.uint16);
      break;
    case ColumnKind::uint32:
      integers_.append(number_.uint32);
      break;
    case ColumnKind::int64:
    case ColumnKind::uint64:
      integers_.append(number_.int64);
      break;
    case ColumnKind::boolean:
      booleans_.append(number_.int64 != 0);
      break;
    case ColumnKind::real32:
      floats_.append(number_.real32);
      break;
    case ColumnKind::real64:
      reals_.append(number_.real64);
      break;
    case ColumnKind::time:
      integers_.append(time_of(time_));
      break;
    case ColumnKind::date:
    case ColumnKind::timestamp:
      append_date();
      break;
    case ColumnKind::uuid:
      append_uuid();
      break;
    case ColumnKind::text:
    case ColumnKind::bytes:
      if (length_ > buffer_.size()) return append_long(statement, index);
      return append_bytes(buffer_.data(), length_);
    case ColumnKind::null:
      break;
  }
  return 8;
}

void ResultColumn::append_null() {
  switch (type_.kind) {
    case ColumnKind::date:
      dates_.append_null();
      point_to_date();
      break;
    case ColumnKind::timestamp:
      integers_.append_null();
      point_to_date();
      break;
    case ColumnKind::boolean:
      booleans_.append_null();
      break;
    case ColumnKind::real32:
      floats_.append_null();
      break;
    case ColumnKind::real64:
      reals_.append_null();
      break;
    case ColumnKind::uuid:
      uuids_.append_null();
      break;
    case ColumnKind::text:
    case ColumnKind::bytes:
      bytes_.append_null();
      break;
    case ColumnKind::null:
      break;
    default:
      integers_.append_null();
      break;
  }
}

int64_t ResultColumn::append_bytes(const uint8_t* bytes, size_t size) {
  if (type_.kind == ColumnKind::bytes) {
    bytes_.append(bytes, size);
  } else if (!bytes_.append_text(bytes, size)) {
    DriverError error(PSA_ERROR, PSA_CATEGORY_OPERATIONAL,
                      "Could not decode to UTF-8 column '" + name_ + "'");
    error.with_hint("read it as bytes: CAST(" + name_ + " AS BINARY)");
    error.column = name_;
    throw error;
  }
  return static_cast<int64_t>(size) + 8;
}

int64_t ResultColumn::append_long(MYSQL_STMT* statement, unsigned index) {
  std::vector<uint8_t> whole(length_);
  MYSQL_BIND to;
  bind(to);
  to.buffer = whole.data();
  to.buffer_length = whole.size();
  if (mysql_stmt_fetch_column(statement, &to, index, 0) != 0) throw last_error(statement);
  return append_bytes(whole.data(), whole.size());
}

void ResultColumn::append_uuid() {
  Uuid value{};
  size_t digits = 0;
  for (unsigned long i = 0; i < std::min<unsigned long>(length_, buffer_.size()); ++i) {
    const int digit = hex_digit(buffer_[i]);
    if (digit < 0 || digits == 32) continue;
    value[digits / 2] = static_cast<uint8_t>(value[digits / 2] << 4 | digit);
    ++digits;
  }
  uuids_.append(value);
}

void ResultColumn::append_date() {
  const bool is_date = type_.kind == ColumnKind::date;
  if (!is_calendar_date(time_)) {
    if (!is_union_) become_union();
    const std::string text = date_text(time_, !is_date);
    bytes_.append(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    union_types_.append(1);
    union_offsets_.append(static_cast<int32_t>(bytes_.length() - 1));
    return;
  }
  if (is_date)
    dates_.append(static_cast<int32_t>(days_of(time_.year, time_.month, time_.day)));
  else
    integers_.append(timestamp_of(time_));
  point_to_date();
}

void ResultColumn::point_to_date() {
  if (!is_union_) return;
  const int64_t length = type_.kind == ColumnKind::date ? dates_.length() : integers_.length();
  union_types_.append(0);
  union_offsets_.append(static_cast<int32_t>(length - 1));
}

void ResultColumn::become_union() {
  const int64_t rows = type_.kind == ColumnKind::date ? dates_.length() : integers_.length();
  for (int64_t row = 0; row < rows; ++row) {
    union_types_.append(0);
    union_offsets_.append(static_cast<int32_t>(row));
  }
  is_union_ = true;
}

SchemaField ResultColumn::field() const {
  if (!is_union_) return {arrow_format(type_.kind), name_, type_.metadata};
  SchemaField field{"+ud:0,1", name_, type_.metadata};
  field.children = type_.kind == ColumnKind::date ? std::span<const SchemaField>(date_children)
                                                  : std::span<const SchemaField>(timestamp_children);
  return field;
}

void ResultColumn::describe(std::vector<ArrayNode>& nodes, int64_t rows) {
  if (is_union_) {
    // Only their buffers: a dense union has no bitmap of its own.
    std::vector<ArrayNode> parts;
    union_types_.describe(parts);
    union_offsets_.describe(parts);
    nodes.push_back({rows, 0, 2, 2, {parts[0].buffers[1], parts[1].buffers[1]}});
  }
  switch (type_.kind) {
    case ColumnKind::date:
      dates_.describe(nodes);
      break;
    case ColumnKind::boolean:
      booleans_.describe(nodes);
      break;
    case ColumnKind::real32:
      floats_.describe(nodes);
      break;
    case ColumnKind::real64:
      reals_.describe(nodes);
      break;
    case ColumnKind::uuid:
      uuids_.describe(nodes);
      break;
    case ColumnKind::text:
    case ColumnKind::bytes:
      bytes_.describe(nodes);
      break;
    case ColumnKind::null:
      nodes.push_back({rows, rows, 0, 0});
      break;
    default:
      integers_.describe(nodes);
      break;
  }
  if (is_union_) bytes_.describe(nodes);
}

void ResultColumn::clear() noexcept {
  integers_.clear();
  reals_.clear();
  floats_.clear();
  dates_.clear();
  uuids_.clear();
  bytes_.clear();
  booleans_.clear();
  union_types_.clear();
  union_offsets_.clear();
}

void ResultColumn::restart() noexcept {
  clear();
  integers_.restart();
  reals_.restart();
  bytes_.restart();
  is_union_ = false;
}

}  // namespace psa::mysql
