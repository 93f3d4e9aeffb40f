// SPDX-License-Identifier: Apache-2.0
#include "client_extras.hpp"

#ifdef PSA_MYSQL_IS_MARIADB
#include <ma_pvio.h>
#include <mariadb_com.h>
#include <sys/ioctl.h>
#endif

namespace psa::mysql {

#ifdef PSA_MYSQL_IS_MARIADB

namespace {

// Seconds that nobody sets; the plain socket hands the hook milliseconds, TLS hands it seconds.
constexpr unsigned write_mark = 1'000'003;

}  // namespace

bool has_wait_hook() noexcept { return true; }

bool install_wait_hook(MYSQL* mysql, int (*wait)(int, char, int)) {
  mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &write_mark);
  return mysql_options(mysql, MARIADB_OPT_IO_WAIT, reinterpret_cast<const void*>(wait)) == 0;
}

bool is_write_timeout(int timeout) noexcept {
  return timeout == static_cast<int>(write_mark) || timeout == static_cast<int>(write_mark * 1000);
}

void set_tls(MYSQL* mysql, bool required, bool verify) {
  const my_bool enforce = required;
  const my_bool check = verify;
  mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &enforce);
  mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &check);
}

bool can_bind_arrays(MYSQL* mysql) {
  unsigned int capabilities = 0;  // bits 32 to 63 of the server's
  if (mariadb_get_infov(mysql, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &capabilities) != 0)
    return false;
  return (capabilities & static_cast<unsigned>(MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)) != 0;
}

bool set_array_size(MYSQL_STMT* statement, unsigned rows) {
  return mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &rows) == 0;
}

void set_null_marks(MYSQL_BIND& bind, char* marks) { bind.u.indicator = marks; }

char null_mark(bool is_null) noexcept {
  return static_cast<char>(is_null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE);
}

bool has_buffered_data(MYSQL* mysql) noexcept {
  const MARIADB_PVIO* stream = mysql->net.pvio;
  if (stream == nullptr) return true;
  if (stream->cache != nullptr && stream->cache + stream->cache_size > stream->cache_pos) return true;
  int bytes = 0;
  return ioctl(static_cast<int>(mysql_get_socket(mysql)), FIONREAD, &bytes) != 0 || bytes > 0;
}

std::string_view extended_type_name(const MYSQL_FIELD& field) {
  MARIADB_CONST_STRING name{nullptr, 0};
  for (const auto attribute : {MARIADB_FIELD_ATTR_DATA_TYPE_NAME, MARIADB_FIELD_ATTR_FORMAT_NAME}) {
    if (mariadb_field_attr(&name, &field, attribute) == 0 && name.length != 0) return {name.str, name.length};
  }
  return {};
}

#else

bool has_wait_hook() noexcept { return false; }
bool install_wait_hook(MYSQL*, int (*)(int, char, int)) { return false; }
bool is_write_timeout(int) noexcept { return false; }

void set_tls(MYSQL* mysql, bool required, bool verify) {
  const unsigned mode = verify ? SSL_MODE_VERIFY_IDENTITY : required ? SSL_MODE_REQUIRED : SSL_MODE_PREFERRED;
  mysql_options(mysql, MYSQL_OPT_SSL_MODE, &mode);
}

bool can_bind_arrays(MYSQL*) { return false; }
bool set_array_size(MYSQL_STMT*, unsigned) { return false; }
void set_null_marks(MYSQL_BIND&, char*) {}
char null_mark(bool is_null) noexcept { return is_null ? 1 : 0; }
bool has_buffered_data(MYSQL*) noexcept { return true; }
std::string_view extended_type_name(const MYSQL_FIELD&) { return {}; }

#endif

}  // namespace psa::mysql
