#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/drivers/names.hpp>

namespace prefect_sqlalchemy {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

struct SyncName {
  SyncDriver driver;
  const char* name;
};

TEST(SyncDriverNames, AreThoseOfThePythonPackage) {
  const SyncName names[] = {
      {SyncDriver::POSTGRESQL_PSYCOPG2, "postgresql+psycopg2"},
      {SyncDriver::POSTGRESQL_PG8000, "postgresql+pg8000"},
      {SyncDriver::POSTGRESQL_PSYCOPG2CFFI, "postgresql+psycopg2cffi"},
      {SyncDriver::POSTGRESQL_PYPOSTGRESQL, "postgresql+pypostgresql"},
      {SyncDriver::POSTGRESQL_PYGRESQL, "postgresql+pygresql"},
      {SyncDriver::MYSQL_MYSQLDB, "mysql+mysqldb"},
      {SyncDriver::MYSQL_PYMYSQL, "mysql+pymysql"},
      {SyncDriver::MYSQL_MYSQLCONNECTOR, "mysql+mysqlconnector"},
      {SyncDriver::MYSQL_CYMYSQL, "mysql+cymysql"},
      {SyncDriver::MYSQL_OURSQL, "mysql+oursql"},
      {SyncDriver::MYSQL_PYODBC, "mysql+pyodbc"},
      {SyncDriver::SQLITE_PYSQLITE, "sqlite+pysqlite"},
      {SyncDriver::SQLITE_PYSQLCIPHER, "sqlite+pysqlcipher"},
      {SyncDriver::ORACLE_CX_ORACLE, "oracle+cx_oracle"},
      {SyncDriver::ORACLE_ORACLEDB, "oracle+oracledb"},
      {SyncDriver::MSSQL_PYODBC, "mssql+pyodbc"},
      {SyncDriver::MSSQL_MXODBC, "mssql+mxodbc"},
      {SyncDriver::MSSQL_PYMSSQL, "mssql+pymssql"},
      {SyncDriver::SQLITE, "sqlite"},
      {SyncDriver::POSTGRESQL, "postgresql"},
      {SyncDriver::MYSQL, "mysql"},
      {SyncDriver::MARIADB, "mariadb"},
      {SyncDriver::ODBC, "odbc"},
  };
  for (const auto& [driver, name] : names) {
    EXPECT_EQ(to_string(driver), name);
    EXPECT_EQ(sync_driver_from_string(name), driver) << name;
    EXPECT_EQ(async_driver_from_string(name), std::nullopt) << name;
    EXPECT_FALSE(is_async_driver_name(name)) << name;
    EXPECT_EQ(is_sync_driver_name(name), std::string_view(name).find('+') != std::string_view::npos) << name;
  }
}

TEST(AsyncDriverNames, AreThoseOfThePythonPackage) {
  const std::pair<AsyncDriver, const char*> names[] = {
      {AsyncDriver::POSTGRESQL_ASYNCPG, "postgresql+asyncpg"},
      {AsyncDriver::SQLITE_AIOSQLITE, "sqlite+aiosqlite"},
      {AsyncDriver::MYSQL_ASYNCMY, "mysql+asyncmy"},
      {AsyncDriver::MYSQL_AIOMYSQL, "mysql+aiomysql"},
      {AsyncDriver::ORACLE_ORACLEDB_ASYNC, "oracle+oracledb_async"},
  };
  for (const auto& [driver, name] : names) {
    EXPECT_EQ(to_string(driver), name);
    EXPECT_EQ(async_driver_from_string(name), driver) << name;
    EXPECT_EQ(sync_driver_from_string(name), std::nullopt) << name;
    EXPECT_TRUE(is_async_driver_name(name)) << name;
    EXPECT_FALSE(is_sync_driver_name(name)) << name;
  }
}

TEST(DriverNames, StandOnceInTheTable) {
  std::set<std::string_view> names;
  for (const auto& known : known_drivers()) EXPECT_TRUE(names.insert(known.name).second) << known.name;
}

TEST(DriverNames, OfThirdPartiesServeBothUses) {
  EXPECT_FALSE(is_async_driver_name("duckdb+native"));
  EXPECT_FALSE(is_sync_driver_name("duckdb+native"));
  EXPECT_FALSE(is_async_driver_name("postgresql+psycopg"));
  EXPECT_FALSE(is_sync_driver_name("postgresql+psycopg"));
}

TEST(DriverNames, LeadToTheirPluginAndPackage) {
  EXPECT_EQ(plugin_of_driver("sqlite+aiosqlite"), "sqlite");
  EXPECT_EQ(plugin_of_driver("sqlite+pysqlcipher"), "sqlcipher");
  EXPECT_EQ(plugin_of_driver("postgresql+psycopg"), "postgres");
  EXPECT_EQ(plugin_of_driver("mariadb"), "mysql");
  EXPECT_EQ(plugin_of_driver("mysql+pyodbc"), "odbc");
  EXPECT_EQ(plugin_of_driver("oracle+oracledb_async"), "odbc");
  EXPECT_EQ(plugin_of_driver("duckdb"), std::nullopt);
  EXPECT_EQ(package_of_driver("mariadb"), "prefect-sqlalchemy-driver-mysql");
  EXPECT_EQ(package_of_driver("duckdb"), std::nullopt);
}

std::string refusal_of(std::string_view name) {
  try {
    check_driver_name(name);
  } catch (const ArgumentError& error) {
    return error.what();
  }
  return "";
}

TEST(DriverNames, AreLettersDigitsAndFourSigns) {
  for (const auto& known : known_drivers()) EXPECT_EQ(refusal_of(known.name), "") << known.name;
  EXPECT_EQ(refusal_of("My.db-2+x_y"), "");
  EXPECT_THAT(refusal_of(""), HasSubstr("empty"));
  EXPECT_THAT(refusal_of("sqlite/evil"), HasSubstr("'/' at byte 6"));
  EXPECT_THAT(refusal_of("a..b"), HasSubstr("\"..\""));
  EXPECT_THAT(refusal_of(".hidden"), HasSubstr("begin with a letter"));
  EXPECT_THAT(refusal_of(std::string_view("a\0b", 3)), HasSubstr("unprintable byte at byte 1"));
  EXPECT_THAT(refusal_of("sqlit\xc3\xa9"), HasSubstr("unprintable byte at byte 5"));
  EXPECT_THAT(refusal_of(std::string(101, 'a')), HasSubstr("101 bytes"));
}

TEST(DriverNames, RefusedDoNotShowAPasswordPutInTheirPlace) {
  const auto refusal = refusal_of("postgresql://marvin:heartofgold@host/db");
  EXPECT_THAT(refusal, HasSubstr("make_url"));
  EXPECT_THAT(refusal, Not(HasSubstr("heartofgold")));
  EXPECT_THAT(refusal, Not(HasSubstr("marvin")));
}

TEST(NearMatches, AreTheNearestNamesFirst) {
  const std::vector<std::string> names = {"sqlite", "mysql", "duckdb", "sqlite+pysqlite", "duckdb+native"};
  EXPECT_THAT(near_matches("duckbd", names), ElementsAre("duckdb"));
  EXPECT_THAT(near_matches("DuckDB", names), ElementsAre("duckdb"));
  EXPECT_THAT(near_matches("sqlit+pysqlit", names), ElementsAre("sqlite+pysqlite"));
  EXPECT_THAT(near_matches("mssql", names), ElementsAre("mysql"));
  EXPECT_THAT(near_matches("firebird", names), IsEmpty());
}

}  // namespace
}  // namespace prefect_sqlalchemy
