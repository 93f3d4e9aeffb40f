// SPDX-License-Identifier: Apache-2.0
#include "types.hpp"

#include <string>

#include <gtest/gtest.h>
#include <sqlext.h>

#include <psa/sdk/arrow_schema.hpp>

namespace {

using namespace psa::odbc;

ColumnDescription column(SQLSMALLINT type, uint64_t size = 0, std::string name = "",
                         bool is_unsigned = false) {
  return {"c", std::move(name), type, size, 0, is_unsigned};
}

TEST(OdbcTypes, ComeOfWhatTheDriverDescribes) {
  struct {
    ColumnDescription column;
    ColumnKind kind;
    SQLSMALLINT c_type;
    const char* format;
  } const cases[] = {
      {column(SQL_BIT), ColumnKind::boolean, SQL_C_BIT, "b"},
      {column(SQL_TINYINT, 3, "tinyint", true), ColumnKind::int64, SQL_C_SBIGINT, "l"},
      {column(SQL_SMALLINT), ColumnKind::int64, SQL_C_SBIGINT, "l"},
      {column(SQL_INTEGER), ColumnKind::int64, SQL_C_SBIGINT, "l"},
      {column(SQL_BIGINT), ColumnKind::int64, SQL_C_SBIGINT, "l"},
      {column(SQL_BIGINT, 20, "bigint unsigned", true), ColumnKind::uint64, SQL_C_UBIGINT, "L"},
      {column(SQL_REAL), ColumnKind::real32, SQL_C_FLOAT, "f"},
      {column(SQL_FLOAT), ColumnKind::real64, SQL_C_DOUBLE, "g"},
      {column(SQL_DOUBLE), ColumnKind::real64, SQL_C_DOUBLE, "g"},
      {column(SQL_NUMERIC, 38), ColumnKind::decimal, SQL_C_CHAR, "u"},
      {column(SQL_DECIMAL, 19, "money"), ColumnKind::decimal, SQL_C_CHAR, "u"},
      {column(SQL_CHAR, 3), ColumnKind::text, SQL_C_CHAR, "u"},
      {column(SQL_WLONGVARCHAR, 0), ColumnKind::text, SQL_C_CHAR, "u"},
      {column(SQL_VARCHAR, 5, "bool"), ColumnKind::boolean, SQL_C_BIT, "b"},  // psqlODBC
      {column(SQL_VARBINARY, 8), ColumnKind::bytes, SQL_C_BINARY, "z"},
      {column(SQL_TYPE_DATE), ColumnKind::date, SQL_C_TYPE_DATE, "tdD"},
      {column(9), ColumnKind::date, SQL_C_TYPE_DATE, "tdD"},  // of ODBC 2
      {column(SQL_TYPE_TIME), ColumnKind::time, SQL_C_CHAR, "ttu"},
      {column(SQL_TYPE_TIMESTAMP), ColumnKind::timestamp, SQL_C_TYPE_TIMESTAMP, "tsu:"},
      {column(SQL_GUID), ColumnKind::uuid, SQL_C_GUID, "w:16"},
      {column(SQL_INTERVAL_DAY_TO_SECOND), ColumnKind::text, SQL_C_CHAR, "u"},
      // SQL Server's own.
      {column(-154, 16, "time"), ColumnKind::time, SQL_C_CHAR, "ttu"},
      {column(-155, 34, "datetimeoffset"), ColumnKind::timestamp_tz, SQL_C_CHAR, "tsu:UTC"},
      {column(-152, 0, "xml"), ColumnKind::text, SQL_C_CHAR, "u"},
      {column(-151, 0, "udt"), ColumnKind::text, SQL_C_CHAR, "u"},
      {column(-150, 8000, "sql_variant"), ColumnKind::text, SQL_C_CHAR, "u"},
  };
  for (const auto& each : cases) {
    const ColumnType type = column_type(each.column, true);
    EXPECT_EQ(type.kind, each.kind) << each.column.type << ' ' << each.column.type_name;
    EXPECT_EQ(type.c_type, each.c_type) << each.column.type << ' ' << each.column.type_name;
    EXPECT_STREQ(arrow_format(type.kind), each.format) << each.column.type;
  }
}

TEST(OdbcTypes, AreWideWhereTheDriversTextsAreNoUtf8) {
  EXPECT_EQ(column_type(column(SQL_VARCHAR, 9), false).c_type, SQL_C_WCHAR);
  EXPECT_EQ(column_type(column(SQL_DECIMAL, 9), false).c_type, SQL_C_CHAR)
      << "digits are the same everywhere";
}

TEST(OdbcTypes, HaveASizeWhereOneIsWorthBinding) {
  EXPECT_EQ(column_type(column(SQL_VARCHAR, 40), true).size, 40U);
  EXPECT_EQ(column_type(column(SQL_VARCHAR, 0), true).size, 0U) << "varchar(max)";
  EXPECT_EQ(column_type(column(SQL_VARCHAR, 65'535), true).size, 0U);
  EXPECT_EQ(column_type(column(SQL_LONGVARCHAR, 40), true).size, 0U);
  EXPECT_EQ(column_type(column(SQL_LONGVARBINARY, 40), true).size, 0U);
}

TEST(OdbcTypes, NameTheDatabasesTypeInTheMetadata) {
  const ColumnType decimal = column_type(column(SQL_DECIMAL, 9, "money"), true);
  EXPECT_EQ(psa::find_metadata(decimal.metadata.data(), "psa.type"), "money");
  EXPECT_EQ(psa::find_metadata(decimal.metadata.data(), "ARROW:extension:name"), "psa.decimal");
  const ColumnType uuid = column_type(column(SQL_GUID, 36, "uniqueidentifier"), true);
  EXPECT_EQ(psa::find_metadata(uuid.metadata.data(), "ARROW:extension:name"), "arrow.uuid");
}

}  // namespace
