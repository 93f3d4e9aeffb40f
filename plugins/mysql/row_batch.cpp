// SPDX-License-Identifier: Apache-2.0
#include "row_batch.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <psa/sdk/driver_error.hpp>

#include "error.hpp"

namespace psa::mysql {
namespace {

struct FreeResult {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};

}  // namespace

bool RowBatch::is_same(const MYSQL_FIELD* fields, unsigned count) const {
  if (count != columns_.size()) return false;
  for (unsigned i = 0; i < count; ++i) {
    const ResultColumn& column = columns_[i];
    if (column.wire_type() != fields[i].type || column.wire_flags() != fields[i].flags ||
        column.wire_charset() != fields[i].charsetnr ||
        column.name() != std::string_view(fields[i].name, fields[i].name_length))
      return false;
  }
  return true;
}

void RowBatch::start(MYSQL_STMT* statement) {
  const std::unique_ptr<MYSQL_RES, FreeResult> metadata(mysql_stmt_result_metadata(statement));
  if (metadata == nullptr) throw last_error(statement);
  const MYSQL_FIELD* fields = mysql_fetch_fields(metadata.get());
  const unsigned count = mysql_num_fields(metadata.get());
  if (!is_same(fields, count)) {
    columns_.clear();
    columns_.reserve(count);
    for (unsigned i = 0; i < count; ++i) {
      ColumnType type = column_type(fields[i]);
      if (i < booleans_.size() && booleans_[i]) type.kind = ColumnKind::boolean;
      columns_.emplace_back(fields[i], std::move(type));
    }
    binds_.resize(count);
    for (unsigned i = 0; i < count; ++i) columns_[i].bind(binds_[i]);
  }
  unions_told_ = -1;
  if (count != 0 && mysql_stmt_bind_result(statement, binds_.data()) != 0) throw last_error(statement);
}

void RowBatch::append(MYSQL_STMT* statement) {
  unsigned index = 0;
  int64_t bytes = 0;
  for (ResultColumn& column : columns_) bytes += column.append(statement, index++);
  ++rows_;
  bytes_ += bytes;
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
  for (ResultColumn& column : columns_) column.clear();
  rows_ = bytes_ = 0;
}

void RowBatch::finish() noexcept {
  for (ResultColumn& column : columns_) column.restart();
  rows_ = bytes_ = 0;
}

}  // namespace psa::mysql
