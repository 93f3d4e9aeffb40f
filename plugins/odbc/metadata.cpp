// SPDX-License-Identifier: Apache-2.0
#include "metadata.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <sqlext.h>

#include <psa/sdk/arrow_array.hpp>
#include <psa/sdk/arrow_schema.hpp>
#include <psa/sdk/columns.hpp>
#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/text.hpp>

#include "catalog.hpp"
#include "connection.hpp"
#include "result.hpp"
#include "statement.hpp"

namespace psa::odbc {
namespace {

constexpr SchemaField schema_fields[] = {{"u", "schema"}};
constexpr SchemaField table_fields[] = {{"u", "schema"}, {"u", "table"}, {"u", "kind"}, {"u", "comment"}};
constexpr SchemaField column_fields[] = {{"u", "schema"},  {"u", "table"},         {"l", "ordinal"},
                                         {"u", "column"},  {"u", "type"},          {"l", "nullable"},
                                         {"u", "default"}, {"l", "autoincrement"}, {"u", "comment"}};
constexpr SchemaField key_fields[] = {{"u", "schema"},
                                      {"u", "table"},
                                      {"u", "constraint"},
                                      {"u", "kind"},
                                      {"l", "ordinal"},
                                      {"u", "column"},
                                      {"u", "referenced_schema"},
                                      {"u", "referenced_table"},
                                      {"u", "referenced_column"},
                                      {"u", "on_update"},
                                      {"u", "on_delete"}};
constexpr SchemaField index_fields[] = {{"u", "schema"},     {"u", "table"},     {"u", "index"},
                                        {"l", "unique"},     {"l", "ordinal"},   {"u", "column"},
                                        {"u", "expression"}, {"l", "descending"}};

std::span<const SchemaField> fields_of(uint32_t kind) {
  switch (kind) {
    case PSA_METADATA_SCHEMAS:
      return schema_fields;
    case PSA_METADATA_TABLES:
      return table_fields;
    case PSA_METADATA_COLUMNS:
      return column_fields;
    case PSA_METADATA_KEYS:
      return key_fields;
    case PSA_METADATA_INDEXES:
      return index_fields;
    default:
      throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_INTERFACE, "unknown kind of metadata");
  }
}

ArrowSchema schema_of_kind(uint32_t kind) { return make_schema(fields_of(kind)); }

/// One row of the answer: texts, and numbers as text.
using Cells = std::vector<std::optional<std::string>>;

ArrowArray make_rows(std::span<const SchemaField> fields, const std::vector<Cells>& rows) {
  std::vector<BytesColumn> texts(fields.size());
  std::vector<Int64Column> numbers(fields.size());
  for (const Cells& row : rows) {
    for (size_t i = 0; i < fields.size(); ++i) {
      const auto& cell = row[i];
      if (fields[i].format == "l")
        cell ? numbers[i].append(std::stoll(*cell)) : numbers[i].append_null();
      else if (cell)
        texts[i].append(reinterpret_cast<const uint8_t*>(cell->data()), cell->size());
      else
        texts[i].append_null();
    }
  }
  std::vector<ArrayNode> nodes{
      {static_cast<int64_t>(rows.size()), 0, static_cast<uint32_t>(fields.size()), 1}};
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].format == "l")
      numbers[i].describe(nodes);
    else
      texts[i].describe(nodes);
  }
  return make_array(nodes);
}

bool holds(std::string_view text, std::string_view part) {
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  return std::search(text.begin(), text.end(), part.begin(), part.end(), same) != text.end();
}

std::string table_kind(const std::string& type) {
  if (holds(type, "system") || type == "INFORMATION_SCHEMA") return "system";
  if (holds(type, "temporary")) return "temporary";
  return holds(type, "view") ? "view" : "table";
}

std::optional<std::string> not_empty(std::optional<std::string> text) {
  return text && !text->empty() ? text : std::nullopt;
}

// "varchar" as "varchar(40)", "numeric" as "numeric(10,2)".
std::string type_text(const CatalogRow& column) {
  std::string name = column.text_or(6, "");
  const int64_t type = column.number_or(5, 0), size = column.number_or(7, 0);
  if (size <= 0 || name.find('(') != std::string::npos) return name;
  const std::string length = std::to_string(size);
  switch (type) {
    case SQL_CHAR:
    case SQL_VARCHAR:
    case SQL_WCHAR:
    case SQL_WVARCHAR:
    case SQL_BINARY:
    case SQL_VARBINARY:
      return name + "(" + length + ")";
    case SQL_DECIMAL:
    case SQL_NUMERIC:
      return name + "(" + length + "," + std::to_string(column.number_or(9, 0)) + ")";
    default:
      return name;
  }
}

