// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <psa/driver.h>

#define PSA_POSTGRES_CAPABILITIES                                                                        \
  (PSA_CAP_NONBLOCKING | PSA_CAP_CANCEL | PSA_CAP_DEADLINE | PSA_CAP_TRANSACTIONS | PSA_CAP_SAVEPOINTS | \
   PSA_CAP_SEVERAL_RESULTS | PSA_CAP_PARAMETER_TYPES | PSA_CAP_DYNAMIC_TYPES | PSA_CAP_INGEST |          \
   PSA_CAP_METADATA)

namespace psa::postgres {

/// What the driver promises, in the table and in the file's identity.
constexpr uint64_t driver_capabilities = PSA_POSTGRES_CAPABILITIES;

}  // namespace psa::postgres
