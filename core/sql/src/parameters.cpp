#include <algorithm>

#include <prefect_sqlalchemy/sql/parameters.hpp>

#include "column_builder.hpp"

namespace prefect_sqlalchemy {
namespace {

void check_distinct(const std::vector<std::string>& names) {
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name) {
      throw ArgumentError("the parameter :" + *name + " is given twice");
    }
  }
}

}  // namespace

void ParameterList::add(Parameter parameter) {
  if (find(parameter.name) != nullptr) {
    throw ArgumentError("the parameter :" + parameter.name + " is given twice");
  }
  parameters_.push_back(std::move(parameter));
}

ParameterList& ParameterList::set(std::string name, Value value) {
  for (Parameter& parameter : parameters_) {
    if (parameter.name == name) {
      parameter.value = std::move(value);
      return *this;
    }
  }
  parameters_.emplace_back(std::move(name), std::move(value));
  return *this;
}

const Value* ParameterList::find(std::string_view name) const noexcept {
  for (const Parameter& parameter : parameters_) {
    if (parameter.name == name) return &parameter.value;
  }
  return nullptr;
}

ParameterTable::ParameterTable() : columns_(std::make_shared<std::vector<detail::ColumnBuilder>>()) {}

void ParameterTable::set_names(std::vector<std::string> names) {
  check_distinct(names);
  names_ = std::move(names);
  columns_->resize(names_.size());
}

void ParameterTable::reserve(std::size_t rows) {
  for (detail::ColumnBuilder& column : *columns_) column.reserve(rows);
}

void ParameterTable::add(const Parameters& row) {
  if (rows_ == 0 && names_.empty()) {
    for (const Parameter& parameter : row) names_.push_back(parameter.name);
    columns_->resize(names_.size());
  }
  const std::string where = "in parameter group " + std::to_string(rows_);
  for (const std::string& name : names_) {
    if (row.find(name) == nullptr) {
      throw StatementError("A value is required for bind parameter '" + name + "', " + where +
                           ": every group needs the names of the first");
    }
  }
  for (const Parameter& parameter : row) {
    if (std::find(names_.begin(), names_.end(), parameter.name) == names_.end()) {
      throw StatementError("the parameter :" + parameter.name + " " + where +
                           " is not among the names of the first group");
    }
  }
  begin_row(names_.size());
  for (std::size_t i = 0; i < names_.size(); ++i) append_cell(i, detail::cell_of(*row.find(names_[i])));
  end_row();
}

void ParameterTable::begin_row(std::size_t values) {
  if (values != names_.size()) {
    throw StatementError("a row has " + std::to_string(values) + " values for " +
                         std::to_string(names_.size()) + " parameters");
  }
  // Copies share their rows until here.
  if (columns_.use_count() > 1) columns_ = std::make_shared<std::vector<detail::ColumnBuilder>>(*columns_);
}

void ParameterTable::append_cell(std::size_t column, const detail::Cell& cell) {
  (*columns_)[column].append(cell);
}

const detail::ColumnBuilder& ParameterTable::column(std::size_t index) const noexcept {
  return (*columns_)[index];
}

}  // namespace prefect_sqlalchemy
