// SPDX-License-Identifier: Apache-2.0
#include "dbms.hpp"

#include <psa/driver.h>

namespace psa::odbc {
namespace {

constexpr uint32_t mysql_lexical = PSA_LEXICAL_HASH_COMMENT | PSA_LEXICAL_DASH_NEEDS_SPACE |
                                   PSA_LEXICAL_BACKSLASH_ESCAPE | PSA_LEXICAL_BACKTICK_QUOTE |
                                   PSA_LEXICAL_DOUBLE_QUOTE_TEXT | PSA_LEXICAL_CODE_COMMENT;

constexpr Dbms other{.kind = DbmsKind::other,
                     .lexical = 0,
                     .savepoint = nullptr,
                     .release_savepoint = nullptr,
                     .rollback_to_savepoint = nullptr,
                     .read_only = nullptr,
                     .deferrable = nullptr,
                     .ping = nullptr,
                     .session_number = nullptr,
                     .kill = nullptr,
                     .plans = nullptr,
                     .current_schema = nullptr,
                     .snapshot = 0,
                     .may_have_static_cursors = false,
                     .keeps_names = false,
                     .sizes_lie = false,
                     .keeps_columns = false,
                     .splits_texts = false,
                     .takes_moments_as_text = false,
                     .zones_in_text = false,
                     .answers_interrupted_sleeps = false,
                     .cancel_closes = false};

// What most have.
constexpr Dbms standard(DbmsKind kind, uint32_t lexical) {
  Dbms made = other;
  made.kind = kind;
  made.lexical = lexical;
  made.savepoint = "SAVEPOINT ";
  made.release_savepoint = "RELEASE SAVEPOINT ";
  made.rollback_to_savepoint = "ROLLBACK TO SAVEPOINT ";
  made.ping = "SELECT 1";
  return made;
}

constexpr Dbms postgresql = [] {
  Dbms made = standard(DbmsKind::postgresql,
                       PSA_LEXICAL_NESTED_COMMENT | PSA_LEXICAL_E_STRING | PSA_LEXICAL_DOLLAR_QUOTE);
  made.read_only = "SET TRANSACTION READ ONLY";
  made.deferrable = "SET TRANSACTION DEFERRABLE";
  made.current_schema = "SELECT current_schema()";
  made.plans = "SELECT count(*) FROM pg_prepared_statements WHERE 1 = ?";
  made.splits_texts = made.zones_in_text = true;
  return made;
}();

constexpr Dbms mysql = [] {
  Dbms made = standard(DbmsKind::mysql, mysql_lexical);
  made.read_only = "START TRANSACTION READ ONLY";
  made.may_have_static_cursors = made.keeps_names = made.answers_interrupted_sleeps = true;
  // MariaDB's driver takes a cancel for one of an idle statement where the call has not got as far as its
  // lock, and then writes to the connection beside it.
  made.session_number = "SELECT CONNECTION_ID()";
  made.kill = "KILL QUERY ";
  return made;
}();

constexpr Dbms sqlite = [] {
  Dbms made = standard(DbmsKind::sqlite, PSA_LEXICAL_BACKTICK_QUOTE | PSA_LEXICAL_BRACKET_QUOTE);
  made.sizes_lie = made.keeps_columns = made.takes_moments_as_text = made.zones_in_text = true;
  made.cancel_closes = true;
  return made;
}();

constexpr Dbms sqlserver = [] {
  Dbms made = standard(DbmsKind::sqlserver, PSA_LEXICAL_NESTED_COMMENT | PSA_LEXICAL_BRACKET_QUOTE);
  made.savepoint = "SAVE TRANSACTION ";
  made.release_savepoint = "";
  made.rollback_to_savepoint = "ROLLBACK TRANSACTION ";
  made.current_schema = "SELECT SCHEMA_NAME()";
  made.snapshot = 0x20;  // SQL_TXN_SS_SNAPSHOT
  return made;
}();

constexpr Dbms oracle = [] {
  Dbms made = standard(DbmsKind::oracle, PSA_LEXICAL_Q_QUOTE);
  made.release_savepoint = "";
  made.read_only = "SET TRANSACTION READ ONLY";
  made.ping = "SELECT 1 FROM DUAL";
  made.current_schema = "SELECT SYS_CONTEXT('USERENV', 'CURRENT_SCHEMA') FROM DUAL";
  return made;
}();

constexpr Dbms db2 = [] {
  Dbms made = standard(DbmsKind::db2, PSA_LEXICAL_NESTED_COMMENT);
  made.savepoint = nullptr;  // they need words behind the name
  made.ping = "VALUES 1";
  made.current_schema = "VALUES CURRENT SCHEMA";
  return made;
}();

}  // namespace

const Dbms& dbms_named(std::string_view name) noexcept {
  if (name.starts_with("PostgreSQL")) return postgresql;
  if (name.starts_with("MySQL") || name.starts_with("MariaDB")) return mysql;
  if (name.starts_with("SQLite")) return sqlite;
  if (name.starts_with("Microsoft SQL Server") || name.starts_with("SQL Server")) return sqlserver;
  if (name.starts_with("Oracle")) return oracle;
  if (name.starts_with("DB2")) return db2;
  return other;
}

}  // namespace psa::odbc
