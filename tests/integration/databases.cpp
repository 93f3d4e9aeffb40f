#include "databases.hpp"

#include <prefect_sqlalchemy/connector/async_sqlalchemy_connector.hpp>

using namespace prefect_sqlalchemy;

namespace {

std::string sqlite_column_type(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "boolean";
    case Kind::int64:
      return "bigint";
    case Kind::real:
      return "double precision";
    case Kind::text:
      return "text";
    case Kind::bytes:
      return "blob";
    // A declared type of numeric affinity would make a REAL of a decimal's text, and lose its scale.
    case Kind::decimal:
      return "text";
    case Kind::date:
      return "date";
    case Kind::time:
      return "time";
    case Kind::timestamp:
      return "datetime";
    case Kind::timestamp_tz:
      return "datetime";
    case Kind::uuid:
      return "text";
    case Kind::json:
      return "text";
    default:
      return {};  // no 64-bit integers without sign, intervals and lists
  }
}

Database sqlite_file() {
  Database out;
  out.name = "SqliteFile";
  out.make_url = [](const test_support::TemporaryFolder& folder) {
    return "sqlite+pysqlite:///" + (folder.path() / "test.db").string();
  };
  out.is_dynamically_typed = true;
  out.checks_types = false;
  out.has_deferred_constraints = true;
  out.checks_foreign_keys = {{"foreign_keys", true}};
  out.known_option = "timeout";
  out.serial_column = "integer PRIMARY KEY";
  out.bytes_type = "blob";
  out.long_text_type = "text";
  out.column_type = sqlite_column_type;
  out.failing_expression = "abs(n - n - 9223372036854775807 - 1)";
  out.endless_query = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n";
  out.sleeping_query = out.endless_query;
  out.endless_rows = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n";
  out.series = [](std::int64_t rows) {
    return "(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s LIMIT " + std::to_string(rows) +
           ") SELECT n FROM s) AS series";
  };
  return out;
}

Database sqlite_memory() {
  Database out = sqlite_file();
  out.name = "SqliteMemory";
  out.make_url = [](const test_support::TemporaryFolder&) { return std::string("sqlite://"); };
  out.is_private = true;
  return out;
}

#ifdef PSA_TEST_SQLCIPHER
Database sqlcipher_file() {
  Database out = sqlite_file();
  out.name = "SqlCipherFile";
  out.make_url = [](const test_support::TemporaryFolder& folder) {
    // A key that is derived in no time.
    return "sqlite+pysqlcipher://:geheim@/" + (folder.path() / "test.db").string() + "?kdf_iter=100";
  };
  out.has_returning = false;  // it is an SQLite 3.15; RETURNING came with 3.35
  out.has_awaitable_name = false;
  return out;
}
#endif

std::string postgres_column_type(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "boolean";
    case Kind::int64:
      return "bigint";
    case Kind::real:
      return "double precision";
    case Kind::decimal:
      return "numeric";
    case Kind::text:
      return "text";
    case Kind::bytes:
      return "bytea";
    case Kind::date:
      return "date";
    case Kind::time:
      return "time";
    case Kind::timestamp:
      return "timestamp";
    case Kind::timestamp_tz:
      return "timestamptz";
    case Kind::interval:
      return "interval";
    case Kind::uuid:
      return "uuid";
    case Kind::json:
      return "json";
    case Kind::list:
      return "bigint[]";
    default:
      return {};  // no 64-bit integers without sign
  }
}

Database postgres() {
  Database out;
  out.name = "Postgres";
  out.server = &test_support::postgres_server;
  out.is_nonblocking = true;
  out.has_bulk_load = true;
  out.has_deferred_constraints = true;
  out.known_option = "connect_timeout";
  out.bytes_type = "bytea";
  out.long_text_type = "text";
  out.column_type = postgres_column_type;
  out.failing_expression = "1 / (n - n)";
  out.endless_query = "SELECT sum(x) FROM (SELECT generate_series(1, 1000000000000) AS x) AS s";
  out.sleeping_query = "SELECT pg_sleep(600)";
  out.endless_rows = "SELECT generate_series(1, 1000000000000)";
  out.series = [](std::int64_t rows) {
    return "(SELECT generate_series(1, " + std::to_string(rows) + ") AS n) AS series";
  };
  return out;
}

std::string mariadb_column_type(Kind kind) {
  switch (kind) {
    case Kind::boolean:
      return "boolean";  // tinyint(1), which comes back as an integer
    case Kind::int64:
      return "bigint";
    case Kind::uint64:
      return "bigint unsigned";
    case Kind::real:
      return "double";
    case Kind::decimal:
      return "decimal(60, 20)";
    case Kind::text:
      return "text";
    case Kind::bytes:
      return "blob";
    case Kind::date:
      return "date";
    case Kind::time:
      return "time(6)";
    case Kind::timestamp:
      return "datetime(6)";
    case Kind::timestamp_tz:
      return "datetime(6)";  // as the time in UTC
    case Kind::uuid:
      return "uuid";
    case Kind::json:
      return "json";
    default:
      return {};  // no intervals and lists
  }
}

