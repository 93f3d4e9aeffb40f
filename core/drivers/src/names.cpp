#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/drivers/names.hpp>

namespace prefect_sqlalchemy {
namespace {

constexpr std::size_t name_size_limit = 100;

constexpr KnownDriver sync(SyncDriver driver, std::string_view name, std::string_view plugin) {
  return {name, plugin, driver, std::nullopt, true, false};
}
constexpr KnownDriver bare(SyncDriver driver, std::string_view name, std::string_view plugin) {
  return {name, plugin, driver, std::nullopt, true, true};
}
constexpr KnownDriver async(AsyncDriver driver, std::string_view name, std::string_view plugin) {
  return {name, plugin, std::nullopt, driver, false, true};
}

// The one table of names. Sync and async rows each stand in the order of their enumerators, which
// to_string relies on and the assertion below holds.
constexpr std::array table{
    sync(SyncDriver::POSTGRESQL_PSYCOPG2, "postgresql+psycopg2", "postgres"),
    sync(SyncDriver::POSTGRESQL_PG8000, "postgresql+pg8000", "postgres"),
    sync(SyncDriver::POSTGRESQL_PSYCOPG2CFFI, "postgresql+psycopg2cffi", "postgres"),
    sync(SyncDriver::POSTGRESQL_PYPOSTGRESQL, "postgresql+pypostgresql", "postgres"),
    sync(SyncDriver::POSTGRESQL_PYGRESQL, "postgresql+pygresql", "postgres"),
    sync(SyncDriver::MYSQL_MYSQLDB, "mysql+mysqldb", "mysql"),
    sync(SyncDriver::MYSQL_PYMYSQL, "mysql+pymysql", "mysql"),
    sync(SyncDriver::MYSQL_MYSQLCONNECTOR, "mysql+mysqlconnector", "mysql"),
    sync(SyncDriver::MYSQL_CYMYSQL, "mysql+cymysql", "mysql"),
    sync(SyncDriver::MYSQL_OURSQL, "mysql+oursql", "mysql"),
    sync(SyncDriver::MYSQL_PYODBC, "mysql+pyodbc", "odbc"),
    sync(SyncDriver::SQLITE_PYSQLITE, "sqlite+pysqlite", "sqlite"),
    sync(SyncDriver::SQLITE_PYSQLCIPHER, "sqlite+pysqlcipher", "sqlcipher"),
    sync(SyncDriver::ORACLE_CX_ORACLE, "oracle+cx_oracle", "odbc"),
    sync(SyncDriver::ORACLE_ORACLEDB, "oracle+oracledb", "odbc"),
    sync(SyncDriver::MSSQL_PYODBC, "mssql+pyodbc", "odbc"),
    sync(SyncDriver::MSSQL_MXODBC, "mssql+mxodbc", "odbc"),
    sync(SyncDriver::MSSQL_PYMSSQL, "mssql+pymssql", "odbc"),
    bare(SyncDriver::SQLITE, "sqlite", "sqlite"),
    bare(SyncDriver::POSTGRESQL, "postgresql", "postgres"),
    bare(SyncDriver::MYSQL, "mysql", "mysql"),
    bare(SyncDriver::MARIADB, "mariadb", "mysql"),
    bare(SyncDriver::ODBC, "odbc", "odbc"),
    async(AsyncDriver::POSTGRESQL_ASYNCPG, "postgresql+asyncpg", "postgres"),
    async(AsyncDriver::SQLITE_AIOSQLITE, "sqlite+aiosqlite", "sqlite"),
    async(AsyncDriver::MYSQL_ASYNCMY, "mysql+asyncmy", "mysql"),
    async(AsyncDriver::MYSQL_AIOMYSQL, "mysql+aiomysql", "mysql"),
    async(AsyncDriver::ORACLE_ORACLEDB_ASYNC, "oracle+oracledb_async", "odbc"),
    // No enumerator in Python; SQLAlchemy uses it both ways.
    KnownDriver{"postgresql+psycopg", "postgres", std::nullopt, std::nullopt, true, true},
};

constexpr std::size_t sync_count = static_cast<std::size_t>(SyncDriver::ODBC) + 1;
constexpr std::size_t async_count = static_cast<std::size_t>(AsyncDriver::ORACLE_ORACLEDB_ASYNC) + 1;

constexpr bool in_order_of_enumerators() {
  for (std::size_t i = 0; i < sync_count; ++i) {
    if (table[i].sync != static_cast<SyncDriver>(i)) return false;
  }
  for (std::size_t i = 0; i < async_count; ++i) {
    if (table[sync_count + i].async != static_cast<AsyncDriver>(i)) return false;
  }
  return true;
}
static_assert(in_order_of_enumerators());

const KnownDriver* find_known(std::string_view name) noexcept {
  const auto* found =
      std::find_if(table.begin(), table.end(), [&](const KnownDriver& known) { return known.name == name; });
  return found == table.end() ? nullptr : found;
}

// By hand: <cctype> asks the locale.
constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
constexpr bool is_name_character(char c) {
  return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '.' || c == '-';
}
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Levenshtein's distance with neighbours swapped counting as one slip.
std::size_t edit_distance(std::string_view left, std::string_view right) {
  std::vector<std::size_t> before(right.size() + 1), previous(right.size() + 1), current(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) previous[j] = j;
  for (std::size_t i = 1; i <= left.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const char a = lower(left[i - 1]), b = lower(right[j - 1]);
      current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (a == b ? 0 : 1)});
      if (i > 1 && j > 1 && a == lower(right[j - 2]) && b == lower(left[i - 2])) {
        current[j] = std::min(current[j], before[j - 2] + 1);
      }
    }
    before.swap(previous);
    previous.swap(current);
  }
  return previous[right.size()];
}

}  // namespace

