// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace psa::odbc {

class Connection;

/// A row that a catalogue function gave, its columns as text; columns count from 1, as in ODBC's
/// documentation.
class CatalogRow {
 public:
  explicit CatalogRow(std::vector<std::optional<std::string>> cells) : cells_(std::move(cells)) {}
  std::optional<std::string> text(size_t column) const {
    return column <= cells_.size() ? cells_[column - 1] : std::nullopt;
  }
  std::string text_or(size_t column, std::string_view otherwise) const {
    return text(column).value_or(std::string(otherwise));
  }
  int64_t number_or(size_t column, int64_t otherwise) const;

 private:
  std::vector<std::optional<std::string>> cells_;
};
using CatalogRows = std::vector<CatalogRow>;

/// Where a table is, in ODBC's terms: what one database calls a schema, another one calls a catalogue.
struct TableName {
  std::optional<std::string> catalog, schema;
  std::string name;
  std::string type;  // "TABLE", "VIEW", ...
  std::optional<std::string> comment;
};

/// ODBC's catalogue functions on one connection. All may wait, and throw DriverError.
class Catalog {
 public:
  explicit Catalog(Connection& connection) : connection_(connection) {}

  std::vector<std::string> schemas();
  /// Tables of a schema, or of that which names without one are in. @param name  empty: all
  std::vector<TableName> tables(const std::optional<std::string>& schema, std::string_view name);
  CatalogRows columns(const TableName& table);
  CatalogRows primary_key(const TableName& table);
  CatalogRows foreign_keys(const TableName& table);
  CatalogRows statistics(const TableName& table);

  /// What the host calls a table's schema.
  std::string schema_of(const TableName& table) const;

 private:
  template <class Call>
  CatalogRows ask(Call call);
  std::optional<std::string> current_schema();
  std::string pattern(std::string_view name) const;

  Connection& connection_;
};

}  // namespace psa::odbc
