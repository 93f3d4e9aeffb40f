// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <thread>

#include <psa/sdk/text.hpp>

#include "batches.hpp"
#include "driver_calls.hpp"
#include "parameter_rows.hpp"
#include "test_table.hpp"

namespace psa_conformance {
namespace {

constexpr const char* categories[] = {"unknown",   "interface", "data",        "operational",
                                      "integrity", "internal",  "programming", "not_supported"};

std::string text_of(const boost::json::object& entry, const char* key) {
  const auto* found = entry.if_contains(key);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : "";
}

void check_error(const boost::json::object& entry) {
  const Connection connection = open();
  const std::string sql = text_of(entry, "sql");
  const Answer answer = try_run(connection, sql);
  answer.expect_failure(sql);
  const std::string category = categories[answer.error.category];
  if (entry.contains("category"))
    require(category == text_of(entry, "category"), "its category is " + category + ": " + answer.words());
  if (entry.contains("sqlstate"))
    require(answer.error.sqlstate == text_of(entry, "sqlstate"),
            "its SQLSTATE is '" + answer.error.sqlstate + "'");
  if (const auto* offset = entry.if_contains("offset"))
    require(answer.error.sql_offset == offset->as_int64(),
            "its sql_offset is " + std::to_string(answer.error.sql_offset));
  require(answer.error.sql_offset >= -1 && answer.error.sql_offset <= static_cast<int64_t>(sql.size()),
          "its sql_offset lies outside of the text");
  require((answer.error.flags & PSA_ERROR_CONNECTION_LOST) == 0 &&
              (state(connection).flags & PSA_STATE_BROKEN) == 0,
          "the connection counts as lost", "E4");
  run(connection, traits().statement("one_row"));
}

void check_bad_statement() {
  const Connection connection = open();
  const Answer answer = try_run(connection, "psa conformance: this is no SQL");
  answer.expect_failure("a text that is no SQL");
  require((answer.error.flags & PSA_ERROR_CONNECTION_LOST) == 0, "the connection counts as lost", "E4");
  if (traits().has("one_row")) run(connection, traits().statement("one_row"));
}

void check_constraint() {
  const Connection connection = open();
  const TestTable table;
  table.insert(connection, 1, "a");
  const Answer answer = try_run(connection, table.sql("INSERT INTO {table} (id, name) VALUES (1, 'b')"));
  answer.expect_failure("a second row of the same key");
  require(answer.error.category == PSA_CATEGORY_INTEGRITY, "its category is no integrity: " + answer.words());
  require(table.rows(connection) == "int64 1, text a", "the row is there although it was refused");
}

void check_parameter_row() {
  const Connection connection = open();
  const TestTable table;
  table.insert(connection, 2, "b");
  const Statement statement = prepare(
      connection,
      with_placeholders(connection.get(), table.sql("INSERT INTO {table} (id, name) VALUES ({1}, {2})")));
  const std::string value = "psa-conformance-value";
  const ParameterRows rows{{"int64 1", "text a"}, {"int64 3", "text c"}, {"int64 2", "text " + value}};
  const psa_execute with = rows.execute();
  Result result;
  Answer answer = try_execute(statement, result, &with);
  if (answer.ok()) answer = try_rest(result);
  answer.expect_failure("a row of parameters with a key that is there");
  require(answer.error.parameter_row == 2 || answer.error.parameter_row == -1,
          "the failed row 2 is told as row " + std::to_string(answer.error.parameter_row));
  require(answer.error.message.find(value) == std::string::npos, "the message holds a parameter's value",
          "E3");
}

void check_rows_first() {
  const Connection connection = open();
  const Statement statement = prepare(connection, traits().statement("failing_rows"));
  Result result;
  Answer answer = try_execute(statement, result);
  int64_t rows = 0;
  for (int i = 0; answer.ok() && i < 1000 && !is_finished(result); ++i) {
    Batch batch;
    answer = try_next(result, fetch_of(i == 0 ? 2 : 1000), batch);
    if (answer.ok()) rows += batch.rows();
    if (answer.ok()) require(!batch.last(), "the rows before an error are told to be the last");
  }
  answer.expect_failure("a query that fails after its first rows");
  require(rows > 0 || result.handle == nullptr, "none of the rows before the error was handed out");
  if (result.handle) require(is_finished(result), "a result that failed is not finished");
  run(connection, traits().statement("one_row"));
}

void check_lost_connection() {
  const Connection connection = open(), other = open();
  const std::string id = run(connection, traits().statement("session_id"));
  try_run(other, traits().statement("end_session", {{"id", id.substr(id.find(' ') + 1)}}));
  const std::string one_row = traits().statement("one_row");
  Answer answer;
  for (int i = 0; i < 200 && answer.ok(); ++i) answer = try_run(connection, one_row);
  answer.expect_failure("a statement on a session that the server has ended");
  require((answer.error.flags & PSA_ERROR_CONNECTION_LOST) != 0,
          "it is not told that the connection is lost: " + answer.words());
  require((state(connection).flags & PSA_STATE_BROKEN) != 0,
          "connection_state does not say that it is broken");
  require(answer.error.category == PSA_CATEGORY_OPERATIONAL, "its category is not operational");
  try_run(connection, one_row).expect_failure("a statement on a lost connection");
}

void check_notice() {
  struct Told {
    std::string all;
    const std::thread::id thread = std::this_thread::get_id();
  } told;
  const std::string statement = traits().statement("notice");
  Extra listening;
  listening.change = [&](psa_connection_args& args) {
    args.notice_context = &told;
    args.on_notice = [](void* context, const psa_error* notice) {
      auto& out = *static_cast<Told*>(context);
      const std::string text(psa::view(notice->message));
      if (out.thread != std::this_thread::get_id()) out.all += "on another thread: ";
      if (notice->severity < PSA_SEVERITY_WARNING || notice->severity > PSA_SEVERITY_DEBUG)
        out.all += "of the severity " + std::to_string(notice->severity) + ": ";
      out.all += text + "; ";
    };
  };
  const Connection connection = open(listening);
  told.all.clear();
  run(connection, statement);
  require(told.all == "psa conformance; ",
          told.all.empty() ? "no notice was told" : "what was told is not the notice alone: " + told.all);
  run(connection, traits().statement("one_row"));
  require(told.all == "psa conformance; ", "a notice was told again: " + told.all);
}

void check_null_sink() {
  const Connection connection = open();
  const psa_call with{PSA_INIT(psa_call), 0, nullptr, 0};
  const psa_string sql{"psa conformance: this is no SQL", 31};
  psa_statement* handle = nullptr;
  int32_t status =
      drive(connection.get(), table().statement_prepare(connection.get(), &sql, 0, &handle, &with));
  if (status == PSA_OK) {
    const psa_execute nothing{PSA_INIT(psa_execute)};
    psa_result* result = nullptr;
    status = drive(connection.get(), table().statement_execute(handle, &nothing, &result, &with));
    table().result_release(result);
  }
  table().statement_release(handle);
  require(status != PSA_OK, "a text that is no SQL was executed");
}

}  // namespace

void add_error_checks(std::vector<Check>& checks, const Traits& traits) {
  const auto add = [&](const std::string& name, const char* rules, const std::string& about,
                       std::function<void()> run) {
    checks.push_back({"errors", name, rules, about, std::move(run)});
  };
  for (const auto& [name, entry] : traits.group("errors"))
    add(name, "E2", "tells " + name + " by its category and SQLSTATE",
        [entry = entry] { check_error(entry); });
  add("no-sql", "E1", "refuses what is no SQL, and goes on", check_bad_statement);
  add("constraint", "E2", "tells a broken constraint as an integrity error", check_constraint);
  add("parameter-row", "E2 E3", "tells which row of parameters failed, without its values",
      check_parameter_row);
  add("rows-first", "R6", "hands out the rows before an error", check_rows_first);
  add("lost-connection", "E4", "tells that a connection is lost", check_lost_connection);
  add("notice", "E5", "tells notices during a call, on its thread, once", check_notice);
  add("no-sink", "E1", "fails without a sink", check_null_sink);
}

}  // namespace psa_conformance
