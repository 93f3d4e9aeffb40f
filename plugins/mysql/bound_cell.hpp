// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <mysql.h>

#include "client_extras.hpp"
#include "types.hpp"

namespace psa::mysql {

/// Where the client library writes one column's value of the row at hand, in binary form.
class BoundCell {
 public:
  /// @param longest  bytes that a value of the column may have
  BoundCell(ColumnKind kind, unsigned long longest);

  /// What mysql_stmt_bind_result takes; valid while this object stays where it is.
  void bind(MYSQL_BIND& to);

  bool is_null() const noexcept { return is_null_ != ClientFlag{}; }
  /// Texts and bytes: all of the value, which stays until the next row.
  /// @throws DriverError if the library can't hand out a long value
  std::span<const uint8_t> bytes(MYSQL_STMT* statement, unsigned index) {
    if (length_ > buffer_.size()) [[unlikely]]
      return long_bytes(statement, index);
    return {buffer_.data(), length_};
  }
  const MYSQL_TIME& time() const noexcept { return time_; }

  /// The member of the column's width.
  union Number {
    int8_t int8;
    int16_t int16;
    int32_t int32;
    int64_t int64;
    uint8_t uint8;
    uint16_t uint16;
    uint32_t uint32;
    float real32;
    double real64;
  };
  const Number& number() const noexcept { return number_; }

  /// Gives back the memory of a long value.
  void restart() noexcept { long_value_ = {}; }

 private:
  std::span<const uint8_t> long_bytes(MYSQL_STMT* statement, unsigned index);

  ColumnKind kind_;
  ClientFlag is_null_{};
  ClientFlag truncated_{};
  unsigned long length_ = 0;
  Number number_{};
  MYSQL_TIME time_{};
  std::vector<uint8_t> buffer_;
  std::vector<uint8_t> long_value_;
};

}  // namespace psa::mysql
