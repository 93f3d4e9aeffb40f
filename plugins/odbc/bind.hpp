// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sql.h>
#include <sqlext.h>

#include <psa/sdk/parameters.hpp>

#include "facts.hpp"
#include "utf16.hpp"

namespace psa::odbc {

class Connection;

/// How values of a parameter go to the ODBC driver.
struct ParameterType {
  SQLSMALLINT c_type;    // SQL_C_...
  SQLSMALLINT sql_type;  // SQL_...
  SQLSMALLINT digits = 0;
  int width = 0;  // bytes; 0: they vary

  bool operator==(const ParameterType&) const = default;
};

/// @throws DriverError  PSA_NOT_SUPPORTED: no database behind ODBC takes such values
ParameterType parameter_type(const ParameterColumn& column, const Facts& facts);

/// One value as the ODBC driver reads it.
class EncodedValue {
 public:
  /// @param column  not mixed, and `row` not NULL
  /// @throws DriverError  PSA_INVALID_ARGUMENT: out of what ODBC can hold
  void encode(const ParameterColumn& column, int64_t row, const ParameterType& type);
  /// Valid until the next encode(), and no longer than the batch.
  std::string_view bytes() const noexcept { return bytes_; }

 private:
  template <class T>
  void keep(const T& value);
  void keep_text(std::string text);

  std::string_view bytes_;
  std::array<char, 32> fixed_;
  std::string text_;
  std::vector<SQLWCHAR> wide_;
};

/// The size that SQLBindParameter wants to be told.
/// @param bytes  of the longest value
SQLULEN column_size(const ParameterType& type, size_t bytes) noexcept;
/// The type for values that long. Many databases have another one for what is.
SQLSMALLINT sql_type_for(const ParameterType& type, size_t bytes) noexcept;

/// Binds one row of parameters, which it keeps until the next. What is bound already in the same way is left.
class ParameterBinder {
 public:
  /// @throws DriverError  with the parameter's column
  void bind(Connection& connection, SQLHSTMT statement, const ParameterBatch& batch, int64_t row);
  /// The statement was prepared anew, or somebody else has bound its parameters.
  void forget() noexcept {
    for (Slot& slot : slots_) slot.bound = {};
  }

 private:
  struct Binding {
    SQLSMALLINT c_type = 0, sql_type = 0, digits = 0;
    SQLULEN column_size = 0;
    const char* data = nullptr;
    size_t width = 0;
    bool operator==(const Binding&) const = default;
  };
  struct Slot {
    EncodedValue value;
    SQLLEN size = 0;
    Binding bound;
  };

  std::vector<Slot> slots_;
};

}  // namespace psa::odbc
