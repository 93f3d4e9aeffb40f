// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <psa/driver.h>

#include "connection.hpp"

namespace psa::postgres {

/// psa_driver.ingest: by COPY in binary form; by INSERT where a column's values have no binary form for the
/// table's type.
/// @return rows loaded
Task<int64_t> ingest(Connection& connection, const psa_ingest& ingest);

}  // namespace psa::postgres