std::span<const KnownDriver> known_drivers() noexcept { return table; }

std::string_view to_string(SyncDriver driver) noexcept {
  return table[static_cast<std::size_t>(driver)].name;
}

std::string_view to_string(AsyncDriver driver) noexcept {
  return table[sync_count + static_cast<std::size_t>(driver)].name;
}

std::optional<SyncDriver> sync_driver_from_string(std::string_view name) noexcept {
  const auto* known = find_known(name);
  return known ? known->sync : std::nullopt;
}

std::optional<AsyncDriver> async_driver_from_string(std::string_view name) noexcept {
  const auto* known = find_known(name);
  return known ? known->async : std::nullopt;
}

bool is_async_driver_name(std::string_view name) noexcept {
  const auto* known = find_known(name);
  return known && !known->blocking;
}

bool is_sync_driver_name(std::string_view name) noexcept {
  const auto* known = find_known(name);
  return known && !known->awaitable;
}

std::optional<std::string_view> plugin_of_driver(std::string_view name) noexcept {
  const auto* known = find_known(name);
  return known ? std::optional(known->plugin) : std::nullopt;
}

std::optional<std::string> package_of_driver(std::string_view name) {
  const auto plugin = plugin_of_driver(name);
  if (!plugin) return std::nullopt;
  return "prefect-sqlalchemy-driver-" + std::string(*plugin);
}

void check_driver_name(std::string_view name) {
  if (name.empty()) throw ArgumentError("a driver name is empty; give one such as \"sqlite+pysqlite\"");
  if (name.size() > name_size_limit) {
    throw ArgumentError("a driver name has " + std::to_string(name.size()) + " bytes; it may have " +
                        std::to_string(name_size_limit));
  }
  const std::string rule =
      "; a driver name is a letter followed by letters, digits and _ + . - (a URL is given to make_url)";
  const auto wrong = std::find_if_not(name.begin(), name.end(), is_name_character);
  if (wrong != name.end()) {
    const bool printable = *wrong >= ' ' && *wrong <= '~';
    throw ArgumentError(
        "a driver name holds " +
        (printable ? "'" + std::string(1, *wrong) + "'" : std::string("an unprintable byte")) + " at byte " +
        std::to_string(wrong - name.begin()) + rule);
  }
  if (!is_letter(name.front())) throw ArgumentError("a driver name does not begin with a letter" + rule);
  if (name.find("..") != name.npos) throw ArgumentError("a driver name holds \"..\"" + rule);
}

std::vector<std::string> near_matches(std::string_view name, std::span<const std::string> names) {
  const std::size_t limit = std::max<std::size_t>(2, name.size() / 5);
  std::vector<std::pair<std::size_t, std::string>> near;
  for (const auto& other : names) {
    const auto distance = edit_distance(name, other);
    if (distance <= limit && other != name) near.emplace_back(distance, other);
  }
  std::sort(near.begin(), near.end());
  near.erase(std::unique(near.begin(), near.end()), near.end());
  std::vector<std::string> nearest;
  for (auto& [distance, other] : near) {
    if (nearest.size() == 3) break;
    nearest.push_back(std::move(other));
  }
  return nearest;
}

}  // namespace prefect_sqlalchemy
