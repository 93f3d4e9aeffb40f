// SPDX-License-Identifier: Apache-2.0
//
// The plugin's one exported function, and what the SDK makes its table of.
#include <memory>
#include <string>
#include <string_view>

#include <libpq-fe.h>

#include <psa/sdk/driver_entry.hpp>

#include "connection.hpp"
#include "ingest.hpp"
#include "metadata.hpp"
#include "options.hpp"
#include "rows.hpp"
#include "statement.hpp"

namespace psa::postgres {
namespace {

struct Driver {
  using Connection = postgres::Connection;
  using Statement = postgres::Statement;
  using Result = postgres::Result;

  static constexpr std::string_view name = "postgres";
  static constexpr std::string_view version = PSA_PLUGIN_VERSION;
  static constexpr uint64_t promises = PSA_CAP_DEADLINE | PSA_CAP_DYNAMIC_TYPES;

  static std::string client() {
    const int version = PQlibVersion();
    return "libpq " + std::to_string(version / 10000) + '.' + std::to_string(version % 10000);
  }
  static constexpr auto options = &known_options;
  static void start() {
    if (PQisthreadsafe() == 0)
      throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_INTERFACE,
                        "this libpq was built without thread support");
  }

  static const std::shared_ptr<Canceller>& canceller(Connection& connection) {
    return connection.session().canceller();
  }
  static constexpr auto ingest = &postgres::ingest;
  static constexpr auto metadata = &postgres::metadata;

  template <class Object, class Operation>
  static int32_t operate(Object& object, const psa_call& call, const Operation& operation) noexcept {
    return object.session().run(object, operation, call);
  }
  static void wait_for(Connection& connection, psa_wait& out) { connection.session().wait_for(out); }
  static int32_t resume(Connection& connection) {
    // The operation's own hold on it goes with its end.
    const auto kept = connection.shared_from_this();
    return connection.session().resume();
  }
};

PSA_DRIVER_IDENTITY("postgres", PSA_PLUGIN_VERSION, driver_capabilities<Driver>());

}  // namespace
}  // namespace psa::postgres

extern "C" PSA_DRIVER_ENTRY(postgres)(const psa_host* host, psa_driver* out, void* sink) {
  return psa::enter_driver<psa::postgres::Driver>(host, out, sink);
}
