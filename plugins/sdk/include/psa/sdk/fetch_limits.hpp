// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <psa/driver.h>

namespace psa {

/// @throws DriverError  PSA_INVALID_ARGUMENT: limits under which no batch can be made
void check_limits(const psa_fetch& fetch);

}  // namespace psa
