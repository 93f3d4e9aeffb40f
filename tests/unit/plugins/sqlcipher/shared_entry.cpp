// SPDX-License-Identifier: Apache-2.0
//
// The driver as it must not be built: on the shared SQLCipher. Only a test loads it.
#include "driver.hpp"

namespace psa::sqlite {
namespace {

struct Driver : DriverParts {
  static constexpr std::string_view name = "sqlcipher_shared";
};

PSA_DRIVER_IDENTITY("sqlcipher_shared", PSA_PLUGIN_VERSION, driver_capabilities<Driver>());

}  // namespace
}  // namespace psa::sqlite

extern "C" PSA_DRIVER_ENTRY(sqlcipher_shared)(const psa_host* host, psa_driver* out, void* sink) {
  return psa::enter_driver<psa::sqlite::Driver>(host, out, sink);
}
