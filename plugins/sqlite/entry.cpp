// SPDX-License-Identifier: Apache-2.0
//
// The C edge of the plugin: the exported function and the table it fills. Everything behind it is C++ that
// throws.
#include <memory>
#include <string>

#include <sqlite3.h>

#include <psa/driver.h>
#include <psa/sdk/guard.hpp>
#include <psa/sdk/text.hpp>

#include "connection.hpp"
#include "metadata.hpp"
#include "options.hpp"
#include "rows.hpp"
#include "statement.hpp"

#define PSA_SQLITE_CAPABILITIES                                                                       \
  (PSA_CAP_CANCEL | PSA_CAP_DEADLINE | PSA_CAP_TRANSACTIONS | PSA_CAP_SAVEPOINTS | PSA_CAP_METADATA | \
   PSA_CAP_DYNAMIC_TYPES)

PSA_DRIVER_IDENTITY("sqlite", PSA_PLUGIN_VERSION, PSA_SQLITE_CAPABILITIES);

namespace psa::sqlite {
namespace {

using CancelHandle = std::shared_ptr<Operation>;

Connection* from(psa_connection* handle) { return reinterpret_cast<Connection*>(handle); }
Statement* from(psa_statement* handle) { return reinterpret_cast<Statement*>(handle); }
Result* from(psa_result* handle) { return reinterpret_cast<Result*>(handle); }
CancelHandle* from(psa_cancel* handle) { return reinterpret_cast<CancelHandle*>(handle); }

int32_t connection_new(const psa_connection_args* args, psa_connection** out, void* sink) {
  return guard(sink, [&] { *out = reinterpret_cast<psa_connection*>(Connection::create(*args)); });
}

void connection_release(psa_connection* connection) {
  if (connection != nullptr) from(connection)->release();
}

int32_t connection_connect(psa_connection* connection, const psa_call* call) {
  return guard(call->sink, [&] { from(connection)->connect(call->deadline); });
}

int32_t connection_close(psa_connection* connection, const psa_call* call) {
  return guard(call->sink, [&] { from(connection)->close(call->deadline); });
}

int32_t connection_ping(psa_connection* connection, const psa_call* call) {
  return guard(call->sink, [&] { from(connection)->ping(call->deadline); });
}

int32_t connection_reset(psa_connection* connection, const psa_call* call) {
  return guard(call->sink, [&] { from(connection)->reset(call->deadline); });
}

void connection_state(psa_connection* connection, psa_connection_state* out) {
  out->flags = from(connection)->is_private() ? PSA_STATE_PRIVATE_DATABASE : 0;
  out->transaction = from(connection)->transaction_state();
  out->capabilities = PSA_SQLITE_CAPABILITIES;
}

void connection_lexical(psa_connection*, psa_lexical* out) {
  out->placeholder = PSA_PLACEHOLDER_NUMBERED;
  out->flags = PSA_LEXICAL_BACKTICK_QUOTE | PSA_LEXICAL_BRACKET_QUOTE;
  out->identifier_quote = '"';
}

int32_t cancel_new(psa_connection* connection, psa_cancel** out, void* sink) {
  return guard(sink, [&] {
    *out = reinterpret_cast<psa_cancel*>(
        std::make_unique<CancelHandle>(from(connection)->operation()).release());
  });
}

void cancel_release(psa_cancel* cancel) { delete from(cancel); }

int32_t cancel(psa_cancel* cancel, const psa_call*) {
  (*from(cancel))->cancel();
  return PSA_OK;
}

int32_t transaction_begin(psa_connection* connection, const psa_begin* begin, const psa_call* call) {
  return guard(call->sink, [&] { from(connection)->begin(*begin, call->deadline); });
}

int32_t transaction_commit(psa_connection* connection, const psa_call* call) {
  return guard(call->sink, [&] { from(connection)->commit(call->deadline); });
}

int32_t transaction_rollback(psa_connection* connection, const psa_call* call) {
  return guard(call->sink, [&] { from(connection)->rollback(call->deadline); });
}

int32_t transaction_savepoint(psa_connection* connection, uint32_t action, const psa_string* name,
                              const psa_call* call) {
  return guard(call->sink, [&] { from(connection)->savepoint(action, view(*name), call->deadline); });
}

int32_t statement_prepare(psa_connection* connection, const psa_string* sql, uint32_t flags,
                          psa_statement** out, const psa_call* call) {
  return guard(call->sink, [&] {
    *out = reinterpret_cast<psa_statement*>(
        Statement::prepare(*from(connection), view(*sql), flags, call->deadline));
  });
}

void statement_release(psa_statement* statement) {
  if (statement != nullptr) from(statement)->release();
}

int32_t statement_execute(psa_statement* statement, const psa_execute* execute, psa_result** out,
                          const psa_call* call) {
  return guard(call->sink, [&] {
    *out = reinterpret_cast<psa_result*>(from(statement)->execute(*execute, call->deadline).release());
  });
}

void result_release(psa_result* result) { delete from(result); }

void result_info(psa_result* result, psa_result_info* out) { from(result)->info(*out); }

int32_t result_schema(psa_result* result, ArrowSchema* out, void* sink) {
  return guard(sink, [&] { *out = from(result)->schema(); });
}

int32_t result_next(psa_result* result, const psa_fetch* fetch, psa_batch* out, const psa_call* call) {
  return guard(call->sink, [&] { from(result)->next(*fetch, *out, call->deadline); });
}

int32_t metadata_of(psa_connection* connection, const psa_metadata* wanted, psa_result** out,
                    const psa_call* call) {
  return guard(call->sink, [&] {
    *out = reinterpret_cast<psa_result*>(metadata(*from(connection), *wanted, call->deadline).release());
  });
}

void fill(psa_driver& table) {
  static const std::string client = std::string("SQLite ") + sqlite3_libversion();
  table.abi_minor = PSA_ABI_MINOR;
  table.capabilities = PSA_SQLITE_CAPABILITIES;
  table.name = c_text("sqlite");
  table.version = c_text(PSA_PLUGIN_VERSION);
  table.client = c_text(client);
  table.options = known_options().data();
  table.option_count = known_options().size();
  table.option_size = sizeof(psa_option_info);
  table.connection_new = &connection_new;
  table.connection_release = &connection_release;
  table.connection_connect = &connection_connect;
  table.connection_close = &connection_close;
  table.connection_ping = &connection_ping;
  table.connection_reset = &connection_reset;
  table.connection_state = &connection_state;
  table.connection_lexical = &connection_lexical;
  table.cancel_new = &cancel_new;
  table.cancel_release = &cancel_release;
  table.cancel = &cancel;
  table.transaction_begin = &transaction_begin;
  table.transaction_commit = &transaction_commit;
  table.transaction_rollback = &transaction_rollback;
  table.transaction_savepoint = &transaction_savepoint;
  table.statement_prepare = &statement_prepare;
  table.statement_release = &statement_release;
  table.statement_execute = &statement_execute;
  table.result_release = &result_release;
  table.result_info = &result_info;
  table.result_schema = &result_schema;
  table.result_next = &result_next;
  table.metadata = &metadata_of;
}

}  // namespace
}  // namespace psa::sqlite

extern "C" PSA_DRIVER_ENTRY(sqlite)(const psa_host* host, psa_driver* out, void* sink) {
  if (const int32_t status = psa::remember_host(host, sink); status != PSA_OK) return status;
  return psa::guard(sink, [&] {
    // Major 0 has one minor, so both sides hold the same table.
    if (out->struct_size < sizeof(psa_driver))
      throw psa::invalid_argument("the host's driver table is smaller than its ABI minor says");
    if (sqlite3_threadsafe() == 0)
      throw psa::DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_INTERFACE,
                             "this SQLite library was built without thread support");
    psa::sqlite::fill(*out);
  });
}
