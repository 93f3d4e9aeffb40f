#include "store_problem.hpp"

#include <cstdint>

namespace prefect {
namespace {

// SQLite's primary result codes (its documentation, "Result and Error Codes"); the low byte of extended ones.
enum SqliteCode : std::int64_t {
  sqlite_error = 1,
  sqlite_perm = 3,
  sqlite_busy = 5,
  sqlite_readonly = 8,
  sqlite_ioerr = 10,
  sqlite_corrupt = 11,
  sqlite_full = 13,
  sqlite_cantopen = 14,
  sqlite_notadb = 26,
};

constexpr std::string_view elsewhere =
    ", or name another store with PREFECT_HOME or PREFECT_SQLALCHEMY_STORE_URL";

std::string sqlite_problem(std::int64_t code) {
  switch (code & 0xff) {
    case sqlite_perm:
    case sqlite_readonly:
      return "it cannot be written to; make the file and its folder writable" + std::string(elsewhere);
    case sqlite_busy:
      return "other processes kept it locked for too long; nothing was changed, try again";
    case sqlite_ioerr:
    case sqlite_full:
      return "there is no space left on its disk, or the disk fails; nothing was changed, what was stored is "
             "still there; make room and try again";
    case sqlite_corrupt:
    case sqlite_notadb:
      return "the file is not a SQLite database, or it is damaged; it has been left as it is; move it away "
             "to "
             "start a new store, put back a good copy" +
             std::string(elsewhere);
    case sqlite_cantopen:
      return "the file cannot be opened; see that its folder exists and that you may use both" +
             std::string(elsewhere);
    default:
      return {};
  }
}

std::string server_problem(std::string_view sqlstate) {
  if (sqlstate.starts_with("08"))
    return "the database cannot be reached; see that it runs" + std::string(elsewhere);
  if (sqlstate.starts_with("28")) return "the database refuses the user or password in its URL";
  if (sqlstate == "42501")
    return "its user lacks a permission; grant it CREATE on the schema and use of the tables";
  if (sqlstate == "25006") return "the database is read-only; use a primary server" + std::string(elsewhere);
  if (sqlstate == "53100")
    return "the database has no disk space left; nothing was changed; make room and try again";
  return {};
}

}  // namespace

std::string store_problem(const prefect_sqlalchemy::Error& error, std::string_view dialect) {
  return dialect == "sqlite" ? sqlite_problem(error.vendor_code()) : server_problem(error.sqlstate());
}

bool is_missing_table(const prefect_sqlalchemy::Error& error, std::string_view dialect) {
  if (dialect == "sqlite") {
    return (error.vendor_code() & 0xff) == sqlite_error &&
           error.diagnostics().message.find("no such table") != std::string::npos;
  }
  return error.sqlstate() == "42P01" || error.sqlstate() == "42S02";
}

}  // namespace prefect
