// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include <sql.h>

#include "dbms.hpp"

namespace psa::odbc {

/// What one session can do and how: asked of the ODBC driver, or tried out where its answers are not to be
/// relied on.
struct Facts {
  enum class Arrays : uint8_t {
    none,       // rows of parameters are run one by one
    one_count,  // an array gives one count of rows
    counts,     // an array gives a count for each row of parameters
  };
  /// How values are read that did not fit the arrays bound for a block of rows.
  enum class CutValues : uint8_t {
    lost,     // they are not: columns that may have them are read row by row
    by_cell,  // by SQLSetPos and SQLGetData, in the block
    by_block  // with their block, which is fetched again into larger arrays; needs a static cursor
  };

  const Dbms* dbms = nullptr;
  char identifier_quote = '"';
  bool has_transactions = false;
  bool has_several_results = false;
  Arrays arrays = Arrays::none;
  uint32_t isolation_levels = 0;  // SQL_TXN_... bits
  uint32_t usual_isolation = 0;   // that the session begins with; 0: not told
  std::string pattern_escape;     // for names in catalogue functions
  bool has_schemas = false;
  bool has_catalogs = false;
  std::string session_number;  // where the database has a statement to end what runs in a session

  // Tried out.
  bool has_narrow_calls = false;  // statements and names go through ODBC's narrow functions, in UTF-8
  bool takes_utf8 = false;        // SQL_C_CHAR parameters are read as UTF-8
  bool gives_utf8 = false;        // SQL_C_CHAR columns are UTF-8
  CutValues cut_values = CutValues::lost;
  bool keeps_plans = false;  // with parameters, the server prepares: it refuses to run if columns changed
};

/// Asks; a few small queries are run. @param session  connected
Facts ask_facts(SQLHDBC session);

}  // namespace psa::odbc
