// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>

#include <sqlite3.h>

#include <psa/sdk/driver_error.hpp>

namespace psa::sqlite {

/// What a SQLite result code means to the host.
struct Classification {
  int32_t status;
  uint32_t category;
  uint32_t flags;
};

/// Python's classes for SQLite's result codes. @param code  primary or extended
Classification classify(int code) noexcept;

/// The objects that a constraint's message names; empty where it names none.
struct ConstraintNames {
  std::string_view table;
  std::string_view column;      // only if there is exactly one
  std::string_view constraint;  // a CHECK's name, or an index
};

/// Reads "UNIQUE constraint failed: t.a", "CHECK constraint failed: positive" and their like.
ConstraintNames constraint_names(std::string_view message) noexcept;

/// The error for `code`, without asking a database for more.
DriverError make_error(int code, std::string_view message);

/// The error that the last call on `database` ended with, complete but for the stop of an operation.
/// @param code         what that call returned
/// @param text_begin   bytes before the part of the SQL text that SQLite was given
DriverError last_error(sqlite3* database, int code, int64_t text_begin = 0);

}  // namespace psa::sqlite
