// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "driver_calls.hpp"

namespace psa_conformance {

/// A table `id` (whole number, primary key), `name` (text, may be NULL), made on a connection of its own and
/// dropped at the end. Where the traits have no "create_table" the check is not claimed.
class TestTable {
 public:
  TestTable();
  TestTable(const TestTable&) = delete;
  TestTable& operator=(const TestTable&) = delete;
  ~TestTable();

  const std::string& name() const { return name_; }
  /// The text with {table} replaced.
  std::string sql(std::string_view text) const;
  /// Its rows, seen from the connection.
  std::string rows(const Connection& connection) const;
  void insert(const Connection& connection, int id, std::string_view name) const;

 private:
  std::string name_;
  Connection connection_;
};

}  // namespace psa_conformance
