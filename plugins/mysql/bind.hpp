// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <mysql.h>

#include <psa/sdk/parameters.hpp>

namespace psa::mysql {

/// Turns parameters into what mysql_stmt_bind_param takes. Texts and bytes are read from the host's buffers.
class RowBinder {
 public:
  /// One row; valid until the next call and as long as the batch.
  /// @throws DriverError  with parameter_column: PSA_NOT_SUPPORTED for a type that MySQL has none for,
  ///                      PSA_CATEGORY_DATA for a value that it can't hold
  MYSQL_BIND* bind(const ParameterBatch& batch, int64_t row);

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
