// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include <mysql.h>

#include "options.hpp"

namespace psa::mysql {

/// What MariaDB Connector/C and Oracle's libmysqlclient do not share. Where the library lacks a thing, its
/// function says so, and the driver does without: no deadlines and no non-blocking calls without the hook.

/// my_bool, or bool since Oracle dropped that.
using ClientFlag = std::remove_pointer_t<decltype(MYSQL_BIND::is_null)>;

/// The library's name and version: "MariaDB Connector/C 3.3.17".
std::string client_library();

/// The session's socket, negative where there is none.
int socket_of(MYSQL* mysql) noexcept;

/// The columns of the result that a statement has; valid while this lives, and until the statement runs
/// again.
class ResultFields {
 public:
  /// @throws DriverError  the library's error
  explicit ResultFields(MYSQL_STMT* statement);
  ResultFields(const ResultFields&) = delete;
  ResultFields& operator=(const ResultFields&) = delete;
  ~ResultFields();
  std::span<const MYSQL_FIELD> get() const noexcept { return fields_; }

 private:
  MYSQL_RES* owner_ = nullptr;
  std::span<const MYSQL_FIELD> fields_;
};

/// Whether another result of the statement follows.
bool has_more_results(MYSQL_STMT* statement) noexcept;

/// The library calls `wait` in place of poll. False: it can't.
bool install_wait_hook(MYSQL* mysql, int (*wait)(int socket, char is_read, int timeout));
/// Whether the library has the hook at all.
bool has_wait_hook() noexcept;
/// Whether `timeout`, as the hook got it, is that of a write: over TLS the library mistakes one for the
/// other.
bool is_write_timeout(int timeout) noexcept;

void set_tls(MYSQL* mysql, Settings::Tls tls);
/// Whether a connection made so may turn out to use TLS.
bool may_use_tls(const Settings& settings) noexcept;

/// Whether server and library can bind arrays of parameters.
bool can_bind_arrays(MYSQL* mysql);
/// Whether a statement can be parsed and run in one round trip.
bool can_prepare_and_run(MYSQL* mysql);
/// Does so. False: the statement's error tells why; it is not prepared.
bool prepare_and_run(MYSQL_STMT* statement, std::string_view sql);
/// The next execution takes `rows` rows; 0 is one row, bound as usual.
bool set_array_size(MYSQL_STMT* statement, unsigned rows);
/// NULL markers of a bound column, one for each row; `marks` as null_mark() says.
void set_null_marks(MYSQL_BIND& bind, char* marks);
char null_mark(bool is_null) noexcept;

/// Warnings of the statement's last run, whose rows have just ended if it had any; 0 where the library does
/// not tell.
unsigned warning_count(MYSQL_STMT* statement) noexcept;

/// Whether bytes are there that can be read without waiting; a library that does not tell says yes.
bool has_buffered_data(MYSQL* mysql) noexcept;

/// Whether the server has a column type for UUIDs.
bool has_uuid(MYSQL* mysql) noexcept;

/// What the server calls the type of a column whose wire type hides it: "json", "uuid", "inet6", "point".
std::string_view extended_type_name(const MYSQL_FIELD& field);

}  // namespace psa::mysql
