// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <array>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/options.hpp>
#include <psa/sdk/text.hpp>

namespace psa::odbc {
namespace {

constexpr std::array table = {
    option_info("driver", PSA_TYPE_TEXT, "", "",
                "the ODBC driver: a name that odbcinst -q -d lists, or the path of its library"),
    option_info("dsn", PSA_TYPE_TEXT, "", "", "a data source of odbc.ini, in place of host and driver"),
    option_info("odbc_connect", PSA_TYPE_TEXT, "", "",
                "the whole connection string, which goes to the driver as it is", PSA_OPTION_SECRET),
    option_info("connect_timeout", PSA_TYPE_INT64, "", "",
                "seconds that connecting may take; the driver's own"),
    option_info("timeout", PSA_TYPE_INT64, "", "", "as connect_timeout, in pyodbc's words"),
    option_info("multi_statements", PSA_TYPE_BOOL, "false", "",
                "several statements in a text, where the ODBC driver would split it (PostgreSQL)"),
    option_info("autocommit", PSA_TYPE_BOOL, "", "", "known from pyodbc; has no effect"),
    option_info("ansi", PSA_TYPE_BOOL, "", "", "known from pyodbc; has no effect"),
    option_info("unicode_results", PSA_TYPE_BOOL, "", "", "known from pyodbc; has no effect"),
    option_info("*", PSA_TYPE_TEXT, "", "", "keywords of the ODBC driver, which go to it as they are",
                PSA_OPTION_ANY),
};

void read_place(const psa_connection_args& args, Target& target) {
  if (args.address_count > 1) throw invalid_argument("ODBC connects to one host, and the URL names several");
  if (args.address_count == 1) {
    target.host = view(args.addresses[0].host);
    target.port = args.addresses[0].port;
  }
  target.user = view(args.username);
  target.password = view(args.password);
  target.database = view(args.database);
}

// pyodbc's rule in SQLAlchemy: a host without a database, where no driver is named, is a data source.
void choose_form(Target& target) {
  if (!target.whole.empty()) {
    if (!target.host.empty() || !target.dsn.empty() || !target.driver.empty() || !target.database.empty() ||
        !target.user.empty() || !target.password.empty() || !target.keys.empty())
      throw invalid_argument(
          "odbc_connect is a whole connection string, and the URL holds other parts as well")
          .with_hint("write them into the string: mssql+pyodbc:///?odbc_connect=...");
    return;
  }
  if (!target.dsn.empty()) {
    if (!target.driver.empty()) throw invalid_argument("a URL names a driver or a dsn, not both");
    if (!target.host.empty()) throw invalid_argument("a data source has its own host, and the URL names one");
  } else if (target.driver.empty() && !target.host.empty() && target.port == 0 && target.database.empty()) {
    target.dsn = std::exchange(target.host, {});
  }
}

}  // namespace

std::span<const psa_option_info> known_options() noexcept { return table; }

Settings read_settings(const psa_connection_args& args) {
  if ((args.flags & PSA_CONNECTION_NONBLOCKING) != 0)
    throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_NOT_SUPPORTED, "ODBC connections are not non-blocking");
  const Options options(table, args);
  Settings settings;
  Target& target = settings.target;
  const std::string_view name = view(args.driver_name);
  target.dialect = name.substr(0, name.find('+'));
  read_place(args, target);
  target.whole = options.text("odbc_connect").value_or("");
  target.dsn = options.text("dsn").value_or("");
  target.driver = options.text("driver").value_or("");
  target.keys = options.others();
  for (const auto& [key, value] : target.keys) check_key(key);
  choose_form(target);
  settings.login_timeout =
      options.integer("connect_timeout").value_or(options.integer("timeout").value_or(0));
  if (settings.login_timeout < 0)
    throw invalid_argument("option 'connect_timeout' must be 0 or more seconds");
  settings.multi_statements = options.boolean("multi_statements").value_or(false);
  return settings;
}

}  // namespace psa::odbc
