// SPDX-License-Identifier: Apache-2.0
#include "statement_kind.hpp"

#include <utility>

#include <gtest/gtest.h>

#include "dbms.hpp"

namespace {

using namespace psa::odbc;

const uint32_t postgres = dbms_named("PostgreSQL").lexical;
const uint32_t mysql = dbms_named("MariaDB").lexical;
const uint32_t sqlserver = dbms_named("Microsoft SQL Server").lexical;

TEST(OdbcStatementKind, ComesOfTheFirstWord) {
  const std::pair<const char*, StatementKind> cases[] = {
      {"", StatementKind::nothing},
      {" ;; -- only a comment", StatementKind::nothing},
      {"/* x */", StatementKind::nothing},
      {"select 1", StatementKind::reads},
      {"(SELECT 1)", StatementKind::reads},
      {"-- c\n INSERT INTO t VALUES (1)", StatementKind::writes},
      {"WITH x AS (SELECT 1) DELETE FROM t", StatementKind::calls},
      {"{call f()}", StatementKind::other},
      {"BEGIN", StatementKind::begins},
      {"begin transaction", StatementKind::begins},
      {"BEGIN; ", StatementKind::begins},
      {"BEGIN x := 1; END;", StatementKind::calls},
      {"BEGIN TRY SELECT 1 END TRY", StatementKind::calls},
      {"START TRANSACTION", StatementKind::begins},
      {"START TRANSACTION READ ONLY", StatementKind::begins_specially},
      {"BEGIN IMMEDIATE", StatementKind::begins_specially},
      {"START SLAVE", StatementKind::other},
      {"commit", StatementKind::ends},
      {"ROLLBACK TRANSACTION;", StatementKind::ends},
      {"ROLLBACK TO SAVEPOINT x", StatementKind::other},
      {"ROLLBACK WORK TO x", StatementKind::other},
      {"COMMIT PREPARED 'x'", StatementKind::other},
      {"CREATE TABLE t (n int)", StatementKind::makes},
  };
  for (const auto& [sql, kind] : cases) EXPECT_EQ(statement_kind(sql, postgres), kind) << sql;
}

TEST(OdbcStatementKind, SeesASecondStatementOutsideOfTextsOnly) {
  for (const char* sql :
       {"SELECT 1; SELECT 2", "SELECT ';'; DELETE FROM t", "/* ; */ SELECT 1; /* x */ SELECT 2",
        "SELECT $$;$$; SELECT 2", "SELECT E'\\';'; SELECT 2", "SELECT \"a;\"\";b\"; SELECT 2"})
    EXPECT_TRUE(holds_several(sql, postgres)) << sql;
  for (const char* sql : {"SELECT 1", "SELECT 1;", "SELECT 1 ; ; -- x", "SELECT ';' , '''; x'",
                          "SELECT $a$;$b$;$a$", "SELECT \";\"", "SELECT 1 /* ; /* ; */ ; */",
                          "SELECT 1 -- ; SELECT 2", "SELECT E'\\'; x'", "SELECT a$b;", "SELECT 'open ; end"})
    EXPECT_FALSE(holds_several(sql, postgres)) << sql;
  EXPECT_FALSE(holds_several("SELECT '\\'; x' # ; y", mysql));
  EXPECT_FALSE(holds_several("SELECT `;`", mysql));
  EXPECT_FALSE(holds_several("SELECT [;]", sqlserver));
}

TEST(OdbcDbms, IsKnownByTheNameThatItsDriverTells) {
  EXPECT_EQ(dbms_named("PostgreSQL").kind, DbmsKind::postgresql);
  EXPECT_EQ(dbms_named("MySQL").kind, DbmsKind::mysql);
  EXPECT_EQ(dbms_named("MariaDB").kind, DbmsKind::mysql);
  EXPECT_EQ(dbms_named("SQLite").kind, DbmsKind::sqlite);
  EXPECT_EQ(dbms_named("Microsoft SQL Server").kind, DbmsKind::sqlserver);
  EXPECT_EQ(dbms_named("Oracle").kind, DbmsKind::oracle);
  EXPECT_EQ(dbms_named("DB2/LINUXX8664").kind, DbmsKind::db2);
  EXPECT_EQ(dbms_named("Informix").kind, DbmsKind::other);
  EXPECT_EQ(dbms_named("").kind, DbmsKind::other);
  EXPECT_EQ(dbms_named("").savepoint, nullptr);
}

}  // namespace
