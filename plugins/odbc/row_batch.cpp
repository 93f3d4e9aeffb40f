// SPDX-License-Identifier: Apache-2.0
#include "row_batch.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <sqlext.h>
#include <sqlucode.h>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/utf8.hpp>

#include "connection.hpp"
#include "utf16.hpp"

namespace psa::odbc {
namespace {

constexpr size_t rows_of_a_block = 1000;
constexpr size_t rows_at_first = 16;  // many queries have few rows
constexpr size_t bytes_of_a_block = 4 << 20;
constexpr size_t first_width = 256;
// A column does not keep room for its longest value so far beyond this.
constexpr size_t kept_width = 8192;

// A name from ODBC's narrow functions, in UTF-8.
std::string readable(std::string name) {
  if (!valid_utf8(reinterpret_cast<const uint8_t*>(name.data()), name.size()))
    std::replace_if(
        name.begin(), name.end(), [](char c) { return c < 0; }, '?');
  return name;
}

ColumnDescription describe(SQLHSTMT statement, SQLUSMALLINT number) {
  std::array<SQLWCHAR, 256> text;
  SQLSMALLINT length = 0, type = 0, digits = 0, nullable = 0;
  SQLULEN size = 0;
  ColumnDescription out;
  SQLDescribeColW(statement, number, text.data(), text.size(), &length, &type, &size, &digits, &nullable);
  const auto units = static_cast<size_t>(std::max<SQLSMALLINT>(length, 0));
  if (units >= text.size()) {
    std::vector<SQLWCHAR> longer(units + 1);
    SQLDescribeColW(statement, number, longer.data(), static_cast<SQLSMALLINT>(longer.size()), &length, &type,
                    &size, &digits, &nullable);
    out.name = utf8_of(longer.data(), units);
  } else {
    out.name = utf8_of(text.data(), units);
  }
  out.type = type;
  out.size = size;
  out.digits = digits;
  SQLSMALLINT bytes = 0;
  if (SQL_SUCCEEDED(
          SQLColAttributeW(statement, number, SQL_DESC_TYPE_NAME, text.data(), sizeof text, &bytes, nullptr)))
    out.type_name =
        utf8_of(text.data(),
                std::min<size_t>(static_cast<size_t>(std::max<SQLSMALLINT>(bytes, 0)) / 2, text.size() - 1));
  SQLLEN is_unsigned = SQL_FALSE;
  if (type == SQL_BIGINT && SQL_SUCCEEDED(SQLColAttributeW(statement, number, SQL_DESC_UNSIGNED, nullptr, 0,
                                                           nullptr, &is_unsigned)))
    out.is_unsigned = is_unsigned == SQL_TRUE;
  return out;
}

void set(SQLHSTMT statement, SQLINTEGER attribute, const void* value) {
  SQLSetStmtAttrW(statement, attribute, const_cast<SQLPOINTER>(value), 0);
}
void set(SQLHSTMT statement, SQLINTEGER attribute, size_t value) {
  SQLSetStmtAttrW(statement, attribute, reinterpret_cast<SQLPOINTER>(value), 0);
}

}  // namespace

void RowBatch::prepare(Connection& connection, SQLHSTMT statement) {
  cut_values_ = connection.facts().cut_values;
  statuses_.resize(rows_of_a_block);
  if (cut_values_ == Facts::CutValues::by_block)
    set(statement, SQL_ATTR_CURSOR_TYPE, size_t{SQL_CURSOR_STATIC});
  set(statement, SQL_ATTR_ROWS_FETCHED_PTR, &fetched_);
  set(statement, SQL_ATTR_ROW_STATUS_PTR, statuses_.data());
}

RowBatch::Sketch RowBatch::sketch(SQLHSTMT statement, int number, bool keeps_names) {
  const auto column = static_cast<SQLUSMALLINT>(number);
  Sketch out;
  if (keeps_names) {  // of MariaDB's driver, which takes longer for a name than for a query
    SQLDescribeColW(statement, column, nullptr, 0, nullptr, &out.type, &out.size, &out.digits, &out.nullable);
    return out;
  }
  std::array<SQLCHAR, 1024> text;
  SQLSMALLINT length = 0;
  SQLDescribeCol(statement, column, text.data(), text.size(), &length, &out.type, &out.size, &out.digits,
                 &out.nullable);
  const auto units = static_cast<size_t>(std::max<SQLSMALLINT>(length, 0));
  out.name.assign(reinterpret_cast<const char*>(text.data()), std::min(units, text.size() - 1));
  return out;
}

// A statement that runs again has the same columns, most often; describing them costs more than the query.
bool RowBatch::is_described_as_before(SQLHSTMT statement, int columns, bool keeps_names) {
  if (columns_.empty() || static_cast<size_t>(columns) != sketches_.size()) return false;
  for (int i = 1; i <= columns; ++i)
    if (sketch(statement, i, keeps_names) != sketches_[static_cast<size_t>(i - 1)]) return false;
  return true;
}

// Whether they are those of the last result.
bool RowBatch::describe_columns(Connection& connection, SQLHSTMT statement, int columns) {
  const bool keeps_names = connection.facts().dbms->keeps_names;
  if (is_described_as_before(statement, columns, keeps_names)) return true;
  std::vector<ColumnDescription> described;
  sketches_.clear();
  for (int i = 1; i <= columns; ++i) {
    sketches_.push_back(sketch(statement, i, keeps_names));
    described.push_back(describe(statement, static_cast<SQLUSMALLINT>(i)));
    if (connection.facts().has_narrow_calls && !keeps_names)
      described.back().name = readable(sketches_.back().name);
  }
  if (std::equal(columns_.begin(), columns_.end(), described.begin(), described.end(),
                 [](const BoundColumn& a, const ColumnDescription& b) { return a.description() == b; }))
    return true;
  columns_.clear();
  columns_.reserve(described.size());
  for (ColumnDescription& each : described) {
    ColumnType type = column_type(each, connection.facts().gives_utf8);
    columns_.emplace_back(std::move(each), std::move(type));
  }
  return false;
}

void RowBatch::choose_way(Connection& connection) {
  const bool sizes_lie = connection.facts().dbms->sizes_lie;
  first_unbound_ = columns_.size();
  single_rows_ = false;
  for (size_t i = 0; i < columns_.size(); ++i) {
    BoundColumn& column = columns_[i];
    if (cut_values_ != Facts::CutValues::lost) {
      column.set_first_width(first_width);
    } else {
      column.set_full_width();
      if ((column.is_long() || (sizes_lie && column.varies())) && first_unbound_ == columns_.size())
        first_unbound_ = i;
    }
  }
  for (size_t i = first_unbound_; i < columns_.size(); ++i) columns_[i].leave_unbound();
  single_rows_ = first_unbound_ != columns_.size();
}

size_t RowBatch::most_in_block() const noexcept {
  if (single_rows_) return 1;
  size_t width = 1;
  for (const BoundColumn& column : columns_) width += column.width() + sizeof(SQLLEN);
  return std::clamp<size_t>(bytes_of_a_block / width, 1, rows_of_a_block);
}

void RowBatch::start(Connection& connection, SQLHSTMT statement, int columns, bool keeps_plan) {
  are_of_plan_ = false;
  if (!describe_columns(connection, statement, columns)) {
    unions_told_ = -1;
    bound_ = false;
    SQLFreeStmt(statement, SQL_UNBIND);
    choose_way(connection);
  }
  are_of_plan_ = keeps_plan;
}

void RowBatch::bind(Connection& connection, SQLHSTMT statement, size_t rows) {
  for (size_t i = 0; i < first_unbound_; ++i)
    if (!SQL_SUCCEEDED(columns_[i].bind(statement, static_cast<SQLUSMALLINT>(i + 1), rows)))
      connection.fail(SQL_HANDLE_STMT, statement);
  bound_rows_ = rows;
  bound_ = true;
}

void RowBatch::set_array_size(SQLHSTMT statement, size_t rows) {
  if (array_size_ == rows) return;
  set(statement, SQL_ATTR_ROW_ARRAY_SIZE, rows);
  array_size_ = rows;
}

SQLRETURN RowBatch::call_fetch(Connection& connection, SQLHSTMT statement, SQLSMALLINT how) {
  return connection.aimed(statement, [&] {
    return cut_values_ == Facts::CutValues::by_block ? SQLFetchScroll(statement, how, 0)
                                                     : SQLFetch(statement);
  });
}

// As long as a value did not fit: the same rows again, fewer of them if they are large.
SQLRETURN RowBatch::fetch_wider(Connection& connection, SQLHSTMT statement) {
  for (;;) {
    bool wider = false;
    for (BoundColumn& column : columns_) wider |= column.widen(static_cast<int64_t>(fetched_));
    if (!wider) return SQL_SUCCESS;
    const size_t rows = std::min<size_t>(fetched_, most_in_block());
    bind(connection, statement, rows);
    set_array_size(statement, rows);
    const SQLRETURN code = call_fetch(connection, statement, SQL_FETCH_RELATIVE);
    if (!SQL_SUCCEEDED(code)) return code;
  }
}

SQLRETURN RowBatch::get_cut_values(SQLHSTMT statement) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    for (int64_t row = 0; row < static_cast<int64_t>(fetched_); ++row) {
      if (!columns_[i].is_cut(row)) continue;
      SQLRETURN code =
          SQLSetPos(statement, static_cast<SQLSETPOSIROW>(row + 1), SQL_POSITION, SQL_LOCK_NO_CHANGE);
      if (SQL_SUCCEEDED(code)) code = columns_[i].get_cut(statement, static_cast<SQLUSMALLINT>(i + 1), row);
      if (!SQL_SUCCEEDED(code)) return code;
    }
  }
  return SQL_SUCCESS;
}

