// SPDX-License-Identifier: Apache-2.0
//
// Metadata and ingest.
#include <algorithm>

#include <psa/sdk/text.hpp>

#include "batches.hpp"
#include "driver_calls.hpp"
#include "parameter_rows.hpp"
#include "test_table.hpp"

namespace psa_conformance {
namespace {

Result metadata(const Connection& connection, uint32_t kind, std::string_view table_name = {}) {
  const psa_metadata what{PSA_INIT(psa_metadata), kind, {nullptr, 0}, psa::c_text_or_none(table_name)};
  psa_result* handle = nullptr;
  call(connection.get(), [&](const psa_call* with) {
    return table().metadata(connection.get(), &what, &handle, with);
  }).expect_ok("metadata of kind " + std::to_string(kind));
  require(handle != nullptr, "metadata gave no result");
  return {std::unique_ptr<psa_result, Release>(handle), connection.get(),
          std::make_shared<std::shared_ptr<ArrowSchema>>()};
}

// Every row as "name=value; ...", with the frozen columns in their order.
std::vector<std::string> rows_of(const Result& result, const std::vector<std::string>& columns) {
  std::vector<std::string> out;
  ErrorSink sink;
  ArrowSchema schema{};
  examine(psa_conformance::table().result_schema(result.handle.get(), &schema, &sink), sink)
      .expect_ok("result_schema");
  std::vector<std::string> names;
  for (int64_t i = 0; i < schema.n_children; ++i) names.emplace_back(schema.children[i]->name);
  schema.release(&schema);
  for (std::size_t i = 0; i < columns.size(); ++i)
    require(i < names.size() && names[i] == columns[i], "column " + std::to_string(i) + " is " +
                                                            (i < names.size() ? names[i] : "missing") +
                                                            " instead of " + columns[i]);
  try_rest(result, [&](const Batch& batch) {
    for (int64_t row = 0; row < batch.rows(); ++row) {
      std::string text;
      for (std::size_t i = 0; i < columns.size(); ++i)
        text += columns[i] + "=" + batch.cell(row, static_cast<int64_t>(i)) + ";";
      out.push_back(text);
    }
  }).expect_ok("result_next");
  return out;
}

void expect_row(const std::vector<std::string>& rows, const std::vector<std::string>& parts,
                const std::string& what) {
  const bool found = std::any_of(rows.begin(), rows.end(), [&](const std::string& row) {
    return std::all_of(parts.begin(), parts.end(),
                       [&](const std::string& part) { return row.find(part) != row.npos; });
  });
  require(found, what + " is not told, in " + std::to_string(rows.size()) + " rows");
}

Connection with_metadata() {
  Connection connection = open();
  need(connection, PSA_CAP_METADATA);
  return connection;
}

void check_kinds() {
  const Connection connection = with_metadata();
  rows_of(metadata(connection, PSA_METADATA_SCHEMAS), {"schema"});
  rows_of(metadata(connection, PSA_METADATA_TABLES), {"schema", "table", "kind", "comment"});
  rows_of(
      metadata(connection, PSA_METADATA_COLUMNS, "psa_conformance_none"),
      {"schema", "table", "ordinal", "column", "type", "nullable", "default", "autoincrement", "comment"});
  rows_of(metadata(connection, PSA_METADATA_KEYS, "psa_conformance_none"),
          {"schema", "table", "constraint", "kind", "ordinal", "column", "referenced_schema",
           "referenced_table", "referenced_column", "on_update", "on_delete"});
  rows_of(metadata(connection, PSA_METADATA_INDEXES, "psa_conformance_none"),
          {"schema", "table", "index", "unique", "ordinal", "column", "expression", "descending"});
}

void check_table() {
  const Connection connection = with_metadata();
  const TestTable table;
  expect_row(rows_of(metadata(connection, PSA_METADATA_TABLES), {"schema", "table", "kind"}),
             {"table=text " + table.name() + ";", "kind=text table;"}, "the table");
  const auto columns = rows_of(metadata(connection, PSA_METADATA_COLUMNS, table.name()),
                               {"schema", "table", "ordinal", "column", "type"});
  require(columns.size() == 2, "a table of two columns has " + std::to_string(columns.size()));
  expect_row(columns, {"ordinal=int64 1;", "column=text id;"}, "the first column");
  expect_row(columns, {"ordinal=int64 2;", "column=text name;"}, "the second column");
  expect_row(rows_of(metadata(connection, PSA_METADATA_KEYS, table.name()),
                     {"schema", "table", "constraint", "kind", "ordinal", "column"}),
             {"kind=text primary;", "ordinal=int64 1;", "column=text id;"}, "the primary key");
}

void check_unknown_kind() {
  const Connection connection = with_metadata();
  const psa_metadata what{PSA_INIT(psa_metadata), 99, {nullptr, 0}, {nullptr, 0}};
  psa_result* handle = nullptr;
  const Answer answer = call(connection.get(), [&](const psa_call* with) {
    return table().metadata(connection.get(), &what, &handle, with);
  });
  table().result_release(handle);
  answer.expect_failure("metadata of a kind that does not exist");
}

Connection with_ingest() {
  Connection connection = open();
  need(connection, PSA_CAP_INGEST);
  return connection;
}

Answer ingest(const Connection& connection, uint32_t mode, const std::string& name, ArrowArrayStream* rows,
              int64_t& count) {
  const psa_ingest how{PSA_INIT(psa_ingest), mode, {nullptr, 0}, psa::c_text(name), rows};
  Answer answer = call(connection.get(), [&](const psa_call* with) {
    return table().ingest(connection.get(), &how, &count, with);
  });
  require(rows->release != nullptr, "ingest released the host's stream");
  return answer;
}

void check_append() {
  const Connection connection = with_ingest();
  const TestTable table;
  ParameterRows rows{{"text b", "int64 2"}, {"null", "int64 1"}};
  int64_t count = -1;
  ArrowArrayStream* const stream = rows.stream({"name", "id"});
  ingest(connection, PSA_INGEST_APPEND, table.name(), stream, count).expect_ok("ingest");
  require(count == 2, "ingest of two rows counts " + std::to_string(count));
  const std::string found = table.rows(connection);
  require(found == "int64 1, null; int64 2, text b", "ingest left " + found);
}

void check_create() {
  const Connection connection = with_ingest();
  const TestTable table;
  const std::string name = table.name() + "_new";
  const std::string drop_table = traits().statement("drop_table", {{"table", name}});
  for (const uint32_t mode : {PSA_INGEST_CREATE, PSA_INGEST_REPLACE}) {
    ParameterRows rows{{"int64 1", "text a"}};
    int64_t count = -1;
    ArrowArrayStream* const stream = rows.stream({"id", "name"});
    ingest(connection, mode, name, stream, count).expect_ok("ingest into a new table");
  }
  ParameterRows again{{"int64 1", "text a"}};
  int64_t count = -1;
  ArrowArrayStream* const stream = again.stream({"id", "name"});
  const Answer answer = ingest(connection, PSA_INGEST_CREATE, name, stream, count);
  run(connection, drop_table);
  answer.expect_failure("ingest that creates a table that is there");
}

void check_no_table() {
  const Connection connection = with_ingest();
  ParameterRows rows{{"int64 1"}};
  int64_t count = -1;
  ArrowArrayStream* const stream = rows.stream({"id"});
  ingest(connection, PSA_INGEST_APPEND, "psa_conformance_none", stream, count)
      .expect_failure("ingest into a table that does not exist");
  run(connection, traits().statement("one_row"));
}

}  // namespace

void add_metadata_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* about, void (*run)()) {
    checks.push_back({"metadata", name, "R4", about, run});
  };
  add("columns", "tells each kind with its frozen columns", check_kinds);
  add("table", "tells a table, its columns and its primary key", check_table);
  add("unknown-kind", "refuses a kind that does not exist", check_unknown_kind);
}

void add_ingest_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* about, void (*run)()) {
    checks.push_back({"ingest", name, "R1", about, run});
  };
  add("append", "loads rows into a table, by the names of its columns", check_append);
  add("create", "creates and replaces a table", check_create);
  add("no-table", "fails where the table does not exist, and goes on", check_no_table);
}

}  // namespace psa_conformance
