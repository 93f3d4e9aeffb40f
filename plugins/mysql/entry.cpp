// SPDX-License-Identifier: Apache-2.0
//
// The plugin's one exported function, and what the SDK makes its table of.
#include <memory>
#include <string>
#include <string_view>

#include <mysql.h>

#include <psa/sdk/driver_entry.hpp>

#include "client_extras.hpp"
#include "connection.hpp"
#include "ingest.hpp"
#include "metadata.hpp"
#include "options.hpp"
#include "result.hpp"
#include "statement.hpp"
#include "tls_scope.hpp"

namespace psa::mysql {
namespace {

struct Driver {
  using Connection = mysql::Connection;
  using Statement = mysql::Statement;
  using Result = mysql::Result;

  static constexpr std::string_view name = "mysql";
  static constexpr std::string_view version = PSA_PLUGIN_VERSION;

  static constexpr auto client = &client_library;
  static constexpr auto options = &known_options;
  static constexpr auto start = &start_client_library;

  static const std::shared_ptr<Canceller>& canceller(Connection& connection) {
    return connection.canceller();
  }
  static constexpr auto ingest = &mysql::ingest;
  static constexpr auto metadata = &mysql::metadata;

  template <class Object, class Operation>
  static int32_t operate(Object& object, const psa_call& call, const Operation& operation) {
    // What it works on may be released while it waits.
    return waiter(object).operate(&call, [kept = object.shared_from_this(), operation] { operation(); });
  }

#ifdef PSA_MYSQL_IS_MARIADB
  static constexpr uint64_t promises = PSA_CAP_DEADLINE | PSA_CAP_DYNAMIC_TYPES;
  static void wait_for(Connection& connection, psa_wait& out) { connection.waiter().wait_for(out); }
  static int32_t resume(Connection& connection) { return connection.waiter().resume(); }
#else
  static constexpr uint64_t promises = PSA_CAP_DYNAMIC_TYPES;
#endif

 private:
  static Waiter& waiter(Connection& connection) { return connection.waiter(); }
  template <class Child>
  static Waiter& waiter(Child& child) {
    return child.connection().waiter();
  }
};

PSA_DRIVER_IDENTITY("mysql", PSA_PLUGIN_VERSION, driver_capabilities<Driver>());

}  // namespace
}  // namespace psa::mysql

PSA_DRIVER_ENTRY(mysql)(const psa_host* host, psa_driver* out, void* sink) {
  return psa::enter_driver<psa::mysql::Driver>(host, out, sink);
}
