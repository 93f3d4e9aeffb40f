#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include <prefect_sqlalchemy.hpp>

#include "cell_text.hpp"
#include "commands.hpp"
#include "database_argument.hpp"
#include "display_width.hpp"
#include "terminal.hpp"
#include "text_table.hpp"
#include "usage.hpp"

namespace psa_cli {
namespace {

using prefect_sqlalchemy::Inspector;

struct ReflectionOptions {
  DatabaseArgument database;
  std::vector<std::string> words;
  std::string schema;
  bool json = false;
};

std::string list_of(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
  return list;
}

std::string json_list(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) list += (list.empty() ? "" : ", ") + json_string(name);
  return '[' + list + ']';
}

std::string json_or_null(const std::optional<std::string>& text) {
  return text ? json_string(*text) : "null";
}

void print_tables(const ReflectionOptions& options) {
  Inspector inspector = inspect(options.database.engine());
  const auto tables = inspector.get_table_names(options.schema);
  const auto views = inspector.get_view_names(options.schema);
  if (options.json) {
    std::cout << "{\"tables\": " << json_list(tables) << ", \"views\": " << json_list(views) << "}\n";
    return;
  }
  TextTable table({"name", "kind"}, output_width());
  for (const auto& name : tables) table.add({printable(name), "table"});
  for (const auto& name : views) table.add({printable(name), "view"});
  table.print(std::cout);
}

/// All that the database tells of one table.
struct Description {
  Description(Inspector& inspector, const std::string& table, const std::string& schema)
      : columns(inspector.get_columns(table, schema)),
        primary_key(inspector.get_pk_constraint(table, schema)),
        unique(inspector.get_unique_constraints(table, schema)),
        foreign_keys(inspector.get_foreign_keys(table, schema)),
        indexes(inspector.get_indexes(table, schema)) {}

  std::vector<prefect_sqlalchemy::ReflectedColumn> columns;
  prefect_sqlalchemy::ReflectedPrimaryKey primary_key;
  std::vector<prefect_sqlalchemy::ReflectedUniqueConstraint> unique;
  std::vector<prefect_sqlalchemy::ReflectedForeignKey> foreign_keys;
  std::vector<prefect_sqlalchemy::ReflectedIndex> indexes;
};

std::vector<std::string> parts_of(const prefect_sqlalchemy::ReflectedIndex& index) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < index.column_names.size(); ++i) {
    const bool told = i < index.expressions.size() && index.expressions[i];
    parts.push_back(index.column_names[i].value_or(told ? *index.expressions[i] : "(expression)"));
  }
  return parts;
}

std::string target_of(const prefect_sqlalchemy::ReflectedForeignKey& key) {
  const auto schema = key.referred_schema ? *key.referred_schema + "." : "";
  return schema + key.referred_table + " (" + list_of(key.referred_columns) + ")";
}

void print_description(const Description& described) {
  TextTable table({"column", "type", "null", "default"}, output_width());
  for (const auto& column : described.columns) {
    table.add({printable(column.name), printable(column.type), column.nullable ? "yes" : "no",
               printable(column.default_value.value_or(column.autoincrement ? "(automatic)" : ""))});
  }
  table.print(std::cout);
  const auto line = [](const std::string& label, const std::string& text) {
    std::cout << label << ": " << printable(text) << '\n';
  };
  if (!described.primary_key.constrained_columns.empty())
    line("primary key", list_of(described.primary_key.constrained_columns));
  for (const auto& unique : described.unique) line("unique", list_of(unique.column_names));
  for (const auto& key : described.foreign_keys)
    line("foreign key", list_of(key.constrained_columns) + " -> " + target_of(key));
  for (const auto& index : described.indexes)
    line(index.unique ? "unique index" : "index", index.name + " (" + list_of(parts_of(index)) + ")");
}

template <class Items, class Text>
std::string json_array(const Items& items, Text text) {
  std::string out;
  for (const auto& item : items) out += (out.empty() ? "" : ",\n    ") + text(item);
  return "[" + out + "]";
}

void print_description_json(const Description& described, const std::string& table) {
  const auto boolean = [](bool value) { return value ? "true" : "false"; };
  std::cout << "{\"table\": " << json_string(table) << ",\n  \"columns\": "
            << json_array(described.columns,
                          [&](const auto& column) {
                            return "{\"name\": " + json_string(column.name) +
                                   ", \"type\": " + json_string(column.type) +
                                   ", \"nullable\": " + boolean(column.nullable) +
                                   ", \"default\": " + json_or_null(column.default_value) +
                                   ", \"autoincrement\": " + boolean(column.autoincrement) +
                                   ", \"comment\": " + json_or_null(column.comment) + "}";
                          })
            << ",\n  \"primary_key\": " << json_list(described.primary_key.constrained_columns)
            << ",\n  \"unique\": "
            << json_array(described.unique, [](const auto& unique) { return json_list(unique.column_names); })
            << ",\n  \"foreign_keys\": "
            << json_array(described.foreign_keys,
                          [](const auto& key) {
                            return "{\"columns\": " + json_list(key.constrained_columns) +
                                   ", \"schema\": " + json_or_null(key.referred_schema) +
                                   ", \"table\": " + json_string(key.referred_table) +
                                   ", \"referred_columns\": " + json_list(key.referred_columns) + "}";
                          })
            << ",\n  \"indexes\": "
            << json_array(described.indexes,
                          [&](const auto& index) {
                            return "{\"name\": " + json_string(index.name) +
                                   ", \"columns\": " + json_list(parts_of(index)) +
                                   ", \"unique\": " + boolean(index.unique) + "}";
                          })
            << "}\n";
}

void describe_table(ReflectionOptions& options) {
  const auto table = take_last_word(options.words, options.database);
  Inspector inspector = inspect(options.database.engine());
  const Description described(inspector, table, options.schema);
  options.json ? print_description_json(described, table) : print_description(described);
}

void add_reflection_options(CLI::App& command, ReflectionOptions& options) {
  command.add_option("--schema", options.schema, "The schema; the session's default if left out");
  command.add_flag("--json", options.json, "Print JSON");
  options.database.add_password_options(command);
}

}  // namespace

void add_tables_command(CLI::App& app) {
  auto options = std::make_shared<ReflectionOptions>();
  auto* command = app.add_subcommand("tables", "List tables and views");
  set_usage(*command, "psa tables [OPTIONS] [DATABASE]");
  command->add_option("DATABASE", options->database.text, database_help);
  add_reflection_options(*command, *options);
  command->callback([options] { print_tables(*options); });
}

void add_describe_command(CLI::App& app) {
  auto options = std::make_shared<ReflectionOptions>();
  auto* command = app.add_subcommand("describe", "Show a table's columns, keys and indexes");
  set_usage(*command, "psa describe [OPTIONS] [DATABASE] TABLE");
  command->add_option("DATABASE_TABLE", options->words, std::string(database_help) + "; and the table")
      ->required()
      ->expected(1, 2);
  add_reflection_options(*command, *options);
  command->callback([options] { describe_table(*options); });
}

}  // namespace psa_cli
