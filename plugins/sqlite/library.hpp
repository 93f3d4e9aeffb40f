// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include <sqlite3.h>

/// What newer SQLite libraries have and older ones do without. library.cmake asks the library that is built
/// against, and defines PSA_SQLITE_HAS_*.
namespace psa::sqlite {

/// sqlite3_prepare_v3. @param kept  whether the statement will live for long
inline int compile_text(sqlite3* database, const char* sql, const char* end, [[maybe_unused]] bool kept,
                        sqlite3_stmt** out, const char** rest) noexcept {
  const auto size = static_cast<int>(end - sql);
#ifdef PSA_SQLITE_HAS_PREPARE_V3
  return sqlite3_prepare_v3(database, sql, size, kept ? SQLITE_PREPARE_PERSISTENT : 0U, out, rest);
#else
  return sqlite3_prepare_v2(database, sql, size, out, rest);
#endif
}

/// Rows that the last statement changed.
inline int64_t changed_rows(sqlite3* database) noexcept {
#ifdef PSA_SQLITE_HAS_CHANGES64
  return sqlite3_changes64(database);
#else
  return sqlite3_changes(database);
#endif
}

/// How often SQLite has compiled the statement anew; -1 where the library does not tell.
inline int times_compiled_anew([[maybe_unused]] sqlite3_stmt* statement) noexcept {
#ifdef PSA_SQLITE_HAS_STMTSTATUS_REPREPARE
  return sqlite3_stmt_status(statement, SQLITE_STMTSTATUS_REPREPARE, 0);
#else
  return -1;
#endif
}

/// Where in the SQL text the last error is, in bytes; -1 if it is nowhere, or where the library does not
/// tell.
inline int error_place([[maybe_unused]] sqlite3* database) noexcept {
#ifdef PSA_SQLITE_HAS_ERROR_OFFSET
  return sqlite3_error_offset(database);
#else
  return -1;
#endif
}

#ifdef PSA_SQLITE_HAS_PRAGMA_FUNCTIONS
/// Pragmas can be asked as tables: pragma_table_xinfo('t'). @return a result code
inline int add_pragma_functions(sqlite3*) noexcept { return SQLITE_OK; }
#else
int add_pragma_functions(sqlite3* database) noexcept;  // pragma_functions.cpp
#endif

}  // namespace psa::sqlite