SQLRETURN RowBatch::get_unbound(SQLHSTMT statement) {
  for (size_t i = first_unbound_; i < columns_.size(); ++i) {
    const SQLRETURN code = columns_[i].get(statement, static_cast<SQLUSMALLINT>(i + 1), 0);
    if (!SQL_SUCCEEDED(code)) return code;
  }
  return SQL_SUCCESS;
}

RowBatch::Fetched RowBatch::fetch(Connection& connection, SQLHSTMT statement, int64_t most) {
  for (BoundColumn& column : columns_) {
    if (cut_values_ != Facts::CutValues::lost && column.settle_width(kept_width)) bound_ = false;
    column.forget_long_values();
  }
  const size_t wanted = std::min(static_cast<size_t>(most), most_in_block());
  if (!bound_ || bound_rows_ < wanted)
    bind(connection, statement,
         wanted <= rows_at_first ? std::min(rows_at_first, most_in_block()) : most_in_block());
  set_array_size(statement, wanted);
  fetched_ = 0;
  has_failed_row_ = false;
  SQLRETURN code = call_fetch(connection, statement, SQL_FETCH_NEXT);
  if (code == SQL_NO_DATA) return Fetched::end;
  if (!SQL_SUCCEEDED(code)) return Fetched::failed;
  const size_t first_fetched = fetched_;
  if (cut_values_ == Facts::CutValues::by_cell)
    code = get_cut_values(statement);
  else if (cut_values_ == Facts::CutValues::by_block)
    code = fetch_wider(connection, statement);
  if (single_rows_) code = get_unbound(statement);
  if (!SQL_SUCCEEDED(code)) return Fetched::failed;
  const auto failed =
      std::find(statuses_.begin(), statuses_.begin() + static_cast<std::ptrdiff_t>(fetched_), SQL_ROW_ERROR);
  if (failed != statuses_.begin() + static_cast<std::ptrdiff_t>(fetched_)) {
    fetched_ = static_cast<SQLULEN>(failed - statuses_.begin());
    has_failed_row_ = true;
  }
  // A block that is not full is the last one.
  const bool is_last = wanted > 1 && first_fetched < wanted && fetched_ == first_fetched;
  return has_failed_row_ ? Fetched::failed : is_last ? Fetched::last_rows : Fetched::rows;
}

