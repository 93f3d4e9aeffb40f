// SPDX-License-Identifier: Apache-2.0
#include "metadata.hpp"

#include <string>
#include <string_view>

#include <psa/sdk/metadata_queries.hpp>
#include <psa/sdk/text.hpp>

#include "statement.hpp"

namespace psa::postgres {
namespace {

// In each, %S and %T become the conditions on schema and table.
constexpr std::string_view schemas =
    "SELECT nspname::text AS schema FROM pg_catalog.pg_namespace n WHERE nspname !~ '^pg_' AND %S ORDER BY 1";

constexpr std::string_view tables =
    "SELECT n.nspname::text AS schema, c.relname::text AS table,"
    " CASE WHEN c.relpersistence = 't' THEN 'temporary'"
    "  WHEN n.nspname IN ('pg_catalog', 'information_schema', 'pg_toast') THEN 'system'"
    "  WHEN c.relkind IN ('v', 'm') THEN 'view' ELSE 'table' END AS kind,"
    " pg_catalog.obj_description(c.oid, 'pg_class') AS comment"
    " FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND %S AND %T ORDER BY 1, 2";

constexpr std::string_view columns =
    "SELECT n.nspname::text AS schema, c.relname::text AS table,"
    " row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum) AS ordinal, a.attname::text AS column,"
    " pg_catalog.format_type(a.atttypid, a.atttypmod) AS type, NOT a.attnotnull AS nullable,"
    " CASE WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, d.adrelid) END AS default,"
    " a.attidentity <> '' OR coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%%', false)"
    "  AS autoincrement, pg_catalog.col_description(c.oid, a.attnum) AS comment"
    " FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum"
    " WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND %S AND %T"
    " ORDER BY 1, 2, 3";

constexpr std::string_view keys =
    "SELECT n.nspname::text AS schema, c.relname::text AS table, k.conname::text AS constraint,"
    " CASE k.contype WHEN 'p' THEN 'primary' WHEN 'u' THEN 'unique' ELSE 'foreign' END AS kind, o.n AS "
    "ordinal,"
    " a.attname::text AS column, rn.nspname::text AS referenced_schema, rc.relname::text AS referenced_table,"
    " ra.attname::text AS referenced_column,"
    " CASE WHEN k.contype = 'f' THEN CASE k.confupdtype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT'"
    "  WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END END AS on_update,"
    " CASE WHEN k.contype = 'f' THEN CASE k.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT'"
    "  WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL' ELSE 'SET DEFAULT' END END AS on_delete"
    " FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid"
    " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " CROSS JOIN LATERAL unnest(k.conkey) WITH ORDINALITY o(attnum, n)"
    " JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = o.attnum"
    " LEFT JOIN pg_catalog.pg_class rc ON rc.oid = k.confrelid AND k.contype = 'f'"
    " LEFT JOIN pg_catalog.pg_namespace rn ON rn.oid = rc.relnamespace"
    " LEFT JOIN pg_catalog.pg_attribute ra ON ra.attrelid = rc.oid AND ra.attnum = k.confkey[o.n]"
    " WHERE k.contype IN ('p', 'u', 'f') AND %S AND %T ORDER BY 1, 2, 3, 5";

constexpr std::string_view indexes =
    "SELECT n.nspname::text AS schema, c.relname::text AS table, i.relname::text AS index, x.indisunique AS "
    "unique,"
    " o.n AS ordinal, a.attname::text AS column,"
    " CASE WHEN o.attnum = 0 THEN pg_catalog.pg_get_indexdef(x.indexrelid, o.n::int, true) END AS expression,"
    " (x.indoption[o.n::int - 1] & 1) = 1 AS descending"
    " FROM pg_catalog.pg_index x JOIN pg_catalog.pg_class i ON i.oid = x.indexrelid"
    " JOIN pg_catalog.pg_class c ON c.oid = x.indrelid JOIN pg_catalog.pg_namespace n ON n.oid = "
    "c.relnamespace"
    " CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY o(attnum, n)"
    " LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = o.attnum AND o.attnum <> 0"
    " WHERE o.n <= x.indnkeyatts AND %S AND %T ORDER BY 1, 2, 3, 5";

constexpr MetadataQueries queries{schemas, tables, columns, keys, indexes};

std::string literal(PGconn* client, std::string_view text) {
  char* const escaped = PQescapeLiteral(client, text.data(), text.size());
  if (escaped == nullptr) throw invalid_argument("a schema or table name is no UTF-8");
  std::string copy = escaped;
  PQfreemem(escaped);
  return copy;
}

}  // namespace

Task<std::shared_ptr<Result>> metadata(Connection& connection, const psa_metadata& wanted) {
  co_await connection.enter();
  PGconn* const client = connection.session().client();
  const auto condition = [&](char mark) -> std::string {
    const psa_string& name = mark == 'S' ? wanted.schema : wanted.table;
    if (!has_value(name)) return "true";
    return (mark == 'S' ? "n.nspname = " : "c.relname = ") + literal(client, view(name));
  };
  const auto statement = std::make_shared<Statement>(
      connection.shared_from_this(), queries.of(wanted.kind, condition), uint32_t{PSA_PREPARE_ONCE});
  const psa_execute no_parameters{PSA_INIT(psa_execute)};
  co_return co_await statement->run(no_parameters);
}

}  // namespace psa::postgres
