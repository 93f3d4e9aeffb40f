// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <psa/driver.h>

#include "connection.hpp"

namespace psa::postgres {

/// psa_driver.ingest: by COPY in binary form; by INSERT where a column's values have no binary form for the
/// table's type.
Task<> ingest(std::shared_ptr<Connection> connection, const psa_ingest* ingest, int64_t* rows_affected);

/// Loads one batch of parameters by COPY. @param target  the table, with its columns in parentheses
Task<int64_t> copy_batch(Connection& connection, std::string target, const std::vector<const Type*>& types,
                         const ParameterBatch& batch);

/// The type of a column made for an Arrow field: "numeric(10,2)", "text[]".
/// @throws DriverError  PSA_NOT_SUPPORTED for one without a counterpart
std::string column_type_for(const ArrowSchema& field);

}  // namespace psa::postgres
