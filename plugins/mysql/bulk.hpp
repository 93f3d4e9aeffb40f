// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <mysql.h>

#include <psa/sdk/parameters.hpp>

#include "array_column.hpp"

namespace psa::mysql {

class Statement;

/// One run of a statement with many rows of parameters: by array binding, where server and library have it,
/// else row by row.
///
/// An array that fails does not tell by which row. Inside a transaction it is then undone, and run again in
/// ever smaller parts to the row that fails. Outside of one the row stays unknown.
class BulkRun {
 public:
  BulkRun(Statement& statement, const ParameterBatch& batch);

  /// @return rows affected @throws DriverError  with parameter_row where it is known
  int64_t run();

 private:
  bool fits_arrays() const;
  int64_t run_rows(int64_t begin, int64_t end);
  int64_t run_array(int64_t begin, int64_t end);
  int64_t fill(int64_t begin, int64_t limit);
  int64_t run_halves(int64_t begin, int64_t end);
  int64_t affected();

  Statement& statement_;
  const ParameterBatch& batch_;
  std::vector<ArrayColumn> columns_;
  bool undoable_ = false;
};

}  // namespace psa::mysql
