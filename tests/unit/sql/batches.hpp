#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <prefect_sqlalchemy/sql/row.hpp>

#include "arrow_share.hpp"
#include "column_builder.hpp"

namespace prefect_sqlalchemy::detail {

/// A column's name and its values.
using ColumnValues = std::pair<std::string, std::vector<Value>>;

/// A batch of these columns, as a driver would have sent it.
inline std::shared_ptr<const Batch> make_batch(const std::vector<ColumnValues>& columns) {
  struct Memory {
    std::vector<ColumnBuilder> builders;
    ArrowNodes nodes;
  };
  auto memory = std::make_shared<Memory>();
  auto names = std::make_shared<ColumnNames>();
  memory->builders.reserve(columns.size());
  std::vector<ArrowSchema*> schemas;
  std::vector<ArrowArray> arrays;
  std::int64_t length = 0;
  for (const auto& [name, values] : columns) {
    ColumnBuilder& builder = memory->builders.emplace_back();
    for (const Value& value : values) builder.append(cell_of(value));
    const ColumnBuilder::View view = builder.view(memory->nodes);
    length = view.array->length;
    schemas.push_back(view.schema);
    arrays.push_back(share_array(*view.array, 0, length, memory));
    names->names.push_back(name);
  }
  ArrowSchema& all = memory->nodes.schema();
  all.format = "+s";
  memory->nodes.set_children(all, schemas);
  ArrowSchema schema = copy_schema(all);
  ArrowArray array = make_struct(length, std::move(arrays));
  return std::make_shared<const Batch>(std::make_shared<const BatchLayout>(schema), array, names);
}

/// A row of one batch of its own; columns are named "a", "b", "c" ...
inline Row make_row(const std::vector<Value>& values) {
  std::vector<ColumnValues> columns;
  char name = 'a';
  for (const Value& value : values) columns.push_back({std::string(1, name++), {value}});
  return {make_batch(columns), 0};
}

}  // namespace prefect_sqlalchemy::detail
