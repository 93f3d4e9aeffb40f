// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

namespace psa::odbc {

/// Databases that more is known of than ODBC can tell.
enum class DbmsKind : uint8_t { other, postgresql, mysql, sqlite, sqlserver, oracle, db2 };

/// What ODBC has no question for, by the name that SQL_DBMS_NAME answers with. NULL is "it has none".
struct Dbms {
  DbmsKind kind;
  uint32_t lexical;               // PSA_LEXICAL flags
  const char* savepoint;          // statements, to be followed by the name
  const char* release_savepoint;  // empty: nothing need be sent
  const char* rollback_to_savepoint;
  const char* read_only;   // statement that makes a transaction read only, as its first
  const char* deferrable;  // likewise
  const char* ping;        // statement that asks whether the server is there
  // Where SQLCancel is not to be trusted: query for the session's number, and the statement that ends, from
  // another session, what runs in the one of the number behind it.
  const char* session_number;
  const char* kill;
  const char* plans;           // query for how many statements are prepared; its one parameter is 1
  const char* current_schema;  // query for the name of the schema that names without one are in
  uint32_t snapshot;           // SQL_ATTR_TXN_ISOLATION for snapshot isolation; 0: none
  // Quirks, each with a test or a source in README.md.
  bool may_have_static_cursors;     // that cost nothing, since the driver keeps the rows
  bool keeps_names;                 // of a prepared statement's columns, also when they are renamed
  bool sizes_lie;                   // values may be longer than their column is said to be
  bool keeps_columns;               // of a prepared SELECT, also when its table was altered
  bool splits_texts;                // the ODBC driver runs each statement of a text by itself
  bool takes_moments_as_text;       // what the driver makes of a timestamp structure loses microseconds
  bool zones_in_text;               // a timestamp with an offset, as text, is understood
  bool answers_interrupted_sleeps;  // a cancelled statement may end well
  bool cancel_closes;               // SQLCancel ends all of a session, and frees its statement's rows
};

/// @param name  SQL_DBMS_NAME
const Dbms& dbms_named(std::string_view name) noexcept;

}  // namespace psa::odbc
