// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>

#include <psa/driver.h>

#include "connection.hpp"

namespace psa::postgres {

/// psa_driver.metadata: the catalog's answer as an ordinary result.
Task<> metadata(std::shared_ptr<Connection> connection, const psa_metadata* metadata, psa_result** out);

}  // namespace psa::postgres
