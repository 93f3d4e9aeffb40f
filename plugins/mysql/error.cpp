// SPDX-License-Identifier: Apache-2.0
#include "error.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <psa/sdk/operation.hpp>

#include "error_message.hpp"
#include "waiter.hpp"

namespace psa::mysql {
namespace {

struct Known {
  unsigned number;
  uint32_t category;
  uint32_t flags;
};

constexpr uint32_t lost = PSA_ERROR_CONNECTION_LOST;
constexpr uint32_t retryable = PSA_ERROR_RETRYABLE;

// Sorted by number. PyMySQL's and mysqlclient's classes.
constexpr std::array known = {
    Known{1007, PSA_CATEGORY_PROGRAMMING, 0},          // database exists
    Known{1022, PSA_CATEGORY_INTEGRITY, 0},            // duplicate key
    Known{1040, PSA_CATEGORY_OPERATIONAL, retryable},  // too many connections
    Known{1044, PSA_CATEGORY_OPERATIONAL, 0},          // access denied to the database
    Known{1045, PSA_CATEGORY_OPERATIONAL, 0},          // access denied to the user
    Known{1046, PSA_CATEGORY_OPERATIONAL, 0},          // no database selected
    Known{1048, PSA_CATEGORY_INTEGRITY, 0},            // column cannot be null
    Known{1049, PSA_CATEGORY_OPERATIONAL, 0},          // unknown database
    Known{1050, PSA_CATEGORY_OPERATIONAL, 0},          // table exists
    Known{1051, PSA_CATEGORY_OPERATIONAL, 0},          // unknown table in DROP
    Known{1053, PSA_CATEGORY_OPERATIONAL, lost},       // server shutdown
    Known{1054, PSA_CATEGORY_OPERATIONAL, 0},          // unknown column
    Known{1062, PSA_CATEGORY_INTEGRITY, 0},            // duplicate entry
    Known{1064, PSA_CATEGORY_PROGRAMMING, 0},          // syntax
    Known{1065, PSA_CATEGORY_PROGRAMMING, 0},          // empty query
    Known{1079, PSA_CATEGORY_OPERATIONAL, lost},       // normal shutdown
    Known{1110, PSA_CATEGORY_PROGRAMMING, 0},          // column specified twice
    Known{1111, PSA_CATEGORY_PROGRAMMING, 0},          // invalid use of group function
    Known{1113, PSA_CATEGORY_PROGRAMMING, 0},          // no columns
    Known{1136, PSA_CATEGORY_PROGRAMMING, 0},          // column count
    Known{1142, PSA_CATEGORY_OPERATIONAL, 0},          // command denied
    Known{1146, PSA_CATEGORY_PROGRAMMING, 0},          // no such table
    Known{1152, PSA_CATEGORY_OPERATIONAL, lost},       // aborted connection
    Known{1153, PSA_CATEGORY_OPERATIONAL, lost},       // packet too large
    Known{1169, PSA_CATEGORY_INTEGRITY, 0},            // unique constraint
    Known{1171, PSA_CATEGORY_INTEGRITY, 0},            // primary key with NULL
    Known{1205, PSA_CATEGORY_OPERATIONAL, retryable},  // lock wait timeout
    Known{1213, PSA_CATEGORY_OPERATIONAL, retryable},  // deadlock
    Known{1216, PSA_CATEGORY_INTEGRITY, 0},            // foreign key, child
    Known{1217, PSA_CATEGORY_INTEGRITY, 0},            // foreign key, parent
    Known{1227, PSA_CATEGORY_OPERATIONAL, 0},          // privilege needed
    Known{1235, PSA_CATEGORY_NOT_SUPPORTED, 0},        // not supported yet
    Known{1264, PSA_CATEGORY_DATA, 0},                 // out of range
    Known{1265, PSA_CATEGORY_DATA, 0},                 // truncated
    Known{1317, PSA_CATEGORY_OPERATIONAL, 0},          // interrupted
    Known{1364, PSA_CATEGORY_INTEGRITY, 0},            // no default value
    Known{1365, PSA_CATEGORY_DATA, 0},                 // division by zero
    Known{1366, PSA_CATEGORY_DATA, 0},                 // incorrect value
    Known{1406, PSA_CATEGORY_DATA, 0},                 // too long
    Known{1451, PSA_CATEGORY_INTEGRITY, 0},            // foreign key, parent row
    Known{1452, PSA_CATEGORY_INTEGRITY, 0},            // foreign key, child row
    Known{1557, PSA_CATEGORY_INTEGRITY, 0},            // foreign key, duplicate
    Known{1690, PSA_CATEGORY_DATA, 0},                 // value out of range
    Known{1698, PSA_CATEGORY_OPERATIONAL, 0},          // access denied
    Known{1792, PSA_CATEGORY_OPERATIONAL, 0},          // read only transaction
    Known{1927, PSA_CATEGORY_OPERATIONAL, lost},       // connection was killed
    Known{1969, PSA_CATEGORY_OPERATIONAL, 0},          // max_statement_time
    Known{2002, PSA_CATEGORY_OPERATIONAL, lost},       // can't connect, socket
    Known{2003, PSA_CATEGORY_OPERATIONAL, lost},       // can't connect, host
    Known{2005, PSA_CATEGORY_OPERATIONAL, lost},       // unknown host
    Known{2006, PSA_CATEGORY_OPERATIONAL, lost},       // server has gone away
    Known{2012, PSA_CATEGORY_OPERATIONAL, lost},       // handshake
    Known{2013, PSA_CATEGORY_OPERATIONAL, lost},       // lost during query
    Known{2014, PSA_CATEGORY_PROGRAMMING, 0},          // commands out of sync
    Known{2020, PSA_CATEGORY_OPERATIONAL, lost},       // packet too large
    Known{2026, PSA_CATEGORY_OPERATIONAL, lost},       // TLS
    Known{2027, PSA_CATEGORY_OPERATIONAL, lost},       // malformed packet
    Known{2055, PSA_CATEGORY_OPERATIONAL, lost},       // lost, with the system's error
    Known{3024, PSA_CATEGORY_OPERATIONAL, 0},          // execution time exceeded
    Known{3819, PSA_CATEGORY_INTEGRITY, 0},            // CHECK, MySQL
    Known{4025, PSA_CATEGORY_INTEGRITY, 0},            // CHECK, MariaDB
    Known{5013, PSA_CATEGORY_OPERATIONAL, lost},       // reading failed
    Known{5014, PSA_CATEGORY_OPERATIONAL, lost},       // writing failed
    Known{5015, PSA_CATEGORY_OPERATIONAL, lost},       // a packet could not be decompressed
};

uint32_t category_of_sqlstate(std::string_view sqlstate) noexcept {
  const std::string_view family = sqlstate.substr(0, 2);
  if (family == "22") return PSA_CATEGORY_DATA;
  if (family == "23") return PSA_CATEGORY_INTEGRITY;
  if (family == "0A") return PSA_CATEGORY_NOT_SUPPORTED;
  if (family == "42" || family == "21" || family == "07") return PSA_CATEGORY_PROGRAMMING;
  return PSA_CATEGORY_OPERATIONAL;
}

const char* hint_for(unsigned number) {
  switch (number) {
    case 1045:
    case 1698:
      return "check the user name, the password, and from which hosts the user may connect";
    case 1049:
      return "check the database's name in the URL; CREATE DATABASE makes one";
    case 1153:
    case 2020:
      return "raise the server's max_allowed_packet, or send smaller values";
    case 1205:
      return "another transaction holds the lock: end it, or raise innodb_lock_wait_timeout";
    case 1213:
      return "run the transaction again";
    case 2002:
    case 2003:
      return "check host, port and socket, and that the server runs";
    case 2005:
      return "check the host's name";
    default:
      return "";
  }
}

}  // namespace

Classification classify(unsigned number, std::string_view sqlstate) noexcept {
  const auto found =
      std::lower_bound(known.begin(), known.end(), number,
                       [](const Known& entry, unsigned wanted) { return entry.number < wanted; });
  if (found != known.end() && found->number == number) return {found->category, found->flags};
  const bool serialization = sqlstate == "40001" || sqlstate == "40P01";
  return {category_of_sqlstate(sqlstate), serialization ? retryable : 0};
}

bool is_connection_lost(unsigned number) noexcept {
  return (classify(number, "").flags & PSA_ERROR_CONNECTION_LOST) != 0;
}

DriverError make_error(unsigned number, std::string_view sqlstate, std::string_view message) {
  const Classification kind = classify(number, sqlstate);
  DriverError error(number == 2008 ? PSA_OUT_OF_MEMORY : PSA_ERROR, kind.category, std::string(message));
  error.with_flags(kind.flags).with_vendor_code(number).with_hint(hint_for(number));
  error.sqlstate = sqlstate;
  const ErrorNames names = error_names(number, message);
  error.table = names.table;
  error.column = names.column;
  error.constraint = names.constraint;
  return error;
}

DriverError last_error(MYSQL* mysql) {
  return make_error(mysql_errno(mysql), mysql_sqlstate(mysql), mysql_error(mysql));
}

DriverError last_error(MYSQL_STMT* statement) {
  return make_error(mysql_stmt_errno(statement), mysql_stmt_sqlstate(statement), mysql_stmt_error(statement));
}

DriverError stop_error(const Waiter& waiter) {
  return Operation::error(
      waiter.stop() == Waiter::Stop::cancelled ? Operation::Stop::cancelled : Operation::Stop::deadline, "");
}

DriverError stopped_or(DriverError error, const Waiter& waiter) {
  const Waiter::Stop stop = waiter.stop();
  // 1939: the server was finding out about a SEQUENCE table when it was interrupted.
  const bool interrupted =
      error.vendor_code == 1317 || error.vendor_code == 1927 || error.vendor_code == 1939 || waiter.gave_up();
  if (stop == Waiter::Stop::no || !interrupted) return error;
  DriverError stopped = stop_error(waiter);
  stopped.with_flags(error.flags & PSA_ERROR_CONNECTION_LOST).with_vendor_code(error.vendor_code);
  stopped.sqlstate = error.sqlstate;
  return stopped;
}

DriverError connect_error(MYSQL* mysql, const Waiter& waiter) {
  return stopped_or(last_error(mysql), waiter);
}

}  // namespace psa::mysql
