// SPDX-License-Identifier: Apache-2.0
#include "row_batch.hpp"

#include <new>

#include "types.hpp"

namespace psa::sqlite {
namespace {

// What SQLite gives for an empty value, or where it ran out of memory converting one.
const uint8_t* present(const void* bytes, int size) {
  if (bytes == nullptr && size != 0) throw std::bad_alloc();
  return static_cast<const uint8_t*>(bytes);
}

}  // namespace

ResultColumns::ResultColumns(sqlite3_stmt* statement) {
  const int count = sqlite3_column_count(statement);
  for (int i = 0; i < count; ++i) {
    const char* name = sqlite3_column_name(statement, i);
    if (name == nullptr) throw std::bad_alloc();
    names.emplace_back(name);
    metadata.push_back(type_metadata(sqlite3_column_decltype(statement, i)));
  }
}

ArrowSchema ResultColumns::schema() const {
  std::vector<SchemaField> fields;
  for (size_t i = 0; i < names.size(); ++i) fields.push_back({"n", names[i], metadata[i]});
  return make_schema(fields);
}

void RowBatch::start(size_t column_count) {
  columns_.resize(column_count);
  told_.assign(column_count, DynamicColumn::Type::null);
  told_any_ = false;
}

int RowBatch::append(sqlite3_stmt* statement) {
  const auto count = static_cast<int>(columns_.size());
  DynamicColumn* column = columns_.data();
  int64_t bytes = 0;
  for (int i = 0; i < count; ++i, ++column) {
    // One value, asked without the checks that each sqlite3_column_* repeats. SQLite calls it unprotected;
    // that matters to threads only, and there is one.
    sqlite3_value* value = sqlite3_column_value(statement, i);
    switch (sqlite3_value_type(value)) {
      case SQLITE_INTEGER:
        column->append_int64(sqlite3_value_int64(value));
        break;
      case SQLITE_FLOAT:
        column->append_double(sqlite3_value_double(value));
        break;
      case SQLITE_TEXT: {
        const unsigned char* text = sqlite3_value_text(value);
        const int size = sqlite3_value_bytes(value);
        if (text == nullptr) throw std::bad_alloc();
        if (!column->append_text(text, static_cast<size_t>(size))) return i;
        bytes += size;
        break;
      }
      case SQLITE_BLOB: {
        const void* blob = sqlite3_value_blob(value);
        const int size = sqlite3_value_bytes(value);
        column->append_binary(present(blob, size), static_cast<size_t>(size));
        bytes += size;
        break;
      }
      default:
        column->append_null();
        break;
    }
  }
  ++rows_;
  bytes_ += bytes + count * static_cast<int64_t>(sizeof(int64_t));
  return -1;
}

bool RowBatch::types_changed() noexcept {
  bool changed = !told_any_;
  for (size_t i = 0; i < columns_.size(); ++i) {
    changed = changed || told_[i] != columns_[i].type();
    told_[i] = columns_[i].type();
  }
  told_any_ = true;
  return changed;
}

void RowBatch::hand_out(const ResultColumns& columns, psa_batch& out) {
  ArrowSchema schema{};
  if (types_changed()) {
    fields_.clear();
    for (size_t i = 0; i < columns_.size(); ++i)
      fields_.push_back(columns_[i].field(columns.names[i], columns.metadata[i]));
    schema = make_schema(fields_);
  }
  try {
    nodes_.clear();
    nodes_.push_back({rows_, 0, static_cast<uint32_t>(columns_.size()), 1});
    for (DynamicColumn& column : columns_) column.describe(nodes_, rows_);
    out.array = make_array(nodes_);
  } catch (...) {
    if (schema.release != nullptr) schema.release(&schema);
    throw;
  }
  out.schema = schema;
}

void RowBatch::clear() noexcept {
  for (DynamicColumn& column : columns_) column.clear();
  rows_ = bytes_ = 0;
}

void RowBatch::finish() noexcept {
  for (DynamicColumn& column : columns_) column.restart();
  rows_ = bytes_ = 0;
}

}  // namespace psa::sqlite
