// SPDX-License-Identifier: Apache-2.0
#include "row_batch.hpp"

#include <utility>

namespace psa::postgres {

void RowBatch::fail(size_t column, DriverError error) {
  error.message = "column '" + columns_[column].name() + "': " + error.message;
  error.column = columns_[column].name();
  throw error;
}

bool RowBatch::append(const PGresult* result, int row) {
  const auto count = static_cast<int>(columns_.size());
  if (has_arrays_) {
    for (int i = 0; i < count; ++i) {
      if (columns_[static_cast<size_t>(i)].is_array() && PQgetisnull(result, row, i) == 0 &&
          !columns_[static_cast<size_t>(i)].fits(PQgetvalue(result, row, i),
                                                 static_cast<size_t>(PQgetlength(result, row, i))))
        return false;
    }
  }
  int64_t bytes = 0;
  int i = 0;
  try {
    for (ResultColumn* column = columns_.data(); i < count; ++i, ++column) {
      const int size = PQgetlength(result, row, i);
      // NULL has no length; asking the other way around would cost every value a call.
      if (size == 0 && PQgetisnull(result, row, i) != 0) {
        column->append_null();
        continue;
      }
      column->append(PQgetvalue(result, row, i), static_cast<size_t>(size));
      bytes += size;
    }
  } catch (DriverError& error) {
    fail(static_cast<size_t>(i), std::move(error));
  }
  ++rows_;
  bytes_ += bytes + count * static_cast<int64_t>(sizeof(int64_t));
  return true;
}

ArrowSchema RowBatch::schema() {
  std::vector<SchemaField> fields;
  for (ResultColumn& column : columns_) fields.push_back(column.field());
  return make_schema(fields);
}

void RowBatch::hand_out(psa_batch& out) {
  bool changed = !std::exchange(told_any_, false);
  for (size_t i = 0; i < columns_.size(); ++i) {
    changed = changed || told_[i] != columns_[i].shape();
    told_[i] = columns_[i].shape();
  }
  ArrowSchema made{};
  if (changed) made = schema();
  try {
    nodes_.clear();
    nodes_.push_back({rows_, 0, static_cast<uint32_t>(columns_.size()), 1});
    for (ResultColumn& column : columns_) column.describe(nodes_);
    out.array = make_array(nodes_);
  } catch (...) {
    if (made.release != nullptr) made.release(&made);
    throw;
  }
  out.schema = made;
  told_any_ = true;
}

void RowBatch::clear() noexcept {
  for (ResultColumn& column : columns_) column.clear();
  rows_ = bytes_ = 0;
}

void RowBatch::finish() noexcept {
  for (ResultColumn& column : columns_) column.restart();
  rows_ = bytes_ = 0;
}

}  // namespace psa::postgres
