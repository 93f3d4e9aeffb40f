// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <psa/driver.h>
#include <psa/sdk/driver_operation.hpp>
#include <psa/sdk/guard.hpp>
#include <psa/sdk/parameters.hpp>
#include <psa/sdk/text.hpp>

namespace psa {

/// The capabilities that a driver's members show, and those that it promises.
template <class Driver>
consteval uint64_t driver_capabilities() {
  using Connection = typename Driver::Connection;
  uint64_t found = Driver::promises;
  if (requires { &Driver::resume; }) found |= PSA_CAP_NONBLOCKING;
  if (requires { &Driver::canceller; }) found |= PSA_CAP_CANCEL;
  if (requires { &Connection::begin; }) found |= PSA_CAP_TRANSACTIONS;
  if (requires { &Connection::savepoint; }) found |= PSA_CAP_SAVEPOINTS;
  if (requires { &Driver::Result::next_result; }) found |= PSA_CAP_SEVERAL_RESULTS;
  if (requires { &Driver::Statement::parameters; }) found |= PSA_CAP_PARAMETER_TYPES;
  if (requires { Driver::ingest; }) found |= PSA_CAP_INGEST;
  if (requires { Driver::metadata; }) found |= PSA_CAP_METADATA;
  return found;
}

/// The functions of a driver's table, made of its classes; driver_entry.hpp says what these look like.
template <class Driver>
class DriverTable {
 public:
  static void fill(psa_driver& table) {
    static const std::string client = Driver::client();
    table.abi_minor = PSA_ABI_MINOR;
    table.capabilities = driver_capabilities<Driver>();
    table.name = c_text(Driver::name);
    table.version = c_text(Driver::version);
    table.client = c_text(client);
    table.options = std::data(Driver::options());
    table.option_count = std::size(Driver::options());
    table.option_size = sizeof(psa_option_info);
    fill_connection(table);
    fill_statement(table);
    if constexpr (requires { &Driver::canceller; }) {
      table.cancel_new = &cancel_new;
      table.cancel_release = &cancel_release;
      table.cancel = &cancel;
    }
    if constexpr (requires { Driver::ingest; }) table.ingest = &ingest;
    if constexpr (requires { Driver::metadata; }) table.metadata = &metadata;
  }

 private:
  using Connection = typename Driver::Connection;
  using Statement = typename Driver::Statement;
  using Result = typename Driver::Result;

  static void fill_connection(psa_driver& table) {
    table.connection_new = &connection_new;
    table.connection_release = &release<psa_connection>;
    table.connection_connect = &plain<&Connection::connect, psa_connection>;
    table.connection_state = &connection_state;
    table.connection_lexical = &connection_lexical;
    if constexpr (requires { &Connection::close; })
      table.connection_close = &plain<&Connection::close, psa_connection>;
    if constexpr (requires { &Connection::ping; })
      table.connection_ping = &plain<&Connection::ping, psa_connection>;
    if constexpr (requires { &Connection::reset; })
      table.connection_reset = &plain<&Connection::reset, psa_connection>;
    if constexpr (requires { &Driver::resume; }) {
      table.connection_wait_for = &connection_wait_for;
      table.connection_resume = &connection_resume;
    }
    if constexpr (requires { &Connection::begin; }) {
      table.transaction_begin = &transaction_begin;
      table.transaction_commit = &plain<&Connection::commit, psa_connection>;
      table.transaction_rollback = &plain<&Connection::rollback, psa_connection>;
    }
    if constexpr (requires { &Connection::savepoint; }) table.transaction_savepoint = &transaction_savepoint;
  }

  static void fill_statement(psa_driver& table) {
    table.statement_prepare = &statement_prepare;
    table.statement_release = &release<psa_statement>;
    table.statement_execute = &statement_execute;
    table.result_release = &release<psa_result>;
    table.result_info = &result_info;
    table.result_schema = &result_schema;
    table.result_next = &result_next;
    if constexpr (requires { &Statement::parameters; }) table.statement_parameters = &statement_parameters;
    if constexpr (requires { &Result::next_result; })
      table.result_next_result = &plain<&Result::next_result, psa_result>;
  }

  static Connection& from(psa_connection* handle) { return *reinterpret_cast<Connection*>(handle); }
  static Statement& from(psa_statement* handle) { return *reinterpret_cast<Statement*>(handle); }
  static Result& from(psa_result* handle) { return *reinterpret_cast<Result*>(handle); }

  template <class T>
  static T* hand_out(std::unique_ptr<T> object) noexcept {
    return object.release();
  }
  template <class T>
  static T* hand_out(std::shared_ptr<T> object) noexcept {
    return T::hand_out(std::move(object));
  }

  template <class Handle>
  static void release(Handle* handle) {
    if (handle == nullptr) return;
    auto& object = from(handle);
    if constexpr (requires { object.release(); })
      object.release();
    else
      delete &object;
  }

