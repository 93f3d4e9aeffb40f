// SPDX-License-Identifier: Apache-2.0
#include "batches.hpp"
#include "driver_calls.hpp"
#include "parameter_rows.hpp"
#include "test_table.hpp"

namespace psa_conformance {
namespace {

void check_nothing() {
  const Connection connection = open();
  for (const char* sql : {"", "  ", "-- nothing", "/* nothing */"}) {
    const Statement statement = prepare(connection, sql);
    Result result;
    try_execute(statement, result).expect_ok("executing the statement '" + std::string(sql) + "'");
    const auto said = info(result);
    require(said.kind != PSA_RESULT_ROWS && (said.flags & PSA_RESULT_FINISHED) != 0,
            "the statement '" + std::string(sql) + "' has rows, or is not finished");
  }
}

void check_again() {
  const Connection connection = open();
  const Statement statement = prepare(connection, traits().statement("one_row"));
  const std::string first = rest(execute(statement));
  require(!first.empty(), "one_row has no row");
  for (int i = 0; i < 3; ++i)
    require(rest(execute(statement)) == first, "a statement that runs again answers otherwise");
}

void check_side_by_side() {
  const Connection connection = open();
  const Statement first = prepare(connection, traits().statement("one_row"));
  const Statement second = prepare(connection, some_rows(3));
  const std::string one = rest(execute(first)), three = rest(execute(second));
  require(rest(execute(first)) == one && rest(execute(second)) == three,
          "two prepared statements get in each other's way");
}

void check_once() {
  const Connection connection = open();
  const Statement statement = prepare(connection, traits().statement("one_row"), PSA_PREPARE_ONCE);
  require(!rest(execute(statement)).empty(), "a statement prepared to run once has no row");
}

void check_text_is_copied() {
  const Connection connection = open();
  std::string sql = traits().statement("one_row");
  const Statement statement = prepare(connection, sql);
  sql.assign(sql.size(), '#');
  require(!rest(execute(statement)).empty(), "the statement's text was not copied");
}

void check_flags() {
  const Connection connection = open();
  const Statement statement = prepare(connection, traits().statement("one_row"));
  psa_execute execute{PSA_INIT(psa_execute)};
  execute.flags = UINT32_C(1) << 31;
  Result result;
  const Answer answer = try_execute(statement, result, &execute);
  require(answer.status == PSA_INVALID_ARGUMENT || answer.status == PSA_NOT_SUPPORTED,
          "execute with a flag that does not exist answered " + answer.words());
}

void check_no_rows_of_parameters() {
  const Connection connection = open();
  const TestTable table;
  const Statement statement = prepare(
      connection,
      with_placeholders(connection.get(), table.sql("INSERT INTO {table} (id, name) VALUES ({1}, {2})")));
  ParameterRows rows{{"int64 1", "text a"}};
  ArrowArray none = *rows.execute().parameters;
  none.length = 0;
  psa_execute execute = rows.execute();
  execute.parameters = &none;
  Result result;
  try_execute(statement, result, &execute).expect_failure("execute with no row of parameters");
  require(table.rows(connection).empty(), "execute with no row of parameters ran the statement");
}

void check_number_of_parameters() {
  const Connection connection = open();
  const TestTable table;
  const Statement statement = prepare(
      connection,
      with_placeholders(connection.get(), table.sql("INSERT INTO {table} (id, name) VALUES ({1}, {2})")));
  const ParameterRows few{{"int64 1"}}, many{{"int64 1", "text a", "text b"}};
  for (const auto* rows : {&few, &many}) {
    const psa_execute execute = rows->execute();
    Result result;
    try_execute(statement, result, &execute).expect_failure("execute with a wrong number of parameters");
  }
  Result result;
  try_execute(statement, result).expect_failure("execute without the parameters");
  require(table.rows(connection).empty(), "a statement ran with a wrong number of parameters");
}

void check_many_rows() {
  const Connection connection = open();
  const TestTable table;
  const Statement statement = prepare(
      connection,
      with_placeholders(connection.get(), table.sql("INSERT INTO {table} (id, name) VALUES ({1}, {2})")));
  ParameterRows rows{{"int64 1", "text a"}, {"int64 2", "null"}, {"int64 3", "text "}};
  const psa_execute execute = rows.execute();
  Result result;
  try_execute(statement, result, &execute).expect_ok("execute with three rows of parameters");
  rest(result);
  const auto said = info(result);
  require(said.rows_affected == 3, "three rows of parameters affected " + std::to_string(said.rows_affected),
          "R8");
  require((said.flags & PSA_RESULT_HAS_INSERT_ID) == 0, "three rows of parameters have a last_insert_id");
  const std::string found = table.rows(connection);
  require(found == "int64 1, text a; int64 2, null; int64 3, text ",
          "three rows of parameters became " + found);
}

void check_counts() {
  const Connection connection = open();
  const TestTable table;
  const auto affected = [&](const std::string& sql) {
    const Statement statement = prepare(connection, table.sql(sql));
    const Result result = execute(statement);
    rest(result);
    require(is_finished(result), "a statement without rows is not finished");
    return info(result).rows_affected;
  };
  const auto expect = [&](const std::string& sql, int64_t wanted) {
    const int64_t told = affected(sql);
    require(told == wanted,
            sql + " affected " + std::to_string(told) + " rows instead of " + std::to_string(wanted));
  };
  expect("INSERT INTO {table} (id, name) VALUES (1, 'a'), (2, 'b')", 2);
  expect("UPDATE {table} SET name = 'a' WHERE id = 1", 1);  // it matches, and changes nothing
  expect("UPDATE {table} SET name = 'c' WHERE id = 9", 0);
  expect("DELETE FROM {table} WHERE id > 0", 2);
}

void check_unread() {
  const Connection connection = open();
  {
    const Statement statement = prepare(connection, some_rows(1024));
    const Result result = execute(statement);
    next(result, 1);
  }
  run(connection, traits().statement("one_row"));
}

void check_without_rows() {
  const Connection connection = open();
  const TestTable table;
  const Statement statement =
      prepare(connection, table.sql("INSERT INTO {table} (id, name) VALUES (1, 'a')"));
  const Result result = execute(statement);
  require(info(result).kind != PSA_RESULT_ROWS, "an INSERT has rows");
  require(is_finished(result), "an INSERT is not finished once it has run");
  require(info(result).column_count == 0, "an INSERT has columns");
}

}  // namespace

void add_statement_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* rules, const char* about, void (*run)()) {
    checks.push_back({"statements", name, rules, about, run});
  };
  add("nothing", "R1", "takes an empty text, or one of comments, as a statement that does nothing",
      check_nothing);
  add("again", "R1", "runs a statement again once its result is finished", check_again);
  add("side-by-side", "R1", "keeps prepared statements apart", check_side_by_side);
  add("once", "R1", "prepares a statement that will run once", check_once);
  add("text-is-copied", "R1", "keeps what it needs of the statement's text", check_text_is_copied);
  add("flags", "R1", "refuses a flag that does not exist", check_flags);
  add("no-rows-of-parameters", "R1", "refuses a batch of parameters without rows",
      check_no_rows_of_parameters);
  add("number-of-parameters", "R1", "refuses a wrong number of parameters", check_number_of_parameters);
  add("rows-of-parameters", "R1", "runs once for each row of parameters", check_many_rows);
  add("counts", "R8", "counts the rows that match", check_counts);
  add("without-rows", "R8", "has run a statement without rows when execute returns", check_without_rows);
  add("unread", "H5", "goes on after a result that was released unread", check_unread);
}

}  // namespace psa_conformance
