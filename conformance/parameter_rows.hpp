// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

#include <psa/driver.h>

namespace psa_conformance {

/// A batch of parameters, as a host lays it out; values are written as cell_text writes them. A column whose
/// values differ in kind is a dense union, one without values Arrow's null type.
class ParameterRows {
 public:
  using Row = std::vector<std::string>;

  /// @param rows     each with one value for each column
  /// @param skipped  so many rows stand before them in every column, which its array's offset leaves out
  /// @throws std::runtime_error  a value cannot be read
  explicit ParameterRows(const std::vector<Row>& rows, int64_t skipped);
  ParameterRows(std::initializer_list<Row> rows) : ParameterRows(std::vector<Row>(rows), 0) {}
  ParameterRows(const ParameterRows&) = delete;
  ParameterRows& operator=(const ParameterRows&) = delete;
  ~ParameterRows();

  psa_execute execute() const { return {PSA_INIT(psa_execute), 0, &schema_, &array_}; }
  /// The batch as a stream of one, with these names of columns; for ingest. Once.
  ArrowArrayStream* stream(const std::vector<std::string>& names);
  /// Overwrites and frees what the driver was lent: it may not look at it any more.
  void destroy();

 private:
  ArrowSchema schema_{};
  ArrowArray array_{};
  ArrowArrayStream stream_{};
};

}  // namespace psa_conformance
