// SPDX-License-Identifier: Apache-2.0
#include "driver_client.hpp"

#include <psa/sdk/text.hpp>

#include "batch_text.hpp"

extern "C" int32_t psa_sqlite_driver_entry(const psa_host* host, psa_driver* out, void* sink);

namespace driver_client {
namespace {

void report(void* sink, const psa_error* from) {
  if (sink == nullptr) return;
  auto& to = *static_cast<Sink*>(sink);
  ++to.reports;
  to.error.category = from->category;
  to.error.flags = from->flags;
  to.error.vendor_code = from->vendor_code;
  to.error.sql_offset = from->sql_offset;
  to.error.parameter_row = from->parameter_row;
  to.error.parameter_column = from->parameter_column;
  to.error.message = psa::view(from->message);
  to.error.detail = psa::view(from->detail);
  to.error.hint = psa::view(from->hint);
  to.error.table = psa::view(from->table);
  to.error.column = psa::view(from->column);
  to.error.constraint = psa::view(from->constraint);
}

psa_call call_with(Sink& sink, int64_t deadline = 0) { return {PSA_INIT(psa_call), 0, &sink, deadline}; }

}  // namespace

const psa_driver& table() {
  static const psa_driver filled = [] {
    static const psa_host host{PSA_INIT(psa_host), PSA_ABI_MINOR, &report};
    psa_driver driver{PSA_INIT(psa_driver)};
    Sink sink;
    expect_ok(psa_sqlite_driver_entry(&host, &driver, &sink), sink);
    return driver;
  }();
  return filled;
}

void expect_ok(int32_t status, const Sink& sink) {
  if (status == PSA_OK) return;
  psa::DriverError error = sink.error;
  error.status = status;
  if (sink.reports != 1)
    error.message = "reported " + std::to_string(sink.reports) + " times: " + error.message;
  throw error;
}

Parameters::~Parameters() {
  if (schema_.release != nullptr) schema_.release(&schema_);
  if (array_.release != nullptr) array_.release(&array_);
}

Parameters& Parameters::add(int64_t value) {
  next().append_int64(value);
  return *this;
}

Parameters& Parameters::add(double value) {
  next().append_double(value);
  return *this;
}

Parameters& Parameters::add(std::string_view value) {
  if (!next().append_text(reinterpret_cast<const uint8_t*>(value.data()), value.size())) throw "no UTF-8";
  return *this;
}

Parameters& Parameters::add_null() {
  next().append_null();
  return *this;
}

psa_execute Parameters::execute() {
  const auto rows = static_cast<int64_t>(cells_ / columns_.size());
  std::vector<psa::SchemaField> fields;
  std::vector<psa::ArrayNode> nodes = {{rows, 0, static_cast<uint32_t>(columns_.size()), 1}};
  for (psa::DynamicColumn& column : columns_) {
    fields.push_back(column.field("p", ""));
    column.describe(nodes, rows);
  }
  schema_ = psa::make_schema(fields);
  array_ = psa::make_array(nodes);
  return {PSA_INIT(psa_execute), 0, &schema_, &array_};
}

Connection make(std::string_view database, const Options& options) {
  std::vector<psa_option> given;
  for (const auto& [name, text] : options)
    given.push_back({PSA_INIT(psa_option), PSA_TYPE_TEXT, PSA_OPTION_FROM_URL, 0, psa::c_text(name),
                     psa::c_text(text), 0, 0});
  psa_connection_args args{PSA_INIT(psa_connection_args)};
  args.database = psa::c_text(database);
  args.options = given.data();
  args.option_count = given.size();
  args.option_size = sizeof(psa_option);
  Sink sink;
  psa_connection* handle = nullptr;
  expect_ok(table().connection_new(&args, &handle, &sink), sink);
  return Connection(handle);
}

Connection open(std::string_view database, const Options& options) {
  Connection connection = make(database, options);
  Sink sink;
  const psa_call call = call_with(sink);
  expect_ok(table().connection_connect(connection.get(), &call), sink);
  return connection;
}

Statement prepare(const Connection& connection, std::string_view sql) {
  Sink sink;
  const psa_call call = call_with(sink);
  const psa_string text = psa::c_text(sql);
  psa_statement* handle = nullptr;
  expect_ok(table().statement_prepare(connection.get(), &text, 0, &handle, &call), sink);
  return Statement(handle);
}

static Result execute(const Statement& statement, const psa_execute& arguments, int64_t deadline) {
  Sink sink;
  const psa_call call = call_with(sink, deadline);
  psa_result* handle = nullptr;
  expect_ok(table().statement_execute(statement.get(), &arguments, &handle, &call), sink);
  return Result(handle);
}

Result execute(const Statement& statement, int64_t deadline) {
  return execute(statement, psa_execute{PSA_INIT(psa_execute)}, deadline);
}

Result execute(const Statement& statement, Parameters& parameters, int64_t deadline) {
  return execute(statement, parameters.execute(), deadline);
}

psa_result_info info(const Result& result) {
  psa_result_info out{PSA_INIT(psa_result_info)};
  table().result_info(result.get(), &out);
  return out;
}

std::string next(const Result& result, int64_t max_rows, bool* last, int64_t deadline) {
  Sink sink;
  const psa_call call = call_with(sink, deadline);
  const psa_fetch fetch{PSA_INIT(psa_fetch), 0, 1, max_rows, 1 << 20};
  psa_batch batch{PSA_INIT(psa_batch)};
  expect_ok(table().result_next(result.get(), &fetch, &batch, &call), sink);
  if (last != nullptr) *last = (batch.flags & PSA_BATCH_LAST) != 0;
  if (batch.array.release == nullptr) return "";
  // Reads with the schema of this batch, or, as the interface says, with the previous one's.
  static thread_local std::shared_ptr<ArrowSchema> schema;
  if (batch.schema.release != nullptr) {
    schema = std::shared_ptr<ArrowSchema>(new ArrowSchema(batch.schema), [](ArrowSchema* old) {
      old->release(old);
      delete old;
    });
  }
  std::string text = test_support::batch_text(*schema, batch.array);
  batch.array.release(&batch.array);
  return text;
}

std::string rest(const Result& result) {
  std::string text;
  bool last = (info(result).flags & PSA_RESULT_FINISHED) != 0;
  while (!last) {
    const std::string more = next(result, 1000, &last);
    if (!text.empty() && !more.empty()) text += "; ";
    text += more;
  }
  return text;
}

std::string run(const Connection& connection, std::string_view sql, int64_t deadline) {
  return rest(execute(prepare(connection, sql), deadline));
}

int64_t run_count(const Connection& connection, std::string_view sql) {
  return info(execute(prepare(connection, sql))).rows_affected;
}

Cancel cancel_handle(const Connection& connection) {
  Sink sink;
  psa_cancel* handle = nullptr;
  expect_ok(table().cancel_new(connection.get(), &handle, &sink), sink);
  return Cancel(handle);
}

void cancel(const Cancel& handle) {
  Sink sink;
  const psa_call call = call_with(sink);
  expect_ok(table().cancel(handle.get(), &call), sink);
}

void begin(const Connection& connection, uint32_t flags, uint32_t isolation) {
  Sink sink;
  const psa_call call = call_with(sink);
  const psa_begin begin{PSA_INIT(psa_begin), isolation, flags, 0};
  expect_ok(table().transaction_begin(connection.get(), &begin, &call), sink);
}

void commit(const Connection& connection, int64_t deadline) {
  Sink sink;
  const psa_call call = call_with(sink, deadline);
  expect_ok(table().transaction_commit(connection.get(), &call), sink);
}

void rollback(const Connection& connection) {
  Sink sink;
  const psa_call call = call_with(sink);
  expect_ok(table().transaction_rollback(connection.get(), &call), sink);
}

void savepoint(const Connection& connection, uint32_t action, std::string_view name) {
  Sink sink;
  const psa_call call = call_with(sink);
  const psa_string text = psa::c_text(name);
  expect_ok(table().transaction_savepoint(connection.get(), action, &text, &call), sink);
}

psa_connection_state state(const Connection& connection) {
  psa_connection_state out{PSA_INIT(psa_connection_state)};
  table().connection_state(connection.get(), &out);
  return out;
}

}  // namespace driver_client
