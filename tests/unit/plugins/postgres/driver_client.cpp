// SPDX-License-Identifier: Apache-2.0
#include "driver_client.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <regex>
#include <stdexcept>

#include <poll.h>

#include <psa/sdk/operation.hpp>
#include <psa/sdk/text.hpp>

#include "batch_text.hpp"

extern "C" int32_t psa_postgres_driver_entry(const psa_host* host, psa_driver* out, void* sink);

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
  to.error.sqlstate = psa::view(from->sqlstate);
  to.error.context = psa::view(from->context);
  to.error.message = psa::view(from->message);
  to.error.detail = psa::view(from->detail);
  to.error.hint = psa::view(from->hint);
  to.error.table = psa::view(from->table);
  to.error.column = psa::view(from->column);
  to.error.constraint = psa::view(from->constraint);
}

/// The connection that a statement or result belongs to, for driving.
std::map<const void*, psa_connection*>& owners() {
  static thread_local std::map<const void*, psa_connection*> map;
  return map;
}

psa_call call_with(Sink& sink, int64_t deadline = 0) { return {PSA_INIT(psa_call), 0, &sink, deadline}; }

}  // namespace

const psa_driver& table() {
  static const psa_driver filled = [] {
    static const psa_host host{PSA_INIT(psa_host), PSA_ABI_MINOR, &report};
    psa_driver driver{PSA_INIT(psa_driver)};
    Sink sink;
    expect_ok(psa_postgres_driver_entry(&host, &driver, &sink), sink);
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

/// Percent-decoded, as a URL's user name and password are written.
static std::string decoded(const std::string& text) {
  std::string out;
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      out += static_cast<char>(std::stoi(text.substr(at + 1, 2), nullptr, 16));
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

const Server* server() {
  static const std::optional<Server> found = []() -> std::optional<Server> {
    const char* url = std::getenv("PSA_TEST_POSTGRES_URL");
    if (url == nullptr) {
      const char* servers = std::getenv("PSA_TEST_SERVERS");
      if (servers != nullptr && std::string_view(servers) == "required")
        throw std::runtime_error("PSA_TEST_POSTGRES_URL is not set, and PSA_TEST_SERVERS is required");
      return std::nullopt;
    }
    static const std::regex grammar(
        R"(postgresql[^:]*://([^:@/]*)(?::([^@]*))?@?([^:/?]*)(?::(\d+))?/([^?]*)(?:\?(.*))?)");
    std::cmatch parts;
    if (!std::regex_match(url, parts, grammar)) throw std::runtime_error("PSA_TEST_POSTGRES_URL is no URL");
    Server server{decoded(parts[1]), decoded(parts[2]), parts[3], parts[5],
                  parts[4].length() == 0 ? 0U : static_cast<uint32_t>(std::stoul(parts[4]))};
    std::string query = parts[6];
    while (!query.empty()) {
      const std::string pair = query.substr(0, query.find('&'));
      query.erase(0, pair.size() + 1);
      server.options.emplace_back(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
    }
    return server;
  }();
  return found ? &*found : nullptr;
}

Progress& progress() {
  static thread_local Progress counted;
  return counted;
}

int32_t drive(psa_connection* connection, int32_t status) {
  while (status == PSA_PENDING) {
    ++progress().pending;
    psa_wait wait{PSA_INIT(psa_wait)};
    if (table().connection_wait_for(connection, &wait) != PSA_OK) throw "wait_for failed";
    pollfd waited{wait.fd, 0, 0};
    if ((wait.events & PSA_WAIT_READ) != 0) waited.events |= POLLIN;
    if ((wait.events & PSA_WAIT_WRITE) != 0) waited.events |= POLLOUT;
    // Cancels come from other threads here, so that no wait may last for long.
    int64_t milliseconds = 20;
    if (wait.wake_at != 0)
      milliseconds = std::clamp<int64_t>((wait.wake_at - psa::monotonic_now()) / 1'000'000 + 1, 0, 20);
    poll(&waited, wait.fd < 0 ? 0 : 1, static_cast<int>(milliseconds));
    const int64_t begun = psa::monotonic_now();
    status = table().connection_resume(connection);
    progress().longest = std::max(progress().longest, psa::monotonic_now() - begun);
  }
  return status;
}

Connection make(const Server& server, Mode mode) {
  std::vector<psa_option> given;
  for (const auto& [name, text] : server.options)
    given.push_back({PSA_INIT(psa_option), PSA_TYPE_TEXT, PSA_OPTION_FROM_URL, 0, psa::c_text(name),
                     psa::c_text(text), 0, 0});
  const psa_address address{PSA_INIT(psa_address), server.port, psa::c_text(server.host)};
  psa_connection_args args{PSA_INIT(psa_connection_args)};
  args.flags = mode == Mode::nonblocking ? PSA_CONNECTION_NONBLOCKING : 0;
  args.username = psa::c_text_or_none(server.user);
  args.password = psa::c_text_or_none(server.password);
  args.database = psa::c_text_or_none(server.database);
  args.addresses = &address;
  args.address_count = server.host.empty() && server.port == 0 ? 0 : 1;
  args.address_size = sizeof(psa_address);
  args.options = given.data();
  args.option_count = given.size();
  args.option_size = sizeof(psa_option);
  Sink sink;
  psa_connection* handle = nullptr;
  expect_ok(table().connection_new(&args, &handle, &sink), sink);
  return Connection(handle);
}

void connect(const Connection& connection, int64_t deadline) {
  Sink sink;
  const psa_call call = call_with(sink, deadline);
  expect_ok(drive(connection.get(), table().connection_connect(connection.get(), &call)), sink);
}

Connection open(Mode mode) {
  Connection connection = make(*server(), mode);
  connect(connection);
  return connection;
}

void ping(const Connection& connection) {
  Sink sink;
  const psa_call call = call_with(sink);
  expect_ok(drive(connection.get(), table().connection_ping(connection.get(), &call)), sink);
}

void reset(const Connection& connection) {
  Sink sink;
  const psa_call call = call_with(sink);
  expect_ok(drive(connection.get(), table().connection_reset(connection.get(), &call)), sink);
}

void close(const Connection& connection) {
  Sink sink;
  const psa_call call = call_with(sink);
  expect_ok(drive(connection.get(), table().connection_close(connection.get(), &call)), sink);
}

Statement prepare(const Connection& connection, std::string_view sql, uint32_t flags) {
  Sink sink;
  const psa_call call = call_with(sink);
  const psa_string text = psa::c_text(sql);
  psa_statement* handle = nullptr;
  expect_ok(
      drive(connection.get(), table().statement_prepare(connection.get(), &text, flags, &handle, &call)),
      sink);
  owners()[handle] = connection.get();
  return Statement(handle);
}

Result execute(const Statement& statement, const psa_execute& arguments, int64_t deadline) {
  Sink sink;
  const psa_call call = call_with(sink, deadline);
  psa_result* handle = nullptr;
  psa_connection* owner = owners()[statement.get()];
  expect_ok(drive(owner, table().statement_execute(statement.get(), &arguments, &handle, &call)), sink);
  owners()[handle] = owner;
  return Result(handle);
}

Result execute(const Statement& statement, int64_t deadline) {
  return execute(statement, psa_execute{PSA_INIT(psa_execute)}, deadline);
}

Result execute(const Statement& statement, Parameters& parameters, int64_t deadline) {
  return execute(statement, parameters.execute(), deadline);
}

void adopt(const Result& result, const Connection& connection) { owners()[result.get()] = connection.get(); }

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
  expect_ok(drive(owners()[result.get()], table().result_next(result.get(), &fetch, &batch, &call)), sink);
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
  expect_ok(drive(connection.get(), table().transaction_begin(connection.get(), &begin, &call)), sink);
}

void commit(const Connection& connection, int64_t deadline) {
  Sink sink;
  const psa_call call = call_with(sink, deadline);
  expect_ok(drive(connection.get(), table().transaction_commit(connection.get(), &call)), sink);
}

void rollback(const Connection& connection) {
  Sink sink;
  const psa_call call = call_with(sink);
  expect_ok(drive(connection.get(), table().transaction_rollback(connection.get(), &call)), sink);
}

void savepoint(const Connection& connection, uint32_t action, std::string_view name) {
  Sink sink;
  const psa_call call = call_with(sink);
  const psa_string text = psa::c_text(name);
  expect_ok(drive(connection.get(), table().transaction_savepoint(connection.get(), action, &text, &call)),
            sink);
}

psa_connection_state state(const Connection& connection) {
  psa_connection_state out{PSA_INIT(psa_connection_state)};
  table().connection_state(connection.get(), &out);
  return out;
}

}  // namespace driver_client
