// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>

#include <psa/driver.h>

namespace psa::sqlite {

class Connection;
class Result;

/// The catalogue as psa_driver.metadata wants it: one query over SQLite's own tables and pragmas.
std::unique_ptr<Result> metadata(Connection& connection, const psa_metadata& wanted, int64_t deadline);

}  // namespace psa::sqlite