Database mariadb() {
  Database out;
  out.name = "MariaDb";
  out.server = &test_support::mariadb_server;
  out.is_nonblocking = true;
  out.has_bulk_load = true;
  out.unique_indexes_are_constraints = true;
  out.known_option = "connect_timeout";
  out.serial_column = "integer PRIMARY KEY AUTO_INCREMENT";
  out.bytes_type = "longblob";
  out.long_text_type = "longtext";
  out.column_type = mariadb_column_type;
  // A division by zero is NULL in a SELECT.
  out.failing_expression = "n + 9223372036854775807";
  out.endless_query = "SELECT max(seq % 7) FROM seq_1_to_1000000000000";
  out.sleeping_query = "SELECT SLEEP(600)";
  out.endless_rows = "SELECT seq FROM seq_1_to_1000000000000";
  out.series = [](std::int64_t rows) {
    return "(SELECT seq AS n FROM seq_1_to_" + std::to_string(rows) + ") AS series";
  };
  return out;
}

#ifdef PSA_TEST_ODBC
// By the library's path, so that no file of the machine is read for it.
std::string odbc_url(URL url, const char* library) {
  url.drivername = "odbc";
  url.query = {{"driver", library}};
  return url.render(false);
}

Database odbc_postgres() {
  Database out = postgres();
  out.name = "OdbcPostgres";
  out.through = [](const std::string& url) { return odbc_url(make_url(url), PSA_TEST_PSQLODBC); };
  out.has_bulk_load = false;
  out.is_nonblocking = false;
  out.unique_indexes_are_constraints = true;  // SQLStatistics tells indexes only
  out.known_option = "timeout";
  out.passes_options_on = true;
  out.reads_whole_results = true;  // without UseDeclareFetch
  out.column_type = [](Kind kind) -> std::string {
    // ODBC has neither.
    if (kind == Kind::interval || kind == Kind::list) return {};
    return postgres_column_type(kind);
  };
  return out;
}

Database odbc_mariadb() {
  Database out = mariadb();
  out.name = "OdbcMariaDb";
  out.through = [](const std::string& url) { return odbc_url(make_url(url), PSA_TEST_MAODBC); };
  out.has_bulk_load = false;
  out.is_nonblocking = false;
  out.known_option = "timeout";
  out.passes_options_on = true;
  out.reads_whole_results = true;
  out.serial_column = "";  // ODBC has no call for the last id
  out.driver_of_dialect = "mysql+pyodbc";
  return out;
}

Database odbc_sqlite() {
  Database out = sqlite_file();
  out.name = "OdbcSqlite";
  out.make_url = [](const test_support::TemporaryFolder& folder) {
    return odbc_url(make_url("odbc:///" + (folder.path() / "test.db").string()), PSA_TEST_SQLITE_ODBC) +
           "&Timeout=1000";  // milliseconds to wait for a lock; left alone it waits for 100 s
  };
  out.is_dynamically_typed = false;  // the ODBC driver gives each column one type
  out.has_returning = out.has_whole_reals = false;
  out.defaults_lose_quotes = true;
  out.unique_indexes_are_constraints = true;
  out.known_option = "timeout";
  out.passes_options_on = true;
  out.checks_foreign_keys = {{"FKSupport", "1"}};
  out.reads_whole_results = true;
  out.serial_column = "";
  return out;
}
#endif

}  // namespace

std::vector<Database> databases() {
  std::vector<Database> out{sqlite_file(), sqlite_memory(), postgres(), mariadb()};
#ifdef PSA_TEST_SQLCIPHER
  out.push_back(sqlcipher_file());
#endif
#ifdef PSA_TEST_ODBC
  out.push_back(odbc_postgres());
  out.push_back(odbc_mariadb());
  out.push_back(odbc_sqlite());
#endif
  return out;
}

std::vector<Database> databases_where(bool (*condition)(const Database&)) {
  std::vector<Database> out = databases();
  std::erase_if(out, [=](const Database& database) { return !condition(database); });
  return out;
}

std::vector<Database> databases_seen_by_many() {
  return databases_where([](const Database& database) { return !database.is_private; });
}

std::vector<Database> databases_by_either_connector() {
  std::vector<Database> out = databases();
  for (Database database : databases()) {
    if (!database.has_awaitable_name) continue;
    database.awaitable = true;
    database.name += "Awaited";
    out.push_back(std::move(database));
  }
  return out;
}

std::vector<Database> databases_seen_by_many_by_either_connector() {
  std::vector<Database> out = databases_by_either_connector();
  std::erase_if(out, [](const Database& database) { return database.is_private; });
  return out;
}

std::vector<Database> databases_that_stream() {
  return databases_where([](const Database& database) { return !database.reads_whole_results; });
}

std::vector<Database> databases_on_servers() {
  return databases_where([](const Database& database) { return database.server != nullptr; });
}

OnDatabase::OnDatabase() {
  if (database().server == nullptr) {
    url_ = database().make_url(folder_);
  } else {
    try {
      on_server_ = std::make_unique<test_support::ServerDatabase>(*database().server);
      url_ = database().through == nullptr ? on_server_->url() : database().through(on_server_->url());
    } catch (const std::exception& error) {
      test_support::miss_server(error.what());
      return;
    }
  }
  if (database().awaitable) url_ = test_support::without_driver(url_);
}

std::int64_t OnDatabase::count_from_outside(const std::string& table) const {
  SqlAlchemyConnector other = connector();
  return count(other, table);
}

AnyConnector OnEitherConnector::connector(ConnectorOptions options) const {
  if (!database().awaitable) return AnyConnector(SqlAlchemyConnector(url(), std::move(options)));
  return AnyConnector(AsyncSqlAlchemyConnector(url(), std::move(options)));
}
