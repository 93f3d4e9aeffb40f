// SPDX-License-Identifier: Apache-2.0
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "encrypted_file.hpp"

namespace {

using namespace driver_client;

class SqlCipherFile : public EncryptedFile {
 protected:
  /// Names of the files beside the database and of itself, with what they hold.
  std::vector<std::pair<std::string, std::string>> files() const {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
      std::ifstream in(file.path(), std::ios::binary);
      out.emplace_back(file.path().filename(), std::string(std::istreambuf_iterator<char>(in), {}));
    }
    return out;
  }
  /// How many files hold something, none of them anything that could be read.
  int unreadable_files() const {
    int count = 0;
    for (const auto& [name, bytes] : files()) {
      if (bytes.empty()) continue;
      ++count;
      for (const char* plain :
           {"SQLite format", "CREATE TABLE", "harmless_name", "confidential text", "geheim"})
        EXPECT_EQ(bytes.find(plain), std::string::npos) << name << " holds " << plain;
    }
    return count;
  }
  /// Writes texts, in a transaction that is still open; `padding` makes it spill out of the page cache.
  static void write(const Connection& db, int rows) {
    run(db, "BEGIN");
    run(db,
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT " + std::to_string(rows) +
            ") INSERT INTO harmless_name SELECT i, 'confidential text ' || i || hex(zeroblob(200)) FROM n");
  }
};

TEST_F(SqlCipherFile, HoldsNoPlainText) {
  {
    const auto db = open("geheim");
    run(db, "CREATE TABLE harmless_name (n, t)");
    write(db, 100);
    run(db, "COMMIT");
  }
  EXPECT_EQ(unreadable_files(), 1);
}

TEST_F(SqlCipherFile, HasAJournalWithoutPlainText) {
  const auto db = open("geheim");
  run(db, "CREATE TABLE harmless_name (n, t)");
  write(db, 1000);
  run(db, "COMMIT");
  run(db, "PRAGMA cache_size = 10");
  run(db, "BEGIN");
  run(db, "UPDATE harmless_name SET t = t || '!'");
  EXPECT_EQ(unreadable_files(), 2) << "the database and its journal";
}

TEST_F(SqlCipherFile, HasAWriteAheadLogWithoutPlainText) {
  const auto db = open("geheim", {{"journal_mode", "wal"}});
  run(db, "CREATE TABLE harmless_name (n, t)");
  write(db, 100);
  run(db, "COMMIT");
  EXPECT_EQ(unreadable_files(), 3) << "the database, its log and the log's index";
}

TEST_F(SqlCipherFile, SortsLargeResultsWithoutATemporaryFile) {
  const auto db = open("geheim");
  EXPECT_EQ(run(db, "PRAGMA temp_store"), "int64 0");
  EXPECT_EQ(run(db, "SELECT count(*) FROM (SELECT 1) WHERE sqlite_compileoption_used('TEMP_STORE=2')"),
            "int64 1");
}

}  // namespace
