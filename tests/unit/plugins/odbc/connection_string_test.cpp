// SPDX-License-Identifier: Apache-2.0
#include "connection_string.hpp"

#include <string>

#include <gtest/gtest.h>

#include "driver_under_test.hpp"

namespace {

using namespace psa::odbc;
using driver_client::error_of;

Target server(std::string dialect) {
  Target target;
  target.dialect = std::move(dialect);
  target.host = "db.example.org";
  target.user = "ann";
  target.password = "pw";
  target.database = "shop";
  return target;
}

TEST(OdbcConnectionString, OfADataSource) {
  Target target;
  target.dialect = "mssql";
  target.dsn = "mydsn";
  target.user = "ann";
  target.password = "pw";
  target.keys = {{"Encrypt", "yes"}};
  EXPECT_EQ(connection_string(target, ""), "DSN=mydsn;UID=ann;PWD=pw;Encrypt=yes");
}

TEST(OdbcConnectionString, OfADriverInTheWordsOfItsDialect) {
  Target mssql = server("mssql");
  mssql.port = 1433;
  EXPECT_EQ(connection_string(mssql, "ODBC Driver 18 for SQL Server"),
            "Driver=ODBC Driver 18 for SQL Server;Server=db.example.org,1433;Database=shop;UID=ann;PWD=pw");
  EXPECT_EQ(connection_string(mssql, "FreeTDS"),
            "Driver=FreeTDS;Server=db.example.org;Port=1433;Database=shop;UID=ann;PWD=pw");
  Target oracle = server("oracle");
  oracle.port = 1521;
  EXPECT_EQ(connection_string(oracle, "Oracle 21 ODBC driver"),
            "Driver=Oracle 21 ODBC driver;DBQ=//db.example.org:1521/shop;UID=ann;PWD=pw");
  oracle.host.clear();
  EXPECT_EQ(connection_string(oracle, "Oracle 21 ODBC driver"),
            "Driver=Oracle 21 ODBC driver;DBQ=shop;UID=ann;PWD=pw")
      << "a name of tnsnames.ora";
  Target mysql = server("mysql");
  mysql.port = 3306;
  EXPECT_EQ(connection_string(mysql, "MariaDB Unicode"),
            "Driver=MariaDB Unicode;Server=db.example.org;Port=3306;Database=shop;UID=ann;PWD=pw;OPTION=2");
  EXPECT_EQ(connection_string(server("odbc"), "/usr/lib/odbc/psqlodbcw.so"),
            "Driver=/usr/lib/odbc/psqlodbcw.so;Server=db.example.org;Database=shop;UID=ann;PWD=pw");
}

TEST(OdbcConnectionString, TrustsTheSessionOfWindowsWhereNobodyIsNamed) {
  Target target = server("mssql");
  target.user.clear();
  target.password.clear();
  EXPECT_EQ(
      connection_string(target, "ODBC Driver 18 for SQL Server"),
      "Driver=ODBC Driver 18 for SQL Server;Server=db.example.org;Database=shop;Trusted_Connection=Yes");
  target.keys = {{"Authentication", "ActiveDirectoryInteractive"}};
  EXPECT_EQ(connection_string(target, "ODBC Driver 18 for SQL Server"),
            "Driver=ODBC Driver 18 for SQL Server;Server=db.example.org;Database=shop;"
            "Authentication=ActiveDirectoryInteractive");
}

TEST(OdbcConnectionString, IsTheWholeOneAsItIs) {
  Target target;
  target.whole = "DRIVER={x};SERVER=y;PWD={a;b}";
  EXPECT_EQ(connection_string(target, ""), target.whole);
}

TEST(OdbcConnectionString, PutsValuesInBracesWhereTheyNeedThem) {
  EXPECT_EQ(escaped_value("plain value!@$%&*(),?[x]"), "plain value!@$%&*(),?[x]");
  EXPECT_EQ(escaped_value(""), "");
  EXPECT_EQ(escaped_value("a;b"), "{a;b}");
  EXPECT_EQ(escaped_value("a=b"), "{a=b}");
  EXPECT_EQ(escaped_value("{"), "{{}");
  EXPECT_EQ(escaped_value("}"), "{}}}");
  EXPECT_EQ(escaped_value("};Trusted_Connection=Yes;x={"), "{}};Trusted_Connection=Yes;x={}");
  EXPECT_EQ(escaped_value(" x"), "{ x}");
  EXPECT_EQ(escaped_value("x "), "{x }");
  EXPECT_EQ(error_of([] { escaped_value(std::string_view("a\0b", 3)); }).status, PSA_INVALID_ARGUMENT);
}

TEST(OdbcConnectionString, PutsAllButPlainNamesAndPasswordsInBraces) {
  EXPECT_EQ(escaped_secret("ann_1.x-y"), "ann_1.x-y");
  EXPECT_EQ(escaped_secret("p@ss"), "{p@ss}");
  EXPECT_EQ(escaped_secret("100%25"), "{100%25}") << "psqlODBC would decode it";
  EXPECT_EQ(escaped_secret("a}b"), "{a}}b}");
  EXPECT_EQ(error_of([] { escaped_secret(std::string_view("a\0b", 3)); }).status, PSA_INVALID_ARGUMENT);
}

TEST(OdbcConnectionString, KeepsAPasswordFromBecomingAKey) {
  Target target = server("mssql");
  target.password = "x};Server=evil;PWD={y";
  target.keys = {{"ApplicationName", "a;Driver=/tmp/evil.so"}};
  EXPECT_EQ(connection_string(target, "FreeTDS"),
            "Driver=FreeTDS;Server=db.example.org;Database=shop;UID=ann;PWD={x}};Server=evil;PWD={y};"
            "ApplicationName={a;Driver=/tmp/evil.so}");
}

TEST(OdbcConnectionString, RefusesNamesThatAreNoKeywords) {
  for (const char* key : {"", "a;b", "a=b", "a{b", "a}b", "[a]", "a\nb", " a", "a ", "\u00e4"}) {
    const auto error = error_of([&] { check_key(key); });
    EXPECT_EQ(error.status, PSA_INVALID_ARGUMENT) << key;
  }
  for (const char* key : {"Encrypt", "TDS_Version", "Trust Server Certificate", "MULTI-HOST", "Option3"})
    EXPECT_EQ(error_of([&] { check_key(key); }).status, PSA_OK) << key;
}

TEST(OdbcConnectionString, RefusesKeysThatTheUrlHasAPlaceFor) {
  for (const char* key : {"PWD", "uid", "Driver", "DSN", "FILEDSN", "SaveFile"}) {
    const auto error = error_of([&] { check_key(key); });
    EXPECT_EQ(error.status, PSA_INVALID_ARGUMENT) << key;
    EXPECT_NE(error.message.find(key), std::string::npos) << error.message;
  }
  Target target = server("odbc");
  target.keys = {{"server", "evil"}};
  EXPECT_EQ(error_of([&] { connection_string(target, "x"); }).status, PSA_INVALID_ARGUMENT);
  target.keys = {{"Encrypt", "yes"}, {"encrypt", "no"}};
  EXPECT_EQ(error_of([&] { connection_string(target, "x"); }).status, PSA_INVALID_ARGUMENT);
}

TEST(OdbcConnectionString, LeavesTheDriversOptionsToWhoNamesThem) {
  Target target = server("mysql");
  target.keys = {{"option", "67108866"}};
  EXPECT_EQ(connection_string(target, "MariaDB Unicode"),
            "Driver=MariaDB Unicode;Server=db.example.org;Database=shop;UID=ann;PWD=pw;option=67108866");
}

}  // namespace
