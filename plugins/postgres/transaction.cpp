// SPDX-License-Identifier: Apache-2.0
#include "transaction.hpp"

#include <psa/sdk/driver_error.hpp>

namespace psa::postgres {

std::string begin_sql(const psa_begin& begin) {
  std::string sql = "BEGIN";
  switch (begin.isolation) {
    case PSA_ISOLATION_DEFAULT:
      break;
    case PSA_ISOLATION_READ_UNCOMMITTED:
      sql += " ISOLATION LEVEL READ UNCOMMITTED";
      break;
    case PSA_ISOLATION_READ_COMMITTED:
      sql += " ISOLATION LEVEL READ COMMITTED";
      break;
    case PSA_ISOLATION_REPEATABLE_READ:
      sql += " ISOLATION LEVEL REPEATABLE READ";
      break;
    case PSA_ISOLATION_SERIALIZABLE:
      sql += " ISOLATION LEVEL SERIALIZABLE";
      break;
    default:
      throw DriverError(
          PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED,
          "PostgreSQL knows the isolation levels READ UNCOMMITTED, READ COMMITTED, REPEATABLE READ "
          "and SERIALIZABLE")
          .with_hint("REPEATABLE READ is what other databases call SNAPSHOT");
  }
  if ((begin.flags & PSA_BEGIN_READ_ONLY) != 0) sql += " READ ONLY";
  if ((begin.flags & PSA_BEGIN_DEFERRABLE) != 0) sql += " DEFERRABLE";
  return sql;
}

std::string quoted(std::string_view name) {
  std::string text = "\"";
  for (const char c : name) {
    if (c == '"') text += '"';
    text += c;
  }
  return text + '"';
}

std::string savepoint_sql(uint32_t action, std::string_view name) {
  if (name.empty() || name.find('\0') != std::string_view::npos)
    throw invalid_argument("a savepoint needs a name without NUL characters");
  switch (action) {
    case PSA_SAVEPOINT_SET:
      return "SAVEPOINT " + quoted(name);
    case PSA_SAVEPOINT_RELEASE:
      return "RELEASE SAVEPOINT " + quoted(name);
    case PSA_SAVEPOINT_ROLLBACK_TO:
      return "ROLLBACK TO SAVEPOINT " + quoted(name);
    default:
      throw invalid_argument("unknown savepoint action");
  }
}

bool may_write(std::string_view sql) {
  const size_t begin = sql.find_first_not_of(" \t\r\n(");
  if (begin == std::string_view::npos) return false;
  std::string word;
  for (const char c : sql.substr(begin, 8)) {
    if ((c | 0x20) < 'a' || (c | 0x20) > 'z') break;
    word += static_cast<char>(c | 0x20);
  }
  if (word == "show" || word == "table" || word == "values") return false;
  return word != "select" || sql.find('(', begin) != std::string_view::npos;
}

}  // namespace psa::postgres
