// SPDX-License-Identifier: Apache-2.0
#include "driver_calls.hpp"

#include <algorithm>
#include <ctime>

#include <poll.h>

#include <psa/sdk/text.hpp>
#include <psa/sdk/utf8.hpp>

#include "batches.hpp"

namespace psa_conformance {
namespace {

void check_words(const std::string& text, const char* member) {
  const std::string where = std::string("its report's ") + member;
  require(psa::valid_utf8(reinterpret_cast<const uint8_t*>(text.data()), text.size()), where + " is no UTF-8",
          "E1");
  const auto& password = context().url.password;
  if (password && password->reveal().size() >= 4)
    require(text.find(password->reveal()) == text.npos, where + " holds the password", "E3");
}

int milliseconds_to_wait(const psa_wait& wait) {
  // A cancel comes from another thread here, so no wait may be long.
  if (wait.wake_at == 0) return 20;
  return static_cast<int>(std::clamp<int64_t>((wait.wake_at - now()) / millisecond + 1, 0, 20));
}

}  // namespace

std::string status_name(int32_t status) {
  static constexpr const char* names[] = {"PSA_OK",
                                          "PSA_PENDING",
                                          "PSA_ERROR",
                                          "PSA_CANCELLED",
                                          "PSA_DEADLINE",
                                          "PSA_NOT_SUPPORTED",
                                          "PSA_INVALID_ARGUMENT",
                                          "PSA_INVALID_STATE",
                                          "PSA_OUT_OF_MEMORY"};
  if (status >= 0 && status < static_cast<int32_t>(std::size(names))) return names[status];
  return "status " + std::to_string(status);
}

std::string Answer::words() const {
  std::string text = status_name(status);
  if (!error.message.empty()) text += ": " + error.message;
  if (!error.sqlstate.empty()) text += " (" + error.sqlstate + ")";
  return text;
}

void Answer::expect_ok(const std::string& what) const { require(ok(), what + " failed: " + words()); }

void Answer::expect(int32_t wanted, const std::string& what, const std::string& rule) const {
  require(status == wanted, what + " answered " + words() + " instead of " + status_name(wanted), rule);
}

void Answer::expect_failure(const std::string& what, const std::string& rule) const {
  require(!ok(), what + " answered PSA_OK", rule);
}

Answer examine(int32_t status, const ErrorSink& sink) {
  Answer answer{status, {}};
  if (status == PSA_OK) return answer;
  const auto* report = sink.report();
  require(report != nullptr, status_name(status) + " was returned and nothing reported", "E1");
  answer.error = *report;
  require(!report->message.empty(), status_name(status) + " was reported without a message", "E1");
  require(report->message.back() != '\n', "a reported message ends in a line feed", "E1");
  require(report->sqlstate.empty() || report->sqlstate.size() == 5,
          "a reported SQLSTATE has not five characters", "E2");
  require(report->category <= PSA_CATEGORY_NOT_SUPPORTED, "a reported category is none", "E2");
  check_words(report->message, "message");
  check_words(report->detail, "detail");
  check_words(report->hint, "hint");
  return answer;
}

int64_t now() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t{time.tv_sec} * second + time.tv_nsec;
}

int32_t drive(psa_connection* connection, int32_t status) {
  if (status == PSA_PENDING)
    require(context().nonblocking, "PSA_PENDING on a connection that was not opened non-blocking");
  while (status == PSA_PENDING) {
    psa_wait wait{PSA_INIT(psa_wait)};
    require(table().connection_wait_for(connection, &wait) == PSA_OK,
            "connection_wait_for failed while an operation was pending");
    require(wait.struct_size == sizeof wait, "connection_wait_for changed struct_size", "L1");
    require(wait.fd >= -1 && (wait.fd >= 0 || wait.wake_at != 0),
            "connection_wait_for names nothing to wait for");
    pollfd waited{wait.fd, 0, 0};
    if ((wait.events & PSA_WAIT_READ) != 0) waited.events |= POLLIN;
    if ((wait.events & PSA_WAIT_WRITE) != 0) waited.events |= POLLOUT;
    require(wait.fd < 0 || waited.events != 0, "connection_wait_for names a descriptor without events");
    ::poll(&waited, wait.fd < 0 ? 0 : 1, milliseconds_to_wait(wait));
    require((waited.revents & POLLNVAL) == 0, "connection_wait_for names a descriptor that is not open");
    status = table().connection_resume(connection);
  }
  return status;
}

