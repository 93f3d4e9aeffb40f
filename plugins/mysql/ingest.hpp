// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <psa/driver.h>

#include "connection.hpp"

namespace psa::mysql {

/// psa_driver.ingest: INSERT with arrays of parameters. (LOAD DATA LOCAL takes rows that break a constraint
/// for warnings, and leaves them out.)
///
/// CREATE and REPLACE commit: MySQL commits with every change of a table's definition. So they are refused
/// in an open transaction, and otherwise complete or leave no trace: a table to be replaced is dropped only
/// when the rows of the new one are there.
/// @return rows loaded
int64_t ingest(Connection& connection, const psa_ingest& ingest);

/// The type of a column made for an Arrow field: "decimal(10,2)", "longtext".
/// @param has_uuid  whether the server has that type
/// @throws DriverError  PSA_NOT_SUPPORTED for one without a counterpart
std::string column_type_for(const ArrowSchema& field, bool has_uuid);

}  // namespace psa::mysql
