// SPDX-License-Identifier: Apache-2.0
#include "transaction.hpp"

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/first_word.hpp>

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
  const std::string_view word = take_first_word(sql, PSA_LEXICAL_NESTED_COMMENT);
  if (word.empty() || is_word(word, "SHOW") || is_word(word, "TABLE")) return false;
  return (!is_word(word, "SELECT") && !is_word(word, "VALUES")) || sql.find('(') != std::string_view::npos;
}

bool may_commit(std::string_view sql) {
  const std::string_view word = take_first_word(sql, PSA_LEXICAL_NESTED_COMMENT);
  return is_word(word, "COMMIT") || is_word(word, "END") || is_word(word, "PREPARE");
}

}  // namespace psa::postgres