psa_option url_option(std::string_view name, std::string_view text) {
  psa_option option{PSA_INIT(psa_option)};
  option.type = PSA_TYPE_TEXT;
  option.flags = PSA_OPTION_FROM_URL;
  option.name = psa::c_text(name);
  option.text = psa::c_text(text);
  return option;
}

Answer try_new(Connection& out, const Extra& extra) {
  const auto& url = context().url;
  std::vector<psa_option> options;
  for (const auto& [name, text] : url.query) {
    const bool replaced =
        std::any_of(extra.options.begin(), extra.options.end(),
                    [&name = name](const auto& each) { return psa::view(each.name) == name; });
    if (!replaced) options.push_back(url_option(name, text));
  }
  options.insert(options.end(), extra.options.begin(), extra.options.end());
  std::vector<psa_address> addresses;
  for (const auto& host : url.hosts)
    addresses.push_back({PSA_INIT(psa_address), host.port, psa::c_text(host.host)});
  const auto text = [](const auto& part) { return part ? psa::c_text(*part) : psa_string{nullptr, 0}; };
  psa_connection_args args{PSA_INIT(psa_connection_args)};
  if (context().nonblocking) args.flags = PSA_CONNECTION_NONBLOCKING;
  args.driver_name = psa::c_text(url.drivername);
  args.username = text(url.username);
  if (url.password) args.password = psa::c_text(url.password->reveal());
  args.database = text(url.database);
  args.addresses = addresses.data();
  args.address_count = addresses.size();
  args.address_size = sizeof(psa_address);
  args.options = options.data();
  args.option_count = options.size();
  args.option_size = sizeof(psa_option);
  if (extra.change) extra.change(args);
  ErrorSink sink;
  psa_connection* handle = nullptr;
  const int32_t status = table().connection_new(&args, &handle, &sink);
  require(status == PSA_OK || handle == nullptr, "connection_new failed and wrote its out-parameter");
  out.reset(handle);
  return examine(status, sink);
}

Connection make(const Extra& extra) {
  Connection out;
  try_new(out, extra).expect_ok("connection_new");
  require(out != nullptr, "connection_new gave no connection");
  return out;
}

Answer connect(const Connection& connection, int64_t deadline) {
  return call(
      connection.get(),
      [&](const psa_call* with) { return table().connection_connect(connection.get(), with); }, deadline);
}

Connection open(const Extra& extra) {
  Connection out = make(extra);
  connect(out).expect_ok("connecting");
  return out;
}

psa_connection_state state(const Connection& connection) {
  psa_connection_state out{PSA_INIT(psa_connection_state)};
  table().connection_state(connection.get(), &out);
  require(out.struct_size == sizeof out, "connection_state changed struct_size", "L1");
  return out;
}

psa_lexical lexical(psa_connection* connection) {
  psa_lexical out{PSA_INIT(psa_lexical)};
  table().connection_lexical(connection, &out);
  require(out.struct_size == sizeof out, "connection_lexical changed struct_size", "L1");
  return out;
}

bool has(const Connection& connection, uint64_t capability) {
  return (driver().capabilities() & capability) != 0 && (state(connection).capabilities & capability) != 0;
}

void need(const Connection& connection, uint64_t capability) {
  if (!has(connection, capability)) throw NotClaimed("the capability is not claimed");
}

Answer try_prepare(const Connection& connection, Statement& out, std::string_view sql, uint32_t flags,
                   int64_t deadline) {
  const psa_string text = psa::c_text(sql);
  psa_statement* handle = nullptr;
  Answer answer = call(
      connection.get(),
      [&](const psa_call* with) {
        return table().statement_prepare(connection.get(), &text, flags, &handle, with);
      },
      deadline);
  require(answer.ok() == (handle != nullptr), "statement_prepare answered " + answer.words() +
                                                  (handle ? " and wrote" : " and did not write") +
                                                  " its out-parameter");
  out = Statement{std::unique_ptr<psa_statement, Release>(handle), connection.get(),
                  std::make_shared<std::shared_ptr<ArrowSchema>>()};
  return answer;
}

Statement prepare(const Connection& connection, std::string_view sql, uint32_t flags) {
  Statement out;
  try_prepare(connection, out, sql, flags).expect_ok("preparing " + std::string(sql));
  return out;
}

