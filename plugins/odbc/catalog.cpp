// SPDX-License-Identifier: Apache-2.0
#include "catalog.hpp"

#include <array>
#include <charconv>
#include <memory>
#include <utility>

#include <sqlext.h>
#include <sqlucode.h>

#include "connection.hpp"
#include "utf16.hpp"

namespace psa::odbc {
namespace {

using Cursor = std::unique_ptr<void, FreeHandle<SQL_HANDLE_STMT>>;

// A name as an argument; NULL for none.
class Argument {
 public:
  explicit Argument(const std::optional<std::string>& name) {
    if (name) text_.emplace(*name);
  }
  SQLWCHAR* data() noexcept { return text_ ? text_->data() : nullptr; }
  SQLSMALLINT size() const noexcept {
    return text_ ? static_cast<SQLSMALLINT>(text_->size()) : SQLSMALLINT{0};
  }

 private:
  std::optional<WideText> text_;
};

// A cell by SQLGetData; nothing for NULL and where it can't be read.
std::optional<std::string> read_cell(SQLHSTMT cursor, SQLUSMALLINT column) {
  std::vector<SQLWCHAR> all;
  std::array<SQLWCHAR, 512> piece;
  for (;;) {
    SQLLEN size = 0;
    const SQLRETURN code = SQLGetData(cursor, column, SQL_C_WCHAR, piece.data(), sizeof piece, &size);
    if (code == SQL_NO_DATA) break;
    if (!SQL_SUCCEEDED(code) || size == SQL_NULL_DATA) return std::nullopt;
    const bool more = size == SQL_NO_TOTAL || static_cast<size_t>(size) >= sizeof piece;
    const size_t units = more ? piece.size() - 1 : static_cast<size_t>(size) / sizeof(SQLWCHAR);
    all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(units));
    if (!more) break;
  }
  return utf8_of(all.data(), all.size());
}

}  // namespace

int64_t CatalogRow::number_or(size_t column, int64_t otherwise) const {
  const auto cell = text(column);
  if (!cell) return otherwise;
  std::from_chars(cell->data(), cell->data() + cell->size(), otherwise);
  return otherwise;
}

template <class Call>
CatalogRows Catalog::ask(Call call) {
  const Cursor cursor(connection_.new_statement());
  if (!SQL_SUCCEEDED(connection_.aimed(cursor.get(), [&] { return call(cursor.get()); })))
    connection_.fail(SQL_HANDLE_STMT, cursor.get());
  SQLSMALLINT columns = 0;
  SQLNumResultCols(cursor.get(), &columns);
  CatalogRows rows;
  for (;;) {
    const SQLRETURN code = SQLFetch(cursor.get());
    if (code == SQL_NO_DATA) return rows;
    if (!SQL_SUCCEEDED(code)) connection_.fail(SQL_HANDLE_STMT, cursor.get());
    std::vector<std::optional<std::string>> cells;
    for (SQLSMALLINT i = 1; i <= columns; ++i)
      cells.push_back(read_cell(cursor.get(), static_cast<SQLUSMALLINT>(i)));
    rows.emplace_back(std::move(cells));
  }
}

// Arguments of some functions are patterns, in which names have such characters escaped.
std::string Catalog::pattern(std::string_view name) const {
  const std::string& escape = connection_.facts().pattern_escape;
  std::string out;
  for (const char c : name) {
    if (c == '_' || c == '%' || (escape.size() == 1 && c == escape[0])) out += escape;
    out += c;
  }
  return out;
}

std::string Catalog::schema_of(const TableName& table) const {
  const Facts& facts = connection_.facts();
  if (facts.has_schemas) return table.schema.value_or("");
  if (facts.has_catalogs) return table.catalog.value_or("");
  return "main";
}

std::vector<std::string> Catalog::schemas() {
  const Facts& facts = connection_.facts();
  if (!facts.has_schemas && !facts.has_catalogs) return {"main"};
  const bool catalogs = !facts.has_schemas;
  Argument all(std::string(SQL_ALL_SCHEMAS)), none{std::string()};
  Argument& catalog = catalogs ? all : none;
  Argument& schema = catalogs ? none : all;
  const CatalogRows rows = ask([&](SQLHSTMT cursor) {
    return SQLTablesW(cursor, catalog.data(), catalog.size(), schema.data(), schema.size(), none.data(), 0,
                      none.data(), 0);
  });
  std::vector<std::string> names;
  for (const CatalogRow& row : rows)
    if (const auto name = row.text(catalogs ? 1 : 2)) names.push_back(*name);
  return names;
}