  // Runs a member of `object`, or a static one that takes it, as an operation. What lies behind pointers the
  // host keeps until its end.
  template <auto member, class Object, class Store, class... Arguments>
  static int32_t operate(Object& object, const psa_call* call, Store store, Arguments... arguments) {
    const auto operate = [&](auto run) {
      return Driver::operate(object, *call, DriverOperation<decltype(run), Store>{run, store});
    };
    if constexpr (std::is_invocable_v<decltype(member), Object&, decltype(value(arguments))..., int64_t>)
      return operate([&object, deadline = call->deadline, arguments...] {
        return std::invoke(member, object, value(arguments)..., deadline);
      });
    else
      return operate([&object, arguments...] { return std::invoke(member, object, value(arguments)...); });
  }
  template <class T>
  static T& value(T* argument) {
    return *argument;
  }
  static std::string_view value(const psa_string* text) { return view(*text); }
  static uint32_t value(uint32_t number) { return number; }

  template <class Handle>
  static auto store_handle(Handle** out) {
    return [out](auto made) { *out = reinterpret_cast<Handle*>(hand_out(std::move(made))); };
  }
  template <class T>
  static auto store_value(T* out) {
    return [out](const T& made) { *out = made; };
  }

  // An operation without arguments and value.
  template <auto member, class Handle>
  static int32_t plain(Handle* handle, const psa_call* call) {
    return operate<member>(from(handle), call, nullptr);
  }

  static int32_t connection_new(const psa_connection_args* args, psa_connection** out, void* sink) {
    return guard(sink, [&] { store_handle(out)(Connection::create(*args)); });
  }

  static void connection_state(psa_connection* connection, psa_connection_state* out) {
    out->flags = 0;
    out->transaction = PSA_TRANSACTION_NONE;
    out->capabilities = driver_capabilities<Driver>();
    from(connection).state(*out);
  }

  static void connection_lexical(psa_connection* connection, psa_lexical* out) {
    from(connection).lexical(*out);
  }

  static int32_t connection_wait_for(psa_connection* connection, psa_wait* out) {
    Driver::wait_for(from(connection), *out);
    return PSA_OK;
  }

  static int32_t connection_resume(psa_connection* connection) { return Driver::resume(from(connection)); }

  static int32_t transaction_begin(psa_connection* connection, const psa_begin* begin, const psa_call* call) {
    return operate<&Connection::begin>(from(connection), call, nullptr, begin);
  }

  static int32_t transaction_savepoint(psa_connection* connection, uint32_t action, const psa_string* name,
                                       const psa_call* call) {
    return operate<&Connection::savepoint>(from(connection), call, nullptr, action, name);
  }

  static int32_t statement_prepare(psa_connection* connection, const psa_string* sql, uint32_t flags,
                                   psa_statement** out, const psa_call* call) {
    return operate<&Statement::prepare>(from(connection), call, store_handle(out), sql, flags);
  }

  static int32_t statement_parameters(psa_statement* statement, ArrowSchema* out, const psa_call* call) {
    return operate<&Statement::parameters>(from(statement), call, store_value(out));
  }

  static int32_t statement_execute(psa_statement* statement, const psa_execute* execute, psa_result** out,
                                   const psa_call* call) {
    const int32_t checked = guard(call->sink, [&] { check_execute(*execute); });
    if (checked != PSA_OK) return checked;
    return operate<&Statement::execute>(from(statement), call, store_handle(out), execute);
  }

  static void result_info(psa_result* result, psa_result_info* out) { from(result).info(*out); }

  static int32_t result_schema(psa_result* result, ArrowSchema* out, void* sink) {
    return guard(sink, [&] { *out = from(result).schema(); });
  }

  static int32_t result_next(psa_result* result, const psa_fetch* fetch, psa_batch* out,
                             const psa_call* call) {
    return operate<&Result::next>(from(result), call, nullptr, fetch, out);
  }

  static int32_t ingest(psa_connection* connection, const psa_ingest* ingest, int64_t* rows_affected,
                        const psa_call* call) {
    return operate<Driver::ingest>(from(connection), call, store_value(rows_affected), ingest);
  }

  static int32_t metadata(psa_connection* connection, const psa_metadata* metadata, psa_result** out,
                          const psa_call* call) {
    return operate<Driver::metadata>(from(connection), call, store_handle(out), metadata);
  }

  // A cancel handle is one more owner of the connection's canceller.
  template <class D = Driver>
  using Canceller = std::decay_t<decltype(D::canceller(std::declval<Connection&>()))>;

  static int32_t cancel_new(psa_connection* connection, psa_cancel** out, void* sink) {
    return guard(sink, [&] {
      *out = reinterpret_cast<psa_cancel*>(new Canceller<>(Driver::canceller(from(connection))));
    });
  }

  static void cancel_release(psa_cancel* cancel) { delete reinterpret_cast<Canceller<>*>(cancel); }

  static int32_t cancel(psa_cancel* cancel, const psa_call* call) {
    return guard(call->sink, [&] {
      auto& canceller = **reinterpret_cast<Canceller<>*>(cancel);
      if constexpr (requires { canceller.cancel(call->deadline); })
        canceller.cancel(call->deadline);
      else
        canceller.cancel();
    });
  }
};

}  // namespace psa
