// SPDX-License-Identifier: Apache-2.0
#include <cstring>

#include "batches.hpp"
#include "driver_calls.hpp"
#include "test_table.hpp"

namespace psa_conformance {
namespace {

Answer connection_call(int32_t (*function)(psa_connection*, const psa_call*), const Connection& connection) {
  return call(connection.get(), [&](const psa_call* with) { return function(connection.get(), with); });
}

void check_opens() {
  const Connection connection = open();
  const auto now = state(connection);
  require((now.flags & PSA_STATE_BROKEN) == 0, "a new connection says that it is broken");
  require(now.transaction == PSA_TRANSACTION_NONE || now.transaction == PSA_TRANSACTION_UNKNOWN,
          "a new connection is in a transaction", "T1");
  require((now.capabilities & ~driver().capabilities()) == 0,
          "a connection has capabilities that the driver lacks");
  const auto facts = lexical(connection.get());
  require(facts.placeholder >= PSA_PLACEHOLDER_QUESTION && facts.placeholder <= PSA_PLACEHOLDER_COLON,
          "its placeholder is none of psa/driver.h's");
  require(facts.identifier_quote == '"' || facts.identifier_quote == '`' || facts.identifier_quote == '[',
          "its identifier_quote is none of psa/driver.h's");
  if (table().connection_ping != nullptr)
    connection_call(table().connection_ping, connection).expect_ok("ping");
  if (table().connection_close != nullptr)
    connection_call(table().connection_close, connection).expect_ok("close");
}

void check_opened_once() {
  const Connection connection = open();
  connect(connection).expect(PSA_INVALID_STATE, "connecting a second time");
}

void check_before_connecting() {
  const Connection connection = make();
  Statement statement;
  try_prepare(connection, statement, "SELECT 1").expect(PSA_INVALID_STATE, "preparing before connecting");
  if (table().connection_ping != nullptr)
    connection_call(table().connection_ping, connection)
        .expect(PSA_INVALID_STATE, "a ping before connecting");
  if (table().transaction_begin != nullptr)
    begin(connection).expect(PSA_INVALID_STATE, "begin before connecting");
  state(connection);
}

void check_closed() {
  if (table().connection_close == nullptr) throw NotClaimed("it has no connection_close");
  const Connection connection = open();
  const Statement before =
      traits().has("one_row") ? prepare(connection, traits().statement("one_row")) : Statement{};
  connection_call(table().connection_close, connection).expect_ok("close");
  Statement statement;
  try_prepare(connection, statement, "SELECT 1").expect(PSA_INVALID_STATE, "preparing after close");
  Result result;
  if (before.handle) try_execute(before, result).expect(PSA_INVALID_STATE, "executing after close", "H2");
}

void check_reset() {
  if (table().connection_reset == nullptr) throw NotClaimed("it has no connection_reset");
  const Connection connection = open();
  const std::string one_row = traits().statement("one_row");
  const Statement statement = prepare(connection, one_row);
  const std::string before = rest(execute(statement));
  if (has(connection, PSA_CAP_TRANSACTIONS)) begin(connection).expect_ok("begin");
  connection_call(table().connection_reset, connection).expect_ok("reset");
  require(state(connection).transaction == PSA_TRANSACTION_NONE ||
              state(connection).transaction == PSA_TRANSACTION_UNKNOWN,
          "reset leaves a transaction open", "T3");
  require(rest(execute(statement)) == before, "a statement answers otherwise after reset");
}

void check_reset_with_rows() {
  if (table().connection_reset == nullptr) throw NotClaimed("it has no connection_reset");
  const Connection connection = open();
  const Statement statement = prepare(connection, some_rows(1024));
  const Result result = execute(statement);
  next(result, 1);
  connection_call(table().connection_reset, connection).expect_ok("reset in the middle of a result");
  run(connection, traits().statement("one_row"));
}

void check_null_releases() {
  table().connection_release(nullptr);
  table().statement_release(nullptr);
  table().result_release(nullptr);
  if (table().cancel_release != nullptr) table().cancel_release(nullptr);
}

void check_released_unconnected() {
  for (int i = 0; i < 3; ++i) make();
}

// The host's structs may be longer than this driver's header knows.
void check_longer_structs() {
  const Connection connection = open();
  struct {
    psa_connection_state known;
    unsigned char behind[64];
  } longer;
  std::memset(&longer, 0, sizeof longer);
  std::memset(longer.behind, 0xA5, sizeof longer.behind);
  longer.known.struct_size = sizeof longer;
  table().connection_state(connection.get(), &longer.known);
  require(longer.known.struct_size == sizeof longer, "connection_state changed struct_size", "L1");
  for (const unsigned char byte : longer.behind)
    require(byte == 0xA5, "connection_state wrote past what it knows");
}

void check_empty_parts() {
  // No value is not the empty text: a database name that is not given must not become one.
  const auto& url = context().url;
  if (url.password || url.username) throw NotClaimed("the URL has a user");
  Connection connection;
  const Answer answer = try_new(connection, {.change = [](psa_connection_args& args) {
                                  args.username = {"", 0};
                                }});
  if (answer.ok()) connect(connection, now() + 20 * second);  // either is fine, as long as it answers
}

}  // namespace

void add_connection_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* rules, const char* about, void (*run)()) {
    checks.push_back({"connections", name, rules, about, run});
  };
  add("opens", "H1", "opens, tells its state and lexical facts, answers a ping, closes", check_opens);
  add("opens-once", "H2", "refuses to connect twice", check_opened_once);
  add("before-connecting", "H2", "answers PSA_INVALID_STATE before it is connected", check_before_connecting);
  add("closed", "H2", "answers PSA_INVALID_STATE once it is closed", check_closed);
  add("reset", "T1", "rolls back on reset and keeps its statements", check_reset);
  add("reset-with-rows", "H5", "ends unfinished results on reset", check_reset_with_rows);
  add("null-releases", "H3", "takes NULL in its release functions", check_null_releases);
  add("released-unconnected", "H3", "lets a connection be released that was never connected",
      check_released_unconnected);
  add("longer-structs", "L2", "leaves members of the host's structs alone that it does not know",
      check_longer_structs);
  add("empty-user", "L4", "answers an empty user name without a crash", check_empty_parts);
}

}  // namespace psa_conformance
