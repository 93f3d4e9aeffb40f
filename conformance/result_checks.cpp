// SPDX-License-Identifier: Apache-2.0
#include <thread>

#include "batches.hpp"
#include "driver_calls.hpp"
#include "test_table.hpp"

namespace psa_conformance {
namespace {

struct Opened {
  Connection connection;
  Statement statement;
  Result result;
};

Opened executed(const std::string& sql) {
  Opened out{open(), {}, {}};
  out.statement = prepare(out.connection, sql);
  try_execute(out.statement, out.result).expect_ok("executing " + sql);
  return out;
}

std::string series(int64_t rows) { return traits().statement("rows", {{"rows", std::to_string(rows)}}); }

// Whole numbers from 1, in order, as the statement "rows" of the traits promises.
void expect_series(const Result& result, int64_t count, int64_t max_rows) {
  int64_t seen = 0;
  try_rest(
      result,
      [&](const Batch& batch) {
        for (int64_t row = 0; row < batch.rows(); ++row) {
          const std::string wanted = "int64 " + std::to_string(++seen);
          const std::string found = batch.cell(row, 0);
          require(found == wanted, "row " + std::to_string(seen) + " is " + found + " instead of " + wanted,
                  "R5");
        }
      },
      0, max_rows)
      .expect_ok("result_next");
  require(seen == count, std::to_string(seen) + " rows came instead of " + std::to_string(count), "R5");
}

void check_rows(int64_t count) {
  const Opened opened = executed(series(count));
  require(info(opened.result).kind == PSA_RESULT_ROWS, "a query is not of kind PSA_RESULT_ROWS");
  expect_series(opened.result, count, count > 2000 ? 7000 : 1000);
}

void check_one_by_one() {
  const Opened opened = executed(series(50));
  expect_series(opened.result, 50, 1);
}

void check_no_rows() {
  const Opened opened = executed(traits().statement("no_rows"));
  require(info(opened.result).kind == PSA_RESULT_ROWS, "a query without rows is not of kind PSA_RESULT_ROWS");
  require(info(opened.result).column_count > 0, "a query without rows has no columns");
  ErrorSink sink;
  ArrowSchema schema{};
  examine(table().result_schema(opened.result.handle.get(), &schema, &sink), sink).expect_ok("result_schema");
  const int64_t columns = schema.n_children;
  schema.release(&schema);
  require(columns == info(opened.result).column_count, "result_schema has another number of columns", "R4");
  require(rest(opened.result).empty(), "a query without rows has some");
  require(is_finished(opened.result), "it is not finished when it is read");
}

void check_no_columns() {
  const Opened opened = executed(traits().statement("no_columns"));
  require(info(opened.result).kind == PSA_RESULT_ROWS && info(opened.result).column_count == 0,
          "a query without columns has some");
  int64_t rows = 0;
  try_rest(opened.result, [&](const Batch& batch) { rows += batch.rows(); }).expect_ok("result_next");
  require(rows == 1, "the one row without columns came as " + std::to_string(rows));
}

void check_schema_before() {
  const Opened opened = executed(traits().statement("one_row"));
  ErrorSink sink;
  ArrowSchema schema{};
  examine(table().result_schema(opened.result.handle.get(), &schema, &sink), sink).expect_ok("result_schema");
  const bool whole = schema.release != nullptr && schema.format != nullptr &&
                     std::string_view(schema.format) == "+s" &&
                     schema.n_children == info(opened.result).column_count;
  if (schema.release != nullptr) schema.release(&schema);
  require(whole, "result_schema is no struct with a child for each column");
  rest(opened.result);
}

void check_limits() {
  const Opened opened = executed(some_rows(3));
  for (const psa_fetch& bad : {fetch_of(0, 0), fetch_of(1, 2), fetch_of(-1, 1)}) {
    Batch batch;
    try_next(opened.result, bad, batch)
        .expect(PSA_INVALID_ARGUMENT, "result_next with limits that allow no batch");
  }
  require(!rest(opened.result).empty(), "no rows are left after limits that were refused");
}

void check_bytes() {
  const Opened opened = executed(series(100'000));
  Batch batch;
  try_next(opened.result, fetch_of(100'000, 1, 4096), batch).expect_ok("result_next");
  require(batch.rows() <= 10'000,
          "a batch of about 4096 bytes has " + std::to_string(batch.rows()) + " rows");
}

void check_after_the_end() {
  const Opened opened = executed(some_rows(3));
  rest(opened.result);
  for (int i = 0; i < 2; ++i) {
    Batch batch;
    try_next(opened.result, fetch_of(10), batch).expect_ok("result_next after the last row");
    require(batch.rows() == 0, "rows came after the last one");
  }
}

void check_streaming() {
  const Opened opened = executed(traits().statement("endless_rows"));
  for (int i = 0; i < 3; ++i) {
    Batch batch;
    try_next(opened.result, fetch_of(1000), batch).expect_ok("result_next");
    require(batch.rows() >= 1, "no rows came of an endless query");
  }
}

void check_batches_own_their_memory() {
  Opened opened = executed(some_rows(1024));
  const Batch batch = next(opened.result, 1024);
  std::string before, after;
  for (int64_t row = 0; row < batch.rows(); ++row) before += batch.cell(row, 0);
  try_rest(opened.result).expect_ok("result_next");
  opened.result.handle.reset();
  opened.statement.handle.reset();
  opened.connection.reset();
  for (int64_t row = 0; row < batch.rows(); ++row) after += batch.cell(row, 0);
  require(before == after, "a batch changed when its connection was released");
  // A child is moved out, as Arrow allows, and outlives its parent; both go on another thread.
  const auto parent = batch.shared_array();
  ArrowArray child = *parent->children[0];
  parent->children[0]->release = nullptr;
  std::thread([&] {
    parent->release(parent.get());
    parent->release = nullptr;
  }).join();
  require(child.length >= 1 && child.buffers != nullptr && child.release != nullptr,
          "a child that was moved out is gone");
  std::thread([&] { child.release(&child); }).join();
}

void check_lets_go() {
  const TestTable table;
  const Connection reader = open(), other = open();
  table.insert(reader, 1, "a");
  const Statement statement = prepare(reader, table.sql("SELECT id, name FROM {table}"));
  const Result result = execute(statement);
  bool last = false;
  while (!last) {
    Batch batch;
    try_next(result, fetch_of(100), batch).expect_ok("result_next");
    last = batch.last() || batch.rows() == 0;
  }
  // The result still lives.
  try_run(other, table.sql("DELETE FROM {table}"), now() + 20 * second)
      .expect_ok("writing on another connection, behind a result that was read to its end,");
}

void check_schema_again() {
  const Connection connection = open();
  const Statement statement = prepare(connection, series(2500));
  for (int i = 0; i < 3; ++i) expect_series(execute(statement), 2500, 1000);
}

void check_several() {
  const Connection connection = open();
  need(connection, PSA_CAP_SEVERAL_RESULTS);
  const Statement statement = prepare(connection, traits().statement("several"), PSA_PREPARE_SEVERAL);
  const Result result = execute(statement);
  std::string text = rest(result);
  while ((info(result).flags & PSA_RESULT_MORE) != 0) {
    result.schema->reset();  // the next one's first batch brings its own
    call(connection.get(), [&](const psa_call* with) {
      return table().result_next_result(result.handle.get(), with);
    }).expect_ok("result_next_result");
    if (info(result).kind == PSA_RESULT_NONE) break;
    text += " | " + rest(result);
  }
  require(text == "int64 1 | int64 2", "the two results of one statement are " + text, "R3");
  call(connection.get(), [&](const psa_call* with) {
    return table().result_next_result(result.handle.get(), with);
  }).expect_ok("result_next_result after the last result");
  require(info(result).kind == PSA_RESULT_NONE && is_finished(result),
          "after the last result another kind than PSA_RESULT_NONE is told", "R3");
  run(connection, traits().statement("one_row"));
}

void check_several_unread() {
  const Connection connection = open();
  need(connection, PSA_CAP_SEVERAL_RESULTS);
  {
    const Statement statement = prepare(connection, traits().statement("several"), PSA_PREPARE_SEVERAL);
    const Result result = execute(statement);
  }
  run(connection, traits().statement("one_row"));
}

}  // namespace

void add_result_checks(std::vector<Check>& checks) {
  const auto add = [&](const std::string& name, const char* rules, const std::string& about,
                       std::function<void()> run) {
    checks.push_back({"results", name, rules, about, std::move(run)});
  };
  for (const int64_t count : {1, 1023, 1024, 100'000})
    add("rows-" + std::to_string(count), "R5 R3 R4 H4",
        "hands out " + std::to_string(count) + " rows in order", [count] { check_rows(count); });
  add("one-by-one", "R5", "hands out one row at a time", check_one_by_one);
  add("no-rows", "R4", "tells the columns of a query without rows", check_no_rows);
  add("no-columns", "R4", "hands out rows without columns", check_no_columns);
  add("schema", "R4", "tells names and types before the first batch", check_schema_before);
  add("schema-again", "R3", "tells the schema so that each execution can be read", check_schema_again);
  add("limits", "R5", "refuses limits that allow no batch, and goes on", check_limits);
  add("bytes", "R5", "stops a batch at about max_bytes", check_bytes);
  add("after-the-end", "R5", "answers with no rows after the last one", check_after_the_end);
  add("streaming", "R5", "returns the first rows of an endless query", check_streaming);
  add("memory", "H4", "gives batches that own their memory, children moved out too",
      check_batches_own_their_memory);
  add("lets-go", "R7", "holds no lock once a result was read to its end", check_lets_go);
  add("several", "R3", "hands out the results of a statement that has several", check_several);
  add("several-unread", "H5", "goes on after several results that were released unread",
      check_several_unread);
}

}  // namespace psa_conformance
