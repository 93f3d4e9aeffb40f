// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <array>
#include <string_view>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/options.hpp>
#include <psa/sdk/text.hpp>

namespace psa::mysql {
namespace {

constexpr std::array table = {
    option_info("unix_socket", PSA_TYPE_TEXT, "", "", "path of the server's socket, in place of a host"),
    option_info("charset", PSA_TYPE_TEXT, "utf8mb4", "utf8mb4|utf8|utf8mb3",
                "taken from SQLAlchemy's URLs; text is always UTF-8, in sessions of utf8mb4"),
    option_info("ssl_mode", PSA_TYPE_TEXT, "", "DISABLED|PREFERRED|REQUIRED|VERIFY_CA|VERIFY_IDENTITY",
                "whether to use TLS, and whether to look at the server's certificate; without it the "
                "client library decides"),
    option_info("ssl", PSA_TYPE_BOOL, "", "", "true: TLS is required; false: it is not used"),
    option_info("ssl_ca", PSA_TYPE_TEXT, "", "",
                "file of trusted certificates; the server's is then verified"),
    option_info("ssl_capath", PSA_TYPE_TEXT, "", "",
                "folder of trusted certificates; the server's is then verified"),
    option_info("ssl_cert", PSA_TYPE_TEXT, "", "", "file of the client's certificate"),
    option_info("ssl_key", PSA_TYPE_TEXT, "", "", "file of the client's key"),
    option_info("ssl_cipher", PSA_TYPE_TEXT, "", "", "ciphers allowed, separated by colons"),
    option_info("ssl_verify_cert", PSA_TYPE_BOOL, "", "", "verify the server's certificate and name"),
    option_info("ssl_verify_identity", PSA_TYPE_BOOL, "", "", "as ssl_verify_cert"),
    option_info("ssl_check_hostname", PSA_TYPE_BOOL, "", "",
                "as ssl_verify_cert; false only where nothing is verified"),
    option_info("connect_timeout", PSA_TYPE_INT64, "10", "", "seconds to wait for the server; 0 is for ever"),
    option_info("read_timeout", PSA_TYPE_INT64, "0", "", "seconds to wait for each answer; 0 is for ever"),
    option_info("write_timeout", PSA_TYPE_INT64, "0", "", "seconds to wait for each sending; 0 is for ever"),
    option_info("compress", PSA_TYPE_BOOL, "false", "", "compress what goes over the network"),
    option_info("local_infile", PSA_TYPE_BOOL, "false", "", "allow LOAD DATA LOCAL to read files"),
    option_info("multi_statements", PSA_TYPE_BOOL, "false", "",
                "allow several statements, separated by semicolons, in a text without parameters"),
    option_info("client_flag", PSA_TYPE_INT64, "", "",
                "bits of the protocol as mysqlclient takes them: 65536 is multi_statements"),
    option_info("init_command", PSA_TYPE_TEXT, "", "", "SQL to run when the connection is opened"),
    option_info("sql_mode", PSA_TYPE_TEXT, "", "", "the session's SQL mode; the server's if not given"),
    option_info("program_name", PSA_TYPE_TEXT, "", "", "name for the server's list of sessions"),
    option_info("read_default_file", PSA_TYPE_TEXT, "", "", "option file of the client library to read"),
    option_info("read_default_group", PSA_TYPE_TEXT, "", "", "group of the option file to read as well"),
    option_info("autocommit", PSA_TYPE_BOOL, "", "",
                "taken from mysqlclient's URLs; has no effect, transactions are begun explicitly"),
    option_info("use_unicode", PSA_TYPE_BOOL, "", "", "taken from mysqlclient's URLs; has no effect"),
    option_info("binary_prefix", PSA_TYPE_BOOL, "", "", "taken from PyMySQL's URLs; has no effect"),
};

constexpr int64_t longest_timeout = 1'000'000;  // seconds

std::string_view without_nul(std::string_view text, const char* what) {
  if (text.find('\0') != std::string_view::npos)
    throw invalid_argument(std::string(what) + " contains a NUL character");
  return text;
}

unsigned seconds(const Options& options, std::string_view name, int64_t default_value) {
  const int64_t value = options.integer(name).value_or(default_value);
  if (value < 0 || value > longest_timeout)
    throw invalid_argument("option '" + std::string(name) + "' must be 0 to 1000000 seconds");
  return static_cast<unsigned>(value);
}

bool wants_several(const Options& options) {
  constexpr int64_t found_rows = 2, several_statements = 65'536, several_results = 131'072;
  const int64_t flags = options.integer("client_flag").value_or(0);
  if ((flags & ~(found_rows | several_statements | several_results)) != 0)
    throw invalid_argument(
        "option 'client_flag' may hold 65536 (several statements), and 2 and 131072, which are always on")
        .with_hint("other bits have options of their own: compress, local_infile, ssl_mode");
  return (flags & several_statements) != 0;
}

void read_address(const psa_connection_args& args, Settings& settings) {
  if (args.address_count > 1)
    throw invalid_argument("MySQL's client takes one host, and several were given")
        .with_hint("name one host, or put a proxy in front of the servers");
  if (args.address_count == 0) return;
  settings.host = without_nul(view(args.addresses->host), "the host");
  settings.port = args.addresses->port;
}

void read_tls(const Options& options, Settings& settings) {
  const auto file = [&](std::string_view name) {
    return std::string(without_nul(options.text(name).value_or(""), "a TLS option"));
  };
  settings.ssl_ca = file("ssl_ca");
  settings.ssl_capath = file("ssl_capath");
  settings.ssl_cert = file("ssl_cert");
  settings.ssl_key = file("ssl_key");
  settings.ssl_cipher = file("ssl_cipher");
  const bool trusts = !settings.ssl_ca.empty() || !settings.ssl_capath.empty();
  const std::string_view mode = options.text("ssl_mode").value_or("");
  bool verifies = trusts || mode.starts_with("VERIFY");
  bool refused = false;
  for (const char* name : {"ssl_verify_cert", "ssl_verify_identity", "ssl_check_hostname"}) {
    const auto value = options.boolean(name);
    verifies = verifies || value.value_or(false);
    refused = refused || !value.value_or(true);
  }
  if (refused && verifies && options.boolean("ssl_verify_cert").value_or(true))
    throw invalid_argument("the client library verifies a certificate and its name, or neither")
        .with_hint("leave the option out, or turn ssl_verify_cert off as well");
  const auto asked = options.boolean("ssl");
  const bool wanted = verifies || !settings.ssl_cert.empty() || asked.value_or(false) || mode == "REQUIRED";
  const bool disabled = mode == "DISABLED" || (asked && !*asked);
  if (disabled && wanted)
    throw invalid_argument(mode == "DISABLED" ? "ssl_mode=DISABLED contradicts the other TLS options"
                                              : "ssl=false contradicts the other TLS options");
  using Tls = Settings::Tls;
  settings.tls = disabled               ? Tls::disabled
                 : verifies && !refused ? Tls::verified
                 : wanted               ? Tls::required
                 : mode == "PREFERRED"  ? Tls::preferred
                                        : Tls::library;
}

}  // namespace

std::span<const psa_option_info> known_options() noexcept { return table; }

Settings read_settings(const psa_connection_args& args) {
  const Options options(table, args);
  Settings settings;
  read_address(args, settings);
  settings.user = without_nul(view(args.username), "the user name");
  settings.has_password = has_value(args.password);
  settings.password = without_nul(view(args.password), "the password");
  settings.database = without_nul(view(args.database), "the database's name");
  if (const auto socket = options.text("unix_socket")) {
    if (!settings.host.empty() && settings.host != "localhost")
      throw invalid_argument("a host and the option unix_socket were both given")
          .with_hint("leave the host out: mysql://user@/database?unix_socket=/run/mysqld/mysqld.sock");
    settings.unix_socket = without_nul(*socket, "the socket's path");
  } else if (settings.host.empty() || (settings.host == "localhost" && settings.port != 0)) {
    // The library takes "localhost" for its default socket, where the URL's port would count for nothing.
    if (settings.port != 0) settings.host = "127.0.0.1";
  }
  read_tls(options, settings);
  settings.connect_timeout = seconds(options, "connect_timeout", 10);
  settings.read_timeout = seconds(options, "read_timeout", 0);
  settings.write_timeout = seconds(options, "write_timeout", 0);
  settings.compress = options.boolean("compress").value_or(false);
  settings.local_infile = options.boolean("local_infile").value_or(false);
  settings.multi_statements = options.boolean("multi_statements").value_or(false) || wants_several(options);
  settings.init_command = options.text("init_command").value_or("");
  settings.has_sql_mode = options.text("sql_mode").has_value();
  settings.sql_mode = options.text("sql_mode").value_or("");
  settings.application_name = options.text("program_name").value_or(view(args.application_name));
  settings.default_file = options.text("read_default_file").value_or("");
  settings.default_group = options.text("read_default_group").value_or("");
  return settings;
}

}  // namespace psa::mysql
