#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "csv_file.hpp"

namespace csv {

enum class Comparison { equal, unequal, less, less_or_equal, greater, greater_or_equal, null, not_null };

/// One condition of a WHERE: a column and what it is compared with, a literal's text or a parameter.
struct Condition {
  std::string column;
  Comparison comparison;
  std::string literal;
  std::optional<size_t> parameter;  ///< its number, from 0
};

/// SELECT columns|* FROM file [WHERE condition [AND condition]...]
struct Query {
  std::vector<std::string> columns;  ///< none: all
  std::string file;                  ///< empty: the statement does nothing
  std::vector<Condition> conditions;
  size_t parameters = 0;
};

/// @throws psa::DriverError  with the offset of what was not understood
Query parse_query(std::string_view sql);

/// Whether a row fulfils a comparison; NULL fulfils none but its own.
bool holds(const Value& value, Comparison comparison, const Value& other);

}  // namespace csv
