// SPDX-License-Identifier: Apache-2.0
//
// ODBC's catalogue functions in the interface's columns.
#include <string>

#include <gtest/gtest.h>

#include "odbc_places.hpp"

namespace {

using namespace driver_client;

class OdbcCatalog : public OnOdbcPlace {
 protected:
  void SetUp() override {
    OnOdbcPlace::SetUp();
    if (IsSkipped()) return;
    db_ = open();
    drop();
    run(db_, "CREATE TABLE psa_odbc_parents (id integer PRIMARY KEY, name varchar(20) NOT NULL)");
    run(db_,
        "CREATE TABLE psa_odbc_kids (a integer NOT NULL, b integer NOT NULL, price numeric(10,2), parent "
        "integer, "
        "PRIMARY KEY (b, a), FOREIGN KEY (parent) REFERENCES psa_odbc_parents (id) ON DELETE CASCADE)");
    run(db_, "CREATE UNIQUE INDEX psa_odbc_by_price ON psa_odbc_kids (price, parent)");
  }
  void TearDown() override {
    if (db_ != nullptr) drop();
  }
  void drop() {
    run(db_, "DROP TABLE IF EXISTS psa_odbc_kids");
    run(db_, "DROP TABLE IF EXISTS psa_odbc_parents");
  }
  std::string about(uint32_t kind, std::string_view table) { return rest(metadata(db_, kind, {}, table)); }
  std::string schema() const {
    return GetParam() == OdbcPlace::postgres  ? "public"
           : GetParam() == OdbcPlace::mariadb ? place().database
                                              : "main";
  }
  Connection db_;
};
INSTANTIATE_TEST_SUITE_P(On, OdbcCatalog,
                         testing::Values(OdbcPlace::postgres, OdbcPlace::mariadb, OdbcPlace::sqlite),
                         odbc_place_name);

TEST_P(OdbcCatalog, TellsTablesByTheirExactNames) {
  EXPECT_EQ(about(PSA_METADATA_TABLES, "psa_odbc_kids"),
            "text " + schema() + ", text psa_odbc_kids, text table, null");
  EXPECT_EQ(about(PSA_METADATA_TABLES, "psa%odbc%kids"), "") << "no pattern";
  EXPECT_EQ(about(PSA_METADATA_TABLES, "psaXodbc_kids"), "");
  EXPECT_NE(rest(metadata(db_, PSA_METADATA_SCHEMAS)).find("text " + schema()), std::string::npos);
}

TEST_P(OdbcCatalog, TellsColumns) {
  const std::string columns = about(PSA_METADATA_COLUMNS, "psa_odbc_kids");
  EXPECT_NE(columns.find("int64 1, text a, text "), std::string::npos) << columns;
  EXPECT_NE(columns.find("int64 3, text price, text "), std::string::npos) << columns;
  EXPECT_NE(columns.find("(10,2), int64 1, null"), std::string::npos) << columns;
}

TEST_P(OdbcCatalog, TellsThePrimaryKeyInItsOwnOrder) {
  const std::string keys = about(PSA_METADATA_KEYS, "psa_odbc_kids");
  const size_t first = keys.find("text primary, int64 1, text b"),
               second = keys.find("text primary, int64 2, text a");
  EXPECT_NE(first, std::string::npos) << keys;
  EXPECT_NE(second, std::string::npos) << keys;
}

TEST_P(OdbcCatalog, TellsWhatAForeignKeyRefersTo) {
  const std::string keys = about(PSA_METADATA_KEYS, "psa_odbc_kids");
  EXPECT_NE(
      keys.find("text foreign, int64 1, text parent, text " + schema() + ", text psa_odbc_parents, text id"),
      std::string::npos)
      << keys;
  EXPECT_NE(keys.find("text CASCADE"), std::string::npos) << keys;
}

TEST_P(OdbcCatalog, TellsIndexesButThePrimaryKeys) {
  const std::string indexes = about(PSA_METADATA_INDEXES, "psa_odbc_kids");
  EXPECT_NE(indexes.find("text psa_odbc_by_price, int64 1, int64 1, text price, null, int64 0"),
            std::string::npos)
      << indexes;
  EXPECT_EQ(indexes.find("text b,"), std::string::npos) << indexes;
  EXPECT_EQ(about(PSA_METADATA_INDEXES, "psa_odbc_parents"), "");
}

}  // namespace
