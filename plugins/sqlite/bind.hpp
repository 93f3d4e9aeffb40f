// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <sqlite3.h>

#include <psa/sdk/parameters.hpp>

namespace psa::sqlite {

/// Whether text and blobs are copied by SQLite, or read from the host's buffers while the statement runs.
enum class Keep : uint8_t { borrowed, copied };

/// Binds one row of parameters to a statement that is not running.
/// @param row   zero-based row of the batch
/// @param keep  `borrowed` only if the statement ends before the batch does
/// @throws DriverError  with parameter_column: PSA_NOT_SUPPORTED for a type that SQLite has no storage for,
///                      PSA_CATEGORY_DATA for a value that it can't hold
void bind_row(sqlite3_stmt* statement, const ParameterBatch& batch, int64_t row, Keep keep);

}  // namespace psa::sqlite
