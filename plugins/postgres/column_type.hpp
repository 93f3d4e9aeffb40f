// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <psa/driver.h>

namespace psa::postgres {

/// The type of a column made for an Arrow field: "numeric(10,2)", "text[]".
/// @throws DriverError  PSA_NOT_SUPPORTED for one without a counterpart
std::string column_type_for(const ArrowSchema& field);

}  // namespace psa::postgres
