// SPDX-License-Identifier: Apache-2.0
//
// The plugin's one exported function, and what the SDK makes its table of.
#include <memory>
#include <string>
#include <string_view>

#include <sqlite3.h>

#include <psa/sdk/driver_entry.hpp>

#include "connection.hpp"
#include "metadata.hpp"
#include "options.hpp"
#include "rows.hpp"
#include "statement.hpp"

namespace psa::sqlite {
namespace {

struct Driver : DirectOperations {
  using Connection = sqlite::Connection;
  using Statement = sqlite::Statement;
  using Result = sqlite::Result;

  static constexpr std::string_view name = "sqlite";
  static constexpr std::string_view version = PSA_PLUGIN_VERSION;
  static constexpr uint64_t promises = PSA_CAP_DEADLINE | PSA_CAP_DYNAMIC_TYPES;

  static std::string client() { return std::string("SQLite ") + sqlite3_libversion(); }
  static constexpr auto options = &known_options;
  static void start() {
    if (sqlite3_threadsafe() == 0)
      throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_INTERFACE,
                        "this SQLite library was built without thread support");
  }

  static const std::shared_ptr<Operation>& canceller(Connection& connection) {
    return connection.operation();
  }
  static constexpr auto metadata = &sqlite::metadata;
};

PSA_DRIVER_IDENTITY("sqlite", PSA_PLUGIN_VERSION, driver_capabilities<Driver>());

}  // namespace
}  // namespace psa::sqlite

extern "C" PSA_DRIVER_ENTRY(sqlite)(const psa_host* host, psa_driver* out, void* sink) {
  return psa::enter_driver<psa::sqlite::Driver>(host, out, sink);
}
