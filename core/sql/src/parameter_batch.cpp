#include "parameter_batch.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "arrow_format.hpp"

namespace prefect_sqlalchemy::detail {
namespace {

void release_schema(ArrowSchema* schema) { schema->release = nullptr; }
void release_array(ArrowArray* array) { array->release = nullptr; }

[[noreturn]] void throw_statement(const std::string& problem, std::string_view sql) {
  Diagnostics diagnostics;
  diagnostics.statement = sql;
  throw StatementError(problem + "\n[SQL: " + std::string(sql) + "]", std::move(diagnostics));
}

[[noreturn]] void throw_missing(const std::string& name, std::string_view sql) {
  throw_statement("A value is required for bind parameter '" + name + "'", sql);
}

[[noreturn]] void throw_unknown(const std::string& name, const std::vector<std::string>& names,
                                std::string_view sql) {
  std::string text = "the statement has no parameter :" + name + "; it has ";
  if (names.empty()) text += "none";
  for (const std::string& known : names) text += (&known == &names.front() ? ":" : ", :") + known;
  throw_statement(text, sql);
}

}  // namespace

void check_parameters(const std::vector<std::string>& names, const Parameters& parameters,
                      std::string_view sql) {
  for (const std::string& name : names) {
    if (parameters.find(name) == nullptr) throw_missing(name, sql);
  }
  if (parameters.size() == names.size()) return;
  for (const Parameter& parameter : parameters) {
    if (std::find(names.begin(), names.end(), parameter.name) == names.end()) {
      throw_unknown(parameter.name, names, sql);
    }
  }
}

void check_parameters(const std::vector<std::string>& names, const ParameterRows& rows,
                      std::string_view sql) {
  const std::vector<std::string>& given = rows.names();
  for (const std::string& name : names) {
    if (std::find(given.begin(), given.end(), name) == given.end()) throw_missing(name, sql);
  }
  for (const std::string& name : given) {
    if (std::find(names.begin(), names.end(), name) == names.end()) throw_unknown(name, names, sql);
  }
}

void ParameterBatch::set(const RenderedStatement& statement, const std::vector<std::string>& names,
                         const Parameters& parameters) {
  const std::size_t count = statement.slots.size();
  one_row_.resize(count);
  schemas_.resize(count);
  arrays_.resize(count);
  if (!lists_.empty()) {
    lists_.clear();
    nodes_ = {};
  }
  for (std::size_t i = 0; i < count; ++i) {
    const RenderedStatement::Slot& slot = statement.slots[i];
    Cell cell = cell_of(*parameters.find(names[slot.name]));
    if (slot.element >= 0) cell = element(cell, slot.element);
    if (cell.kind == Kind::list) {
      ColumnBuilder& list = lists_.emplace_back();
      list.append(cell);
      const ColumnBuilder::View view = list.view(nodes_);
      schemas_[i] = view.schema;
      arrays_[i] = view.array;
    } else {
      set_value(one_row_[i], cell);
      schemas_[i] = &one_row_[i].schema;
      arrays_[i] = &one_row_[i].array;
    }
    schemas_[i]->name = names[slot.name].c_str();
  }
  finish(count, 1);
}

void ParameterBatch::set_value(OneRow& column, const Cell& cell) {
  const ArrowFormat type = arrow_format(cell.kind);
  column.schema = {};
  column.schema.format = type.format;
  column.schema.metadata = type.metadata;
  column.schema.flags = ARROW_FLAG_NULLABLE;
  column.schema.release = release_schema;
  column.array = {};
  column.array.length = 1;
  column.array.buffers = column.buffers;
  column.array.release = release_array;
  column.buffers[0] = nullptr;
  if (cell.kind == Kind::null) {
    column.array.null_count = 1;
    return;
  }
  if (fixed_width(cell.kind) == -1) {
    column.array.n_buffers = 3;
    column.offsets[0] = 0;
    column.offsets[1] = static_cast<std::int64_t>(cell.text.size());
    column.buffers[1] = column.offsets;
    column.buffers[2] = cell.text.data();
    return;
  }
  column.array.n_buffers = 2;
  column.buffers[1] = column.words;
  switch (cell.kind) {
    case Kind::real:
      column.words[0] = std::bit_cast<std::int64_t>(cell.real);
      break;
    case Kind::date: {
      const auto days = static_cast<std::int32_t>(cell.integer);
      std::memcpy(column.words, &days, sizeof days);
      break;
    }
    case Kind::interval: {
      const std::int32_t parts[2] = {cell.interval.months, cell.interval.days};
      std::memcpy(column.words, parts, sizeof parts);
      column.words[1] = cell.interval.nanoseconds;
      break;
    }
    case Kind::uuid:
      column.buffers[1] = cell.text.data();
      break;
    default:
      column.words[0] = cell.integer;
      break;
  }
}

void ParameterBatch::set(const RenderedStatement& statement, const std::vector<std::string>& names,
                         const ParameterRows& rows) {
  nodes_ = {};
  lists_.clear();
  std::vector<ColumnBuilder::View> views;
  for (const std::string& name : names) {
    const auto& given = rows.names();
    const auto at = std::find(given.begin(), given.end(), name) - given.begin();
    views.push_back(rows.column(static_cast<std::size_t>(at)).view(nodes_));
    views.back().schema->name = name.c_str();
  }
  const std::size_t count = statement.slots.size();
  schemas_.resize(count);
  arrays_.resize(count);
  for (std::size_t i = 0; i < count; ++i) {
    schemas_[i] = views[statement.slots[i].name].schema;
    arrays_[i] = views[statement.slots[i].name].array;
  }
  finish(count, static_cast<std::int64_t>(rows.size()));
}

void ParameterBatch::finish(std::size_t columns, std::int64_t rows) {
  schema_ = {};
  schema_.format = "+s";
  schema_.name = "";
  schema_.n_children = static_cast<std::int64_t>(columns);
  schema_.children = schemas_.data();
  schema_.release = release_schema;
  array_ = {};
  array_.length = rows;
  array_.n_buffers = 1;
  array_.buffers = &no_validity_;
  array_.n_children = static_cast<std::int64_t>(columns);
  array_.children = arrays_.data();
  array_.release = release_array;
}

}  // namespace prefect_sqlalchemy::detail
