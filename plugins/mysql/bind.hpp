// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <mysql.h>

#include <psa/sdk/parameters.hpp>

namespace psa::mysql {

/// Binds parameters to one statement. Texts and bytes are read from the host's buffers.
class RowBinder {
 public:
  /// One row; valid until the next call and as long as the batch. Where the client library has been told all
  /// of it already, as for numbers, it is not told again, and sends the server no types.
  /// @throws DriverError  with parameter_column: PSA_NOT_SUPPORTED for a type that MySQL has none for,
  ///                      PSA_CATEGORY_DATA for a value that it can't hold; else what the library says
  void bind(MYSQL_STMT* statement, const ParameterBatch& batch, int64_t row);
  /// Something else was bound, or the statement is another one.
  void forget() noexcept { bound_ = false; }

 private:
  struct Value {
    int64_t integer;
    double real;
    MYSQL_TIME time;
    unsigned long length;
    std::string text;
  };

  std::vector<MYSQL_BIND> binds_;
  std::vector<Value> values_;
  bool bound_ = false;  // binds_, to the statement
};

/// One value. @param column  zero-based, for messages
struct BoundValue {
  enum_field_types type = MYSQL_TYPE_NULL;
  bool is_unsigned = false;
  int64_t integer = 0;
  double real = 0;
  MYSQL_TIME time{};
  std::string_view bytes;  // the host's, or `own`
  std::string own;
  bool is_own = false;
};
BoundValue bound_value(const ParameterColumn& column, int64_t row, int64_t index);

}  // namespace psa::mysql
