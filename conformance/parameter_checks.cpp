// SPDX-License-Identifier: Apache-2.0
#include "batches.hpp"
#include "driver_calls.hpp"
#include "parameter_rows.hpp"
#include "test_table.hpp"
#include "traits.hpp"

namespace psa_conformance {
namespace {

std::string text_of(const boost::json::object& entry, const char* key, const std::string& otherwise) {
  const auto* found = entry.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : otherwise;
}

void check_parameter(const boost::json::object& entry) {
  const Connection connection = open();
  const Statement statement =
      prepare(connection, with_placeholders(connection.get(), text_of(entry, "sql", "")));
  const std::string given = text_of(entry, "give", "");
  ParameterRows rows{{given}};
  const psa_execute with = rows.execute();
  Result result;
  const Answer answer = try_execute(statement, result, &with);
  if (entry.contains("refused")) {
    answer.expect_failure("the parameter " + given);
    return;
  }
  answer.expect_ok("execute with the parameter " + given);
  rows.destroy();  // lent until the operation ends, and no longer
  const std::string found = rest(result), wanted = text_of(entry, "get", given);
  require(found == wanted, given + " came back as " + found + " instead of " + wanted);
}

constexpr const char* insert = "INSERT INTO {table} (id, name) VALUES ({1}, {2})";

Statement prepared_insert(const Connection& connection, const TestTable& table) {
  return prepare(connection, with_placeholders(connection.get(), table.sql(insert)));
}

void run_with(const Statement& statement, const ParameterRows& rows) {
  const psa_execute with = rows.execute();
  Result result;
  try_execute(statement, result, &with).expect_ok("execute with parameters");
  rest(result);
}

void expect_rows(const TestTable& table, const Connection& connection, const std::string& wanted) {
  const std::string found = table.rows(connection);
  require(found == wanted, "the parameters became " + found + " instead of " + wanted);
}

void check_offsets() {
  const Connection connection = open();
  const TestTable table;
  const ParameterRows rows(
      std::vector<ParameterRows::Row>{{"int64 1", "text a"}, {"int64 2", "null"}, {"int64 3", "text c"}}, 3);
  run_with(prepared_insert(connection, table), rows);
  expect_rows(table, connection, "int64 1, text a; int64 2, null; int64 3, text c");
}

void check_parent_offset() {
  const Connection connection = open();
  const TestTable table;
  const ParameterRows rows{{"int64 1", "text a"}, {"int64 2", "text b"}, {"int64 3", "null"}};
  ArrowArray sliced = *rows.execute().parameters;
  sliced.offset = 1;
  sliced.length = 2;
  psa_execute with = rows.execute();
  with.parameters = &sliced;
  const Statement statement = prepared_insert(connection, table);
  Result result;
  try_execute(statement, result, &with).expect_ok("execute with a slice of parameters");
  rest(result);
  expect_rows(table, connection, "int64 2, text b; int64 3, null");
}

void check_unions() {
  const Connection connection = open();
  const TestTable table;
  const ParameterRows rows{{"int64 1", "text a"}, {"int64 2", "null"}, {"uint64 3", "text c"}};
  run_with(prepared_insert(connection, table), rows);
  expect_rows(table, connection, "int64 1, text a; int64 2, null; int64 3, text c");
}

void check_nulls() {
  const Connection connection = open();
  const TestTable table;
  const ParameterRows rows{{"int64 1", "null"}, {"int64 2", "null"}};
  run_with(prepared_insert(connection, table), rows);
  expect_rows(table, connection, "int64 1, null; int64 2, null");
}

// Between executions the types of the parameters may change.
void check_changing_types() {
  const Connection connection = open();
  const TestTable table;
  const Statement statement = prepared_insert(connection, table);
  run_with(statement, ParameterRows{{"int64 1", "null"}});
  run_with(statement, ParameterRows{{"int64 2", "text b"}});
  run_with(statement, ParameterRows{{"uint64 3", "null"}});
  expect_rows(table, connection, "int64 1, null; int64 2, text b; int64 3, null");
}

void check_many() {
  const Connection connection = open();
  const TestTable table;
  std::vector<ParameterRows::Row> rows;
  for (int i = 1; i <= 1025; ++i)
    rows.push_back({"int64 " + std::to_string(i), "text n" + std::to_string(i)});
  if (has(connection, PSA_CAP_TRANSACTIONS)) begin(connection).expect_ok("begin");
  run_with(prepared_insert(connection, table), ParameterRows(rows, 0));
  if (has(connection, PSA_CAP_TRANSACTIONS)) commit(connection).expect_ok("commit");
  const std::string found = run(connection, table.sql("SELECT count(*), max(id) FROM {table}"));
  require(found == "int64 1025, int64 1025", "1025 rows of parameters became " + found);
}

void check_malformed() {
  const Connection connection = open();
  const TestTable table;
  const Statement statement = prepared_insert(connection, table);
  const ParameterRows rows{{"int64 1", "text a"}};
  ArrowSchema strange = *rows.execute().parameter_schema->children[1];
  strange.format = "psa?";
  ArrowSchema* children[] = {rows.execute().parameter_schema->children[0], &strange};
  ArrowSchema schema = *rows.execute().parameter_schema;
  schema.children = children;
  psa_execute with = rows.execute();
  with.parameter_schema = &schema;
  Result result;
  try_execute(statement, result, &with).expect_failure("a parameter of a format that does not exist");
  expect_rows(table, connection, "");
}

void check_types_told() {
  const Connection connection = open();
  need(connection, PSA_CAP_PARAMETER_TYPES);
  const TestTable table;
  const Statement statement = prepared_insert(connection, table);
  ArrowSchema schema{};
  call(connection.get(), [&](const psa_call* with) {
    return psa_conformance::table().statement_parameters(statement.handle.get(), &schema, with);
  }).expect_ok("statement_parameters");
  const int64_t told = schema.n_children;
  schema.release(&schema);
  require(told == 2, "statement_parameters tells " + std::to_string(told) + " parameters instead of 2");
}

}  // namespace

void add_parameter_checks(std::vector<Check>& checks, const Traits& traits) {
  const auto add = [&](const std::string& name, const char* rules, const std::string& about,
                       std::function<void()> run) {
    checks.push_back({"parameters", name, rules, about, std::move(run)});
  };
  for (const auto& [name, entry] : traits.group("parameters")) {
    add(name, "R1", (entry.contains("refused") ? "refuses " : "takes ") + name,
        [entry = entry] { check_parameter(entry); });
    checks.back().excuse = text_of(entry, "cannot", "");
  }
  add("offsets", "R1", "reads columns from their offset", check_offsets);
  add("slice", "R1", "reads a batch from its offset", check_parent_offset);
  add("unions", "R2", "reads a column whose rows differ in type", check_unions);
  add("nulls", "R2", "reads a column without any value", check_nulls);
  add("changing-types", "R1", "runs again with parameters of other types", check_changing_types);
  add("rows-1025", "R1", "runs 1025 rows of parameters", check_many);
  add("malformed", "R1", "refuses a format that does not exist", check_malformed);
  add("types-told", "R1", "tells the types of a statement's parameters", check_types_told);
}

}  // namespace psa_conformance
