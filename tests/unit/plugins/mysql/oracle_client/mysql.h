// SPDX-License-Identifier: Apache-2.0
//
// Stands in for the header of Oracle's libmysqlclient 8.0 to 9.x when the plugin's sources are compiled to
// see that they use nothing else: the types and functions that the plugin may use, in our words, and the
// members of structs that are public there. No library is behind it. What MariaDB Connector/C alone has is
// missing on purpose: my_bool, mysql_get_socket, mysql_stmt_more_results, MYSQL_OPT_SSL_ENFORCE,
// STMT_ATTR_ARRAY_SIZE and all mariadb_*.
#pragma once

#include <cstdint>

extern "C" {

enum enum_field_types {
  MYSQL_TYPE_DECIMAL,
  MYSQL_TYPE_TINY,
  MYSQL_TYPE_SHORT,
  MYSQL_TYPE_LONG,
  MYSQL_TYPE_FLOAT,
  MYSQL_TYPE_DOUBLE,
  MYSQL_TYPE_NULL,
  MYSQL_TYPE_TIMESTAMP,
  MYSQL_TYPE_LONGLONG,
  MYSQL_TYPE_INT24,
  MYSQL_TYPE_DATE,
  MYSQL_TYPE_TIME,
  MYSQL_TYPE_DATETIME,
  MYSQL_TYPE_YEAR,
  MYSQL_TYPE_NEWDATE,
  MYSQL_TYPE_VARCHAR,
  MYSQL_TYPE_BIT,
  MYSQL_TYPE_INVALID = 243,
  MYSQL_TYPE_BOOL = 244,
  MYSQL_TYPE_JSON = 245,
  MYSQL_TYPE_NEWDECIMAL = 246,
  MYSQL_TYPE_ENUM = 247,
  MYSQL_TYPE_SET = 248,
  MYSQL_TYPE_TINY_BLOB = 249,
  MYSQL_TYPE_MEDIUM_BLOB = 250,
  MYSQL_TYPE_LONG_BLOB = 251,
  MYSQL_TYPE_BLOB = 252,
  MYSQL_TYPE_VAR_STRING = 253,
  MYSQL_TYPE_STRING = 254,
  MYSQL_TYPE_GEOMETRY = 255
};

enum enum_mysql_timestamp_type {
  MYSQL_TIMESTAMP_NONE = -2,
  MYSQL_TIMESTAMP_ERROR = -1,
  MYSQL_TIMESTAMP_DATE = 0,
  MYSQL_TIMESTAMP_DATETIME = 1,
  MYSQL_TIMESTAMP_TIME = 2
};

// Numbers are the protocol's.
enum : unsigned long {
  CLIENT_FOUND_ROWS = 1UL << 1,
  CLIENT_SSL = 1UL << 11,
  CLIENT_MULTI_STATEMENTS = 1UL << 16,
  CLIENT_MULTI_RESULTS = 1UL << 17,
};
enum : unsigned {
  UNSIGNED_FLAG = 1U << 5,
  ENUM_FLAG = 1U << 8,
  SET_FLAG = 1U << 11,
  SERVER_STATUS_IN_TRANS = 1U << 0,
  SERVER_STATUS_AUTOCOMMIT = 1U << 1,
  SERVER_STATUS_NO_BACKSLASH_ESCAPES = 1U << 9,
};

enum mysql_option {
  MYSQL_OPT_CONNECT_TIMEOUT,
  MYSQL_OPT_COMPRESS,
  MYSQL_READ_DEFAULT_FILE,
  MYSQL_READ_DEFAULT_GROUP,
  MYSQL_SET_CHARSET_NAME,
  MYSQL_OPT_LOCAL_INFILE,
  MYSQL_OPT_READ_TIMEOUT,
  MYSQL_OPT_WRITE_TIMEOUT,
  MYSQL_OPT_SSL_KEY,
  MYSQL_OPT_SSL_CERT,
  MYSQL_OPT_SSL_CA,
  MYSQL_OPT_SSL_CAPATH,
  MYSQL_OPT_SSL_CIPHER,
  MYSQL_OPT_CONNECT_ATTR_ADD,
  MYSQL_OPT_SSL_MODE
};
enum mysql_ssl_mode {
  SSL_MODE_DISABLED = 1,
  SSL_MODE_PREFERRED,
  SSL_MODE_REQUIRED,
  SSL_MODE_VERIFY_CA,
  SSL_MODE_VERIFY_IDENTITY
};
enum enum_mysql_set_option { MYSQL_OPTION_MULTI_STATEMENTS_ON, MYSQL_OPTION_MULTI_STATEMENTS_OFF };
enum enum_stmt_attr_type { STMT_ATTR_UPDATE_MAX_LENGTH, STMT_ATTR_CURSOR_TYPE, STMT_ATTR_PREFETCH_ROWS };

constexpr int MYSQL_NO_DATA = 100;
constexpr int MYSQL_DATA_TRUNCATED = 101;

struct NET {
  int fd;
};
struct MYSQL {
  NET net;
  unsigned server_status;
};
struct MYSQL_STMT {
  MYSQL* mysql;
};
struct MYSQL_RES;
using MYSQL_ROW = char**;

struct MYSQL_FIELD {
  char* name;
  unsigned long length;
  unsigned name_length;
  unsigned flags;
  unsigned decimals;
  unsigned charsetnr;
  enum_field_types type;
};
struct MYSQL_TIME {
  unsigned year, month, day, hour, minute, second;
  unsigned long second_part;
  bool neg;
  enum_mysql_timestamp_type time_type;
  int time_zone_displacement;
};
struct MYSQL_BIND {
  unsigned long* length;
  bool* is_null;
  void* buffer;
  bool* error;
  unsigned long buffer_length;
  enum_field_types buffer_type;
  bool is_unsigned;
};

#define mysql_library_init mysql_server_init
int mysql_server_init(int argc, char** argv, char** groups);
const char* mysql_get_client_info();

MYSQL* mysql_init(MYSQL* session);
int mysql_options(MYSQL* session, mysql_option option, const void* value);
int mysql_options4(MYSQL* session, mysql_option option, const void* key, const void* value);
MYSQL* mysql_real_connect(MYSQL* session, const char* host, const char* user, const char* password,
                          const char* database, unsigned port, const char* unix_socket, unsigned long flags);
void mysql_close(MYSQL* session);
int mysql_ping(MYSQL* session);
int mysql_set_server_option(MYSQL* session, enum_mysql_set_option option);
const char* mysql_get_ssl_cipher(MYSQL* session);
unsigned long mysql_get_server_version(MYSQL* session);
unsigned long mysql_thread_id(MYSQL* session);

int mysql_real_query(MYSQL* session, const char* sql, unsigned long size);
unsigned long mysql_real_escape_string(MYSQL* session, char* to, const char* from, unsigned long size);
MYSQL_RES* mysql_store_result(MYSQL* session);
MYSQL_RES* mysql_use_result(MYSQL* session);
void mysql_free_result(MYSQL_RES* result);
bool mysql_more_results(MYSQL* session);
int mysql_next_result(MYSQL* session);
MYSQL_ROW mysql_fetch_row(MYSQL_RES* result);
unsigned long* mysql_fetch_lengths(MYSQL_RES* result);
MYSQL_FIELD* mysql_fetch_fields(MYSQL_RES* result);
unsigned mysql_num_fields(MYSQL_RES* result);
unsigned mysql_field_count(MYSQL* session);
std::uint64_t mysql_affected_rows(MYSQL* session);
std::uint64_t mysql_insert_id(MYSQL* session);
unsigned mysql_warning_count(MYSQL* session);
unsigned mysql_errno(MYSQL* session);
const char* mysql_error(MYSQL* session);
const char* mysql_sqlstate(MYSQL* session);

MYSQL_STMT* mysql_stmt_init(MYSQL* session);
bool mysql_stmt_close(MYSQL_STMT* statement);
int mysql_stmt_prepare(MYSQL_STMT* statement, const char* sql, unsigned long size);
unsigned long mysql_stmt_param_count(MYSQL_STMT* statement);
bool mysql_stmt_attr_set(MYSQL_STMT* statement, enum_stmt_attr_type attribute, const void* value);
bool mysql_stmt_bind_param(MYSQL_STMT* statement, MYSQL_BIND* columns);
bool mysql_stmt_bind_result(MYSQL_STMT* statement, MYSQL_BIND* columns);
int mysql_stmt_execute(MYSQL_STMT* statement);
int mysql_stmt_fetch(MYSQL_STMT* statement);
int mysql_stmt_fetch_column(MYSQL_STMT* statement, MYSQL_BIND* to, unsigned column, unsigned long offset);
int mysql_stmt_store_result(MYSQL_STMT* statement);
bool mysql_stmt_free_result(MYSQL_STMT* statement);
int mysql_stmt_next_result(MYSQL_STMT* statement);
MYSQL_RES* mysql_stmt_result_metadata(MYSQL_STMT* statement);
unsigned mysql_stmt_field_count(MYSQL_STMT* statement);
std::uint64_t mysql_stmt_num_rows(MYSQL_STMT* statement);
std::uint64_t mysql_stmt_affected_rows(MYSQL_STMT* statement);
std::uint64_t mysql_stmt_insert_id(MYSQL_STMT* statement);
unsigned mysql_stmt_errno(MYSQL_STMT* statement);
const char* mysql_stmt_error(MYSQL_STMT* statement);
const char* mysql_stmt_sqlstate(MYSQL_STMT* statement);
}
