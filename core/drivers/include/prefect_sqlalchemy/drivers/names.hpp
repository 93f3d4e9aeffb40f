#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <prefect_sqlalchemy/base/export.hpp>

namespace prefect_sqlalchemy {

/// Names of drivers for blocking use, as in Python's `SyncDriver`: the enumerator is the name in capitals
/// with `+` as `_`. The last five are the bare dialects, which serve blocking and awaitable use alike.
/// A name needs no enumerator: third-party drivers are asked for by text.
enum class SyncDriver {
  POSTGRESQL_PSYCOPG2,
  POSTGRESQL_PG8000,
  POSTGRESQL_PSYCOPG2CFFI,
  POSTGRESQL_PYPOSTGRESQL,
  POSTGRESQL_PYGRESQL,
  MYSQL_MYSQLDB,
  MYSQL_PYMYSQL,
  MYSQL_MYSQLCONNECTOR,
  MYSQL_CYMYSQL,
  MYSQL_OURSQL,
  MYSQL_PYODBC,
  SQLITE_PYSQLITE,
  SQLITE_PYSQLCIPHER,
  ORACLE_CX_ORACLE,
  ORACLE_ORACLEDB,
  MSSQL_PYODBC,
  MSSQL_MXODBC,
  MSSQL_PYMSSQL,
  SQLITE,
  POSTGRESQL,
  MYSQL,
  MARIADB,
  ODBC,
};

/// Names of drivers for awaitable use, as in Python's `AsyncDriver`.
enum class AsyncDriver {
  POSTGRESQL_ASYNCPG,
  SQLITE_AIOSQLITE,
  MYSQL_ASYNCMY,
  MYSQL_AIOMYSQL,
  ORACLE_ORACLEDB_ASYNC,
};

/// One driver name that this library knows from the start.
struct KnownDriver {
  std::string_view name;    ///< "postgresql+psycopg2"
  std::string_view plugin;  ///< the plugin that serves it, "postgres"
  std::optional<SyncDriver> sync;
  std::optional<AsyncDriver> async;
  bool blocking;   ///< SqlAlchemyConnector takes it
  bool awaitable;  ///< AsyncSqlAlchemyConnector takes it
};

/// Every known name; of static lifetime. Threads: any, as everything here.
PREFECT_SQLALCHEMY_API std::span<const KnownDriver> known_drivers() noexcept;

/// The name exactly as in URLs and block documents, of static lifetime: "sqlite+pysqlite".
PREFECT_SQLALCHEMY_API std::string_view to_string(SyncDriver driver) noexcept;
PREFECT_SQLALCHEMY_API std::string_view to_string(AsyncDriver driver) noexcept;

/// The enumerator whose name is exactly `name`, if there is one.
PREFECT_SQLALCHEMY_API std::optional<SyncDriver> sync_driver_from_string(std::string_view name) noexcept;
PREFECT_SQLALCHEMY_API std::optional<AsyncDriver> async_driver_from_string(std::string_view name) noexcept;

/// True for a known name that serves awaitable use only ("sqlite+aiosqlite"). Bare dialect names and names
/// of third parties serve both uses, so both functions say false for them.
PREFECT_SQLALCHEMY_API bool is_async_driver_name(std::string_view name) noexcept;
/// True for a known name that serves blocking use only ("sqlite+pysqlite").
PREFECT_SQLALCHEMY_API bool is_sync_driver_name(std::string_view name) noexcept;

/// The plugin that serves a known name ("postgres"); nothing for other names.
PREFECT_SQLALCHEMY_API std::optional<std::string_view> plugin_of_driver(std::string_view name) noexcept;

/// The package that holds the plugin of a known name ("prefect-sqlalchemy-driver-postgres").
PREFECT_SQLALCHEMY_API std::optional<std::string> package_of_driver(std::string_view name);

/// Refuses what cannot be a driver's name. A name may come from a block document on a server, so only a
/// letter followed by letters, digits and `_ + . -` passes, without "..", in at most 100 bytes.
/// @throws ArgumentError  without the name itself: a URL with a password is easily put in its place
PREFECT_SQLALCHEMY_API void check_driver_name(std::string_view name);

/// Up to three of `names` that `name` may have been meant to be, the nearest first. Capitals do not count.
PREFECT_SQLALCHEMY_API std::vector<std::string> near_matches(std::string_view name,
                                                             std::span<const std::string> names);

}  // namespace prefect_sqlalchemy
