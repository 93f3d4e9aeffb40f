// SPDX-License-Identifier: Apache-2.0
//
// A program that uses SQLite itself, and the plugins of SQLite and SQLCipher in it: three libraries with the
// same symbols.
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <string>

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sqlite3.h>

#include <prefect_sqlalchemy/connector/sqlalchemy_connector.hpp>
#include <prefect_sqlalchemy/drivers/registry.hpp>

#include "message_of.hpp"
#include "temporary_folder.hpp"

using namespace prefect_sqlalchemy;
using test_support::message_of;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

namespace {

/// One folder for each case, and the program's own SQLite on files in it.
class BesideSqlite : public testing::Test {
 protected:
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  std::string encrypted_url() const { return "sqlite+pysqlcipher://:geheim@/" + path("x.db"); }

  /// What the program's own SQLite says to `sql` on a file: the first value, or the error.
  std::string by_own_sqlite(const std::string& name, const std::string& sql) const {
    sqlite3* database = nullptr;
    sqlite3_stmt* statement = nullptr;
    std::string said;
    sqlite3_open(path(name).c_str(), &database);
    int code = sqlite3_prepare_v2(database, sql.c_str(), -1, &statement, nullptr);
    if (code == SQLITE_OK) code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
      said = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
    else if (code != SQLITE_DONE)
      said = sqlite3_errmsg(database);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    return said;
  }
  std::string bytes(const std::string& name) const {
    std::ifstream in(path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  static std::string version(SqlAlchemyConnector& db) {
    return db.execute("SELECT sqlite_version()").scalar<std::string>().value();
  }

 private:
  test_support::TemporaryFolder folder_;
};

TEST_F(BesideSqlite, SqlCipherEncrypts) {
  by_own_sqlite("own.db", "CREATE TABLE t (v)");
  {
    SqlAlchemyConnector db(encrypted_url());
    db.execute("CREATE TABLE secrets (v text)");
    db.execute("INSERT INTO secrets VALUES (:v)", {{"v", "confidential text"}});
    EXPECT_EQ(db.execute("SELECT v FROM secrets").scalar<std::string>(), "confidential text");
  }
  EXPECT_THAT(bytes("x.db"), AllOf(Not(HasSubstr("confidential")), Not(HasSubstr("secrets")),
                                   Not(HasSubstr("SQLite format")), Not(HasSubstr("geheim"))));
  EXPECT_GT(bytes("x.db").size(), 1000u);
  EXPECT_EQ(by_own_sqlite("x.db", "SELECT v FROM secrets"), "file is not a database");
  EXPECT_EQ(by_own_sqlite("own.db", "SELECT count(*) FROM t"), "0");
}

TEST_F(BesideSqlite, EachOfThreeLibrariesStaysItself) {
  SqlAlchemyConnector encrypted(encrypted_url());
  SqlAlchemyConnector plain("sqlite+pysqlite:///" + path("plain.db"));
  for (int turn = 0; turn < 2; ++turn) {
    EXPECT_EQ(version(plain), sqlite3_libversion());
    EXPECT_NE(version(encrypted), sqlite3_libversion());
    const std::string table = "t" + std::to_string(turn);
    for (SqlAlchemyConnector* db : {&plain, &encrypted})
      db->execute("CREATE TABLE " + table + " AS SELECT 7 AS v");
    EXPECT_EQ(by_own_sqlite("plain.db", "SELECT v FROM " + table), "7");
    EXPECT_EQ(by_own_sqlite("x.db", "SELECT v FROM " + table), "file is not a database");
  }
}

TEST_F(BesideSqlite, NoSymbolOfAPluginReachesTheProgram) {
  const Driver& driver = find_driver("sqlite+pysqlcipher");
  void* own = dlsym(RTLD_DEFAULT, "sqlite3_open_v2");
  EXPECT_EQ(own, reinterpret_cast<void*>(&sqlite3_open_v2));
  EXPECT_EQ(dlsym(RTLD_DEFAULT, "sqlite3_key_v2"), nullptr);
  void* plugin = dlopen(driver.library().c_str(), RTLD_NOW | RTLD_NOLOAD);
  ASSERT_NE(plugin, nullptr);
  EXPECT_NE(dlsym(plugin, PSA_DRIVER_ENTRY_SYMBOL), nullptr);
  EXPECT_EQ(dlsym(plugin, "sqlite3_key_v2"), nullptr);
  EXPECT_EQ(dlsym(plugin, "sqlite3_open_v2"), nullptr);
  dlclose(plugin);
}

TEST_F(BesideSqlite, ASharedSqlCipherIsRefusedBeforeItWritesPlainText) {
  add_driver_folder(PSA_SHARED_SQLCIPHER_FOLDER);
  SqlAlchemyConnector db("sqlite+sqlcipher_shared://:geheim@/" + path("x.db"));
  const std::string message = message_of<Error>([&] { db.execute("CREATE TABLE t (v)"); });
  EXPECT_THAT(message,
              HasSubstr(std::string("a library that does not encrypt (SQLite ") + sqlite3_libversion()));
  EXPECT_THAT(message, Not(HasSubstr("geheim")));
  EXPECT_EQ(bytes("x.db"), "");
}

TEST_F(BesideSqlite, TheKeyIsInNoErrorAndNoLog) {
  std::ostringstream log;
  const auto logger = std::make_shared<spdlog::logger>("prefect_sqlalchemy",
                                                       std::make_shared<spdlog::sinks::ostream_sink_mt>(log));
  logger->set_level(spdlog::level::trace);
  spdlog::drop("prefect_sqlalchemy");
  spdlog::register_logger(logger);
  std::string said;
  {
    SqlAlchemyConnector db(encrypted_url() + "?foreign_keys=on");
    db.execute("CREATE TABLE t (v)");
    said += message_of<Error>([&] { db.execute("SELECT * FROM nothing"); });
    said += db.url().render();
    // A commit that fails at the end of the scope can only be logged.
    db.execute("CREATE TABLE children (t REFERENCES t (v) DEFERRABLE INITIALLY DEFERRED)");
    db.execute("CREATE UNIQUE INDEX i ON t (v)");
    EXPECT_THROW(db.fetch_one("INSERT INTO children VALUES (7)"), ResourceClosedError);
  }
  SqlAlchemyConnector other("sqlite+pysqlcipher://:guessed@/" + path("x.db"));
  const std::string refused = message_of<Error>([&] { other.execute("SELECT 1"); });
  EXPECT_THAT(refused, HasSubstr("wrong key, or not an encrypted database"));
  SqlAlchemyConnector unknown(encrypted_url() + "?kdf_itr=1");
  said += refused + message_of<Error>([&] { unknown.execute("SELECT 1"); });
  EXPECT_THAT(said, HasSubstr("kdf_iter"));
  spdlog::drop("prefect_sqlalchemy");
  EXPECT_THAT(log.str(), HasSubstr("FOREIGN KEY"));
  for (const char* key : {"geheim", "guessed"}) {
    EXPECT_THAT(said, Not(HasSubstr(key)));
    EXPECT_THAT(log.str(), Not(HasSubstr(key)));
  }
}

TEST_F(BesideSqlite, ComponentsTakeAPasswordWithoutAUser) {
  const ConnectionComponents components{
      .driver = SyncDriver::SQLITE_PYSQLCIPHER, .database = path("x.db"), .password = "p@ss:w/rd%"};
  {
    SqlAlchemyConnector db(components);
    db.execute("CREATE TABLE t AS SELECT 7 AS v");
  }
  EXPECT_EQ(SqlAlchemyConnector(components).execute("SELECT v FROM t").scalar<int>(), 7);
  SqlAlchemyConnector by_url("sqlite+pysqlcipher://:p%40ss%3Aw%2Frd%25@/" + path("x.db"));
  EXPECT_EQ(by_url.execute("SELECT v FROM t").scalar<int>(), 7);
}

}  // namespace
