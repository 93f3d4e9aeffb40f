// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <psa/driver.h>
#include <psa/sdk/driver_error.hpp>

namespace driver_client {

/// The driver that a test program is about. Each program that links this client defines
/// `driver_under_test()`, since only it knows which driver it links.
struct DriverUnderTest {
  psa_driver_entry entry;
  /// The environment's variable that holds the URL of a server to test with; NULL for a driver without one.
  const char* url_variable;
  /// Of databases without a server, where the driver wants one.
  const char* password = "";
};
DriverUnderTest driver_under_test();

/// Its table, filled once.
const psa_driver& table();

/// What a failing call reported; throws it out of `expect_ok`.
struct Sink {
  psa::DriverError error{PSA_OK, 0, ""};
  int reports = 0;
};

/// Throws the reported error as psa::DriverError, with the call's status, unless it is PSA_OK.
void expect_ok(int32_t status, const Sink& sink);

/// Runs `action` and returns the error that it throws; one of status PSA_OK if it throws none.
template <class Action>
psa::DriverError error_of(Action&& action) {
  try {
    action();
  } catch (const psa::DriverError& error) {
    return error;
  }
  return {PSA_OK, 0, "no error"};
}

}  // namespace driver_client
