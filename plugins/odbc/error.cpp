// SPDX-License-Identifier: Apache-2.0
#include "error.hpp"

#include <algorithm>
#include <array>

#include <sqlext.h>
#include <sqlucode.h>

#include "utf16.hpp"

namespace psa::odbc {
namespace {

constexpr uint32_t lost = PSA_ERROR_CONNECTION_LOST;
constexpr uint32_t retryable = PSA_ERROR_RETRYABLE;

struct Known {
  std::string_view prefix;  // of the SQLSTATE: the longest that fits counts
  uint32_t category;
  uint32_t flags;
};

// pyodbc's classes, which are those of SQLSTATE's. "IM" and "HY" are ODBC's own.
constexpr std::array known = {
    Known{"01", PSA_CATEGORY_OPERATIONAL, 0},
    Known{"07", PSA_CATEGORY_PROGRAMMING, 0},
    Known{"08", PSA_CATEGORY_OPERATIONAL, lost},
    Known{"0A", PSA_CATEGORY_NOT_SUPPORTED, 0},
    Known{"21", PSA_CATEGORY_PROGRAMMING, 0},
    Known{"22", PSA_CATEGORY_DATA, 0},
    Known{"23", PSA_CATEGORY_INTEGRITY, 0},
    Known{"24", PSA_CATEGORY_PROGRAMMING, 0},
    Known{"25", PSA_CATEGORY_PROGRAMMING, 0},
    Known{"25006", PSA_CATEGORY_OPERATIONAL, 0},
    Known{"28", PSA_CATEGORY_OPERATIONAL, 0},
    Known{"34", PSA_CATEGORY_PROGRAMMING, 0},
    Known{"3C", PSA_CATEGORY_PROGRAMMING, 0},
    Known{"3D", PSA_CATEGORY_PROGRAMMING, 0},
    Known{"3F", PSA_CATEGORY_PROGRAMMING, 0},
    Known{"40", PSA_CATEGORY_OPERATIONAL, 0},
    Known{"40001", PSA_CATEGORY_OPERATIONAL, retryable},
    Known{"40002", PSA_CATEGORY_INTEGRITY, 0},
    Known{"40P01", PSA_CATEGORY_OPERATIONAL, retryable},
    Known{"42", PSA_CATEGORY_PROGRAMMING, 0},
    Known{"44", PSA_CATEGORY_INTEGRITY, 0},
    Known{"55P03", PSA_CATEGORY_OPERATIONAL, retryable},
    Known{"57P01", PSA_CATEGORY_OPERATIONAL, lost},
    Known{"57P02", PSA_CATEGORY_OPERATIONAL, lost},
    Known{"57P03", PSA_CATEGORY_OPERATIONAL, lost},
    Known{"57P05", PSA_CATEGORY_OPERATIONAL, lost},
    Known{"70100", PSA_CATEGORY_OPERATIONAL, 0},
    Known{"HY000", PSA_CATEGORY_OPERATIONAL, 0},
    Known{"HY001", PSA_CATEGORY_OPERATIONAL, 0},
    Known{"HY003", PSA_CATEGORY_PROGRAMMING, 0},
    Known{"HY004", PSA_CATEGORY_PROGRAMMING, 0},
    Known{"HY010", PSA_CATEGORY_INTERFACE, 0},
    Known{"HYC00", PSA_CATEGORY_NOT_SUPPORTED, 0},
    Known{"HYT01", PSA_CATEGORY_OPERATIONAL, lost},
    Known{"IM", PSA_CATEGORY_INTERFACE, 0},
    Known{"IM001", PSA_CATEGORY_NOT_SUPPORTED, 0},
    Known{"P0", PSA_CATEGORY_INTERNAL, 0},
    Known{"XX", PSA_CATEGORY_INTERNAL, 0},
};

// Codes that MySQL gives the SQLSTATE "something" (HY000), and those that its SQLSTATE puts elsewhere than
// Python's drivers do.
bool classify_mysql(int64_t native, Classification& out) {
  switch (native) {
    case 1205:  // lock wait timeout
      out = {PSA_ERROR, PSA_CATEGORY_OPERATIONAL, retryable};
      return true;
    case 1264:  // out of range
    case 1265:  // truncated
    case 1366:  // incorrect value
    case 1367:  // illegal value
      out = {PSA_ERROR, PSA_CATEGORY_DATA, 0};
      return true;
    case 1364:  // no default value
    case 3819:  // CHECK, MySQL
    case 4025:  // CHECK, MariaDB
      out = {PSA_ERROR, PSA_CATEGORY_INTEGRITY, 0};
      return true;
    case 1927:  // killed
    case 2006:
    case 2013:
    case 2055:
    case 5014:
      out = {PSA_ERROR, PSA_CATEGORY_OPERATIONAL, lost};
      return true;
    default:
      return false;
  }
}

// The SQLite ODBC driver says HY000 to everything; its native codes are SQLite's.
bool classify_sqlite(int64_t native, Classification& out) {
  switch (native & 0xFF) {
    case 5:  // busy
    case 6:  // locked
      out = {PSA_ERROR, PSA_CATEGORY_OPERATIONAL, retryable};
      return true;
    case 18:  // too big
      out = {PSA_ERROR, PSA_CATEGORY_DATA, 0};
      return true;
    case 19:  // constraint
    case 20:  // mismatch
      out = {PSA_ERROR, PSA_CATEGORY_INTEGRITY, 0};
      return true;
    default:
      return false;
  }
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ' || text.back() == '\r'))
    text.remove_suffix(1);
  return text;
}

const char* hint_for(std::string_view sqlstate, int64_t native, DbmsKind dbms) {
  if (dbms == DbmsKind::sqlite && ((native & 0xFF) == 5 || (native & 0xFF) == 6))
    return "another connection holds the lock: end its transaction, or raise the key Timeout (milliseconds)";
  if (sqlstate == "28000") return "check the user name and the password";
  if (sqlstate == "40001" || sqlstate == "40P01") return "run the transaction again";
  if (sqlstate == "08001") return "check host and port, and that the server runs";
  return "";
}

}  // namespace

std::vector<Diagnostic> diagnostics(SQLSMALLINT type, SQLHANDLE handle) {
  std::vector<Diagnostic> records;
  std::vector<SQLWCHAR> text(1024);
  for (SQLSMALLINT number = 1; number <= 100; ++number) {
    SQLWCHAR state[6] = {};
    SQLINTEGER native = 0;
    SQLSMALLINT length = 0;
    const auto get = [&] {
      return SQLGetDiagRecW(type, handle, number, state, &native, text.data(),
                            static_cast<SQLSMALLINT>(text.size()), &length);
    };
    SQLRETURN code = get();
    if (code == SQL_SUCCESS_WITH_INFO && static_cast<size_t>(length) >= text.size()) {
      text.resize(static_cast<size_t>(length) + 1);
      code = get();
    }
    if (!SQL_SUCCEEDED(code)) break;
    const auto size = std::min(static_cast<size_t>(std::max<SQLSMALLINT>(length, 0)), text.size() - 1);
    records.push_back({utf8_of(state, 5), native, utf8_of(text.data(), size)});
  }
  return records;
}

Classification classify(std::string_view sqlstate, int64_t native, DbmsKind dbms) noexcept {
  Classification out{PSA_ERROR, PSA_CATEGORY_OPERATIONAL, 0};
  if (dbms == DbmsKind::mysql && classify_mysql(native, out)) return out;
  if (dbms == DbmsKind::sqlite && sqlstate == "HY000" && native > 0 && classify_sqlite(native, out))
    return out;
  size_t longest = 0;
  for (const Known& each : known) {
    if (each.prefix.size() <= longest || !sqlstate.starts_with(each.prefix)) continue;
    longest = each.prefix.size();
    out.category = each.category;
    out.flags = each.flags;
  }
  if (sqlstate == "HY001") out.status = PSA_OUT_OF_MEMORY;
  if (sqlstate == "HYC00" || sqlstate == "IM001") out.status = PSA_NOT_SUPPORTED;
  return out;
}

std::string_view plain_message(std::string_view message) noexcept {
  message = trimmed(message);
  for (;;) {
    const size_t end = message.starts_with("[") ? message.find(']') : std::string_view::npos;
    if (end == std::string_view::npos || end + 1 == message.size()) break;
    message.remove_prefix(end + 1);
    while (message.starts_with(" ")) message.remove_prefix(1);
  }
  // psqlODBC: "ERROR: what happened;\nError while executing the query"
  if (const size_t at = message.find(";\nError while "); at != std::string_view::npos)
    message = message.substr(0, at);
  if (message.starts_with("ERROR: ")) message.remove_prefix(7);
  return trimmed(message);
}

DriverError make_error(const std::vector<Diagnostic>& records, DbmsKind dbms) {
  if (records.empty())
    return {PSA_ERROR, PSA_CATEGORY_OPERATIONAL, "the ODBC driver failed and does not say why"};
  const Diagnostic& first = records.front();
  const Classification kind = classify(first.sqlstate, first.native, dbms);
  std::string_view message = plain_message(first.message);
  std::string detail;
  if (const size_t line = message.find('\n'); line != std::string_view::npos) {
    std::string_view rest = message.substr(line + 1);
    if (rest.starts_with("DETAIL:")) rest.remove_prefix(7);
    detail = trimmed(rest.substr(std::min(rest.find_first_not_of(' '), rest.size())));
    message = trimmed(message.substr(0, line));
    if (message.ends_with(";")) message.remove_suffix(1);
  }
  for (size_t i = 1; i < records.size(); ++i) {
    const std::string_view more = plain_message(records[i].message);
    if (more == message) continue;
    detail += detail.empty() ? "" : "; ";
    detail += more;
  }
  DriverError error(kind.status, kind.category, std::string(message));
  error.with_flags(kind.flags).with_vendor_code(first.native).with_detail(std::move(detail));
  error.with_hint(hint_for(first.sqlstate, first.native, dbms));
  error.sqlstate = first.sqlstate;
  // What the SQLite ODBC driver has no SQLSTATE or code of its own for.
  if (dbms == DbmsKind::sqlite && message.starts_with("no such table")) error.sqlstate = "42S02";
  if (dbms == DbmsKind::sqlite && message.find("one SQL statement") != std::string_view::npos)
    error.category = PSA_CATEGORY_PROGRAMMING;
  return error;
}

bool may_come_of_cancel(const DriverError& error) noexcept {
  return error.category != PSA_CATEGORY_DATA && error.category != PSA_CATEGORY_INTEGRITY &&
         error.category != PSA_CATEGORY_PROGRAMMING;
}

bool is_stale_plan(const DriverError& error, DbmsKind dbms, bool reads) noexcept {
  if (dbms == DbmsKind::postgresql)  // "cached plan must not change result type"; nothing has run then
    return error.sqlstate == "0A000" && error.message.find("cached plan") != std::string::npos;
  constexpr int64_t other_columns = 2057;  // of MySQL's client: CR_NEW_STMT_METADATA
  return dbms == DbmsKind::mysql && reads && error.vendor_code == other_columns;
}

}  // namespace psa::odbc
