// SPDX-License-Identifier: Apache-2.0
//
// The C edge of the plugin: the exported function and the table it fills. Everything behind it is C++ that
// throws.
#include "entry.hpp"

#include <memory>
#include <string>

#include <libpq-fe.h>

#include <psa/sdk/guard.hpp>
#include <psa/sdk/operation.hpp>
#include <psa/sdk/text.hpp>

#include "connection.hpp"
#include "ingest.hpp"
#include "metadata.hpp"
#include "options.hpp"
#include "rows.hpp"
#include "statement.hpp"

PSA_DRIVER_IDENTITY("postgres", PSA_PLUGIN_VERSION, PSA_POSTGRES_CAPABILITIES);

namespace psa::postgres {
namespace {

using CancelHandle = std::shared_ptr<Canceller>;

Connection* from(psa_connection* handle) { return reinterpret_cast<Connection*>(handle); }
Statement* from(psa_statement* handle) { return reinterpret_cast<Statement*>(handle); }
Result* from(psa_result* handle) { return reinterpret_cast<Result*>(handle); }
CancelHandle* from(psa_cancel* handle) { return reinterpret_cast<CancelHandle*>(handle); }

/// Runs what `make` makes, an operation of the session.
template <class Make>
int32_t run(Session& session, const psa_call* call, Make&& make) noexcept {
  Task<> task;
  const int32_t made = guard(call->sink, [&] { task = make(); });
  return made == PSA_OK ? session.run(std::move(task), *call) : made;
}

int32_t connection_new(const psa_connection_args* args, psa_connection** out, void* sink) {
  return guard(sink, [&] { *out = reinterpret_cast<psa_connection*>(Connection::create(*args)); });
}

void connection_release(psa_connection* connection) {
  if (connection != nullptr) from(connection)->release();
}

int32_t connection_connect(psa_connection* handle, const psa_call* call) {
  Connection& c = *from(handle);
  return run(c.session(), call, [&] { return Connection::connect(c.shared_from_this()); });
}

int32_t connection_close(psa_connection* handle, const psa_call* call) {
  Connection& c = *from(handle);
  return run(c.session(), call, [&] { return Connection::close(c.shared_from_this()); });
}

int32_t connection_ping(psa_connection* handle, const psa_call* call) {
  Connection& c = *from(handle);
  return run(c.session(), call, [&] { return Connection::ping(c.shared_from_this()); });
}

int32_t connection_reset(psa_connection* handle, const psa_call* call) {
  Connection& c = *from(handle);
  return run(c.session(), call, [&] { return Connection::reset(c.shared_from_this()); });
}

void connection_state(psa_connection* connection, psa_connection_state* out) {
  from(connection)->state(*out);
}

void connection_lexical(psa_connection* connection, psa_lexical* out) { from(connection)->lexical(*out); }

int32_t connection_wait_for(psa_connection* connection, psa_wait* out) {
  from(connection)->session().wait_for(*out);
  return PSA_OK;
}

int32_t connection_resume(psa_connection* connection) {
  // Kept alive here: the operation's own hold on it goes with its end.
  const auto kept = from(connection)->shared_from_this();
  return kept->session().resume();
}

int32_t cancel_new(psa_connection* connection, psa_cancel** out, void* sink) {
  return guard(sink, [&] {
    *out = reinterpret_cast<psa_cancel*>(
        std::make_unique<CancelHandle>(from(connection)->session().canceller()).release());
  });
}

void cancel_release(psa_cancel* cancel) { delete from(cancel); }

int32_t cancel(psa_cancel* cancel, const psa_call* call) {
  return guard(call->sink, [&] {
    if (!(*from(cancel))->cancel(call->deadline))
      throw DriverError(PSA_DEADLINE, PSA_CATEGORY_OPERATIONAL,
                        "the server did not take the cancel request before its deadline");
  });
}

int32_t transaction_begin(psa_connection* handle, const psa_begin* begin, const psa_call* call) {
  Connection& c = *from(handle);
  return run(c.session(), call, [&] { return Connection::begin(c.shared_from_this(), begin); });
}

int32_t transaction_commit(psa_connection* handle, const psa_call* call) {
  Connection& c = *from(handle);
  return run(c.session(), call, [&] { return Connection::commit(c.shared_from_this()); });
}

int32_t transaction_rollback(psa_connection* handle, const psa_call* call) {
  Connection& c = *from(handle);
  return run(c.session(), call, [&] { return Connection::rollback(c.shared_from_this()); });
}

int32_t transaction_savepoint(psa_connection* handle, uint32_t action, const psa_string* name,
                              const psa_call* call) {
  Connection& c = *from(handle);
  return run(c.session(), call, [&] { return Connection::savepoint(c.shared_from_this(), action, name); });
}

int32_t statement_prepare(psa_connection* handle, const psa_string* sql, uint32_t flags, psa_statement** out,
                          const psa_call* call) {
  Connection& c = *from(handle);
  return run(c.session(), call, [&] { return Statement::prepare(c.shared_from_this(), sql, flags, out); });
}

void statement_release(psa_statement* statement) {
  if (statement != nullptr) from(statement)->release();
}

int32_t statement_parameters(psa_statement* handle, ArrowSchema* out, const psa_call* call) {
  Statement& s = *from(handle);
  return run(s.session(), call, [&] { return Statement::describe_parameters(s.shared_from_this(), out); });
}

int32_t statement_execute(psa_statement* handle, const psa_execute* execute, psa_result** out,
                          const psa_call* call) {
  Statement& s = *from(handle);
  return run(s.session(), call, [&] { return Statement::execute(s.shared_from_this(), execute, out); });
}

void result_release(psa_result* result) {
  if (result != nullptr) from(result)->release();
}

void result_info(psa_result* result, psa_result_info* out) { from(result)->info(*out); }

int32_t result_schema(psa_result* result, ArrowSchema* out, void* sink) {
  return guard(sink, [&] { *out = from(result)->schema(); });
}

int32_t result_next(psa_result* handle, const psa_fetch* fetch, psa_batch* out, const psa_call* call) {
  Result& r = *from(handle);
  return run(r.session(), call, [&] { return Result::next(r.shared_from_this(), fetch, out); });
}

int32_t result_next_result(psa_result* handle, const psa_call* call) {
  Result& r = *from(handle);
  return run(r.session(), call, [&] { return Result::next_result(r.shared_from_this()); });
}

int32_t ingest_rows(psa_connection* handle, const psa_ingest* how, int64_t* rows_affected,
                    const psa_call* call) {
  Connection& c = *from(handle);
  return run(c.session(), call, [&] { return ingest(c.shared_from_this(), how, rows_affected); });
}

int32_t read_metadata(psa_connection* handle, const psa_metadata* what, psa_result** out,
                      const psa_call* call) {
  Connection& c = *from(handle);
  return run(c.session(), call, [&] { return metadata(c.shared_from_this(), what, out); });
}

std::string client_name() {
  const int version = PQlibVersion();
  return "libpq " + std::to_string(version / 10000) + '.' + std::to_string(version % 10000);
}

void fill(psa_driver& table) {
  static const std::string client = client_name();
  table.abi_minor = PSA_ABI_MINOR;
  table.capabilities = driver_capabilities;
  table.name = c_text("postgres");
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
  table.connection_wait_for = &connection_wait_for;
  table.connection_resume = &connection_resume;
  table.cancel_new = &cancel_new;
  table.cancel_release = &cancel_release;
  table.cancel = &cancel;
  table.transaction_begin = &transaction_begin;
  table.transaction_commit = &transaction_commit;
  table.transaction_rollback = &transaction_rollback;
  table.transaction_savepoint = &transaction_savepoint;
  table.statement_prepare = &statement_prepare;
  table.statement_release = &statement_release;
  table.statement_parameters = &statement_parameters;
  table.statement_execute = &statement_execute;
  table.result_release = &result_release;
  table.result_info = &result_info;
  table.result_schema = &result_schema;
  table.result_next = &result_next;
  table.result_next_result = &result_next_result;
  table.ingest = &ingest_rows;
  table.metadata = &read_metadata;
}

}  // namespace
}  // namespace psa::postgres

extern "C" PSA_DRIVER_ENTRY(postgres)(const psa_host* host, psa_driver* out, void* sink) {
  if (const int32_t status = psa::remember_host(host, sink); status != PSA_OK) return status;
  return psa::guard(sink, [&] {
    // Major 0 has one minor, so both sides hold the same table.
    if (out->struct_size < sizeof(psa_driver))
      throw psa::invalid_argument("the host's driver table is smaller than its ABI minor says");
    if (PQisthreadsafe() == 0)
      throw psa::DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_INTERFACE,
                             "this libpq was built without thread support");
    psa::postgres::fill(*out);
  });
}
