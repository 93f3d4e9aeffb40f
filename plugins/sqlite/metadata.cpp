// SPDX-License-Identifier: Apache-2.0
#include "metadata.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/text.hpp>

#include "connection.hpp"
#include "rows.hpp"
#include "statement.hpp"

namespace psa::sqlite {
namespace {

/// Doubles the quote inside and puts it around.
std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    out += c;
    if (c == quote) out += c;
  }
  return out + quote;
}

/// Replaces {name}, an SQL literal, and {schema}, an identifier.
std::string fill_in(std::string_view query, const std::string& schema) {
  std::string out;
  for (size_t at = 0; at < query.size(); ++at) {
    if (query.substr(at).starts_with("{name}")) {
      out += quoted(schema, '\'');
      at += 5;
    } else if (query.substr(at).starts_with("{schema}")) {
      out += quoted(schema, '"');
      at += 7;
    } else {
      out += query[at];
    }
  }
  return out;
}

struct Query {
  const char* of_schema;  // one for each schema, joined by UNION ALL
  const char* order;
};

Query query_for(uint32_t kind) {
  switch (kind) {
    case PSA_METADATA_SCHEMAS:
      return {"SELECT {name} AS schema", "1"};
    case PSA_METADATA_TABLES:
      return {
          "SELECT {name} AS schema, m.name AS \"table\","
          " CASE WHEN m.name LIKE 'sqlite\\_%' ESCAPE '\\' THEN 'system' WHEN m.type = 'view' THEN 'view'"
          " WHEN {name} = 'temp' THEN 'temporary' ELSE 'table' END AS kind, NULL AS comment"
          " FROM {schema}.sqlite_master m WHERE m.type IN ('table', 'view')",
          "1, 2"};
    case PSA_METADATA_COLUMNS:
      return {
          "SELECT {name} AS schema, m.name AS \"table\", c.cid + 1 AS ordinal, c.name AS \"column\","
          " c.type AS type, c.\"notnull\" = 0 AS nullable, c.dflt_value AS \"default\","
          " c.pk = 1 AND upper(c.type) = 'INTEGER' AND m.sql LIKE '%AUTOINCREMENT%' AS \"autoincrement\","
          " NULL AS comment"
          " FROM {schema}.sqlite_master m JOIN pragma_table_xinfo(m.name, {name}) c"
          " WHERE m.type IN ('table', 'view') AND c.hidden <> 1",
          "1, 2, 3"};
    case PSA_METADATA_KEYS:
      // The last column only orders: it keeps the rows of one constraint together.
      return {
          "SELECT {name} AS schema, m.name AS \"table\", NULL AS \"constraint\", 'primary' AS kind,"
          " c.pk AS ordinal, c.name AS \"column\", NULL AS referenced_schema, NULL AS referenced_table,"
          " NULL AS referenced_column, NULL AS on_update, NULL AS on_delete, 0 AS place"
          " FROM {schema}.sqlite_master m JOIN pragma_table_info(m.name, {name}) c"
          " WHERE m.type = 'table' AND c.pk > 0"
          " UNION ALL SELECT {name}, m.name, NULL, 'unique', i.seqno + 1, i.name, NULL, NULL, NULL, NULL,"
          " NULL, l.seq FROM {schema}.sqlite_master m JOIN pragma_index_list(m.name, {name}) l"
          " JOIN pragma_index_info(l.name, {name}) i WHERE m.type = 'table' AND l.origin = 'u'"
          " UNION ALL SELECT {name}, m.name, NULL, 'foreign', f.seq + 1, f.\"from\", {name}, f.\"table\","
          " coalesce(f.\"to\", (SELECT p.name FROM pragma_table_info(f.\"table\", {name}) p"
          " WHERE p.pk = f.seq + 1)), f.on_update, f.on_delete, f.id"
          " FROM {schema}.sqlite_master m JOIN pragma_foreign_key_list(m.name, {name}) f"
          " WHERE m.type = 'table'",
          "1, 2, 4, 12, 5"};
    case PSA_METADATA_INDEXES:
      return {
          "SELECT {name} AS schema, m.name AS \"table\", l.name AS \"index\", l.\"unique\" AS \"unique\","
          " i.seqno + 1 AS ordinal, i.name AS \"column\", NULL AS expression, i.\"desc\" AS descending"
          " FROM {schema}.sqlite_master m JOIN pragma_index_list(m.name, {name}) l"
          " JOIN pragma_index_xinfo(l.name, {name}) i"
          " WHERE m.type = 'table' AND l.origin = 'c' AND i.key = 1",
          "1, 2, 3, 5"};
    default:
      throw invalid_argument("there is no metadata of this kind");
  }
}

/// The attached databases, main first. sqlite3_db_name is too new for every build of this source.
std::vector<std::string> schemas(Connection& connection) {
  std::vector<std::string> out;
  sqlite3_stmt* list = nullptr;
  int code = sqlite3_prepare_v2(connection.database(), "PRAGMA database_list", -1, &list, nullptr);
  if (code == SQLITE_OK) {
    while ((code = sqlite3_step(list)) == SQLITE_ROW) {
      out.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(list, 1)));
    }
  }
  sqlite3_finalize(list);
  if (code != SQLITE_DONE) connection.fail(code);
  return out;
}

}  // namespace

std::unique_ptr<Result> metadata(Connection& connection, const psa_metadata& wanted, int64_t deadline) {
  const Query query = query_for(wanted.kind);
  std::string all;
  for (const std::string& schema : schemas(connection)) {
    if (has_value(wanted.schema) && schema != view(wanted.schema)) continue;
    all += all.empty() ? "" : " UNION ALL ";
    all += fill_in(query.of_schema, schema);
  }
  // A schema that is not there has the columns, and no rows.
  if (all.empty()) all = fill_in(query.of_schema, "main") + " LIMIT 0";
  std::string sql = "SELECT * FROM (" + all + ")";
  if (has_value(wanted.table)) {
    if (wanted.kind == PSA_METADATA_SCHEMAS) throw invalid_argument("schemas have no table to choose by");
    sql += " WHERE \"table\" = " + quoted(view(wanted.table), '\'');
  }
  sql += std::string(" ORDER BY ") + query.order;
  const psa_execute no_parameters{PSA_INIT(psa_execute)};
  return Statement::prepare(connection, sql, PSA_PREPARE_ONCE, deadline)->execute(no_parameters, deadline);
}

}  // namespace psa::sqlite
