// SPDX-License-Identifier: Apache-2.0
#include "client_extras.hpp"

#include "error.hpp"

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

std::string client_library() { return std::string("MariaDB Connector/C ") + mysql_get_client_info(); }

int socket_of(MYSQL* mysql) noexcept { return static_cast<int>(mysql_get_socket(mysql)); }

ResultFields::ResultFields(MYSQL_STMT* statement) {
  const MYSQL_FIELD* const fields = mariadb_stmt_fetch_fields(statement);
  if (fields == nullptr) throw last_error(statement);
  fields_ = {fields, mysql_stmt_field_count(statement)};
}

ResultFields::~ResultFields() = default;

bool has_more_results(MYSQL_STMT* statement) noexcept { return mysql_stmt_more_results(statement) != 0; }

bool has_wait_hook() noexcept { return true; }

bool install_wait_hook(MYSQL* mysql, int (*wait)(int, char, int)) {
  mysql_options(mysql, MYSQL_OPT_WRITE_TIMEOUT, &write_mark);
  return mysql_options(mysql, MARIADB_OPT_IO_WAIT, reinterpret_cast<const void*>(wait)) == 0;
}

bool is_write_timeout(int timeout) noexcept {
  return timeout == static_cast<int>(write_mark) || timeout == static_cast<int>(write_mark * 1000);
}

void set_tls(MYSQL* mysql, Settings::Tls tls) {
  if (tls == Settings::Tls::library) return;
  const my_bool use = tls != Settings::Tls::disabled;
  const my_bool verify = tls == Settings::Tls::verified;
  mysql_options(mysql, MYSQL_OPT_SSL_ENFORCE, &use);
  mysql_options(mysql, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verify);
}

bool may_use_tls(const Settings& settings) noexcept {
  constexpr bool by_itself = MARIADB_PACKAGE_VERSION_ID >= 30'400;
  const bool has_option_file = !settings.default_file.empty() || !settings.default_group.empty();
  return has_option_file || settings.tls > Settings::Tls::disabled ||
         (by_itself && settings.tls == Settings::Tls::library);
}

bool can_bind_arrays(MYSQL* mysql) {
  unsigned long capabilities = 0;  // bits 32 to 63 of the server's
  if (mariadb_get_infov(mysql, MARIADB_CONNECTION_EXTENDED_SERVER_CAPABILITIES, &capabilities) != 0)
    return false;
  return (capabilities & static_cast<unsigned>(MARIADB_CLIENT_STMT_BULK_OPERATIONS >> 32)) != 0;
}

// The library falls back to two trips where packets are compressed, and tells nobody.
bool can_prepare_and_run(MYSQL* mysql) { return can_bind_arrays(mysql) && mysql->net.compress == 0; }

bool prepare_and_run(MYSQL_STMT* statement, std::string_view sql) {
  return mariadb_stmt_execute_direct(statement, sql.data(), sql.size()) == 0;
}

bool set_array_size(MYSQL_STMT* statement, unsigned rows) {
  return mysql_stmt_attr_set(statement, STMT_ATTR_ARRAY_SIZE, &rows) == 0;
}

void set_null_marks(MYSQL_BIND& bind, char* marks) { bind.u.indicator = marks; }

char null_mark(bool is_null) noexcept {
  return static_cast<char>(is_null ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE);
}

unsigned warning_count(MYSQL_STMT* statement) noexcept {
  constexpr unsigned char end_of_rows = 254;
  if (mysql_stmt_field_count(statement) == 0) return statement->upsert_status.warning_count;
  // The library leaves unread what the packet behind the last row says: two bytes of warnings, then a state.
  const unsigned char* packet = statement->mysql->net.read_pos;
  return packet != nullptr && packet[0] == end_of_rows ? packet[1] | packet[2] << 8 : 0U;
}

bool has_buffered_data(MYSQL* mysql) noexcept {
  const MARIADB_PVIO* stream = mysql->net.pvio;
  if (stream == nullptr) return true;
  if (stream->cache != nullptr && stream->cache + stream->cache_size > stream->cache_pos) return true;
  int bytes = 0;
  return ioctl(socket_of(mysql), FIONREAD, &bytes) != 0 || bytes > 0;
}

bool has_uuid(MYSQL* mysql) noexcept {
  return mariadb_connection(mysql) != 0 && mysql_get_server_version(mysql) >= 100'700;
}

std::string_view extended_type_name(const MYSQL_FIELD& field) {
  MARIADB_CONST_STRING name{nullptr, 0};
  for (const auto attribute : {MARIADB_FIELD_ATTR_DATA_TYPE_NAME, MARIADB_FIELD_ATTR_FORMAT_NAME}) {
    if (mariadb_field_attr(&name, &field, attribute) == 0 && name.length != 0) return {name.str, name.length};
  }
  return {};
}

#else

std::string client_library() { return std::string("libmysqlclient ") + mysql_get_client_info(); }
int socket_of(MYSQL* mysql) noexcept { return static_cast<int>(mysql->net.fd); }
ResultFields::ResultFields(MYSQL_STMT* statement) : owner_(mysql_stmt_result_metadata(statement)) {
  if (owner_ == nullptr) throw last_error(statement);
  fields_ = {mysql_fetch_fields(owner_), mysql_num_fields(owner_)};
}

ResultFields::~ResultFields() { mysql_free_result(owner_); }

bool has_more_results(MYSQL_STMT* statement) noexcept { return mysql_more_results(statement->mysql); }

bool has_wait_hook() noexcept { return false; }
bool install_wait_hook(MYSQL*, int (*)(int, char, int)) { return false; }
bool is_write_timeout(int) noexcept { return false; }

void set_tls(MYSQL* mysql, Settings::Tls tls) {
  if (tls == Settings::Tls::library) return;
  const unsigned mode = tls == Settings::Tls::disabled    ? SSL_MODE_DISABLED
                        : tls == Settings::Tls::preferred ? SSL_MODE_PREFERRED
                        : tls == Settings::Tls::required  ? SSL_MODE_REQUIRED
                                                          : SSL_MODE_VERIFY_IDENTITY;
  mysql_options(mysql, MYSQL_OPT_SSL_MODE, &mode);
}

bool may_use_tls(const Settings&) noexcept { return true; }
bool can_bind_arrays(MYSQL*) { return false; }
bool can_prepare_and_run(MYSQL*) { return false; }
bool prepare_and_run(MYSQL_STMT*, std::string_view) { return false; }
bool set_array_size(MYSQL_STMT*, unsigned) { return false; }
void set_null_marks(MYSQL_BIND&, char*) {}
char null_mark(bool is_null) noexcept { return is_null ? 1 : 0; }
unsigned warning_count(MYSQL_STMT*) noexcept { return 0; }
bool has_buffered_data(MYSQL*) noexcept { return true; }
bool has_uuid(MYSQL*) noexcept { return false; }
std::string_view extended_type_name(const MYSQL_FIELD&) { return {}; }

#endif

}  // namespace psa::mysql
