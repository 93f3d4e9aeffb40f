// SPDX-License-Identifier: Apache-2.0
//
// The catalogue, and what it asks: pragma functions, which SQLCipher's SQLite is too old to have itself.
#include "encrypted_file.hpp"

namespace {

using namespace driver_client;

class SqlCipherMetadata : public testing::Test {
 protected:
  SqlCipherMetadata() {
    run(db_, "CREATE TABLE authors (id INTEGER PRIMARY KEY AUTOINCREMENT, name VARCHAR(20) NOT NULL UNIQUE)");
    run(db_,
        "CREATE TABLE \"it's\" (a, \"b\"\"c\" TEXT DEFAULT 'x', author REFERENCES authors ON DELETE CASCADE, "
        "PRIMARY KEY (\"b\"\"c\", a))");
    run(db_, "CREATE INDEX by_author ON \"it's\" (author, a DESC)");
  }
  const Connection db_ = driver_client::open("");
};

TEST_F(SqlCipherMetadata, TellsColumns) {
  EXPECT_EQ(rest(metadata(db_, PSA_METADATA_COLUMNS, "main", "authors")),
            "text main, text authors, int64 1, text id, text INTEGER, int64 1, null, int64 1, null; "
            "text main, text authors, int64 2, text name, text VARCHAR(20), int64 0, null, int64 0, null");
  EXPECT_EQ(rest(metadata(db_, PSA_METADATA_COLUMNS, "main", "it's")),
            "text main, text it's, int64 1, text a, text , int64 1, null, int64 0, null; "
            "text main, text it's, int64 2, text b\"c, text TEXT, int64 1, text 'x', int64 0, null; "
            "text main, text it's, int64 3, text author, text , int64 1, null, int64 0, null");
}

TEST_F(SqlCipherMetadata, TellsKeysAndIndexes) {
  EXPECT_EQ(
      rest(metadata(db_, PSA_METADATA_KEYS, "main", "it's")),
      "text main, text it's, null, text foreign, int64 1, text author, text main, text authors, text id, "
      "text NO ACTION, text CASCADE, int64 0; "
      "text main, text it's, null, text primary, int64 1, text b\"c, null, null, null, null, null, int64 0; "
      "text main, text it's, null, text primary, int64 2, text a, null, null, null, null, null, int64 0");
  EXPECT_EQ(rest(metadata(db_, PSA_METADATA_INDEXES, "main", "it's")),
            "text main, text it's, text by_author, int64 0, int64 1, text author, null, int64 0; "
            "text main, text it's, text by_author, int64 0, int64 2, text a, null, int64 1");
}

TEST_F(SqlCipherMetadata, GivesPragmasAsTables) {
  EXPECT_EQ(run(db_, "SELECT name FROM pragma_table_info('authors') ORDER BY cid DESC"),
            "text name; text id");
  EXPECT_EQ(run(db_, "SELECT name, hidden FROM pragma_table_xinfo('authors', 'main')"),
            "text id, int64 0; text name, int64 0");
  EXPECT_EQ(run(db_, "SELECT count(*) FROM pragma_table_info('nothing')"), "int64 0");
  EXPECT_EQ(run(db_, "SELECT count(*) FROM pragma_table_info"), "int64 0");
  EXPECT_EQ(run(db_, "SELECT count(*) FROM pragma_table_info(NULL)"), "int64 0");
  EXPECT_EQ(run(db_,
                "SELECT m.name, count(*) FROM sqlite_master m JOIN pragma_table_info(m.name) c "
                "WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' GROUP BY m.name ORDER BY 1"),
            "text authors, int64 2; text it's, int64 3");
}

TEST_F(SqlCipherMetadata, OfASchemaThatIsNotThereSaysSo) {
  const auto error = error_of([&] { run(db_, "SELECT * FROM pragma_table_info('authors', 'nowhere')"); });
  EXPECT_EQ(error.message, "unknown database 'nowhere'");
}

}  // namespace
