#pragma once

#include <cstdint>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/connector/sqlalchemy_connector.hpp>
#include <prefect_sqlalchemy/sql/operation_context.hpp>

#include "any_connector.hpp"
#include "message_of.hpp"
#include "server_database.hpp"
#include "temporary_folder.hpp"

/// A database that the connector's cases run on, and what a case must know of it: its traits. The cases' own
/// SQL is what all of them understand.
struct Database {
  std::string name;  ///< of the test instance
  /// The server on which each test gets an empty database; nullptr: make_url tells where it is.
  const test_support::Server* server = nullptr;
  std::string (*make_url)(const test_support::TemporaryFolder& folder) = nullptr;
  /// Turns the server's URL into one by which another driver reaches the same database.
  std::string (*through)(const std::string& url) = nullptr;

  /// Cases that run on either connector run on the awaitable one.
  bool awaitable = false;

  /// Each connector has a database of its own: nothing can be looked at from outside (":memory:").
  bool is_private = false;
  /// Values have types and columns do not (SQLite).
  bool is_dynamically_typed = false;
  /// A CREATE UNIQUE INDEX is told as a unique constraint as well: MySQL has only the one thing.
  bool unique_indexes_are_constraints = false;
  /// INSERT ... RETURNING gives rows; SQLite's ODBC driver takes them from SELECT alone.
  bool has_returning = true;
  /// Columns refuse values that are not of their type.
  bool checks_types = true;
  /// Doubles keep all their digits; SQLite's ODBC driver writes and reads them with 15.
  bool has_whole_reals = true;
  /// A column's default that is a text is told without its quotes (SQLite's ODBC driver).
  bool defaults_lose_quotes = false;
  /// Foreign keys may be DEFERRABLE INITIALLY DEFERRED, so that COMMIT can fail. InnoDB checks them at once,
  /// and its COMMIT does not fail unless the server is lost.
  bool has_deferred_constraints = false;
  /// AsyncSqlAlchemyConnector has a name for it: the bare dialect.
  bool has_awaitable_name = true;
  /// Connection::ingest. SQLite has nothing faster than execute_many.
  bool has_bulk_load = false;
  /// connect_args with which foreign keys are checked at all.
  prefect_sqlalchemy::ConnectArgs checks_foreign_keys = {};
  /// A connect_args name that the driver knows.
  std::string known_option;
  /// Names that the driver does not know go to the database's client, which takes any (ODBC).
  bool passes_options_on = false;
  /// Awaitable operations wait for the socket, not on a thread.
  bool is_nonblocking = false;
  /// The name of the driver by which the database's dialect is known; empty: it is that of the URL. "odbc"
  /// alone tells no dialect, and the store needs one to make its tables.
  std::string driver_of_dialect;
  /// The database's client reads a whole result before it hands out its first row, so that one without an end
  /// is never seen, and a row that fails fails the statement.
  bool reads_whole_results = false;

  /// A column that numbers rows by itself, where the database then tells lastrowid: PostgreSQL has RETURNING
  /// instead.
  std::string serial_column;
  std::string bytes_type;      ///< of a column of bytes, of any size
  std::string long_text_type;  ///< of a column of texts of any size
  /// The type of a column that takes and gives back values of a kind as they are; empty: it has none.
  std::string (*column_type)(prefect_sqlalchemy::Kind kind) = nullptr;

  /// An expression of the integer column n that cannot be computed for 9000.
  std::string failing_expression;
  /// A SELECT that computes until it is ended from outside.
  std::string endless_query;
  /// One that sleeps meanwhile, which SQLite cannot. (MariaDB's, ended right at its beginning, at times gives
  /// its row instead of an error.)
  std::string sleeping_query;
  /// A SELECT of one column that gives rows until it is ended from outside.
  std::string endless_rows;
  /// What stands behind FROM for a table of that many rows with the column n, from 1 on.
  std::string (*series)(std::int64_t rows) = nullptr;
};

/// All databases.
std::vector<Database> databases();
/// Those of which something is true.
std::vector<Database> databases_where(bool (*condition)(const Database&));
/// Those that a second connector can look at.
std::vector<Database> databases_seen_by_many();
/// All, and all with the awaitable connector.
std::vector<Database> databases_by_either_connector();
std::vector<Database> databases_seen_by_many_by_either_connector();
/// Those that run on a server, whose sessions can be lost.
std::vector<Database> databases_on_servers();
/// Those that hand rows out while the database still makes others.
std::vector<Database> databases_that_stream();

inline void PrintTo(const Database& database, std::ostream* out) { *out << database.name; }
inline std::string database_name(const testing::TestParamInfo<Database>& info) { return info.param.name; }

/// What cases on each database derive from. What needs the database goes into SetUp, not into constructors:
/// without its server the test is skipped before.
class OnDatabase : public testing::TestWithParam<Database> {
 protected:
  OnDatabase();
  static const Database& database() { return GetParam(); }
  const std::string& url() const { return url_; }
  /// The test's database on a server. @pre database().server
  test_support::ServerDatabase& on_server() { return *on_server_; }
  prefect_sqlalchemy::SqlAlchemyConnector connector(prefect_sqlalchemy::ConnectorOptions options = {}) const {
    return {url_, std::move(options)};
  }
  /// Number of rows of a table as a connector sees them now.
  template <class Connector>
  static std::int64_t count(Connector& db, const std::string& table) {
    return db.execute("SELECT count(*) FROM " + table).template scalar<std::int64_t>().value();
  }
  /// As others see them: by a connector of its own.
  std::int64_t count_from_outside(const std::string& table) const;
  static inline const std::string all_numbers = "SELECT n FROM numbers ORDER BY n";
  /// Makes the table numbers(n integer) with 0 to `rows` - 1.
  template <class Connector>
  static void make_numbers(Connector& db, int rows) {
    db.execute("CREATE TABLE numbers (n integer)");
    prefect_sqlalchemy::ParameterRows parameters({"n"});
    for (int n = 0; n < rows; ++n) parameters.add(n);
    if (rows != 0) db.execute_many("INSERT INTO numbers (n) VALUES (:n)", parameters);
  }
  /// Connections of the connector's pool that are in use.
  template <class Connector>
  static int lent(Connector& db) {
    return db.get_engine().pool_status().lent;
  }

 private:
  test_support::TemporaryFolder folder_;
  std::unique_ptr<test_support::ServerDatabase> on_server_;
  std::string url_;
};

/// What cases of either connector derive from.
class OnEitherConnector : public OnDatabase {
 protected:
  AnyConnector connector(prefect_sqlalchemy::ConnectorOptions options = {}) const;
};

/// For tests of what not every database has.
#define PSA_SKIP_WITHOUT_RETURNING() \
  if (!database().has_returning) GTEST_SKIP() << "INSERT gives no rows there"

using test_support::message_of;
