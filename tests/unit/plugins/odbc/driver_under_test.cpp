// SPDX-License-Identifier: Apache-2.0
#include "driver_under_test.hpp"

extern "C" int32_t psa_odbc_driver_entry(const psa_host* host, psa_driver* out, void* sink);

driver_client::DriverUnderTest driver_client::driver_under_test() {
  return {&psa_odbc_driver_entry, "PSA_TEST_POSTGRES_URL"};
}
