// SPDX-License-Identifier: Apache-2.0
#include <string>

#include <gtest/gtest.h>

#include "driver_client.hpp"

namespace {

using namespace driver_client;

class MysqlMetadata : public OnServer {
 protected:
  void SetUp() override {
    OnServer::SetUp();
    if (IsSkipped()) return;
    db_ = open();
    // The tests of one process run one after the other; those of several have a schema each.
    schema_ = "psa_metadata_" + run(db_, "SELECT CONNECTION_ID()").substr(6);
    run(db_, "CREATE DATABASE " + schema_);
    run(db_, "USE " + schema_);
    run(db_,
        "CREATE TABLE parent (id int AUTO_INCREMENT PRIMARY KEY, code varchar(10) NOT NULL COMMENT 'it''s',"
        " amount decimal(10,2) DEFAULT 1.5, note text, UNIQUE KEY by_code (code)) COMMENT 'the parents'");
    run(db_,
        "CREATE TABLE child (a int, b int, parent int, PRIMARY KEY (b, a),"
        " KEY by_parent (parent DESC, a),"
        " CONSTRAINT its_parent FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE)");
    run(db_, "CREATE VIEW names AS SELECT code FROM parent");
  }
  void TearDown() override {
    if (db_ != nullptr) run(db_, "DROP DATABASE " + schema_);
  }
  std::string tell(uint32_t kind, std::string_view schema = {}, std::string_view table = {}) {
    return rest(metadata(db_, kind, schema, table));
  }
  std::string own() const { return "text " + schema_ + ", "; }

  Connection db_;
  std::string schema_;
};

TEST_F(MysqlMetadata, TellsSchemas) {
  EXPECT_NE(tell(PSA_METADATA_SCHEMAS).find("text information_schema; "), std::string::npos);
  EXPECT_EQ(tell(PSA_METADATA_SCHEMAS, schema_), "text " + schema_);
}

TEST_F(MysqlMetadata, TellsTablesOfTheSessionsSchema) {
  EXPECT_EQ(tell(PSA_METADATA_TABLES), own() + "text child, text table, null; " + own() +
                                           "text names, text view, null; " + own() +
                                           "text parent, text table, text the parents");
  EXPECT_EQ(tell(PSA_METADATA_TABLES, schema_, "Parent"), "") << "names are exact";
  EXPECT_EQ(tell(PSA_METADATA_TABLES, "mysql", "db"),
            "text mysql, text db, text system, text Database privileges");
}

TEST_F(MysqlMetadata, TellsColumns) {
  EXPECT_EQ(tell(PSA_METADATA_COLUMNS, schema_, "parent"),
            own() + "text parent, int64 1, text id, text int(11), int64 0, null, int64 1, null; " + own() +
                "text parent, int64 2, text code, text varchar(10), int64 0, null, int64 0, text it's; " +
                own() +
                "text parent, int64 3, text amount, text decimal(10,2), int64 1, text 1.50, int64 0, null; " +
                own() + "text parent, int64 4, text note, text text, int64 1, null, int64 0, null");
}

TEST_F(MysqlMetadata, TellsKeysWithTheirRowsTogether) {
  EXPECT_EQ(tell(PSA_METADATA_KEYS, {}, "child"),
            own() + "text child, text its_parent, text foreign, int64 1, text parent, " + own() +
                "text parent, text id, text RESTRICT, text CASCADE; " + own() +
                "text child, text PRIMARY, text primary, int64 1, text b, null, null, null, null, null; " +
                own() +
                "text child, text PRIMARY, text primary, int64 2, text a, null, null, null, null, null");
  EXPECT_NE(tell(PSA_METADATA_KEYS, {}, "parent").find("text by_code, text unique, int64 1, text code"),
            std::string::npos);
}

TEST_F(MysqlMetadata, TellsIndexesButNotThePrimaryKeys) {
  EXPECT_EQ(tell(PSA_METADATA_INDEXES, {}, "child"),
            own() + "text child, text by_parent, int64 0, int64 1, text parent, null, int64 1; " + own() +
                "text child, text by_parent, int64 0, int64 2, text a, null, int64 0");
  EXPECT_EQ(tell(PSA_METADATA_INDEXES, {}, "parent"),
            own() + "text parent, text by_code, int64 1, int64 1, text code, null, int64 0");
}

TEST_F(MysqlMetadata, NamesItsColumnsAsTheInterfaceSays) {
  const auto result = metadata(db_, PSA_METADATA_KEYS);
  ArrowSchema schema{};
  ASSERT_EQ(table().result_schema(result.get(), &schema, nullptr), PSA_OK);
  std::string names;
  for (int64_t i = 0; i < schema.n_children; ++i) names += std::string(schema.children[i]->name) + ' ';
  schema.release(&schema);
  EXPECT_EQ(names,
            "schema table constraint kind ordinal column referenced_schema referenced_table "
            "referenced_column on_update on_delete ");
}

TEST_F(MysqlMetadata, TakesNamesWithQuotes) {
  run(db_, "CREATE TABLE `o'clock ``\\\\` (a int)");
  EXPECT_EQ(tell(PSA_METADATA_COLUMNS, {}, "o'clock `\\\\"),
            own() + "text o'clock `\\\\, int64 1, text a, text int(11), int64 1, null, int64 0, null");
  EXPECT_EQ(error_of([&] { tell(9); }).status, PSA_NOT_SUPPORTED);
}

}  // namespace
