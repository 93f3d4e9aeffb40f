// SPDX-License-Identifier: Apache-2.0
#include "driver_client.hpp"

#include <cstdlib>
#include <ctime>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <psa/sdk/text.hpp>

#include "value_text.hpp"

extern "C" int32_t psa_mysql_driver_entry(const psa_host* host, psa_driver* out, void* sink);

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
  to.error.sqlstate = psa::view(from->sqlstate);
  to.error.table = psa::view(from->table);
  to.error.column = psa::view(from->column);
  to.error.constraint = psa::view(from->constraint);
}

psa_call call_with(Sink& sink, int64_t deadline = 0) { return {PSA_INIT(psa_call), 0, &sink, deadline}; }

}  // namespace

const psa_driver& table() {
  static const psa_driver filled = [] {
    static const psa_host host{PSA_INIT(psa_host), PSA_ABI_MINOR, &report};
    psa_driver driver{};
    driver.struct_size = PSA_INIT(psa_driver);
    Sink sink;
    expect_ok(psa_mysql_driver_entry(&host, &driver, &sink), sink);
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

Parameters& Parameters::add_bytes(std::string_view value) {
  next().append_binary(reinterpret_cast<const uint8_t*>(value.data()), value.size());
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

namespace {

std::string decoded(std::string_view text) {
  std::string plain;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      plain += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

// Cuts `text` at `mark` and returns what was behind it.
std::string_view cut(std::string_view& text, char mark) {
  const size_t at = text.find(mark);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = text.substr(at + 1);
  text = text.substr(0, at);
  return rest;
}

Server read_url(std::string_view url) {
  Server server;
  url.remove_prefix(url.find("://") + 3);
  std::string_view query = cut(url, '?');
  const size_t at = url.rfind('@');
  std::string_view user = at == std::string_view::npos ? std::string_view() : url.substr(0, at);
  std::string_view place = at == std::string_view::npos ? url : url.substr(at + 1);
  server.password = decoded(cut(user, ':'));
  server.user = decoded(user);
  server.database = decoded(cut(place, '/'));
  const std::string port(cut(place, ':'));
  server.host = place;
  server.port = port.empty() ? 0 : static_cast<uint32_t>(std::stoul(port));
  while (!query.empty()) {
    std::string_view name = query;
    query = cut(name, '&');
    const std::string value = decoded(cut(name, '='));
    server.options.emplace_back(decoded(name), value);
  }
  return server;
}

}  // namespace

std::optional<Server> server() {
  if (const char* url = std::getenv("PSA_TEST_MARIADB_URL")) return read_url(url);
  const char* wanted = std::getenv("PSA_TEST_SERVERS");
  if (wanted != nullptr && std::string_view(wanted) == "required")
    ADD_FAILURE() << "PSA_TEST_MARIADB_URL is not set, and servers are required";
  return std::nullopt;
}

Connection make(const Server& to, const Options& options, uint32_t flags) {
  std::vector<psa_option> given;
  for (const Options* each : {&to.options, &options})
    for (const auto& [name, text] : *each)
      given.push_back({PSA_INIT(psa_option), PSA_TYPE_TEXT, PSA_OPTION_FROM_URL, 0, psa::c_text(name),
                       psa::c_text(text), 0, 0});
  psa_connection_args args{};
  args.struct_size = PSA_INIT(psa_connection_args);
  args.flags = flags;
  args.username = psa::c_text(to.user);
  args.password = psa::c_text_or_none(to.password);
  args.database = psa::c_text_or_none(to.database);
  const psa_address address{PSA_INIT(psa_address), to.port, psa::c_text(to.host)};
  args.addresses = &address;
  args.address_count = to.host.empty() ? 0 : 1;
  args.address_size = sizeof address;
  args.options = given.data();
  args.option_count = given.size();
  args.option_size = sizeof(psa_option);
  Sink sink;
  psa_connection* handle = nullptr;
  expect_ok(table().connection_new(&args, &handle, &sink), sink);
  return Connection(handle);
}

Connection open(const Server& to, const Options& options, uint32_t flags) {
  Connection connection = make(to, options, flags);
  Sink sink;
  const psa_call call = call_with(sink);
  expect_ok(finish(connection, table().connection_connect(connection.get(), &call)), sink);
  return connection;
}

Connection open(const Options& options, uint32_t flags) { return open(*server(), options, flags); }

int32_t finish(const Connection& connection, int32_t status, int* resumes) {
  while (status == PSA_PENDING) {
    psa_wait wait{};
    wait.struct_size = PSA_INIT(psa_wait);
    table().connection_wait_for(connection.get(), &wait);
    timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    const int64_t left = wait.wake_at - (now.tv_sec * INT64_C(1'000'000'000) + now.tv_nsec);
    pollfd polled{wait.fd,
                  static_cast<short>(((wait.events & PSA_WAIT_READ) != 0 ? POLLIN : 0) |
                                     ((wait.events & PSA_WAIT_WRITE) != 0 ? POLLOUT : 0)),
                  0};
    poll(&polled, 1, wait.wake_at == 0 ? -1 : left <= 0 ? 0 : static_cast<int>(left / 1'000'000 + 1));
    status = table().connection_resume(connection.get());
    if (resumes != nullptr) ++*resumes;
  }
  return status;
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
  return execute(statement, psa_execute{PSA_INIT(psa_execute), 0, nullptr, nullptr}, deadline);
}

Result execute(const Statement& statement, Parameters& parameters, int64_t deadline) {
  return execute(statement, parameters.execute(), deadline);
}

psa_result_info info(const Result& result) {
  psa_result_info out{};
  out.struct_size = PSA_INIT(psa_result_info);
  table().result_info(result.get(), &out);
  return out;
}

std::string next(const Result& result, int64_t max_rows, bool* last, int64_t deadline) {
  Sink sink;
  const psa_call call = call_with(sink, deadline);
  const psa_fetch fetch{PSA_INIT(psa_fetch), 0, 1, max_rows, 1 << 20};
  psa_batch batch{};
  batch.struct_size = PSA_INIT(psa_batch);
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
  std::string text = batch_text(*schema, batch.array);
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
  const Result result = execute(prepare(connection, sql), deadline);
  std::string text;
  bool last = (info(result).flags & PSA_RESULT_FINISHED) != 0;
  while (!last) {
    const std::string more = next(result, 1000, &last, deadline);
    if (!text.empty() && !more.empty()) text += "; ";
    text += more;
  }
  return text;
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
  psa_connection_state out{};
  out.struct_size = PSA_INIT(psa_connection_state);
  table().connection_state(connection.get(), &out);
  return out;
}

void reset(const Connection& connection) {
  Sink sink;
  const psa_call call = call_with(sink);
  expect_ok(table().connection_reset(connection.get(), &call), sink);
}

void ping(const Connection& connection) {
  Sink sink;
  const psa_call call = call_with(sink);
  expect_ok(table().connection_ping(connection.get(), &call), sink);
}

void close(const Connection& connection) {
  Sink sink;
  const psa_call call = call_with(sink);
  expect_ok(table().connection_close(connection.get(), &call), sink);
}

int test_listener() {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -1;
  return listen(listener, 1) == 0 ? listener : -1;
}

uint32_t listener_port(int listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

void close_listener(int listener) { ::close(listener); }

}  // namespace driver_client
