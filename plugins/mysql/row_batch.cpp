// SPDX-License-Identifier: Apache-2.0
#include "row_batch.hpp"

#include <algorithm>
#include <utility>

#include <psa/sdk/driver_error.hpp>

#include "client_extras.hpp"
#include "error.hpp"

namespace psa::mysql {

bool RowBatch::is_same(std::span<const MYSQL_FIELD> fields) const {
  return std::equal(
      columns_.begin(), columns_.end(), fields.begin(), fields.end(),
      [](const ResultColumn& column, const MYSQL_FIELD& field) { return column.is_like(field); });
}

void RowBatch::start(std::span<const MYSQL_FIELD> fields) {
  if (is_same(fields)) return;
  start_anew();
  columns_.clear();
  columns_.reserve(fields.size());
  for (const MYSQL_FIELD& field : fields) columns_.emplace_back(field, column_type(field));
  binds_.resize(fields.size());
  for (size_t i = 0; i < fields.size(); ++i) columns_[i].cell().bind(binds_[i]);
}

void RowBatch::start(MYSQL_STMT* statement) {
  const ResultFields fields(statement);
  start(fields.get());
  if (bound_ || binds_.empty()) return;
  if (mysql_stmt_bind_result(statement, binds_.data()) != 0) throw last_error(statement);
  bound_ = true;
}

void RowBatch::append(MYSQL_STMT* statement) {
  unsigned index = 0;
  int64_t bytes = 0;
  for (ResultColumn& column : columns_) bytes += column.append(statement, index++);
  ++rows_;
  bytes_ += bytes;
}

void RowBatch::append(MYSQL_ROW row, const unsigned long* lengths) {
  for (size_t i = 0; i < columns_.size(); ++i) bytes_ += columns_[i].append_text(row[i], lengths[i]);
  ++rows_;
}

ArrowSchema RowBatch::schema() const {
  std::vector<SchemaField> fields;
  for (const ResultColumn& column : columns_) fields.push_back(column.field());
  return make_schema(fields);
}

bool RowBatch::schema_changed() noexcept {
  const auto unions =
      std::count_if(columns_.begin(), columns_.end(), [](const ResultColumn& c) { return c.is_union(); });
  return std::exchange(unions_told_, unions) != unions;
}

void RowBatch::hand_out(psa_batch& out) {
  ArrowSchema schema{};
  if (schema_changed()) {
    fields_.clear();
    for (const ResultColumn& column : columns_) fields_.push_back(column.field());
    schema = make_schema(fields_);
  }
  try {
    nodes_.clear();
    nodes_.push_back({rows_, 0, static_cast<uint32_t>(columns_.size()), 1});
    for (ResultColumn& column : columns_) column.describe(nodes_, rows_);
    out.array = make_array(nodes_);
  } catch (...) {
    if (schema.release != nullptr) schema.release(&schema);
    throw;
  }
  out.schema = schema;
}

void RowBatch::clear() noexcept {
  for (ResultColumn& column : columns_) column.clear();
  rows_ = bytes_ = 0;
}

void RowBatch::finish() noexcept {
  for (ResultColumn& column : columns_) column.restart();
  rows_ = bytes_ = 0;
}

}  // namespace psa::mysql
