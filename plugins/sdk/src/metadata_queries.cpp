// SPDX-License-Identifier: Apache-2.0
#include <psa/driver.h>
#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/metadata_queries.hpp>

namespace psa {
namespace {

std::string_view query(const MetadataQueries& queries, uint32_t kind) {
  switch (kind) {
    case PSA_METADATA_SCHEMAS:
      return queries.schemas;
    case PSA_METADATA_TABLES:
      return queries.tables;
    case PSA_METADATA_COLUMNS:
      return queries.columns;
    case PSA_METADATA_KEYS:
      return queries.keys;
    case PSA_METADATA_INDEXES:
      return queries.indexes;
    default:
      throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_INTERFACE, "unknown kind of metadata");
  }
}

}  // namespace

std::string MetadataQueries::of(uint32_t kind, const std::function<std::string(char mark)>& condition) const {
  const std::string_view sql = query(*this, kind);
  std::string text;
  for (size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] != '%' || i + 1 == sql.size()) {
      text += sql[i];
    } else if (const char mark = sql[++i]; mark == '%') {
      text += mark;
    } else {
      text += condition(mark);
    }
  }
  return text;
}

}  // namespace psa
