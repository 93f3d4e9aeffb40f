// SPDX-License-Identifier: Apache-2.0
#include "opening.hpp"

#include <string>
#include <string_view>

#include "error.hpp"
#include "waiter.hpp"

namespace psa::mysql {
namespace {

void query(MYSQL* mysql, std::string_view sql, const Waiter& waiter) {
  if (mysql_real_query(mysql, sql.data(), sql.size()) != 0) throw connect_error(mysql, waiter);
  do {
    MYSQL_RES* rows = mysql_store_result(mysql);
    if (rows != nullptr) mysql_free_result(rows);
  } while (mysql_next_result(mysql) == 0);
  if (mysql_errno(mysql) != 0) throw connect_error(mysql, waiter);
}

std::string quoted_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted.append(c == '\'' ? 2 : 1, c);
  return quoted + "'";
}

}  // namespace

bool ask_ansi_quotes(MYSQL* mysql, const Waiter& waiter) {
  constexpr std::string_view sql = "SELECT FIND_IN_SET('ANSI_QUOTES', @@SESSION.sql_mode) <> 0";
  if (mysql_real_query(mysql, sql.data(), sql.size()) != 0) throw connect_error(mysql, waiter);
  MYSQL_RES* rows = mysql_store_result(mysql);
  if (rows == nullptr) throw connect_error(mysql, waiter);
  const MYSQL_ROW row = mysql_fetch_row(rows);
  const bool found = row != nullptr && row[0] != nullptr && row[0][0] == '1';
  mysql_free_result(rows);
  return found;
}

void Opening::set_session(const Settings& settings, const Waiter& waiter) {
  MYSQL* mysql = client.handle();
  // A server may be told to begin sessions otherwise.
  if ((mysql->server_status & SERVER_STATUS_AUTOCOMMIT) == 0) query(mysql, "SET autocommit = 1", waiter);
  if (settings.has_sql_mode) query(mysql, "SET SESSION sql_mode = " + quoted_text(settings.sql_mode), waiter);
  if (!settings.init_command.empty()) query(mysql, settings.init_command, waiter);
  if (settings.has_sql_mode || !settings.init_command.empty()) ansi_quotes = ask_ansi_quotes(mysql, waiter);
}

}  // namespace psa::mysql