std::optional<std::string> rule(const CatalogRow& key, size_t column) {
  switch (key.number_or(column, -1)) {
    case SQL_CASCADE:
      return "CASCADE";
    case SQL_RESTRICT:
      return "RESTRICT";
    case SQL_SET_NULL:
      return "SET NULL";
    case SQL_NO_ACTION:
      return "NO ACTION";
    case SQL_SET_DEFAULT:
      return "SET DEFAULT";
    default:
      return std::nullopt;
  }
}

/// Answers about the tables that were asked for.
class Answer {
 public:
  Answer(Connection& connection, const psa_metadata& wanted) : catalog_(connection), kind_(wanted.kind) {
    if (has_value(wanted.schema)) schema_ = std::string(view(wanted.schema));
    table_ = view(wanted.table);
  }

  std::vector<Cells> rows() {
    if (kind_ == PSA_METADATA_SCHEMAS) {
      if (!table_.empty()) throw invalid_argument("schemas have no table to choose by");
      for (const std::string& name : catalog_.schemas())
        if (!schema_ || *schema_ == name) rows_.push_back({name});
    } else {
      for (const TableName& table : catalog_.tables(schema_, table_)) add(table);
    }
    std::stable_sort(rows_.begin(), rows_.end(), [](const Cells& a, const Cells& b) {
      const size_t leading = std::min<size_t>(a.size(), 2);
      return std::lexicographical_compare(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(leading),
                                          b.begin(), b.begin() + static_cast<std::ptrdiff_t>(leading));
    });
    return std::move(rows_);
  }

 private:
  void add(const TableName& table) {
    const std::string kind = table_kind(table.type);
    if (kind_ == PSA_METADATA_TABLES)
      rows_.push_back({catalog_.schema_of(table), table.name, kind, not_empty(table.comment)});
    if (kind_ == PSA_METADATA_COLUMNS) add_columns(table);
    if (kind == "view" || (kind == "system" && table_.empty())) return;
    if (kind_ == PSA_METADATA_KEYS) add_keys(table);
    if (kind_ == PSA_METADATA_INDEXES) add_indexes(table);
  }

  void add_columns(const TableName& table) {
    int64_t ordinal = 0;
    for (const CatalogRow& row : catalog_.columns(table)) {
      ++ordinal;
      const bool nullable = row.number_or(11, SQL_NULLABLE) != SQL_NO_NULLS;
      std::optional<std::string> otherwise = not_empty(row.text(13));
      if (otherwise == "NULL") otherwise.reset();
      const std::string type = row.text_or(6, "");
      const bool counts_up =
          holds(type, "identity") || holds(type, "serial") || holds(type, "auto_increment");
      rows_.push_back({catalog_.schema_of(table), table.name, std::to_string(row.number_or(17, ordinal)),
                       row.text(4), type_text(row), nullable ? "1" : "0", otherwise, counts_up ? "1" : "0",
                       not_empty(row.text(12))});
    }
  }

  void add_key(const TableName& table, const std::optional<std::string>& constraint, const char* kind,
               int64_t ordinal, const std::optional<std::string>& column,
               const CatalogRow* foreign = nullptr) {
    Cells cells{catalog_.schema_of(table), table.name, constraint, kind, std::to_string(ordinal), column};
    cells.resize(std::size(key_fields));
    if (foreign != nullptr) {
      cells[6] = catalog_.schema_of({foreign->text(1), foreign->text(2), "", "", {}});
      cells[7] = foreign->text(3);
      cells[8] = foreign->text(4);
      cells[9] = rule(*foreign, 10);
      cells[10] = rule(*foreign, 11);
    }
    rows_.push_back(std::move(cells));
  }

  struct Index {
    std::string name;
    bool unique = false;
    std::vector<std::optional<std::string>> columns;
    std::vector<bool> descending;
  };
  struct PrimaryKey {
    std::optional<std::string> name;
    std::vector<std::optional<std::string>> columns;
  };
  struct Indexes {
    PrimaryKey key;
    std::vector<Index> others;
  };