Answer try_execute(const Statement& statement, Result& out, const psa_execute* execute, int64_t deadline) {
  const psa_execute nothing{PSA_INIT(psa_execute)};
  psa_result* handle = nullptr;
  Answer answer = call(
      statement.connection,
      [&](const psa_call* with) {
        return table().statement_execute(statement.handle.get(), execute ? execute : &nothing, &handle, with);
      },
      deadline);
  require(answer.ok() == (handle != nullptr), "statement_execute answered " + answer.words() +
                                                  (handle ? " and wrote" : " and did not write") +
                                                  " its out-parameter");
  out = Result{std::unique_ptr<psa_result, Release>(handle), statement.connection, statement.schema};
  return answer;
}

Result execute(const Statement& statement, const psa_execute* execute) {
  Result out;
  try_execute(statement, out, execute).expect_ok("executing");
  return out;
}

Answer try_run(const Connection& connection, std::string_view sql, int64_t deadline) {
  Statement statement;
  Answer answer = try_prepare(connection, statement, sql, 0, deadline);
  if (!answer.ok()) return answer;
  Result result;
  answer = try_execute(statement, result, nullptr, deadline);
  return answer.ok() ? try_rest(result, nullptr, deadline) : answer;
}

std::string run(const Connection& connection, std::string_view sql) {
  const Statement statement = prepare(connection, sql);
  Result result;
  try_execute(statement, result).expect_ok("executing " + std::string(sql));
  return rest(result);
}

psa_result_info info(const Result& result) {
  psa_result_info out{PSA_INIT(psa_result_info)};
  table().result_info(result.handle.get(), &out);
  require(out.struct_size == sizeof out, "result_info changed struct_size", "L1");
  require(out.kind <= PSA_RESULT_ROWS, "result_info tells a kind that is none");
  return out;
}

bool is_finished(const Result& result) { return (info(result).flags & PSA_RESULT_FINISHED) != 0; }

Cancel cancel_handle(const Connection& connection) {
  ErrorSink sink;
  psa_cancel* handle = nullptr;
  examine(table().cancel_new(connection.get(), &handle, &sink), sink).expect_ok("cancel_new");
  require(handle != nullptr, "cancel_new gave no handle");
  return Cancel(handle);
}

Answer cancel(const Cancel& handle) {
  ErrorSink sink;
  const psa_call with{PSA_INIT(psa_call), 0, &sink, now() + 20 * second};
  return examine(table().cancel(handle.get(), &with), sink);
}

Answer begin(const Connection& connection, uint32_t flags, uint32_t isolation) {
  const psa_begin how{PSA_INIT(psa_begin), isolation, flags, 0};
  return call(connection.get(),
              [&](const psa_call* with) { return table().transaction_begin(connection.get(), &how, with); });
}

Answer commit(const Connection& connection, int64_t deadline) {
  return call(
      connection.get(),
      [&](const psa_call* with) { return table().transaction_commit(connection.get(), with); }, deadline);
}

Answer rollback(const Connection& connection) {
  return call(connection.get(),
              [&](const psa_call* with) { return table().transaction_rollback(connection.get(), with); });
}

Answer savepoint(const Connection& connection, uint32_t action, std::string_view name) {
  const psa_string text = psa::c_text(name);
  return call(connection.get(), [&](const psa_call* with) {
    return table().transaction_savepoint(connection.get(), action, &text, with);
  });
}

std::string some_rows(int64_t rows) {
  return traits().has("rows") ? traits().statement("rows", {{"rows", std::to_string(rows)}})
                              : traits().statement("one_row");
}

std::string placeholder(psa_connection* connection, int number) {
  switch (lexical(connection).placeholder) {
    case PSA_PLACEHOLDER_DOLLAR:
      return "$" + std::to_string(number);
    case PSA_PLACEHOLDER_NUMBERED:
      return "?" + std::to_string(number);
    case PSA_PLACEHOLDER_COLON:
      return ":" + std::to_string(number);
    default:
      return "?";
  }
}

std::string with_placeholders(psa_connection* connection, std::string sql) {
  for (int number = 1; number < 10; ++number)
    sql = replace(std::move(sql), {{std::to_string(number), placeholder(connection, number)}});
  return sql;
}

}  // namespace psa_conformance
