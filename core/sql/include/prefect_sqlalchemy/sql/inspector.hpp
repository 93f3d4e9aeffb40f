#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <prefect_sqlalchemy/sql/engine.hpp>

namespace prefect_sqlalchemy {

/// There is no table of that name.
PREFECT_SQLALCHEMY_ERROR(NoSuchTableError, InvalidRequestError);

/// SQLAlchemy's reflected column, key and index, with its names for the members.
struct ReflectedColumn {
  std::string name;
  std::string type;  ///< as the database writes it
  bool nullable = true;
  std::optional<std::string> default_value;
  bool autoincrement = false;
  std::optional<std::string> comment;
};
struct ReflectedPrimaryKey {
  std::optional<std::string> name;
  std::vector<std::string> constrained_columns;  ///< empty: there is none
};
struct ReflectedUniqueConstraint {
  std::optional<std::string> name;
  std::vector<std::string> column_names;
};
struct ReflectedForeignKey {
  std::optional<std::string> name;
  std::vector<std::string> constrained_columns;
  std::optional<std::string> referred_schema;
  std::string referred_table;
  std::vector<std::string> referred_columns;
  std::string on_update, on_delete;
};
struct ReflectedIndex {
  std::string name;
  /// In order; an expression of the index has no column name, and its text where the database tells it.
  std::vector<std::optional<std::string>> column_names;
  std::vector<std::optional<std::string>> expressions;
  bool unique = false;
};

/// What a database holds: SQLAlchemy's Inspector. Each call asks the database anew.
/// `schema`: empty means the connection's default one. Names are exact, not patterns.
/// Errors: NotSupportedError where the driver has no metadata; NoSuchTableError where a table is not there.
/// Threads: any number at once; each call takes a connection of the engine.
class PREFECT_SQLALCHEMY_API Inspector {
 public:
  explicit Inspector(Engine engine);

  std::vector<std::string> get_schema_names();
  std::vector<std::string> get_table_names(std::string_view schema = {});
  std::vector<std::string> get_view_names(std::string_view schema = {});
  bool has_table(std::string_view table, std::string_view schema = {});
  std::vector<ReflectedColumn> get_columns(std::string_view table, std::string_view schema = {});
  ReflectedPrimaryKey get_pk_constraint(std::string_view table, std::string_view schema = {});
  std::vector<ReflectedUniqueConstraint> get_unique_constraints(std::string_view table,
                                                                std::string_view schema = {});
  std::vector<ReflectedForeignKey> get_foreign_keys(std::string_view table, std::string_view schema = {});
  std::vector<ReflectedIndex> get_indexes(std::string_view table, std::string_view schema = {});

 private:
  std::vector<Row> read(std::uint32_t kind, std::string_view schema, std::string_view table);
  std::vector<std::string> names_of(std::string_view kind, std::string_view schema);
  std::vector<Row> keys(std::string_view kind, std::string_view table, std::string_view schema);
  void require_table(bool found, std::string_view table, std::string_view schema);

  Engine engine_;
};

PREFECT_SQLALCHEMY_API Inspector inspect(Engine engine);

}  // namespace prefect_sqlalchemy
