// SPDX-License-Identifier: Apache-2.0
#include "connection_string.hpp"

#include <algorithm>
#include <array>

#include <psa/sdk/driver_error.hpp>

namespace psa::odbc {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

bool holds(std::string_view text, std::string_view part) {
  return std::search(text.begin(), text.end(), part.begin(), part.end(),
                     [](char x, char y) { return lower(x) == lower(y); }) != text.end();
}

// Parts of the URL, and two that make ODBC read or write files.
constexpr std::array reserved = {"driver", "dsn", "filedsn", "savefile", "uid", "pwd"};

void refuse_nul(std::string_view value) {
  if (value.find('\0') != std::string_view::npos)
    throw invalid_argument("a value for the ODBC connection string contains a NUL character");
}

std::string in_braces(std::string_view value) {
  std::string out = "{";
  for (const char c : value) {
    out += c;
    if (c == '}') out += c;
  }
  return out + "}";
}

class Text {
 public:
  void add(std::string_view key, std::string_view value) { append(key, escaped_value(value)); }
  void add_secret(std::string_view key, std::string_view value) {
    if (!value.empty()) append(key, escaped_secret(value));
  }
  void add_if(std::string_view key, std::string_view value) {
    if (!value.empty()) add(key, value);
  }
  void add_keys(const Target& target) {
    for (const auto& [key, value] : target.keys) {
      check_key(key);
      for (const std::string& other : keys_)
        if (same(key, other))
          throw invalid_argument("'" + key + "' is given twice, or the URL has it already");
      add(key, value);
    }
  }
  std::string take() { return std::move(text_); }

 private:
  void append(std::string_view key, std::string_view escaped) {
    if (!text_.empty()) text_ += ';';
    text_.append(key).append(1, '=').append(escaped);
    keys_.emplace_back(key);
  }

  std::string text_;
  std::vector<std::string> keys_;
};

bool has_key(const Target& target, std::string_view wanted) {
  return std::any_of(target.keys.begin(), target.keys.end(),
                     [&](const auto& key) { return same(key.first, wanted); });
}

// Where a server is, in the driver's words.
void add_server(Text& text, const Target& target, std::string_view driver) {
  const std::string port = target.port == 0 ? "" : std::to_string(target.port);
  if (target.dialect == "oracle" && !has_key(target, "DBQ")) {
    // Oracle's own words: "//host:port/service", or a name of tnsnames.ora alone.
    std::string place = target.host.empty() ? "" : "//" + target.host;
    if (!place.empty() && !port.empty()) place += ":" + port;
    if (!target.database.empty()) place += (place.empty() ? "" : "/") + target.database;
    return text.add_if("DBQ", place);
  }
  if (target.dialect == "mssql" && !holds(driver, "tds") && !port.empty()) {
    text.add("Server", target.host + "," + port);  // Microsoft's has no key for the port
  } else {
    text.add_if("Server", target.host);
    text.add_if("Port", port);
  }
  text.add_if("Database", target.database);
}

}  // namespace

std::string escaped_value(std::string_view value) {
  refuse_nul(value);
  const bool plain = value.find_first_of(";{}=") == std::string_view::npos &&
                     (value.empty() || (value.front() != ' ' && value.back() != ' '));
  return plain ? std::string(value) : in_braces(value);
}

std::string escaped_secret(std::string_view value) {
  refuse_nul(value);
  const bool plain = std::all_of(value.begin(), value.end(), [](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
  });
  return plain ? std::string(value) : in_braces(value);
}

void check_key(std::string_view key) {
  const auto is_word = [](char c) {
    return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ' ';
  };
  const bool good = !key.empty() && key.front() != ' ' && key.back() != ' ' && key.size() <= 100 &&
                    std::all_of(key.begin(), key.end(), is_word);
  if (!good)
    throw invalid_argument("an option's name cannot be a keyword of an ODBC connection string")
        .with_hint("keywords are letters, digits, '_', '-' and blanks");
  for (const std::string_view word : reserved)
    if (same(key, word))
      throw invalid_argument("the keyword '" + std::string(key) + "' cannot be given as an option")
          .with_hint(
              "user, password, driver and dsn have places of their own in the URL; a string that holds "
              "all is given as odbc_connect");
}

std::string connection_string(const Target& target, std::string_view driver) {
  Text text;
  if (!target.whole.empty()) {
    refuse_nul(target.whole);
    return target.whole;
  }
  if (!target.dsn.empty()) {
    text.add("DSN", target.dsn);
    text.add_if("Database", target.database);
  } else {
    text.add("Driver", driver);
    add_server(text, target, driver);
  }
  text.add_secret("UID", target.user);
  text.add_secret("PWD", target.password);
  const bool is_microsoft = target.dialect == "mssql" && target.dsn.empty() && !holds(driver, "tds");
  if (is_microsoft && target.user.empty() && !has_key(target, "Authentication") &&
      !has_key(target, "Trusted_Connection"))
    text.add("Trusted_Connection", "Yes");
  text.add_keys(target);
  // A matching row counts as affected, as everywhere: FLAG_FOUND_ROWS of MySQL's and MariaDB's driver.
  const bool is_mysql = target.dialect == "mysql" || holds(driver, "maria") || holds(driver, "mysql") ||
                        holds(driver, "maodbc") || holds(driver, "myodbc");
  if (is_mysql && target.dsn.empty() && !has_key(target, "OPTION")) text.add("OPTION", "2");
  return text.take();
}

std::vector<std::string_view> well_known_drivers(std::string_view dialect) {
  if (dialect == "mssql")
    return {"ODBC Driver 18 for SQL Server", "ODBC Driver 17 for SQL Server", "ODBC Driver 13 for SQL Server",
            "SQL Server Native Client 11.0", "FreeTDS"};
  if (dialect == "mysql")
    return {"MariaDB Unicode",
            "MariaDB ODBC 3.2 Driver",
            "MariaDB ODBC 3.1 Driver",
            "MariaDB",
            "MySQL ODBC 9 Unicode Driver",
            "MySQL ODBC 8.0 Unicode Driver",
            "MySQL ODBC 8.0 Driver",
            "MySQL"};
  if (dialect == "oracle")
    return {"Oracle 23 ODBC driver", "Oracle 21 ODBC driver", "Oracle 19 ODBC driver",
            "Oracle 12c ODBC driver", "Oracle"};
  return {};
}

std::string_view install_hint(std::string_view dialect) {
  if (dialect == "mssql")
    return "install Microsoft's msodbcsql18, or FreeTDS: apt install tdsodbc; or name a driver: "
           "?driver=ODBC+Driver+18+for+SQL+Server";
  if (dialect == "mysql") return "apt install odbc-mariadb, or name a driver: ?driver=MariaDB+Unicode";
  if (dialect == "oracle")
    return "install Oracle's Instant Client with its ODBC package, and register it in odbcinst.ini; or name "
           "a "
           "driver: ?driver=Oracle+21+ODBC+driver";
  return "name one: odbc://user:password@DSN, or odbc://user:password@host/database?driver=NAME";
}

}  // namespace psa::odbc
