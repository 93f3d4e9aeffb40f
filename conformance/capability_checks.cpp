// SPDX-License-Identifier: Apache-2.0
//
// What is not claimed fails cleanly. (What is claimed has an area of its own.)
#include "batches.hpp"
#include "driver_calls.hpp"
#include "parameter_rows.hpp"

namespace psa_conformance {
namespace {

void claimed_nowhere(uint64_t capability) {
  if ((driver().capabilities() & capability) != 0) throw NotClaimed("it claims the capability");
}

// A function that is there although nothing is claimed refuses in words.
void expect_refusal(const Answer& answer, const std::string& what) {
  require(answer.status == PSA_NOT_SUPPORTED || answer.status == PSA_INVALID_ARGUMENT,
          what + " is not claimed, and answered " + answer.words());
}

void check_nonblocking() {
  claimed_nowhere(PSA_CAP_NONBLOCKING);
  Connection connection;
  expect_refusal(
      try_new(connection,
              {.change = [](psa_connection_args& args) { args.flags |= PSA_CONNECTION_NONBLOCKING; }}),
      "PSA_CONNECTION_NONBLOCKING");
}

void check_transactions() {
  claimed_nowhere(PSA_CAP_TRANSACTIONS);
  if (table().transaction_begin == nullptr) return;
  const Connection connection = open();
  expect_refusal(begin(connection), "transaction_begin");
}

void check_savepoints() {
  claimed_nowhere(PSA_CAP_SAVEPOINTS);
  if (table().transaction_savepoint == nullptr) return;
  const Connection connection = open();
  expect_refusal(savepoint(connection, PSA_SAVEPOINT_SET, "a"), "transaction_savepoint");
}

void check_cancel() {
  claimed_nowhere(PSA_CAP_CANCEL);
  if (table().cancel_new == nullptr) return;
  const Connection connection = open();
  ErrorSink sink;
  psa_cancel* handle = nullptr;
  const Answer answer = examine(table().cancel_new(connection.get(), &handle, &sink), sink);
  const Cancel kept(handle);
  if (!answer.ok()) expect_refusal(answer, "cancel_new");
}

void check_deadline() {
  claimed_nowhere(PSA_CAP_DEADLINE);
  const Connection connection = open();
  try_run(connection, traits().statement("one_row"), now() + 3600 * second)
      .expect_ok("a statement with a deadline that is far away");
}

void check_several_results() {
  claimed_nowhere(PSA_CAP_SEVERAL_RESULTS);
  const Connection connection = open();
  const Statement statement = prepare(connection, traits().statement("one_row"));
  const Result result = execute(statement);
  require((info(result).flags & PSA_RESULT_MORE) == 0, "a result says that another may follow");
  rest(result);
  if (table().result_next_result == nullptr) return;
  const Answer answer = call(connection.get(), [&](const psa_call* with) {
    return table().result_next_result(result.handle.get(), with);
  });
  if (!answer.ok()) expect_refusal(answer, "result_next_result");
}

void check_parameter_types() {
  claimed_nowhere(PSA_CAP_PARAMETER_TYPES);
  if (table().statement_parameters == nullptr) return;
  const Connection connection = open();
  const Statement statement = prepare(connection, traits().statement("one_row"));
  ArrowSchema schema{};
  const Answer answer = call(connection.get(), [&](const psa_call* with) {
    return table().statement_parameters(statement.handle.get(), &schema, with);
  });
  if (schema.release != nullptr) schema.release(&schema);
  expect_refusal(answer, "statement_parameters");
}

void check_ingest() {
  claimed_nowhere(PSA_CAP_INGEST);
  if (table().ingest == nullptr) return;
  const Connection connection = open();
  ParameterRows rows{{"int64 1"}};
  const psa_ingest how{
      PSA_INIT(psa_ingest), PSA_INGEST_APPEND, {nullptr, 0}, {"none", 4}, rows.stream({"id"})};
  int64_t count = 0;
  expect_refusal(
      call(connection.get(),
           [&](const psa_call* with) { return table().ingest(connection.get(), &how, &count, with); }),
      "ingest");
}

void check_metadata() {
  claimed_nowhere(PSA_CAP_METADATA);
  if (table().metadata == nullptr) return;
  const Connection connection = open();
  const psa_metadata what{PSA_INIT(psa_metadata), PSA_METADATA_TABLES, {nullptr, 0}, {nullptr, 0}};
  psa_result* handle = nullptr;
  const Answer answer = call(connection.get(), [&](const psa_call* with) {
    return table().metadata(connection.get(), &what, &handle, with);
  });
  table().result_release(handle);
  expect_refusal(answer, "metadata");
}

void expect_rows(const Result& result, int64_t wanted) {
  int64_t rows = 0;
  try_rest(result, [&](const Batch& batch) { rows += batch.rows(); }).expect_ok("result_next");
  require(rows == wanted,
          "of " + std::to_string(wanted) + " rows beside another result came " + std::to_string(rows), "H5");
}

// Of one connection only one result is unfinished, unless more are claimed.
void check_concurrent_results() {
  const Connection connection = open();
  const std::string rows = traits().statement("rows", {{"rows", "1024"}});
  const Statement first = prepare(connection, rows), second = prepare(connection, rows);
  const Result one = execute(first);
  next(one, 1);
  if (is_finished(one)) throw NotClaimed("the result is finished before it is read");
  Result two;
  const Answer answer = try_execute(second, two);
  if (has(connection, PSA_CAP_CONCURRENT_RESULTS))
    answer.expect_ok("a second statement beside an unfinished result");
  // One that claims nothing refuses, or does it right all the same.
  if (!answer.ok())
    answer.expect(PSA_INVALID_STATE, "a second statement beside an unfinished result", "H5");
  else
    expect_rows(two, 1024);
  expect_rows(one, 1023);
}

}  // namespace

void add_capability_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* rules, const char* about, void (*run)()) {
    checks.push_back({"unclaimed", name, rules, about, run});
  };
  add("nonblocking", "B5", "refuses a non-blocking connection where it does not claim them",
      check_nonblocking);
  add("cancel", "B5", "has no cancel, or one that does no harm, where it does not claim it", check_cancel);
  add("deadline", "B5", "runs a statement with a deadline where it does not claim them", check_deadline);
  add("transactions", "B5", "refuses begin where it does not claim transactions", check_transactions);
  add("savepoints", "B5", "refuses savepoints where it does not claim them", check_savepoints);
  add("several-results", "B5", "has no second result where it does not claim several", check_several_results);
  add("parameter-types", "B5", "refuses to tell the parameters' types where it does not claim to",
      check_parameter_types);
  add("ingest", "B5", "refuses to ingest where it does not claim it", check_ingest);
  add("metadata", "B5", "refuses metadata where it does not claim it", check_metadata);
  add("concurrent-results", "H5",
      "refuses a second statement beside an unfinished result, or does both right", check_concurrent_results);
}

}  // namespace psa_conformance
