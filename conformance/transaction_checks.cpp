// SPDX-License-Identifier: Apache-2.0
#include "batches.hpp"
#include "driver_calls.hpp"
#include "test_table.hpp"

namespace psa_conformance {
namespace {

Connection with_transactions() {
  Connection connection = open();
  need(connection, PSA_CAP_TRANSACTIONS);
  return connection;
}

bool is_open(const Connection& connection) { return state(connection).transaction != PSA_TRANSACTION_NONE; }

void expect_state(const Connection& connection, uint32_t wanted, const std::string& when) {
  const uint32_t told = state(connection).transaction;
  require(
      told == wanted,
      "connection_state tells " + std::to_string(told) + " instead of " + std::to_string(wanted) + " " + when,
      "T3");
}

void check_misuse() {
  const Connection connection = with_transactions();
  commit(connection).expect_ok("commit outside of a transaction");
  rollback(connection).expect_ok("rollback outside of a transaction");
  begin(connection).expect_ok("begin");
  require(is_open(connection), "no transaction is open after begin", "T3");
  begin(connection).expect(PSA_INVALID_STATE, "begin inside a transaction");
  require(is_open(connection), "a refused begin ended the transaction", "T3");
  rollback(connection).expect_ok("rollback");
  expect_state(connection, PSA_TRANSACTION_NONE, "after rollback");
  rollback(connection).expect_ok("a second rollback");
}

void check_commit() {
  const Connection connection = with_transactions(), other = open();
  const TestTable table;
  begin(connection).expect_ok("begin");
  table.insert(connection, 1, "a");
  expect_state(connection, PSA_TRANSACTION_OPEN, "after a write in a transaction");
  commit(connection).expect_ok("commit");
  expect_state(connection, PSA_TRANSACTION_NONE, "after commit");
  require(table.rows(other) == "int64 1, text a", "another connection does not see what was committed");
}

void check_rollback() {
  const Connection connection = with_transactions(), other = open();
  const TestTable table;
  begin(connection).expect_ok("begin");
  table.insert(connection, 1, "a");
  rollback(connection).expect_ok("rollback");
  require(table.rows(connection).empty() && table.rows(other).empty(), "a rolled back row is there");
}

void check_commits_itself() {
  const Connection connection = open(), other = open();
  const TestTable table;
  table.insert(connection, 1, "a");
  require(table.rows(other) == "int64 1, text a", "without begin a statement does not commit itself");
}

void check_lazy() {
  const Connection connection = with_transactions(), other = open();
  const TestTable table;
  begin(connection, PSA_BEGIN_LAZY).expect_ok("a lazy begin");
  require(is_open(connection), "nothing is open after a lazy begin", "T3");
  commit(connection).expect_ok("commit of what was never begun");
  expect_state(connection, PSA_TRANSACTION_NONE, "after that commit");
  begin(connection, PSA_BEGIN_LAZY).expect_ok("a lazy begin");
  table.insert(connection, 1, "a");
  expect_state(connection, PSA_TRANSACTION_OPEN, "after a write in a transaction that was put off");
  rollback(connection).expect_ok("rollback");
  require(table.rows(other).empty(), "a transaction that was put off was not rolled back");
}

void check_begin_in_sql() {
  const Connection connection = with_transactions();
  run(connection, traits().statement("begin"));
  if (state(connection).transaction == PSA_TRANSACTION_UNKNOWN)
    throw NotClaimed("its database does not tell");
  expect_state(connection, PSA_TRANSACTION_OPEN, "after a BEGIN in SQL");
  begin(connection).expect(PSA_INVALID_STATE, "begin after a BEGIN in SQL");
  rollback(connection).expect_ok("rollback");
  expect_state(connection, PSA_TRANSACTION_NONE, "after rollback");
}

// What a database lacks is refused, and leaves nothing open.
void check_ways_to_begin() {
  const Connection connection = with_transactions();
  const auto check = [&](uint32_t flags, uint32_t isolation, const std::string& what) {
    const Answer answer = begin(connection, flags, isolation);
    if (answer.ok()) {
      require(is_open(connection), what + " opened nothing", "T3");
      rollback(connection).expect_ok("rollback after " + what);
      return;
    }
    require(answer.status == PSA_NOT_SUPPORTED, what + " answered " + answer.words());
    require(!is_open(connection), what + " was refused and opened a transaction", "T3");
  };
  for (uint32_t isolation = PSA_ISOLATION_READ_UNCOMMITTED; isolation <= PSA_ISOLATION_SERIALIZABLE;
       ++isolation)
    check(0, isolation, "begin with the isolation " + std::to_string(isolation));
  check(PSA_BEGIN_READ_ONLY, 0, "begin, read only,");
  check(PSA_BEGIN_READ_ONLY | PSA_BEGIN_DEFERRABLE, PSA_ISOLATION_SERIALIZABLE, "begin, deferrable,");
  check(0, 99, "begin with an isolation that does not exist");
}

void check_read_only() {
  const Connection connection = with_transactions();
  const TestTable table;
  if (begin(connection, PSA_BEGIN_READ_ONLY).status == PSA_NOT_SUPPORTED)
    throw NotClaimed("it has no transactions that only read");
  try_run(connection, table.sql("INSERT INTO {table} (id, name) VALUES (1, 'a')"))
      .expect_failure("a write in a transaction that only reads");
  rollback(connection).expect_ok("rollback");
  table.insert(connection, 1, "a");
}

void check_dropped() {
  const TestTable table;
  {
    const Connection connection = with_transactions();
    begin(connection).expect_ok("begin");
    table.insert(connection, 1, "a");
  }
  const Connection other = open();
  // The server may take a moment to see that the session is gone.
  try_run(other, table.sql("INSERT INTO {table} (id, name) VALUES (1, 'b')"), now() + 20 * second)
      .expect_ok("writing the row of a dropped connection's transaction");
  require(table.rows(other) == "int64 1, text b", "a dropped connection's transaction was not rolled back");
}

void check_failed_statement() {
  const Connection connection = with_transactions();
  const TestTable table;
  table.insert(connection, 1, "a");
  begin(connection).expect_ok("begin");
  table.insert(connection, 2, "b");
  try_run(connection, table.sql("INSERT INTO {table} (id, name) VALUES (1, 'c')"))
      .expect_failure("a second row of the same key");
  const uint32_t told = state(connection).transaction;
  require(told == PSA_TRANSACTION_OPEN || told == PSA_TRANSACTION_FAILED,
          "connection_state tells " + std::to_string(told) + " after a failed statement", "T3");
  const Answer answer = commit(connection);
  const std::string rows = table.rows(connection);
  if (told == PSA_TRANSACTION_FAILED) {
    answer.expect(PSA_ERROR, "commit of a failed transaction", "T4");
    require(rows == "int64 1, text a", "commit of a failed transaction kept rows", "T4");
  } else {
    answer.expect_ok("commit after a failed statement");
    require(rows == "int64 1, text a; int64 2, text b", "commit after a failed statement left " + rows);
  }
  expect_state(connection, PSA_TRANSACTION_NONE, "after that commit");
}

Connection with_savepoints() {
  Connection connection = open();
  need(connection, PSA_CAP_SAVEPOINTS);
  return connection;
}

void check_savepoint() {
  const Connection connection = with_savepoints();
  const TestTable table;
  begin(connection).expect_ok("begin");
  table.insert(connection, 1, "a");
  savepoint(connection, PSA_SAVEPOINT_SET, "first").expect_ok("setting a savepoint");
  table.insert(connection, 2, "b");
  savepoint(connection, PSA_SAVEPOINT_ROLLBACK_TO, "first").expect_ok("rolling back to a savepoint");
  table.insert(connection, 3, "c");
  savepoint(connection, PSA_SAVEPOINT_ROLLBACK_TO, "first").expect_ok("rolling back to the savepoint again");
  table.insert(connection, 4, "d");
  savepoint(connection, PSA_SAVEPOINT_RELEASE, "first").expect_ok("releasing a savepoint");
  commit(connection).expect_ok("commit");
  const std::string rows = table.rows(connection);
  require(rows == "int64 1, text a; int64 4, text d", "savepoints left " + rows);
}

void check_savepoint_after_failure() {
  const Connection connection = with_savepoints();
  const TestTable table;
  begin(connection, PSA_BEGIN_LAZY).expect_ok("a lazy begin");
  savepoint(connection, PSA_SAVEPOINT_SET, "s")
      .expect_ok("setting a savepoint in a transaction that was put off");
  table.insert(connection, 1, "a");
  try_run(connection, table.sql("INSERT INTO {table} (id, name) VALUES (1, 'b')"))
      .expect_failure("a second row of the same key");
  savepoint(connection, PSA_SAVEPOINT_ROLLBACK_TO, "s")
      .expect_ok("rolling back to a savepoint after a failure");
  table.insert(connection, 2, "c");
  commit(connection).expect_ok("commit");
  const std::string rows = table.rows(connection);
  require(rows == "int64 2, text c", "a savepoint after a failure left " + rows);
}

void check_savepoint_names() {
  const Connection connection = with_savepoints();
  begin(connection).expect_ok("begin");
  for (const std::string name : {"with space", "sel\"ect", "select", "b`t"}) {
    savepoint(connection, PSA_SAVEPOINT_SET, name).expect_ok("setting the savepoint " + name);
    savepoint(connection, PSA_SAVEPOINT_RELEASE, name).expect_ok("releasing the savepoint " + name);
  }
  rollback(connection).expect_ok("rollback");
}

void check_savepoint_misuse() {
  const Connection connection = with_savepoints();
  begin(connection).expect_ok("begin");
  savepoint(connection, 99, "s").expect_failure("a savepoint action that does not exist");
  savepoint(connection, PSA_SAVEPOINT_ROLLBACK_TO, "none")
      .expect_failure("rolling back to a savepoint that does not exist");
  rollback(connection).expect_ok("rollback");
}

}  // namespace

void add_transaction_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* rules, const char* about, void (*run)()) {
    checks.push_back({"transactions", name, rules, about, run});
  };
  add("misuse", "T1", "refuses begin inside a transaction, and ends none quietly", check_misuse);
  add("commit", "T1 T3", "commits", check_commit);
  add("rollback", "T1", "rolls back", check_rollback);
  add("commits-itself", "T1", "lets a statement commit itself without begin", check_commits_itself);
  add("lazy", "T2 T3", "begins lazily", check_lazy);
  add("begin-in-sql", "T3", "sees a BEGIN in SQL", check_begin_in_sql);
  add("ways-to-begin", "T1", "begins as asked, or refuses what the database lacks", check_ways_to_begin);
  add("read-only", "T1", "refuses a write in a transaction that only reads", check_read_only);
  add("dropped", "T1", "rolls back when the connection is released", check_dropped);
  add("failed-statement", "T3 T4", "tells where a failed statement left the transaction",
      check_failed_statement);
}

void add_savepoint_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* rules, const char* about, void (*run)()) {
    checks.push_back({"savepoints", name, rules, about, run});
  };
  add("set", "T1", "sets, rolls back to, and releases savepoints", check_savepoint);
  add("after-failure", "T2", "rolls back to a savepoint behind a failed statement",
      check_savepoint_after_failure);
  add("names", "T1", "quotes the names of savepoints", check_savepoint_names);
  add("misuse", "T1", "refuses a savepoint that does not exist", check_savepoint_misuse);
}

}  // namespace psa_conformance
