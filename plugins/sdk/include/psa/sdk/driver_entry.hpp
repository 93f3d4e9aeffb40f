// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>

#include <psa/driver.h>
#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/driver_operation.hpp>
#include <psa/sdk/driver_table.hpp>
#include <psa/sdk/guard.hpp>
#include <psa/sdk/host_held.hpp>

/// The C edge of a driver that is written in C++: makes the functions of psa_driver out of the driver's
/// classes. What each has to do, psa/driver.h says; here is what it looks like in C++. A driver's entry.cpp:
///
///     struct Driver : psa::DirectOperations { ... };
///     PSA_DRIVER_IDENTITY("mydb", "1.0.0", psa::driver_capabilities<Driver>());
///     extern "C" PSA_DRIVER_ENTRY(mydb)(const psa_host* host, psa_driver* out, void* sink) {
///       return psa::enter_driver<Driver>(host, out, sink);
///     }
///
/// Members marked (R) are required. The others are what the driver may lack: the table's function is NULL
/// then, and the capability not claimed. A member is there if it is public and has the name, whatever its
/// parameters are, so that a wrong one does not compile; it must not be overloaded. A static one of the
/// Driver's may also be a constexpr pointer to a function.
///
/// Driver
///   Connection, Statement, Result                  (R) types, see below
///   constexpr std::string_view name, version       (R) static, as in the identity
///   constexpr uint64_t promises                    (R) static; those capabilities that no member shows:
///                                                  PSA_CAP_DEADLINE, _CONCURRENT_RESULTS, _DYNAMIC_TYPES
///   std::string client()                           (R) static; the client library's name and version
///   R options()                                    (R) static; a lasting array of psa_option_info
///   void start()                                   static; before the first connection. Throws to refuse
///   std::shared_ptr<C> canceller(Connection&)      static; shared by the connection's cancel handles.
///                                                  C::cancel() asks what is running to end
///   int64_t ingest(Connection&, const psa_ingest&)               operation, static; the rows loaded
///   Handle<Result> metadata(Connection&, const psa_metadata&)    operation, static
///   int32_t operate(Object&, const psa_call&, Operation)         (R) static; how operations run, see
///                                                                DirectOperations
///   void wait_for(Connection&, psa_wait&)          static, with resume: what the pending operation waits for
///   int32_t resume(Connection&)                    static; goes on with it
///
/// Connection
///   Handle<Connection> create(const psa_connection_args&)    (R) static
///   void connect()                                           (R) operation
///   void close(), ping(), reset()                            operations
///   void begin(const psa_begin&), commit(), rollback()       operations, all or none
///   void savepoint(uint32_t action, std::string_view name)   operation
///   void state(psa_connection_state&) const noexcept         (R) gets it filled in for a connection that
///                                                            has all capabilities and no transaction
///   void lexical(psa_lexical&) const noexcept                (R)
///
/// Statement
///   Handle<Statement> prepare(Connection&, std::string_view sql, uint32_t flags)    (R) operation, static
///   Handle<Result> execute(const psa_execute&)                                      (R) operation
///   ArrowSchema parameters()                                                        operation
///
/// Result
///   void info(psa_result_info&) const noexcept         (R)
///   ArrowSchema schema() const                         (R)
///   void next(const psa_fetch&, psa_batch&)            (R) operation
///   void next_result()                                 operation
///
/// Handle<T> is what owns a new object: std::unique_ptr<T> for one that the host alone holds, else
/// std::shared_ptr<T> of one derived from HostHeld<T>. Where T has a release() noexcept, that ends it.
///
/// An operation, and create() and schema(), throw DriverError to fail. An operation, and cancel(), may take
/// the call's deadline as one more, last parameter, an int64_t. References and texts that an operation gets
/// stay valid until it ends. Operations that are coroutines return what the Driver's operate() awaits in
/// place of the values above.
namespace psa {

/// The body of a driver's entry function: fills the table, or reports why it can't.
template <class Driver>
int32_t enter_driver(const psa_host* host, psa_driver* out, void* sink) noexcept {
  if (const int32_t status = remember_host(host, sink); status != PSA_OK) return status;
  return guard(sink, [&] {
    if constexpr (requires { Driver::start; }) Driver::start();
    // A host of an older minor has room for less, and gets that much.
    psa_driver table{};
    DriverTable<Driver>::fill(table);
    table.struct_size = out->struct_size;
    table.abi_minor = std::min<uint32_t>(table.abi_minor, host->abi_minor);
    std::memcpy(out, &table, std::min<size_t>(out->struct_size, sizeof table));
  });
}

}  // namespace psa