  PrimaryKey primary_key_of(const TableName& table) {
    CatalogRows rows = catalog_.primary_key(table);
    std::stable_sort(rows.begin(), rows.end(), [](const CatalogRow& a, const CatalogRow& b) {
      return a.number_or(5, 0) < b.number_or(5, 0);
    });
    PrimaryKey key;
    for (const CatalogRow& row : rows) key.columns.push_back(row.text(4));
    if (!rows.empty()) key.name = not_empty(rows.front().text(6));
    return key;
  }

  std::vector<Index> all_indexes_of(const TableName& table) {
    std::map<std::string, Index> found;
    CatalogRows rows = catalog_.statistics(table);
    std::stable_sort(rows.begin(), rows.end(), [](const CatalogRow& a, const CatalogRow& b) {
      return a.number_or(8, 0) < b.number_or(8, 0);
    });
    for (const CatalogRow& row : rows) {
      Index& index = found[*row.text(6)];
      index.name = *row.text(6);
      index.unique = row.number_or(4, 1) == SQL_FALSE;
      index.columns.push_back(not_empty(row.text(9)));
      index.descending.push_back(row.text(10) == "D");
    }
    std::vector<Index> out;
    for (auto& each : found) out.push_back(std::move(each.second));
    return out;
  }

  // The primary key apart from the other indexes. MariaDB's and SQLite's driver number its columns as the
  // table has them; the index that it has is in its own order.
  Indexes indexes_of(const TableName& table) {
    Indexes out{primary_key_of(table), {}};
    PrimaryKey& key = out.key;
    for (Index& index : all_indexes_of(table)) {
      const bool same_columns =
          index.columns.size() == key.columns.size() &&
          std::is_permutation(index.columns.begin(), index.columns.end(), key.columns.begin());
      const bool is_key =
          index.unique && same_columns && (index.name == "PRIMARY" || !key.name || index.name == *key.name);
      if (is_key)
        key.columns = index.columns;
      else
        out.others.push_back(std::move(index));
    }
    return out;
  }

  void add_keys(const TableName& table) {
    const Indexes indexes = indexes_of(table);
    int64_t ordinal = 0;
    for (const auto& column : indexes.key.columns)
      add_key(table, indexes.key.name, "primary", ++ordinal, column);
    for (const Index& index : indexes.others) {
      if (!index.unique) continue;
      for (size_t i = 0; i < index.columns.size(); ++i)
        add_key(table, index.name, "unique", static_cast<int64_t>(i + 1), index.columns[i]);
    }
    CatalogRows foreign = catalog_.foreign_keys(table);
    std::stable_sort(foreign.begin(), foreign.end(), [](const CatalogRow& a, const CatalogRow& b) {
      return std::pair(a.text_or(12, ""), a.number_or(9, 0)) <
             std::pair(b.text_or(12, ""), b.number_or(9, 0));
    });
    for (const CatalogRow& row : foreign)
      add_key(table, not_empty(row.text(12)), "foreign", std::max<int64_t>(row.number_or(9, 1), 1),
              row.text(8), &row);
  }

  void add_indexes(const TableName& table) {
    for (const Index& index : indexes_of(table).others) {
      for (size_t i = 0; i < index.columns.size(); ++i)
        rows_.push_back({catalog_.schema_of(table), table.name, index.name, index.unique ? "1" : "0",
                         std::to_string(i + 1), index.columns[i], std::nullopt,
                         index.descending[i] ? "1" : "0"});
    }
  }

  Catalog catalog_;
  uint32_t kind_;
  std::optional<std::string> schema_;
  std::string table_;
  std::vector<Cells> rows_;
};

}  // namespace

std::shared_ptr<Result> metadata(Connection& connection, const psa_metadata& wanted, int64_t deadline) {
  const Connection::Running running(connection, deadline);
  connection.before_command();
  const std::span<const SchemaField> fields = fields_of(wanted.kind);
  const std::vector<Cells> rows = Answer(connection, wanted).rows();
  auto statement = std::make_shared<Statement>(connection.shared_from_this());
  statement->set_ready_schema(&schema_of_kind, wanted.kind);
  const ArrowArray array = make_rows(fields, rows);
  return Result::of_batch(std::move(statement), schema_of_kind(wanted.kind), array);
}

}  // namespace psa::odbc
