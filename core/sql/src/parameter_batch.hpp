#pragma once

#include <cstdint>
#include <list>
#include <string_view>
#include <vector>

#include <prefect_sqlalchemy/sql/parameters.hpp>
#include <psa/driver.h>

#include "column_builder.hpp"
#include "statement_text.hpp"

namespace prefect_sqlalchemy::detail {

/// Refuses parameters that do not fit the statement's names.
/// @throws StatementError  one is missing or unknown; names it and quotes the statement, never a value
void check_parameters(const std::vector<std::string>& names, const Parameters& parameters,
                      std::string_view sql);
void check_parameters(const std::vector<std::string>& names, const ParameterRows& rows, std::string_view sql);

/// A statement's parameters as the struct batch that psa_execute takes. It borrows names and values: they
/// must stay until the operation ends. Made to be kept and filled again: a row of plain values then costs no
/// allocation.
class ParameterBatch {
 public:
  /// One run. The parameters have been checked.
  void set(const RenderedStatement& statement, const std::vector<std::string>& names,
           const Parameters& parameters);
  /// Many runs.
  void set(const RenderedStatement& statement, const std::vector<std::string>& names,
           const ParameterRows& rows);

  const ArrowSchema* schema() const noexcept { return &schema_; }
  const ArrowArray* array() const noexcept { return &array_; }

 private:
  /// A column of one row; its buffers point at itself and at the Value.
  struct OneRow {
    ArrowSchema schema;
    ArrowArray array;
    const void* buffers[3];
    std::int64_t offsets[2];
    std::int64_t words[2];  // the value, where it does not lie in Arrow's layout already
  };
  void set_value(OneRow& column, const Cell& cell);
  void finish(std::size_t columns, std::int64_t rows);

  ArrowSchema schema_{};
  ArrowArray array_{};
  const void* no_validity_ = nullptr;
  std::vector<OneRow> one_row_;
  std::vector<ArrowSchema*> schemas_;
  std::vector<ArrowArray*> arrays_;
  ArrowNodes nodes_;  // of lists and of many rows
  std::list<ColumnBuilder> lists_;
};

}  // namespace prefect_sqlalchemy::detail
