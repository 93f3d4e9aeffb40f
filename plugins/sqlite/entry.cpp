// SPDX-License-Identifier: Apache-2.0
//
// The plugin's one exported function, and what the SDK makes its table of.
#include "driver.hpp"

namespace psa::sqlite {
namespace {

struct Driver : DriverParts {
  static constexpr std::string_view name = "sqlite";
};

PSA_DRIVER_IDENTITY("sqlite", PSA_PLUGIN_VERSION, driver_capabilities<Driver>());

}  // namespace
}  // namespace psa::sqlite

extern "C" PSA_DRIVER_ENTRY(sqlite)(const psa_host* host, psa_driver* out, void* sink) {
  return psa::enter_driver<psa::sqlite::Driver>(host, out, sink);
}
