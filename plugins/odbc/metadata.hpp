// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <psa/driver.h>

namespace psa::odbc {

class Connection;
class Result;

/// The catalogue as psa_driver.metadata wants it, from ODBC's catalogue functions.
std::shared_ptr<Result> metadata(Connection& connection, const psa_metadata& wanted, int64_t deadline);

}  // namespace psa::odbc
