// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include <sql.h>

#include <psa/sdk/parameters.hpp>

#include "bind.hpp"

namespace psa::odbc {

class Statement;

/// Runs a statement that writes with many rows of parameters, by arrays of them bound column by column.
///
/// An array that fails does not tell its row with every ODBC driver: then it is undone to a savepoint, and
/// run again row by row up to the one that fails.
class ParameterArray {
 public:
  /// Whether the statement's rows can go that way with the same outcome.
  static bool fits(const Statement& statement, const ParameterBatch& batch);

  ParameterArray(Statement& statement, const ParameterBatch& batch);

  /// @return the rows affected. @throws DriverError  with the row that failed; those before it may have run
  int64_t run();

 private:
  struct Column {
    ParameterType type;
    size_t width = 0;
    std::vector<char> values;
    std::vector<SQLLEN> sizes;
  };

  int64_t run_all();
  int64_t rows_from(int64_t begin);
  void fill(int64_t begin, int64_t rows);
  void fill_column(size_t index, int64_t begin, int64_t rows);
  int64_t run_filled(int64_t begin, int64_t rows);
  int64_t run_single(int64_t begin, int64_t rows);
  struct Blame {
    bool has_failed = false;
    int64_t row = -1;
  };
  Blame blame(int64_t rows) const;
  void set_array_size(int64_t rows);

  Statement& statement_;
  const ParameterBatch& batch_;
  bool uses_savepoints_ = false;
  std::vector<Column> columns_;
  EncodedValue value_;
  SQLULEN processed_ = 0;
  std::vector<SQLUSMALLINT> statuses_;
};

}  // namespace psa::odbc
