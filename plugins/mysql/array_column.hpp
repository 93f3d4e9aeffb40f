// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <mysql.h>

#include <psa/sdk/parameters.hpp>

namespace psa::mysql {

/// The values of one parameter in an array of rows, as the client library reads them.
class ArrayColumn {
 public:
  /// What values of a kind are bound as; nothing for those that arrays can't hold.
  static std::optional<enum_field_types> type_for(ParameterKind kind) noexcept;

  ArrayColumn(enum_field_types type, bool is_unsigned) noexcept : type_(type), is_unsigned_(is_unsigned) {}

  /// Begins an array of at most `rows` rows.
  void clear(size_t rows);
  /// Adds a value; texts and bytes stay where the host has them. @return about how many bytes are sent for it
  /// @throws DriverError  as bound_value
  int64_t add(const ParameterColumn& column, int64_t row, int64_t index);
  /// Valid until the next clear.
  void bind(MYSQL_BIND& to);

 private:
  enum_field_types type_;
  bool is_unsigned_;
  std::vector<int64_t> integers_;
  std::vector<double> reals_;
  std::vector<MYSQL_TIME> times_;
  std::vector<const MYSQL_TIME*> time_pointers_;
  std::vector<const char*> pointers_;
  std::vector<unsigned long> lengths_;
  std::vector<std::string> own_;
  std::vector<char> marks_;
};

}  // namespace psa::mysql
