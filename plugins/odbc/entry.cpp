// SPDX-License-Identifier: Apache-2.0
//
// The plugin's one exported function, and what the SDK makes its table of.
#include <memory>
#include <string>
#include <string_view>

#include <psa/sdk/driver_entry.hpp>

#include "connection.hpp"
#include "metadata.hpp"
#include "options.hpp"
#include "result.hpp"
#include "statement.hpp"

namespace psa::odbc {
namespace {

struct Driver : DirectOperations {
  using Connection = odbc::Connection;
  using Statement = odbc::Statement;
  using Result = odbc::Result;

  static constexpr std::string_view name = "odbc";
  static constexpr std::string_view version = PSA_PLUGIN_VERSION;
  static constexpr uint64_t promises = PSA_CAP_DEADLINE | PSA_CAP_DYNAMIC_TYPES;

  static std::string client() { return "unixODBC " PSA_ODBC_VERSION; }
  static constexpr auto options = &known_options;

  static const std::shared_ptr<Canceller>& canceller(Connection& connection) {
    return connection.canceller();
  }
  static constexpr auto metadata = &odbc::metadata;
};

PSA_DRIVER_IDENTITY("odbc", PSA_PLUGIN_VERSION, driver_capabilities<Driver>());

}  // namespace
}  // namespace psa::odbc

extern "C" PSA_DRIVER_ENTRY(odbc)(const psa_host* host, psa_driver* out, void* sink) {
  return psa::enter_driver<psa::odbc::Driver>(host, out, sink);
}
