// SPDX-License-Identifier: Apache-2.0
#include "bound_column.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include <sqlext.h>

#include <psa/sdk/utf8.hpp>

#include "moments.hpp"
#include "utf16.hpp"

namespace psa::odbc {
namespace {

constexpr size_t first_piece = 1024;
constexpr size_t kept_piece = 8192;
constexpr size_t largest_piece = 1 << 20;
// A character in UTF-8, and in UTF-16, takes at most so many bytes.
constexpr size_t bytes_a_character = 4;

size_t zero_size(SQLSMALLINT c_type) {
  return c_type == SQL_C_CHAR ? 1 : c_type == SQL_C_WCHAR ? sizeof(SQLWCHAR) : 0;
}

template <class T>
T value_at(const std::vector<uint8_t>& values, int64_t row) noexcept {
  T value;
  std::memcpy(&value, values.data() + static_cast<size_t>(row) * sizeof(T), sizeof(T));
  return value;
}

std::array<uint8_t, 16> bytes_of_guid(const SQLGUID& guid) {
  const auto part = [](uint32_t value, int shift) { return static_cast<uint8_t>(value >> shift); };
  std::array<uint8_t, 16> out = {part(guid.Data1, 24), part(guid.Data1, 16), part(guid.Data1, 8),
                                 part(guid.Data1, 0),  part(guid.Data2, 8),  part(guid.Data2, 0),
                                 part(guid.Data3, 8),  part(guid.Data3, 0)};
  std::copy_n(guid.Data4, 8, out.begin() + 8);
  return out;
}

}  // namespace

BoundColumn::BoundColumn(ColumnDescription description, ColumnType type)
    : description_(std::move(description)),
      type_(std::move(type)),
      width_(static_cast<size_t>(type_.width)),
      moments_(type_.kind) {}

void BoundColumn::set_full_width() noexcept {
  if (!varies()) return;
  const size_t each = type_.c_type == SQL_C_BINARY ? 1 : bytes_a_character;
  width_ = std::max<size_t>(type_.size, 1) * each + zero_size(type_.c_type);
}

void BoundColumn::set_first_width(size_t most) noexcept {
  if (!varies()) return;
  set_full_width();
  if (is_long() || width_ > most) width_ = most;
}

size_t BoundColumn::room() const noexcept { return width_ - zero_size(type_.c_type); }

bool BoundColumn::is_cut_size(SQLLEN size) const noexcept {
  return size == SQL_NO_TOTAL || (size >= 0 && static_cast<size_t>(size) > room());
}

bool BoundColumn::is_cut(int64_t row) const noexcept {
  return varies() && is_cut_size(sizes_[static_cast<size_t>(row)]) && long_value(row) == nullptr;
}

bool BoundColumn::settle_width(size_t most) noexcept {
  if (!varies()) return false;
  size_t needed = width_;
  for (size_t i = 0; i < long_count_; ++i)
    needed = std::max(needed, long_values_[i].bytes.size() + bytes_a_character);
  needed = std::min(needed, most);
  return std::exchange(width_, needed) != needed;
}

bool BoundColumn::widen(int64_t rows) noexcept {
  size_t needed = width_;
  for (int64_t row = 0; row < rows; ++row) {
    if (!is_cut(row)) continue;
    const SQLLEN size = sizes_[static_cast<size_t>(row)];
    const size_t wanted =
        size == SQL_NO_TOTAL ? 2 * width_ : static_cast<size_t>(size) + zero_size(type_.c_type);
    needed = std::max(needed, wanted + wanted % sizeof(SQLWCHAR));
  }
  return std::exchange(width_, needed) != needed;
}

SQLRETURN BoundColumn::bind(SQLHSTMT statement, SQLUSMALLINT number, size_t rows) {
  values_.resize(width_ * rows);
  sizes_.resize(rows);
  return SQLBindCol(statement, number, type_.c_type, values_.data(), static_cast<SQLLEN>(width_),
                    sizes_.data());
}

void BoundColumn::leave_unbound() {
  if (varies()) width_ = first_piece;
  values_.resize(width_);
  sizes_.resize(1);
}

SQLRETURN BoundColumn::get(SQLHSTMT statement, SQLUSMALLINT number, int64_t row) {
  if (varies()) return get_pieces(statement, number, row, SQL_NO_TOTAL);
  return SQLGetData(statement, number, type_.c_type, values_.data(), static_cast<SQLLEN>(values_.size()),
                    &sizes_[static_cast<size_t>(row)]);
}

SQLRETURN BoundColumn::get_pieces(SQLHSTMT statement, SQLUSMALLINT number, int64_t row, SQLLEN told) {
  if (long_count_ == long_values_.size()) long_values_.emplace_back();
  LongValue& value = long_values_[long_count_];
  value.row = row;
  std::string& bytes = value.bytes;
  SQLLEN& size = sizes_[static_cast<size_t>(row)];
  const size_t zero = zero_size(type_.c_type);
  // Most drivers tell how much is left: one more piece then.
  const auto piece_for = [&](SQLLEN left, size_t unknown) {
    const size_t wanted = left < 0 ? unknown : static_cast<size_t>(left) + zero;
    return std::min(wanted + wanted % sizeof(SQLWCHAR), largest_piece);
  };
  size_t got = 0, piece = piece_for(told, first_piece);
  for (;;) {
    bytes.resize(got + piece);
    const SQLRETURN code =
        SQLGetData(statement, number, type_.c_type, bytes.data() + got, static_cast<SQLLEN>(piece), &size);
    if (code == SQL_NO_DATA) break;  // the last piece was a full one
    if (!SQL_SUCCEEDED(code) || size == SQL_NULL_DATA) return code;
    const size_t space = piece - zero;
    if (size != SQL_NO_TOTAL && static_cast<size_t>(size) <= space) {
      got += static_cast<size_t>(size);
      break;
    }
    got += space;
    piece = piece_for(size == SQL_NO_TOTAL ? size : size - static_cast<SQLLEN>(space), 2 * piece);
  }
  bytes.resize(got);
  size = static_cast<SQLLEN>(got);
  ++long_count_;
  return SQL_SUCCESS;
}

const std::string* BoundColumn::long_value(int64_t row) const noexcept {
  const auto end = long_values_.begin() + static_cast<std::ptrdiff_t>(long_count_);
  const auto found =
      std::lower_bound(long_values_.begin(), end, row,
                       [](const LongValue& value, int64_t wanted) { return value.row < wanted; });
  return found != end && found->row == row ? &found->bytes : nullptr;
}

std::string_view BoundColumn::bytes_of(int64_t row) const noexcept {
  const auto size = static_cast<size_t>(sizes_[static_cast<size_t>(row)]);
  if (long_count_ != 0)
    if (const std::string* value = long_value(row)) return *value;
  return {reinterpret_cast<const char*>(values_.data()) + static_cast<size_t>(row) * width_, size};
}

bool BoundColumn::convert_wide(int64_t row) {
  const std::string_view bytes = bytes_of(row);
  std::vector<SQLWCHAR> units(bytes.size() / sizeof(SQLWCHAR));
  bytes.copy(reinterpret_cast<char*>(units.data()), units.size() * sizeof(SQLWCHAR));
  std::string& text = converted_[static_cast<size_t>(row)];
  text.clear();
  return append_utf8(text, units.data(), units.size());
}

int64_t BoundColumn::first_unreadable(int64_t rows) {
  if (type_.kind != ColumnKind::text) return rows;
  const bool wide = type_.c_type == SQL_C_WCHAR;
  if (wide && converted_.size() < static_cast<size_t>(rows)) converted_.resize(static_cast<size_t>(rows));
  for (int64_t row = 0; row < rows; ++row) {
    if (is_null(row)) continue;
    const std::string_view text = wide ? std::string_view() : bytes_of(row);
    const bool good =
        wide ? convert_wide(row) : valid_utf8(reinterpret_cast<const uint8_t*>(text.data()), text.size());
    if (!good) return row;
  }
  return rows;
}

template <class Append>
void BoundColumn::append_each(int64_t rows, Append append) {
  for (int64_t row = 0; row < rows; ++row) append(row);
}

template <class Value, class Column>
void BoundColumn::append_numbers(Column& column, int64_t rows) {
  append_each(rows, [&](int64_t row) {
    if (is_null(row))
      column.append_null();
    else
      column.append(value_at<Value>(values_, row));
  });
}

void BoundColumn::append_booleans(int64_t rows) {
  append_each(rows, [&](int64_t row) {
    if (is_null(row))
      booleans_.append_null();
    else
      booleans_.append(values_[static_cast<size_t>(row)] != 0);
  });
}

void BoundColumn::append_uuids(int64_t rows) {
  append_each(rows, [&](int64_t row) {
    if (is_null(row))
      uuids_.append_null();
    else
      uuids_.append(bytes_of_guid(value_at<SQLGUID>(values_, row)));
  });
}

void BoundColumn::append_moments(int64_t rows) {
  append_each(rows, [&](int64_t row) {
    if (is_null(row)) return moments_.append_null();
    if (type_.kind == ColumnKind::date) {
      const auto date = value_at<SQL_DATE_STRUCT>(values_, row);
      const auto days = days_of(date);
      days ? moments_.append(*days) : moments_.append_text(text_of(date));
    } else if (type_.kind == ColumnKind::timestamp) {
      const auto moment = value_at<SQL_TIMESTAMP_STRUCT>(values_, row);
      const auto time = microseconds_of(moment);
      time ? moments_.append(*time) : moments_.append_text(text_of(moment));
    } else {
      const std::string_view text = bytes_of(row);
      const auto time = type_.kind == ColumnKind::time ? time_of_text(text) : moment_of_text(text);
      time ? moments_.append(*time) : moments_.append_text(text);
    }
  });
}

int64_t BoundColumn::append_bytes(int64_t rows) {
  int64_t total = 0;
  append_each(rows, [&](int64_t row) {
    if (is_null(row)) return bytes_.append_null();
    std::string_view bytes = bytes_of(row);
    std::string decimal;
    if (type_.kind == ColumnKind::decimal) bytes = decimal = decimal_text(bytes);
    if (type_.c_type == SQL_C_WCHAR) bytes = converted_[static_cast<size_t>(row)];
    bytes_.append(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    total += static_cast<int64_t>(bytes.size());
  });
  return total;
}

int64_t BoundColumn::append(int64_t rows) {
  switch (type_.kind) {
    case ColumnKind::boolean:
      append_booleans(rows);
      break;
    case ColumnKind::int64:
    case ColumnKind::uint64:
      append_numbers<int64_t>(integers_, rows);
      break;
    case ColumnKind::real32:
      append_numbers<float>(floats_, rows);
      break;
    case ColumnKind::real64:
      append_numbers<double>(reals_, rows);
      break;
    case ColumnKind::uuid:
      append_uuids(rows);
      break;
    case ColumnKind::date:
    case ColumnKind::time:
    case ColumnKind::timestamp:
    case ColumnKind::timestamp_tz:
      append_moments(rows);
      break;
    case ColumnKind::decimal:
    case ColumnKind::text:
    case ColumnKind::bytes:
      return append_bytes(rows) + 8 * rows;
  }
  return 8 * rows;
}

SchemaField BoundColumn::field() const {
  switch (type_.kind) {
    case ColumnKind::date:
    case ColumnKind::time:
    case ColumnKind::timestamp:
    case ColumnKind::timestamp_tz:
      return moments_.field(description_.name, type_.metadata);
    default:
      return {arrow_format(type_.kind), description_.name, type_.metadata};
  }
}

template <class Visit>
void BoundColumn::visit_own(Visit visit) {
  switch (type_.kind) {
    case ColumnKind::boolean:
      return visit(booleans_);
    case ColumnKind::int64:
    case ColumnKind::uint64:
      return visit(integers_);
    case ColumnKind::real32:
      return visit(floats_);
    case ColumnKind::real64:
      return visit(reals_);
    case ColumnKind::uuid:
      return visit(uuids_);
    case ColumnKind::date:
    case ColumnKind::time:
    case ColumnKind::timestamp:
    case ColumnKind::timestamp_tz:
      return visit(moments_);
    case ColumnKind::decimal:
    case ColumnKind::text:
    case ColumnKind::bytes:
      return visit(bytes_);
  }
}

void BoundColumn::describe(std::vector<ArrayNode>& nodes, int64_t rows) {
  visit_own([&](auto& column) {
    if constexpr (requires { column.describe(nodes, rows); })
      column.describe(nodes, rows);
    else
      column.describe(nodes);
  });
}

void BoundColumn::clear() noexcept {
  visit_own([](auto& column) { column.clear(); });
}

void BoundColumn::restart() noexcept {
  visit_own([](auto& column) { column.restart(); });
  long_count_ = 0;
  if (!long_values_.empty() && (long_values_.size() > 1 || long_values_[0].bytes.capacity() > kept_piece))
    std::vector<LongValue>().swap(long_values_);
}

}  // namespace psa::odbc
