#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <psa_sanitizers.hpp>

#include "psa_command.hpp"
#include "server_database.hpp"

namespace {

using test_support::PsaCommand;
using test_support::Server;
using test_support::ServerDatabase;
using testing::HasSubstr;

class PsaCopy : public testing::Test {
 protected:
  /// An empty database of the test's own on a server; empty text (and the test skipped) where there is none.
  std::string database(const Server& server) {
    if (!std::getenv(server.url_variable)) {
      test_support::miss_server(std::string(server.url_variable) + " is not set");
      return "";
    }
    return databases_.emplace_back(std::make_unique<ServerDatabase>(server))->url();
  }
  std::string csv(const std::string& database, const std::string& statement) const {
    return psa_.output({"query", "-f", "csv", database, statement});
  }
  void copy(const std::string& from, const std::string& statement, const std::string& to,
            const std::string& table, const std::string& mode) const {
    psa_.output({"copy", "--from", from, statement, "--to", to, table, "--mode", mode});
  }

  PsaCommand psa_;
  std::vector<std::unique_ptr<ServerDatabase>> databases_;
};

constexpr const char* three_rows =
    "SELECT 1 AS id, 'Ann' AS name, 1.5 AS size UNION ALL SELECT 2, 'Bo', NULL UNION ALL SELECT 3, NULL, "
    "2.25";
constexpr const char* three_rows_csv = "id,name,size\n1,Ann,1.5\n2,Bo,\n3,,2.25\n";

TEST_F(PsaCopy, MakesAppendsToAndReplacesATable) {
  const auto to = psa_.sqlite_url();
  copy("sqlite://", three_rows, to, "people", "create");
  EXPECT_EQ(csv(to, "SELECT * FROM people ORDER BY id"), three_rows_csv);
  EXPECT_EQ(csv(to, "SELECT type FROM pragma_table_info('people')"), "type\nINTEGER\nTEXT\nREAL\n");
  copy("sqlite://", three_rows, to, "people", "append");
  EXPECT_EQ(csv(to, "SELECT count(*) AS n FROM people"), "n\n6\n");
  copy("sqlite://", "SELECT 1 AS other", to, "people", "replace");
  EXPECT_EQ(csv(to, "SELECT * FROM people"), "other\n1\n");
  EXPECT_EQ(
      psa_.run({"copy", "--from", "sqlite://", "SELECT 1 AS a", "--to", to, "people", "--mode", "create"})
          .exit_code,
      1);
  EXPECT_EQ(psa_.run({"copy", "--from", "sqlite://", "SELECT 1 AS a", "--to", to, "nowhere"}).exit_code, 1);
}

TEST_F(PsaCopy, SaysHowManyRowsAndTakesParameters) {
  const auto done = psa_.run({"copy", "--from", "sqlite://", "SELECT :n AS n", "-p", "n=5", "--to",
                              psa_.sqlite_url(), "t", "--mode", "create"});
  EXPECT_EQ(done.exit_code, 0);
  EXPECT_EQ(done.err, "1 row copied\n");
  EXPECT_EQ(csv(psa_.sqlite_url(), "SELECT n FROM t"), "n\n5\n");
  const auto no_rows =
      psa_.run({"copy", "--from", psa_.sqlite_url(), "DELETE FROM t", "--to", psa_.sqlite_url("o.db"), "t"});
  EXPECT_EQ(no_rows.exit_code, 2);
  EXPECT_EQ(csv(psa_.sqlite_url(), "SELECT n FROM t"), "n\n5\n");
}

TEST_F(PsaCopy, LeavesNothingBehindWhenARowIsRefused) {
  const auto to = psa_.sqlite_url();
  psa_.output({"query", to, "CREATE TABLE t (n INTEGER CHECK (n < 20000))"});
  const auto failed =
      psa_.run({"copy", "--from", "sqlite://",
                "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n LIMIT 30000) SELECT n FROM n",
                "--to", to, "t"});
  EXPECT_EQ(failed.exit_code, 1);
  EXPECT_EQ(csv(to, "SELECT count(*) AS n FROM t"), "n\n0\n");
}

TEST_F(PsaCopy, GoesFromSqliteToPostgresAndBackWithTheSameValues) {
  const auto postgres = database(test_support::postgres_server);
  if (postgres.empty()) return;
  copy("sqlite://", three_rows, postgres, "people", "create");
  EXPECT_EQ(csv(postgres, "SELECT * FROM people ORDER BY id"), three_rows_csv);
  copy(postgres, "SELECT * FROM people ORDER BY id", psa_.sqlite_url(), "people", "create");
  EXPECT_EQ(csv(psa_.sqlite_url(), "SELECT * FROM people"), three_rows_csv);
}

TEST_F(PsaCopy, GivesColumnsThatBeginWithNullTheTypeTheyAreDeclaredWith) {
  const auto postgres = database(test_support::postgres_server);
  if (postgres.empty()) return;
  const auto from = psa_.sqlite_url();
  psa_.output({"query", from, "CREATE TABLE t (a INTEGER, b REAL, c TEXT, d BLOB, e NUMERIC)"});
  psa_.output({"query", from,
               "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 5000) INSERT INTO t "
               "SELECT NULL, NULL, NULL, NULL, 1 FROM n"});
  psa_.output({"query", from, "INSERT INTO t VALUES (7, 2.5, 'text', x'0a', 1.5)"});
  copy(from, "SELECT * FROM t ORDER BY rowid", postgres, "t", "create");
  EXPECT_EQ(csv(postgres, "SELECT a, b, c, d, e FROM t WHERE a IS NOT NULL"),
            "a,b,c,d,e\n7,2.5,text,0a,1.5\n");
  EXPECT_EQ(csv(postgres, "SELECT count(*) AS n FROM t"), "n\n5001\n");
}

TEST_F(PsaCopy, GoesBetweenServers) {
  const auto postgres = database(test_support::postgres_server);
  const auto mariadb = database(test_support::mariadb_server);
  if (postgres.empty() || mariadb.empty()) return;
  const std::string all = "SELECT id, name, size, day, moment, amount FROM t ORDER BY id";
  psa_.output(
      {"query", postgres,
       "CREATE TABLE t AS SELECT 1 AS id, 'Ann' AS name, 1.5::float8 AS size, date '2026-01-31' AS day, "
       "timestamp '2026-01-31 12:00:00' AS moment, 12.50::numeric(10,2) AS amount"});
  copy(postgres, all, mariadb, "t", "create");
  const auto there = csv(mariadb, "SELECT id, name, size, day, moment, amount + 0 = 12.5 AS same FROM t");
  EXPECT_EQ(there, "id,name,size,day,moment,same\n1,Ann,1.5,2026-01-31,2026-01-31 12:00:00,1\n");
  copy(mariadb, "SELECT id, name FROM t", postgres, "back", "replace");
  EXPECT_EQ(csv(postgres, "SELECT * FROM back"), "id,name\n1,Ann\n");
}

TEST_F(PsaCopy, NeedsNoMoreMemoryForMoreRows) {
#ifdef PSA_SANITIZED
  GTEST_SKIP() << "sanitizers keep memory";
#endif
  const auto numbers = [](int rows) {
    return "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " + std::to_string(rows) +
           ") SELECT i, 'some words to carry along with number ' || i AS words FROM n";
  };
  const auto peak = [&](int rows, const std::string& to) {
    const auto done =
        psa_.run({"copy", "--from", "sqlite://", numbers(rows), "--to", to, "t", "--mode", "replace"});
    EXPECT_EQ(done.exit_code, 0) << done.err;
    return done.peak_kib;
  };
  constexpr long tolerance_kib =
      12 * 1024;  // SQLite's own page cache grows by some; the rows would be 30 MiB
  EXPECT_LT(peak(400'000, psa_.sqlite_url()), peak(40'000, psa_.sqlite_url("small.db")) + tolerance_kib);
  const auto postgres = database(test_support::postgres_server);
  if (postgres.empty()) return;
  EXPECT_LT(peak(400'000, postgres), peak(40'000, postgres) + tolerance_kib);
}

}  // namespace
