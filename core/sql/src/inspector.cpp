#include <utility>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/sql/inspector.hpp>
#include <psa/driver.h>

namespace prefect_sqlalchemy {
namespace {

using Text = std::optional<std::string>;

template <class T, class Begin, class Add>
std::vector<T> group(const std::vector<Row>& rows, Begin begin, Add add) {
  std::vector<T> out;
  for (const Row& row : rows) {
    if (row.get<std::int64_t>("ordinal") == 1) out.push_back(begin(row));
    add(out.back(), row);
  }
  return out;
}

}  // namespace

Inspector inspect(Engine engine) { return Inspector(std::move(engine)); }

Inspector::Inspector(Engine engine) : engine_(std::move(engine)) {}

std::vector<Row> Inspector::read(std::uint32_t kind, std::string_view schema, std::string_view table) {
  Connection connection = engine_.connect();
  return connection.metadata(kind, schema, table).fetchall();
}

std::vector<std::string> Inspector::get_schema_names() {
  std::vector<std::string> out;
  for (const Row& row : read(PSA_METADATA_SCHEMAS, {}, {})) out.push_back(row.get<std::string>("schema"));
  return out;
}

std::vector<std::string> Inspector::names_of(std::string_view kind, std::string_view schema) {
  std::vector<std::string> out;
  for (const Row& row : read(PSA_METADATA_TABLES, schema, {})) {
    if (row.get<std::string_view>("kind") == kind) out.push_back(row.get<std::string>("table"));
  }
  return out;
}

std::vector<std::string> Inspector::get_table_names(std::string_view schema) {
  return names_of("table", schema);
}

std::vector<std::string> Inspector::get_view_names(std::string_view schema) {
  return names_of("view", schema);
}

bool Inspector::has_table(std::string_view table, std::string_view schema) {
  return !read(PSA_METADATA_TABLES, schema, table).empty();
}

void Inspector::require_table(bool found, std::string_view table, std::string_view schema) {
  if (!found && !has_table(table, schema)) {
    throw NoSuchTableError("there is no table \"" + std::string(table) + "\"" +
                           (schema.empty() ? "" : " in the schema \"" + std::string(schema) + "\""));
  }
}

std::vector<ReflectedColumn> Inspector::get_columns(std::string_view table, std::string_view schema) {
  std::vector<ReflectedColumn> out;
  for (const Row& row : read(PSA_METADATA_COLUMNS, schema, table)) {
    out.push_back({row.get<std::string>("column"), row.get<std::string>("type"), row.get<bool>("nullable"),
                   row.get<Text>("default"), row.get<std::optional<bool>>("autoincrement").value_or(false),
                   row.get<Text>("comment")});
  }
  require_table(!out.empty(), table, schema);
  return out;
}

std::vector<Row> Inspector::keys(std::string_view kind, std::string_view table, std::string_view schema) {
  std::vector<Row> rows = read(PSA_METADATA_KEYS, schema, table);
  require_table(!rows.empty(), table, schema);
  std::erase_if(rows, [kind](const Row& row) { return row.get<std::string_view>("kind") != kind; });
  return rows;
}

ReflectedPrimaryKey Inspector::get_pk_constraint(std::string_view table, std::string_view schema) {
  ReflectedPrimaryKey out;
  for (const Row& row : keys("primary", table, schema)) {
    out.name = row.get<Text>("constraint");
    out.constrained_columns.push_back(row.get<std::string>("column"));
  }
  return out;
}

std::vector<ReflectedUniqueConstraint> Inspector::get_unique_constraints(std::string_view table,
                                                                         std::string_view schema) {
  return group<ReflectedUniqueConstraint>(
      keys("unique", table, schema),
      [](const Row& row) {
        return ReflectedUniqueConstraint{row.get<Text>("constraint"), {}};
      },
      [](ReflectedUniqueConstraint& key, const Row& row) {
        key.column_names.push_back(row.get<std::string>("column"));
      });
}

std::vector<ReflectedForeignKey> Inspector::get_foreign_keys(std::string_view table,
                                                             std::string_view schema) {
  return group<ReflectedForeignKey>(
      keys("foreign", table, schema),
      [](const Row& row) {
        return ReflectedForeignKey{row.get<Text>("constraint"),
                                   {},
                                   row.get<Text>("referenced_schema"),
                                   row.get<std::string>("referenced_table"),
                                   {},
                                   row.get<Text>("on_update").value_or(""),
                                   row.get<Text>("on_delete").value_or("")};
      },
      [](ReflectedForeignKey& key, const Row& row) {
        key.constrained_columns.push_back(row.get<std::string>("column"));
        if (const Text referred = row.get<Text>("referenced_column"))
          key.referred_columns.push_back(*referred);
      });
}

std::vector<ReflectedIndex> Inspector::get_indexes(std::string_view table, std::string_view schema) {
  const std::vector<Row> rows = read(PSA_METADATA_INDEXES, schema, table);
  require_table(!rows.empty(), table, schema);
  return group<ReflectedIndex>(
      rows,
      [](const Row& row) {
        return ReflectedIndex{row.get<std::string>("index"), {}, {}, row.get<bool>("unique")};
      },
      [](ReflectedIndex& index, const Row& row) {
        index.column_names.push_back(row.get<Text>("column"));
        index.expressions.push_back(row.get<Text>("expression"));
      });
}

}  // namespace prefect_sqlalchemy
