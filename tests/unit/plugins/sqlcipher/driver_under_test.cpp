// SPDX-License-Identifier: Apache-2.0
#include "driver_under_test.hpp"

extern "C" int32_t psa_sqlcipher_driver_entry(const psa_host* host, psa_driver* out, void* sink);

driver_client::DriverUnderTest driver_client::driver_under_test() {
  return {&psa_sqlcipher_driver_entry, nullptr, "a key for tests"};
}
