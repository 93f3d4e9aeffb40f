// SPDX-License-Identifier: Apache-2.0
//
// The C edge of the plugin: the exported function and the table it fills. Everything behind it is C++ that
// throws. What may wait holds the objects it works on, since they may be released meanwhile.
#include <memory>
#include <string>

#include <mysql.h>

#include <psa/driver.h>
#include <psa/sdk/guard.hpp>
#include <psa/sdk/text.hpp>

#include "client_extras.hpp"
#include "connection.hpp"
#include "options.hpp"
#include "result.hpp"
#include "statement.hpp"
#include "tls_scope.hpp"

#ifdef PSA_MYSQL_IS_MARIADB
#define PSA_MYSQL_WAITING (PSA_CAP_NONBLOCKING | PSA_CAP_DEADLINE)
#else
#define PSA_MYSQL_WAITING UINT64_C(0)
#endif
#define PSA_MYSQL_CAPABILITIES                                                      \
  (PSA_MYSQL_WAITING | PSA_CAP_CANCEL | PSA_CAP_TRANSACTIONS | PSA_CAP_SAVEPOINTS | \
   PSA_CAP_SEVERAL_RESULTS | PSA_CAP_DYNAMIC_TYPES)

PSA_DRIVER_IDENTITY("mysql", PSA_PLUGIN_VERSION, PSA_MYSQL_CAPABILITIES);

namespace psa::mysql {
namespace {

using CancelHandle = std::shared_ptr<Canceller>;

Connection* from(psa_connection* handle) { return reinterpret_cast<Connection*>(handle); }
Statement* from(psa_statement* handle) { return reinterpret_cast<Statement*>(handle); }
Result* from(psa_result* handle) { return reinterpret_cast<Result*>(handle); }
CancelHandle* from(psa_cancel* handle) { return reinterpret_cast<CancelHandle*>(handle); }

// One operation of a connection. `action` may run on after this call has returned PSA_PENDING.
template <class Action>
int32_t operate(Connection& connection, const psa_call* call, Action action) {
  return connection.waiter().operate(call, std::move(action));
}

int32_t connection_new(const psa_connection_args* args, psa_connection** out, void* sink) {
  return guard(sink, [&] { *out = reinterpret_cast<psa_connection*>(Connection::create(*args)); });
}

void connection_release(psa_connection* connection) {
  if (connection != nullptr) from(connection)->release();
}

int32_t connection_connect(psa_connection* connection, const psa_call* call) {
  return operate(*from(connection), call,
                 [self = from(connection), deadline = call->deadline] { self->connect(deadline); });
}

int32_t connection_close(psa_connection* connection, const psa_call* call) {
  return operate(*from(connection), call, [self = from(connection)] { self->close(); });
}

int32_t connection_ping(psa_connection* connection, const psa_call* call) {
  return operate(*from(connection), call, [self = from(connection)] { self->ping(); });
}

int32_t connection_reset(psa_connection* connection, const psa_call* call) {
  return operate(*from(connection), call, [self = from(connection)] { self->reset(); });
}

void connection_state(psa_connection* connection, psa_connection_state* out) {
  out->flags = from(connection)->is_broken() ? PSA_STATE_BROKEN : 0;
  out->transaction = from(connection)->transaction().state();
  out->capabilities = PSA_MYSQL_CAPABILITIES;
}

void connection_lexical(psa_connection* connection, psa_lexical* out) { from(connection)->lexical(*out); }

int32_t connection_wait_for(psa_connection* connection, psa_wait* out) {
  from(connection)->waiter().wait_for(*out);
  return PSA_OK;
}

int32_t connection_resume(psa_connection* connection) { return from(connection)->waiter().resume(); }

int32_t cancel_new(psa_connection* connection, psa_cancel** out, void* sink) {
  return guard(sink, [&] {
    *out = reinterpret_cast<psa_cancel*>(
        std::make_unique<CancelHandle>(from(connection)->canceller()).release());
  });
}

void cancel_release(psa_cancel* cancel) { delete from(cancel); }

int32_t cancel(psa_cancel* cancel, const psa_call* call) {
  return guard(call->sink, [&] { (*from(cancel))->cancel(call->deadline); });
}

int32_t transaction_begin(psa_connection* connection, const psa_begin* begin, const psa_call* call) {
  return operate(*from(connection), call, [self = from(connection), begin = *begin] {
    self->before_command();
    self->transaction().begin(begin);
  });
}

int32_t transaction_commit(psa_connection* connection, const psa_call* call) {
  return operate(*from(connection), call, [self = from(connection)] {
    self->before_command();
    self->transaction().commit();
  });
}

int32_t transaction_rollback(psa_connection* connection, const psa_call* call) {
  return operate(*from(connection), call, [self = from(connection)] {
    self->before_command();
    self->transaction().rollback();
  });
}

int32_t transaction_savepoint(psa_connection* connection, uint32_t action, const psa_string* name,
                              const psa_call* call) {
  return operate(*from(connection), call, [self = from(connection), action, name] {
    self->before_command();
    self->transaction().savepoint(action, view(*name));
  });
}

int32_t statement_prepare(psa_connection* connection, const psa_string* sql, uint32_t, psa_statement** out,
                          const psa_call* call) {
  return operate(*from(connection), call, [self = from(connection), sql, out] {
    *out = reinterpret_cast<psa_statement*>(Statement::prepare(*self, view(*sql)));
  });
}

void statement_release(psa_statement* statement) {
  if (statement != nullptr) from(statement)->release();
}

int32_t statement_execute(psa_statement* statement, const psa_execute* execute, psa_result** out,
                          const psa_call* call) {
  return operate(from(statement)->connection(), call,
                 [self = from(statement)->shared_from_this(), execute, out] {
                   *out = self->execute(*execute)->hand_out();
                 });
}

void result_release(psa_result* result) {
  if (result != nullptr) from(result)->release();
}

void result_info(psa_result* result, psa_result_info* out) { from(result)->info(*out); }

int32_t result_schema(psa_result* result, ArrowSchema* out, void* sink) {
  return guard(sink, [&] { *out = from(result)->schema(); });
}

int32_t result_next(psa_result* result, const psa_fetch* fetch, psa_batch* out, const psa_call* call) {
  return operate(from(result)->connection(), call,
                 [self = from(result)->shared_from_this(), fetch, out] { self->next(*fetch, *out); });
}

int32_t result_next_result(psa_result* result, const psa_call* call) {
  return operate(from(result)->connection(), call,
                 [self = from(result)->shared_from_this()] { self->next_result(); });
}

void fill(psa_driver& table) {
  static const std::string client = std::string("MariaDB Connector/C ") + mysql_get_client_info();
  table.abi_minor = PSA_ABI_MINOR;
  table.capabilities = PSA_MYSQL_CAPABILITIES;
  table.name = c_text("mysql");
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
  if (has_wait_hook()) {
    table.connection_wait_for = &connection_wait_for;
    table.connection_resume = &connection_resume;
  }
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
  table.result_next_result = &result_next_result;
}

}  // namespace
}  // namespace psa::mysql

extern "C" PSA_DRIVER_ENTRY(mysql)(const psa_host* host, psa_driver* out, void* sink) {
  if (const int32_t status = psa::remember_host(host, sink); status != PSA_OK) return status;
  return psa::guard(sink, [&] {
    // Major 0 has one minor, so both sides hold the same table.
    if (out->struct_size < sizeof(psa_driver))
      throw psa::invalid_argument("the host's driver table is smaller than its ABI minor says");
    psa::mysql::start_client_library();
    psa::mysql::fill(*out);
  });
}
