// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <psa/driver.h>

#include "connection.hpp"

namespace psa::postgres {

/// psa_driver.metadata: the catalog's answer as an ordinary result.
Task<std::shared_ptr<Result>> metadata(Connection& connection, const psa_metadata& wanted);

}  // namespace psa::postgres
