// SPDX-License-Identifier: Apache-2.0
#include "column_type.hpp"

#include <string_view>

#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/driver_error.hpp>

namespace psa::postgres {

std::string column_type_for(const ArrowSchema& field) {
  const std::string_view format = field.format;
  const std::string_view extension = find_metadata(field.metadata, "ARROW:extension:name");
  if (extension == "psa.decimal") return "numeric";
  if (extension == "arrow.json") return "json";
  if (extension == "arrow.uuid") return "uuid";
  if (format == "+l" || format == "+L") return column_type_for(*field.children[0]) + "[]";
  if (format == "b") return "boolean";
  if (format == "c" || format == "C" || format == "s") return "smallint";
  if (format == "S" || format == "i") return "integer";
  if (format == "I" || format == "l") return "bigint";
  if (format == "L") return "numeric(20)";
  if (format == "f") return "real";
  if (format == "g") return "double precision";
  if (format == "u" || format == "U" || format == "n") return "text";
  if (format == "z" || format == "Z" || format.starts_with("w:")) return "bytea";
  if (format.starts_with("td")) return "date";
  if (format.starts_with("tt")) return "time";
  if (format.starts_with("ts")) return format.size() > 4 ? "timestamptz" : "timestamp";
  if (format.starts_with("ti") || format.starts_with("tD")) return "interval";
  if (format.starts_with("d:")) return "numeric(" + std::string(format.substr(2)) + ")";
  throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED,
                    "column '" + std::string(field.name) + "' has the Arrow type " + std::string(format) +
                        ", which no type of PostgreSQL corresponds to");
}

}  // namespace psa::postgres
