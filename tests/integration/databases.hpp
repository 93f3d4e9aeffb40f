#pragma once

#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/connector/sqlalchemy_connector.hpp>
#include <prefect_sqlalchemy/sql/operation_context.hpp>

#include "message_of.hpp"
#include "temporary_folder.hpp"

/// A database that the connector's cases run on, and what a case must know of it. The cases' own SQL is what
/// all of them understand.
struct Database {
  std::string name;  ///< of the test instance
  /// The URL of an empty database of the test's own.
  std::string (*make_url)(const test_support::TemporaryFolder& folder) = nullptr;

  /// Each connector has a database of its own: nothing can be looked at from outside (":memory:").
  bool is_private = false;
  /// Rows that are not read to their end keep writers out.
  bool unread_rows_block_writers = false;
  bool has_returning = false;  ///< INSERT ... RETURNING
  bool tells_lastrowid = false;
  /// Values have types and columns do not.
  bool is_dynamically_typed = false;
  /// Type of a column of bytes.
  std::string bytes_type;
  /// connect_args with which foreign keys that are DEFERRABLE INITIALLY DEFERRED are checked by COMMIT.
  prefect_sqlalchemy::ConnectArgs checks_foreign_keys = {};
  /// An expression of the integer column n that cannot be computed.
  std::string failing_expression;
  /// A SELECT that runs until it is ended from outside.
  std::string endless_query;
};

/// All databases.
std::vector<Database> databases();
/// Those that a second connector can look at.
std::vector<Database> databases_seen_by_many();

inline void PrintTo(const Database& database, std::ostream* out) { *out << database.name; }
inline std::string database_name(const testing::TestParamInfo<Database>& info) { return info.param.name; }

/// What cases on each database derive from.
class OnDatabase : public testing::TestWithParam<Database> {
 protected:
  static const Database& database() { return GetParam(); }
  const std::string& url() const { return url_; }
  prefect_sqlalchemy::SqlAlchemyConnector connector(prefect_sqlalchemy::ConnectorOptions options = {}) const {
    return {url_, std::move(options)};
  }
  /// Number of rows of a table as a connector sees them now.
  static std::int64_t count(prefect_sqlalchemy::SqlAlchemyConnector& db, const std::string& table);
  /// As others see them: by a connector of its own.
  std::int64_t count_from_outside(const std::string& table) const;
  /// Makes the table numbers(n integer) with 0 to `rows` - 1.
  static void make_numbers(prefect_sqlalchemy::SqlAlchemyConnector& db, int rows);
  /// Connections of the connector's pool that are in use.
  static int lent(prefect_sqlalchemy::SqlAlchemyConnector& db) { return db.get_engine().pool_status().lent; }

 private:
  test_support::TemporaryFolder folder_;
  std::string url_ = GetParam().make_url(folder_);
};

using test_support::message_of;
