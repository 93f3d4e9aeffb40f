// SPDX-License-Identifier: Apache-2.0
#include "metadata.hpp"

#include <string>
#include <string_view>

#include <psa/sdk/metadata_queries.hpp>
#include <psa/sdk/text.hpp>

#include "quoting.hpp"
#include "statement.hpp"

namespace psa::mysql {
namespace {

// In each, %N becomes the condition on a schema's name, %S and %T those on a table's schema and name.

constexpr std::string_view schemas =
    "SELECT schema_name AS `schema` FROM information_schema.schemata c WHERE %N ORDER BY 1";

constexpr std::string_view tables =
    "SELECT table_schema AS `schema`, table_name AS `table`,"
    " CASE WHEN INSTR(table_type, 'TEMPORARY') <> 0 THEN 'temporary'"
    "  WHEN table_schema IN ('information_schema', 'mysql', 'performance_schema', 'sys')"
    "   OR table_type = 'SYSTEM VIEW' THEN 'system'"
    "  WHEN table_type = 'VIEW' THEN 'view' ELSE 'table' END AS kind,"
    " CASE WHEN table_type <> 'VIEW' AND table_comment <> '' THEN table_comment END AS comment"
    " FROM information_schema.tables c WHERE table_type <> 'SEQUENCE' AND %S AND %T ORDER BY 1, 2";

// MariaDB writes a missing default of a column that may be NULL as the word, and quotes texts.
constexpr std::string_view columns =
    "SELECT table_schema AS `schema`, table_name AS `table`, CAST(ordinal_position AS SIGNED) AS ordinal,"
    " column_name AS `column`, column_type AS type, is_nullable = 'YES' AS nullable,"
    " NULLIF(column_default, 'NULL') AS `default`, INSTR(extra, 'auto_increment') <> 0 AS autoincrement,"
    " NULLIF(column_comment, '') AS comment"
    " FROM information_schema.columns c WHERE %S AND %T ORDER BY 1, 2, 3";

constexpr std::string_view keys =
    "SELECT c.table_schema AS `schema`, c.table_name AS `table`, c.constraint_name AS `constraint`,"
    " CASE c.constraint_type WHEN 'PRIMARY KEY' THEN 'primary' WHEN 'UNIQUE' THEN 'unique'"
    "  ELSE 'foreign' END AS kind,"
    " CAST(k.ordinal_position AS SIGNED) AS ordinal, k.column_name AS `column`,"
    " k.referenced_table_schema AS referenced_schema, k.referenced_table_name AS referenced_table,"
    " k.referenced_column_name AS referenced_column, r.update_rule AS on_update, r.delete_rule AS on_delete"
    " FROM information_schema.table_constraints c"
    " JOIN information_schema.key_column_usage k ON k.constraint_schema = c.constraint_schema"
    "  AND k.constraint_name = c.constraint_name AND k.table_schema = c.table_schema"
    "  AND k.table_name = c.table_name"
    "  AND (k.referenced_table_name IS NULL) = (c.constraint_type <> 'FOREIGN KEY')"
    " LEFT JOIN information_schema.referential_constraints r ON c.constraint_type = 'FOREIGN KEY'"
    "  AND r.constraint_schema = c.constraint_schema AND r.constraint_name = c.constraint_name"
    "  AND r.table_name = c.table_name"
    " WHERE c.constraint_type IN ('PRIMARY KEY', 'UNIQUE', 'FOREIGN KEY') AND %S AND %T"
    " ORDER BY 1, 2, 3, 4, 5";

// The primary key's is none to speak of. MariaDB has no indexes on expressions.
constexpr std::string_view indexes =
    "SELECT table_schema AS `schema`, table_name AS `table`, index_name AS `index`, non_unique = 0 AS "
    "`unique`,"
    " CAST(seq_in_index AS SIGNED) AS ordinal, column_name AS `column`, NULL AS expression,"
    " COALESCE(collation = 'D', FALSE) AS descending"
    " FROM information_schema.statistics c WHERE index_name <> 'PRIMARY' AND %S AND %T ORDER BY 1, 2, 3, 5";

constexpr MetadataQueries queries{schemas, tables, columns, keys, indexes};

// information_schema compares without regard to case, also where the server's names differ by it.
std::string is_named(const char* column, const std::string& literal) {
  const std::string name = column;
  return name + " = " + literal + " AND (@@lower_case_table_names <> 0 OR BINARY " + name + " = BINARY " +
         literal + ")";
}

}  // namespace

std::shared_ptr<Result> metadata(Connection& connection, const psa_metadata& wanted) {
  connection.before_command();
  const auto named = [&](const char* column, const psa_string& name) {
    return is_named(column, quoted_literal(connection.handle(), view(name)));
  };
  const auto condition = [&](char mark) -> std::string {
    if (mark == 'N') return has_value(wanted.schema) ? named("c.schema_name", wanted.schema) : "TRUE";
    if (mark == 'T') return has_value(wanted.table) ? named("c.table_name", wanted.table) : "TRUE";
    return has_value(wanted.schema) ? named("c.table_schema", wanted.schema)
                                    : "(DATABASE() IS NULL OR c.table_schema = DATABASE())";
  };
  const auto statement = std::make_shared<Statement>(connection.shared_from_this());
  statement->compile(queries.of(wanted.kind, condition), PSA_PREPARE_ONCE);
  return statement->execute({PSA_INIT(psa_execute), 0, nullptr, nullptr});
}

}  // namespace psa::mysql