std::optional<std::string> Catalog::current_schema() {
  const Facts& facts = connection_.facts();
  if (facts.has_schemas) {
    if (facts.dbms->current_schema == nullptr) return std::nullopt;
    WideText query(facts.dbms->current_schema);
    const CatalogRows rows = ask([&](SQLHSTMT cursor) {
      return SQLExecDirectW(cursor, query.data(), static_cast<SQLINTEGER>(query.size()));
    });
    return rows.empty() ? std::nullopt : rows.front().text(1);
  }
  if (!facts.has_catalogs) return std::nullopt;
  std::array<SQLWCHAR, 256> name{};
  SQLINTEGER bytes = 0;
  if (!SQL_SUCCEEDED(SQLGetConnectAttrW(connection_.session(), SQL_ATTR_CURRENT_CATALOG, name.data(),
                                        sizeof name, &bytes)) ||
      bytes <= 0)
    return std::nullopt;
  return utf8_of(name.data(),
                 std::min<size_t>(static_cast<size_t>(bytes) / sizeof(SQLWCHAR), name.size() - 1));
}

std::vector<TableName> Catalog::tables(const std::optional<std::string>& given, std::string_view name) {
  const Facts& facts = connection_.facts();
  const bool names_schemas = facts.has_schemas || facts.has_catalogs;
  const std::optional<std::string> wanted = given || !names_schemas ? given : current_schema();
  std::optional<std::string> as_pattern;
  if (wanted && names_schemas) as_pattern = pattern(*wanted);
  // Catalogues are no patterns.
  Argument catalog(facts.has_schemas ? std::nullopt : names_schemas ? wanted : std::nullopt);
  Argument schema(facts.has_schemas ? as_pattern : std::nullopt);
  Argument table(name.empty() ? std::nullopt : std::optional(pattern(name)));
  const CatalogRows rows = ask([&](SQLHSTMT cursor) {
    return SQLTablesW(cursor, catalog.data(), catalog.size(), schema.data(), schema.size(), table.data(),
                      table.size(), nullptr, 0);
  });
  std::vector<TableName> out;
  for (const CatalogRow& row : rows) {
    TableName each{row.text(1), row.text(2), row.text_or(3, ""), row.text_or(4, ""), row.text(5)};
    if (!name.empty() && each.name != name) continue;
    if (wanted && schema_of(each) != *wanted) continue;
    out.push_back(std::move(each));
  }
  return out;
}

CatalogRows Catalog::columns(const TableName& table) {
  Argument catalog(table.catalog),
      schema(table.schema ? std::optional(pattern(*table.schema)) : std::nullopt);
  Argument name{std::optional(pattern(table.name))};
  CatalogRows rows = ask([&](SQLHSTMT cursor) {
    return SQLColumnsW(cursor, catalog.data(), catalog.size(), schema.data(), schema.size(), name.data(),
                       name.size(), nullptr, 0);
  });
  std::erase_if(rows, [&](const CatalogRow& row) { return row.text(3) != table.name; });
  return rows;
}

CatalogRows Catalog::primary_key(const TableName& table) {
  Argument catalog(table.catalog), schema(table.schema), name{std::optional(table.name)};
  return ask([&](SQLHSTMT cursor) {
    return SQLPrimaryKeysW(cursor, catalog.data(), catalog.size(), schema.data(), schema.size(), name.data(),
                           name.size());
  });
}

CatalogRows Catalog::foreign_keys(const TableName& table) {
  Argument catalog(table.catalog), schema(table.schema), name{std::optional(table.name)};
  return ask([&](SQLHSTMT cursor) {
    return SQLForeignKeysW(cursor, nullptr, 0, nullptr, 0, nullptr, 0, catalog.data(), catalog.size(),
                           schema.data(), schema.size(), name.data(), name.size());
  });
}

CatalogRows Catalog::statistics(const TableName& table) {
  Argument catalog(table.catalog), schema(table.schema), name{std::optional(table.name)};
  CatalogRows rows = ask([&](SQLHSTMT cursor) {
    return SQLStatisticsW(cursor, catalog.data(), catalog.size(), schema.data(), schema.size(), name.data(),
                          name.size(), SQL_INDEX_ALL, SQL_QUICK);
  });
  // Rows of the table itself have no index.
  std::erase_if(rows,
                [](const CatalogRow& row) { return !row.text(6) || row.number_or(7, 3) == SQL_TABLE_STAT; });
  return rows;
}

}  // namespace psa::odbc