void RowBatch::throw_unreadable(const BoundColumn& column) const {
  const std::string& name = column.description().name;
  DriverError error(PSA_ERROR, PSA_CATEGORY_OPERATIONAL,
                    "a text in column '" + name +
                        "' cannot be decoded: it has half of a surrogate pair, or is no "
                        "UTF-8");
  error.with_hint("read the column as bytes, by a CAST to a binary type");
  error.column = name;
  throw error;
}

void RowBatch::append() {
  int64_t good = static_cast<int64_t>(fetched_);
  const BoundColumn* unreadable = nullptr;
  const BoundColumn* cut = nullptr;
  for (size_t i = 0; i < columns_.size(); ++i) {
    BoundColumn& column = columns_[i];
    if (i < first_unbound_) {
      for (int64_t row = 0; row < good; ++row) {
        if (!column.is_cut(row)) continue;
        good = row;
        cut = &column;
        unreadable = nullptr;
      }
    }
    if (const int64_t first = column.first_unreadable(good); first < good) {
      good = first;
      unreadable = &column;
      cut = nullptr;
    }
  }
  for (BoundColumn& column : columns_) bytes_ += column.append(good);
  rows_ += good;
  fetched_ = 0;
  if (unreadable != nullptr) throw_unreadable(*unreadable);
  if (cut == nullptr) return;
  const std::string& name = cut->description().name;
  DriverError error(PSA_ERROR, PSA_CATEGORY_DATA,
                    "the ODBC driver cut a value of column '" + name +
                        "': it is longer than the column is said to "
                        "be");
  error.with_hint("CAST the column to a type that is long enough");
  error.column = name;
  throw error;
}

ArrowSchema RowBatch::schema() const {
  std::vector<SchemaField> fields;
  for (const BoundColumn& column : columns_) fields.push_back(column.field());
  return make_schema(fields);
}

bool RowBatch::schema_changed() noexcept {
  const auto unions =
      std::count_if(columns_.begin(), columns_.end(), [](const BoundColumn& c) { return c.is_union(); });
  return std::exchange(unions_told_, unions) != unions;
}

void RowBatch::hand_out(psa_batch& out) {
  ArrowSchema schema{};
  if (schema_changed()) {
    fields_.clear();
    for (const BoundColumn& column : columns_) fields_.push_back(column.field());
    schema = make_schema(fields_);
  }
  try {
    nodes_.clear();
    nodes_.push_back({rows_, 0, static_cast<uint32_t>(columns_.size()), 1});
    for (BoundColumn& column : columns_) column.describe(nodes_, rows_);
    out.array = make_array(nodes_);
  } catch (...) {
    if (schema.release != nullptr) schema.release(&schema);
    throw;
  }
  out.schema = schema;
}

void RowBatch::clear() noexcept {
  for (BoundColumn& column : columns_) column.clear();
  rows_ = bytes_ = 0;
}

void RowBatch::finish() noexcept {
  for (BoundColumn& column : columns_) column.restart();
  rows_ = bytes_ = 0;
}

}  // namespace psa::odbc
