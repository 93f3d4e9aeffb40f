// SPDX-License-Identifier: Apache-2.0
//
// SQLite's pragma functions, which metadata.cpp asks, for libraries older than these: virtual tables that are
// there without being created, one for each pragma, whose rows are the pragma's.
#include <array>
#include <cstdlib>
#include <new>
#include <string>

#include "library.hpp"

namespace psa::sqlite {
namespace {

struct PragmaFunction {
  const char* name;
  const char* pragma;
  const char* declaration;
  int columns;  // before the two hidden ones: what is asked about, and its schema
};

// table_xinfo is younger than the libraries that need this. They have no generated columns, so that its
// `hidden` is what an absent column reads as: 0.
constexpr std::array pragma_functions = {
    PragmaFunction{"pragma_table_info", "table_info",
                   "CREATE TABLE x(cid, name, type, \"notnull\", dflt_value, pk, arg HIDDEN, schema HIDDEN)",
                   6},
    PragmaFunction{"pragma_table_xinfo", "table_info",
                   "CREATE TABLE x(cid, name, type, \"notnull\", dflt_value, pk, hidden, arg HIDDEN,"
                   " schema HIDDEN)",
                   7},
    PragmaFunction{"pragma_index_list", "index_list",
                   "CREATE TABLE x(seq, name, \"unique\", origin, partial, arg HIDDEN, schema HIDDEN)", 5},
    PragmaFunction{"pragma_index_info", "index_info",
                   "CREATE TABLE x(seqno, cid, name, arg HIDDEN, schema HIDDEN)", 3},
    PragmaFunction{"pragma_index_xinfo", "index_xinfo",
                   "CREATE TABLE x(seqno, cid, name, \"desc\", coll, \"key\", arg HIDDEN, schema HIDDEN)", 6},
    PragmaFunction{"pragma_foreign_key_list", "foreign_key_list",
                   "CREATE TABLE x(id, seq, \"table\", \"from\", \"to\", on_update, on_delete, \"match\","
                   " arg HIDDEN, schema HIDDEN)",
                   8},
};

struct PragmaTable : sqlite3_vtab {
  const PragmaFunction* function;
  sqlite3* database;
};

struct PragmaCursor : sqlite3_vtab_cursor {
  sqlite3_stmt* rows;
  sqlite3_int64 row;
};

PragmaTable& table_of(sqlite3_vtab* table) { return *static_cast<PragmaTable*>(table); }
PragmaCursor& cursor_of(sqlite3_vtab_cursor* cursor) { return *static_cast<PragmaCursor*>(cursor); }

int connect_pragma(sqlite3* database, void* function, int, const char* const*, sqlite3_vtab** out, char**) {
  const auto* which = static_cast<const PragmaFunction*>(function);
  const int code = sqlite3_declare_vtab(database, which->declaration);
  if (code != SQLITE_OK) return code;
  auto* table = new (std::nothrow) PragmaTable{};
  if (table == nullptr) return SQLITE_NOMEM;
  table->function = which;
  table->database = database;
  *out = table;
  return SQLITE_OK;
}

int disconnect_pragma(sqlite3_vtab* table) {
  delete &table_of(table);
  return SQLITE_OK;
}

// Bit 0 of the plan: what is asked about is given, bit 1: its schema is. xFilter gets them in that order.
int plan_pragma(sqlite3_vtab* table, sqlite3_index_info* info) {
  std::array<int, 2> found = {-1, -1};
  for (int i = 0; i < info->nConstraint; ++i) {
    const auto& constraint = info->aConstraint[i];
    const int hidden = constraint.iColumn - table_of(table).function->columns;
    if (constraint.usable != 0 && constraint.op == SQLITE_INDEX_CONSTRAINT_EQ && hidden >= 0)
      found[static_cast<size_t>(hidden)] = i;
  }
  int arguments = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    if (found[i] < 0) continue;
    info->aConstraintUsage[found[i]].argvIndex = ++arguments;
    info->aConstraintUsage[found[i]].omit = 1;
    info->idxNum |= 1 << i;
  }
  // Without a name it has no rows: a plan that only comes first if no other is possible.
  info->estimatedCost = found[0] < 0 ? 1e9 : 20;
  info->estimatedRows = found[0] < 0 ? 1'000'000'000 : 20;
  return SQLITE_OK;
}

int open_pragma(sqlite3_vtab*, sqlite3_vtab_cursor** out) {
  auto* cursor = new (std::nothrow) PragmaCursor{};
  if (cursor == nullptr) return SQLITE_NOMEM;
  *out = cursor;
  return SQLITE_OK;
}

int close_pragma(sqlite3_vtab_cursor* cursor) {
  sqlite3_finalize(cursor_of(cursor).rows);
  delete &cursor_of(cursor);
  return SQLITE_OK;
}

int next_of_pragma(sqlite3_vtab_cursor* base) {
  PragmaCursor& cursor = cursor_of(base);
  const int code = sqlite3_step(cursor.rows);
  ++cursor.row;
  if (code == SQLITE_ROW) return SQLITE_OK;
  // Finalizing says once more what went wrong, if anything did.
  const int end = sqlite3_finalize(cursor.rows);
  cursor.rows = nullptr;
  return end;
}

int start_pragma(sqlite3_vtab_cursor* base, int plan, const char*, int, sqlite3_value** arguments) {
  PragmaCursor& cursor = cursor_of(base);
  sqlite3_finalize(cursor.rows);
  cursor.rows = nullptr;
  cursor.row = 0;
  if ((plan & 1) == 0 || sqlite3_value_type(arguments[0]) == SQLITE_NULL) return SQLITE_OK;
  const PragmaTable& table = table_of(cursor.pVtab);
  const auto* name = reinterpret_cast<const char*>(sqlite3_value_text(arguments[0]));
  const char* schema = nullptr;
  if ((plan & 2) != 0) schema = reinterpret_cast<const char*>(sqlite3_value_text(arguments[1]));
  char* sql = schema == nullptr ? sqlite3_mprintf("PRAGMA %s(%Q)", table.function->pragma, name)
                                : sqlite3_mprintf("PRAGMA %Q.%s(%Q)", schema, table.function->pragma, name);
  if (sql == nullptr) return SQLITE_NOMEM;
  const int code = sqlite3_prepare_v2(table.database, sql, -1, &cursor.rows, nullptr);
  sqlite3_free(sql);
  if (code != SQLITE_OK) {
    sqlite3_free(cursor.pVtab->zErrMsg);
    cursor.pVtab->zErrMsg = sqlite3_mprintf("%s", sqlite3_errmsg(table.database));
    return code;
  }
  return next_of_pragma(base);
}

int pragma_at_end(sqlite3_vtab_cursor* cursor) { return cursor_of(cursor).rows == nullptr ? 1 : 0; }

int pragma_column(sqlite3_vtab_cursor* base, sqlite3_context* out, int index) {
  sqlite3_stmt* rows = cursor_of(base).rows;
  if (index < sqlite3_column_count(rows))
    sqlite3_result_value(out, sqlite3_column_value(rows, index));
  else if (index < table_of(base->pVtab).function->columns)
    sqlite3_result_int(out, 0);
  return SQLITE_OK;
}

int pragma_row_id(sqlite3_vtab_cursor* cursor, sqlite3_int64* out) {
  *out = cursor_of(cursor).row;
  return SQLITE_OK;
}

// No xCreate: the tables are there by themselves, and no other can be made of the module.
const sqlite3_module pragma_module = [] {
  sqlite3_module module = {};
  module.xConnect = &connect_pragma;
  module.xBestIndex = &plan_pragma;
  module.xDisconnect = &disconnect_pragma;
  module.xOpen = &open_pragma;
  module.xClose = &close_pragma;
  module.xFilter = &start_pragma;
  module.xNext = &next_of_pragma;
  module.xEof = &pragma_at_end;
  module.xColumn = &pragma_column;
  module.xRowid = &pragma_row_id;
  return module;
}();

}  // namespace

int add_pragma_functions(sqlite3* database) noexcept {
  for (const PragmaFunction& function : pragma_functions) {
    const int code = sqlite3_create_module(database, function.name, &pragma_module,
                                           const_cast<PragmaFunction*>(&function));
    if (code != SQLITE_OK) return code;
  }
  return SQLITE_OK;
}

}  // namespace psa::sqlite
