// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>

#include <mysql.h>

#include <psa/sdk/driver_error.hpp>

namespace psa::mysql {

class Waiter;

/// What one of the server's or the client library's error numbers means to the host.
struct Classification {
  uint32_t category;
  uint32_t flags;
};

/// Python's classes for MySQL's numbers, and by SQLSTATE where the number is not known.
Classification classify(unsigned number, std::string_view sqlstate) noexcept;

/// Whether the session is gone with this error.
bool is_connection_lost(unsigned number) noexcept;

DriverError make_error(unsigned number, std::string_view sqlstate, std::string_view message);

/// The error that the last call of the library ended with.
DriverError last_error(MYSQL* mysql);
DriverError last_error(MYSQL_STMT* statement);

/// As last_error, for a connection that could not be made; knows of deadline and cancel.
DriverError connect_error(MYSQL* mysql, const Waiter& waiter);

/// Why an operation ended that had to stop.
DriverError stop_error(const Waiter& waiter);

/// What has to be told in place of `error`, where the operation was cancelled or ran out of time.
DriverError stopped_or(DriverError error, const Waiter& waiter);

}  // namespace psa::mysql
