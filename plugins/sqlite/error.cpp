// SPDX-License-Identifier: Apache-2.0
#include "error.hpp"

#include "library.hpp"

namespace psa::sqlite {
namespace {

std::string_view after(std::string_view text, std::string_view prefix) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : std::string_view();
}

const char* hint_for(int code) {
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another connection holds the lock: read its open results to their end or end its transaction "
             "(reset_connections() ends the fetches of a connector), or raise the option timeout";
    case SQLITE_CANTOPEN:
      return "check that the folder exists and that file and folder may be read and written";
    case SQLITE_NOTADB:
      return "the file is no SQLite database, or an encrypted one";
    case SQLITE_READONLY:
      return "check the option mode, and that the file and its folder may be written";
    case SQLITE_FULL:
      return "make room on the disk, or raise PRAGMA max_page_count";
    default:
      return "";
  }
}

}  // namespace

Classification classify(int code) noexcept {
  switch (code & 0xFF) {
    case SQLITE_NOMEM:
      return {PSA_OUT_OF_MEMORY, PSA_CATEGORY_OPERATIONAL, 0};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {PSA_ERROR, PSA_CATEGORY_OPERATIONAL, PSA_ERROR_RETRYABLE};
    case SQLITE_ERROR:
    case SQLITE_PERM:
    case SQLITE_ABORT:
    case SQLITE_READONLY:
    case SQLITE_INTERRUPT:
    case SQLITE_IOERR:
    case SQLITE_FULL:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_EMPTY:
    case SQLITE_SCHEMA:
      return {PSA_ERROR, PSA_CATEGORY_OPERATIONAL, 0};
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
      return {PSA_ERROR, PSA_CATEGORY_INTEGRITY, 0};
    case SQLITE_TOOBIG:
      return {PSA_ERROR, PSA_CATEGORY_DATA, 0};
    case SQLITE_MISUSE:
    case SQLITE_RANGE:
      return {PSA_ERROR, PSA_CATEGORY_INTERFACE, 0};
    case SQLITE_INTERNAL:
    case SQLITE_NOTFOUND:
      return {PSA_ERROR, PSA_CATEGORY_INTERNAL, 0};
    default:
      return {PSA_ERROR, PSA_CATEGORY_UNKNOWN, 0};
  }
}

ConstraintNames constraint_names(std::string_view message) noexcept {
  if (const auto name = after(message, "CHECK constraint failed: "); !name.empty()) return {{}, {}, name};
  std::string_view columns = after(message, "UNIQUE constraint failed: ");
  if (columns.empty()) columns = after(message, "NOT NULL constraint failed: ");
  if (columns.empty()) return {};
  if (const auto index = after(columns, "index '"); !index.empty())
    return {{}, {}, index.substr(0, index.rfind('\''))};
  const size_t dot = columns.find('.');
  if (dot == std::string_view::npos) return {};
  const bool several = columns.find(", ") != std::string_view::npos;
  return {columns.substr(0, dot), several ? std::string_view() : columns.substr(dot + 1), {}};
}

DriverError make_error(int code, std::string_view message) {
  const Classification kind = classify(code);
  DriverError error(kind.status, kind.category, std::string(message));
  error.with_flags(kind.flags).with_vendor_code(code).with_hint(hint_for(code));
  if ((code & 0xFF) == SQLITE_CONSTRAINT) {
    const ConstraintNames names = constraint_names(message);
    error.table = names.table;
    error.column = names.column;
    error.constraint = names.constraint;
  }
  return error;
}

DriverError last_error(sqlite3* database, int code, int64_t text_begin) {
  // The extended code belongs to the last call only; a code given by another way keeps itself.
  const int extended = sqlite3_extended_errcode(database);
  DriverError error =
      make_error((extended & 0xFF) == (code & 0xFF) ? extended : code,
                 (extended & 0xFF) == (code & 0xFF) ? sqlite3_errmsg(database) : sqlite3_errstr(code));
  if (const int offset = error_place(database); offset >= 0) error.sql_offset = text_begin + offset;
  return error;
}

}  // namespace psa::sqlite
