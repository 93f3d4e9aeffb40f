// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <sql.h>

#include <psa/sdk/driver_error.hpp>

#include "dbms.hpp"

namespace psa::odbc {

/// One of the records that ODBC keeps about a handle's last call.
struct Diagnostic {
  std::string sqlstate;
  int64_t native = 0;
  std::string message;
};

/// All records of `handle`, at most a hundred. Asks nobody.
std::vector<Diagnostic> diagnostics(SQLSMALLINT type, SQLHANDLE handle);

/// What an SQLSTATE means to the host, and a native code where that says more.
struct Classification {
  int32_t status;
  uint32_t category;
  uint32_t flags;
};
Classification classify(std::string_view sqlstate, int64_t native, DbmsKind dbms) noexcept;

/// A message without the "[vendor][component]" in front, and what it puts behind itself.
std::string_view plain_message(std::string_view message) noexcept;

/// The error that the records tell: the first is it, the others become its detail.
DriverError make_error(const std::vector<Diagnostic>& records, DbmsKind dbms);

/// Whether the error is what a cancelled statement ends with, and not one of its own.
bool may_come_of_cancel(const DriverError& error) noexcept;

/// Whether a prepared statement has to be prepared anew because a table was altered. @param reads  it
/// changes nothing, so that it may run again whatever it did
bool is_stale_plan(const DriverError& error, DbmsKind dbms, bool reads) noexcept;

}  // namespace psa::odbc
