// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <sqlite3.h>

#include <psa/sdk/operation.hpp>
#include <psa/sdk/text.hpp>

#include "encrypted_file.hpp"

namespace {

using namespace driver_client;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

class SqlCipherKey : public EncryptedFile {
 protected:
  // SQLCipher by its own interface, as pysqlcipher uses it: pragmas, the key in double quotes.
  void by_pragmas(const std::string& pragmas, const char* sql) const {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, pragmas.c_str(), nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
};

// All that an error says.
std::string all_of(const psa::DriverError& error) {
  return error.message + error.detail + error.hint + error.context + error.sqlstate;
}

constexpr const char* wrong_key = "wrong key, or not an encrypted database";

TEST(SqlCipherDriver, TellsWhatItIs) {
  EXPECT_EQ(psa::view(table().name), "sqlcipher");
  EXPECT_THAT(std::string(psa::view(table().client)), MatchesRegex("SQLCipher [0-9.]+ on SQLite [0-9.]+"));
}

TEST(SqlCipherDriver, ListsPysqlciphersOptionsAndNoKey) {
  std::string names = " ";
  for (size_t i = 0; i < table().option_count; ++i)
    names += std::string(psa::view(table().options[i].name)) + " ";
  for (const char* option : {"timeout ", "kdf_iter ", "cipher ", "cipher_page_size ", "cipher_use_hmac "})
    EXPECT_THAT(names, HasSubstr(option));
  EXPECT_THAT(names, Not(HasSubstr(" key")));
  EXPECT_THAT(names, Not(HasSubstr("pass")));
}

TEST_F(SqlCipherKey, OpensWhatItHasMade) {
  make("geheim");
  EXPECT_EQ(run(open("geheim"), "SELECT v FROM t"), "text kept");
}

TEST_F(SqlCipherKey, ThatIsWrongIsRefusedAtConnect) {
  make("geheim");
  const auto error = refusal("guessed-secret");
  EXPECT_EQ(error.message, wrong_key);
  EXPECT_EQ(error.status, PSA_ERROR);
  EXPECT_EQ(error.vendor_code, SQLITE_NOTADB);
  EXPECT_EQ(error.detail, "file: " + path_);
  EXPECT_THAT(error.hint, HasSubstr("kdf_iter"));
  EXPECT_THAT(all_of(error), Not(HasSubstr("guessed-secret")));
  EXPECT_EQ(run(open("geheim"), "SELECT v FROM t"), "text kept");
}

TEST_F(SqlCipherKey, ForAFileThatIsNotEncryptedIsRefused) {
  by_pragmas("", "CREATE TABLE t (v)");
  EXPECT_EQ(refusal("geheim").message, wrong_key);
  folder_.write("x.db", std::string(5000, 'x'));
  EXPECT_EQ(refusal("geheim").message, wrong_key);
}

TEST_F(SqlCipherKey, IsNeeded) {
  const auto error = refusal("");
  EXPECT_EQ(error.status, PSA_INVALID_ARGUMENT);
  EXPECT_THAT(error.message, HasSubstr("needs a key"));
  EXPECT_THAT(error.hint, HasSubstr("sqlite+pysqlcipher://:passphrase@/file.db"));
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SqlCipherKey, MayHoldWhatSqlWouldTakeApart) {
  const std::string key = "it's \"quoted\"; DROP TABLE t; -- \\ %41 grün";
  make(key);
  EXPECT_EQ(run(open(key), "SELECT v FROM t"), "text kept");
  EXPECT_EQ(refusal("it's ").message, wrong_key);
  EXPECT_EQ(refusal("it").message, wrong_key);
}

TEST_F(SqlCipherKey, IsThatOfPysqlcipher) {
  by_pragmas("PRAGMA key=\"it's secret\"; PRAGMA kdf_iter=\"4000\"; PRAGMA cipher=\"aes-256-cfb\"",
             "CREATE TABLE t AS SELECT 'from Python' AS v");
  const auto db = open("it's secret", {{"kdf_iter", "4000"}, {"cipher", "aes-256-cfb"}});
  EXPECT_EQ(run(db, "SELECT v FROM t"), "text from Python");
}

TEST_F(SqlCipherKey, MayBeGivenRaw) {
  const std::string raw = "x'2DD29CA851E7B56E4697B0E1F08507293D761A05CE4D1B628663F411A8086D99'";
  by_pragmas("PRAGMA key=\"" + raw + "\"", "CREATE TABLE t AS SELECT 'raw' AS v");
  EXPECT_EQ(run(open(raw), "SELECT v FROM t"), "text raw");
}

TEST_F(SqlCipherKey, BelongsToItsSettings) {
  const Options settings = {{"kdf_iter", "1000"},
                            {"cipher", "AES-256-CFB"},
                            {"cipher_page_size", "4096"},
                            {"cipher_use_hmac", "no"}};
  make("geheim", settings);
  const auto db = open("geheim", settings);
  EXPECT_EQ(run(db, "SELECT v FROM t"), "text kept");
  EXPECT_EQ(run(db, "PRAGMA kdf_iter"), "text 1000");
  EXPECT_EQ(run(db, "PRAGMA cipher"), "text AES-256-CFB");
  EXPECT_EQ(run(db, "PRAGMA cipher_page_size"), "text 4096");
  EXPECT_EQ(run(db, "PRAGMA cipher_use_hmac"), "text 0");
  EXPECT_EQ(std::filesystem::file_size(path_) % 4096, 0U);
  for (size_t changed = 0; changed < settings.size(); ++changed) {
    Options others = settings;
    others.erase(others.begin() + static_cast<ptrdiff_t>(changed));
    EXPECT_EQ(refusal("geheim", others).message, wrong_key) << settings[changed].first;
  }
}

TEST_F(SqlCipherKey, WorksWithEachCipherThatItOffers) {
  std::string choices;
  for (size_t i = 0; i < table().option_count; ++i)
    if (psa::view(table().options[i].name) == "cipher") choices = psa::view(table().options[i].choices);
  int tried = 0;
  for (size_t begin = 0; begin < choices.size(); ++tried) {
    const size_t end = std::min(choices.find('|', begin), choices.size());
    const Options options = {{"cipher", choices.substr(begin, end - begin)}, {"kdf_iter", "100"}};
    std::filesystem::remove(path_);
    make("geheim", options);
    EXPECT_EQ(run(open("geheim", options), "SELECT v FROM t"), "text kept") << options[0].second;
    EXPECT_EQ(refusal("falsch", options).message, wrong_key) << options[0].second;
    begin = end + 1;
  }
  EXPECT_EQ(tried, 12);
}

TEST_F(SqlCipherKey, RefusesSettingsThatWouldLoseOrSpoilAFile) {
  const std::array<std::pair<const char*, const char*>, 9> wrong = {{{"cipher", "aes-256-ccm"},
                                                                     {"cipher", "rot13"},
                                                                     {"cipher", "x'; DROP TABLE t; --"},
                                                                     {"kdf_iter", "0"},
                                                                     {"kdf_iter", "2147483648"},
                                                                     {"kdf_iter", "many"},
                                                                     {"cipher_page_size", "1000"},
                                                                     {"cipher_page_size", "131072"},
                                                                     {"cipher_use_hmac", "maybe"}}};
  for (const auto& [name, value] : wrong) {
    const auto error = refusal("geheim", {{name, value}});
    EXPECT_EQ(error.status, PSA_INVALID_ARGUMENT) << name << " = " << value;
    EXPECT_THAT(error.message, HasSubstr(name));
  }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(SqlCipherKey, IsNotGotRoundByASharedPageCache) {
  make("geheim");
  EXPECT_THAT(refusal("falsch", {{"cache", "shared"}}).message, HasSubstr("page cache"));
  for (const char* parameter : {"cache=shared", "c%61che=sh%61red"}) {
    const Server uri = {{}, "falsch", {}, "file:" + path_ + "?" + parameter, 0, {{"uri", "true"}}};
    EXPECT_THAT(error_of([&] { driver_client::open(uri); }).message, HasSubstr("page cache")) << parameter;
  }
}

TEST_F(SqlCipherKey, IsDerivedAlikeByAllThatOpenAnEmptyFileAtOnce) {
  sqlite3* holder = nullptr;  // keeps the file empty until both are there
  ASSERT_EQ(sqlite3_open(path_.c_str(), &holder), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(holder, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      EXPECT_NO_THROW({
        const auto db = open("geheim", {{"timeout", "3600"}});
        run(db, "CREATE TABLE IF NOT EXISTS t (v)");
        run(db, "INSERT INTO t VALUES (1)");
      });
    });
  sqlite3_close(holder);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(run(open("geheim"), "SELECT sum(v) FROM t"), "int64 4");
}

TEST_F(SqlCipherKey, OfAnEmptyFileStaysRightWhenAnotherConnectionWrites) {
  const auto reader = open("geheim");
  EXPECT_GT(std::filesystem::file_size(path_), 0U);
  make("geheim");
  EXPECT_EQ(run(reader, "SELECT v FROM t"), "text kept");
}

TEST_F(SqlCipherKey, WaitsForALockAsEveryStatementDoes) {
  make("geheim");
  const auto holder = open("geheim");
  run(holder, "BEGIN EXCLUSIVE");
  EXPECT_EQ(refusal("geheim", {{"timeout", "0"}}).message, "database is locked");
  const auto waiter = driver_client::make({{}, "geheim", {}, path_, 0, {{"timeout", "3600"}}});
  EXPECT_EQ(error_of([&] { connect(waiter, psa::monotonic_now() + 300 * millisecond); }).status,
            PSA_DEADLINE);
}

TEST(SqlCipherMemory, HasAKeyAsWell) {
  const auto db = driver_client::open({{}, "geheim", {}, "", 0, {}});
  run(db, "CREATE TABLE t (v)");
  run(db, "INSERT INTO t VALUES (7)");
  EXPECT_EQ(run(db, "SELECT v FROM t"), "int64 7");
  EXPECT_EQ(state(db).flags, PSA_STATE_PRIVATE_DATABASE);
}

}  // namespace
