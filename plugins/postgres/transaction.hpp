// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <psa/driver.h>

namespace psa::postgres {

/// The statement that begins such a transaction.
/// @throws DriverError  PSA_NOT_SUPPORTED for an isolation that PostgreSQL lacks
std::string begin_sql(const psa_begin& begin);

/// The statement of a savepoint; quotes the name.
/// @throws DriverError  PSA_INVALID_ARGUMENT for an empty name, one with NUL, or an unknown action
std::string savepoint_sql(uint32_t action, std::string_view name);

/// "name", with quotes inside doubled.
std::string quoted(std::string_view name);

/// Whether a statement, outside of a transaction, may change something when it runs, as far as its text
/// tells: a SELECT may call a function that writes.
bool may_write(std::string_view sql);

/// Whether a statement may end the transaction it runs in, and keep what that did.
bool may_commit(std::string_view sql);

}  // namespace psa::postgres
