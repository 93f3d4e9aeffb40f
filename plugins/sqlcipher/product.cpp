// SPDX-License-Identifier: Apache-2.0
#include "product.hpp"

#include <algorithm>
#include <array>
#include <climits>
#include <cstring>
#include <string_view>

#include <sqlite3.h>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/text.hpp>

#include "common_options.hpp"
#include "connection.hpp"
#include "error.hpp"

namespace psa::sqlite {
namespace {

// SQLCipher takes every cipher that OpenSSL knows, and some of them write what nobody can read again (CCM).
constexpr const char* ciphers =
    "aes-256-cbc|aes-256-cfb|aes-256-ofb|aes-256-ctr|aes-192-cbc|aes-192-cfb|aes-192-ofb|aes-192-ctr|"
    "aes-128-cbc|aes-128-cfb|aes-128-ofb|aes-128-ctr";

// pysqlcipher's, in the order in which they are set.
constexpr std::array own_options = {
    option_info("kdf_iter", PSA_TYPE_INT64, "64000", "",
                "how often the key is derived from the pass phrase; as it was when the file was made"),
    option_info("cipher", PSA_TYPE_TEXT, "aes-256-cbc", ciphers, "how pages are encrypted"),
    option_info("cipher_page_size", PSA_TYPE_INT64, "1024", "",
                "bytes of a page, a power of two from 512 to 65536"),
    option_info("cipher_use_hmac", PSA_TYPE_BOOL, "true", "",
                "each page has a code that shows whether it was tampered with"),
};

constexpr auto all_options = [] {
  std::array<psa_option_info, common_options.size() + own_options.size()> all = {};
  std::copy(own_options.begin(), own_options.end(),
            std::copy(common_options.begin(), common_options.end(), all.begin()));
  return all;
}();

std::string decoded(std::string_view text) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  const auto is_digit = [](char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
  };
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && is_digit(text[i + 1]) && is_digit(text[i + 2])) {
      out += static_cast<char>(digit(text[i + 1]) * 16 + digit(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

// A page cache is deciphered: whoever shares it reads without the key, and writes with his own.
void refuse_shared_cache(const Settings& settings) {
  const bool by_uri = (settings.open_flags & SQLITE_OPEN_URI) != 0 &&
                      decoded(settings.filename).find("cache=shared") != std::string::npos;
  if (by_uri || (settings.open_flags & SQLITE_OPEN_SHAREDCACHE) != 0)
    throw invalid_argument("connections to an encrypted database can't share a page cache")
        .with_hint("leave cache=shared out");
}

// The first value that a statement gives; empty if it gives none.
std::string first_value(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  std::string value;
  if (sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW) {
    const unsigned char* text = sqlite3_column_text(statement, 0);
    if (text != nullptr) value = reinterpret_cast<const char*>(text);
  }
  sqlite3_finalize(statement);
  return value;
}

// Another library's calls would take the key for nothing and write plain text: the program's SQLite, where
// this plugin's own does not come first.
void require_cipher(sqlite3* database) {
  if (first_value(database, "PRAGMA cipher_version").empty())
    throw DriverError(PSA_NOT_SUPPORTED, PSA_CATEGORY_INTERFACE,
                      "this plugin's calls reach a library that does not encrypt (SQLite " +
                          std::string(sqlite3_libversion()) + "), so nothing was read or written")
        .with_hint(
            "the plugin must have SQLCipher inside: build it from libsqlcipher.a, with its symbols "
            "hidden, as the project does");
}

// Overwrites the key at the end of its use.
struct Forgotten {
  explicit Forgotten(std::string& key) noexcept : key_(key) {}
  Forgotten(const Forgotten&) = delete;
  Forgotten& operator=(const Forgotten&) = delete;
  ~Forgotten() {
    explicit_bzero(key_.data(), key_.size());
    key_.clear();
  }
  std::string& key_;
};

DriverError wrong_key(const Settings& settings) {
  return make_error(SQLITE_NOTADB, "wrong key, or not an encrypted database")
      .with_detail("file: " + settings.filename)
      .with_hint(
          "the password must be the pass phrase that the file was made with, and kdf_iter, cipher, "
          "cipher_page_size and cipher_use_hmac what they were then; a file that is not encrypted is "
          "opened by the driver sqlite+pysqlite");
}

// Sets the key, and reads what shows whether it is right: SQLCipher itself looks only at the first statement.
// A file that is still empty gets its first page, and with it the salt that all its connections derive their
// keys with. Returns a result code.
int read_first_page(Connection& connection, const Settings& settings) {
  sqlite3* database = connection.database();
  int code = sqlite3_key_v2(database, "main", settings.key.data(), static_cast<int>(settings.key.size()));
  const auto run = [&](const char* sql) {
    if (code == SQLITE_OK) code = sqlite3_exec(database, sql, nullptr, nullptr, nullptr);
  };
  for (const std::string& pragma : settings.cipher) run(pragma.c_str());
  run("SELECT count(*) FROM sqlite_master");
  if (code != SQLITE_OK || sqlite3_db_readonly(database, "main") != 0) return code;
  const std::string pages = first_value(database, "PRAGMA page_count");
  // Another connection may have made the first page since, and the key is a wrong one.
  if (pages.empty()) return sqlite3_errcode(database);
  if (pages == "0") run("BEGIN IMMEDIATE; COMMIT");
  return code;
}

}  // namespace

std::string product_version() {
  std::string version;
  sqlite3* database = nullptr;
  if (sqlite3_open_v2(":memory:", &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) ==
      SQLITE_OK)
    version = first_value(database, "PRAGMA cipher_version");
  sqlite3_close_v2(database);
  return "SQLCipher " + version + " on SQLite " + sqlite3_libversion();
}

std::span<const psa_option_info> known_options() noexcept { return all_options; }

void read_product_settings(const psa_connection_args& args, const Options& options, Settings& settings) {
  settings.key = view(args.password);
  if (settings.key.empty())
    throw invalid_argument("an encrypted database needs a key, and the URL has no password")
        .with_hint(
            "write sqlite+pysqlcipher://:passphrase@/file.db; for a file that is not encrypted use the "
            "driver sqlite+pysqlite");
  if (settings.key.size() > INT_MAX) throw invalid_argument("the password is too long for a key");
  refuse_shared_cache(settings);
  if (const auto times = options.integer("kdf_iter")) {
    if (*times < 1 || *times > INT_MAX)
      throw invalid_argument("option 'kdf_iter' must be from 1 to 2147483647");
    settings.cipher.push_back("PRAGMA kdf_iter = " + std::to_string(*times));
  }
  if (const auto cipher = options.text("cipher"))
    settings.cipher.push_back("PRAGMA cipher = '" + std::string(*cipher) + "'");
  if (const auto size = options.integer("cipher_page_size")) {
    if (*size < 512 || *size > 65536 || (*size & (*size - 1)) != 0)
      throw invalid_argument("option 'cipher_page_size' must be a power of two from 512 to 65536");
    settings.cipher.push_back("PRAGMA cipher_page_size = " + std::to_string(*size));
  }
  if (const auto use = options.boolean("cipher_use_hmac"))
    settings.cipher.push_back(*use ? "PRAGMA cipher_use_hmac = ON" : "PRAGMA cipher_use_hmac = OFF");
}

void unlock(Connection& connection, Settings& settings) {
  const Forgotten key(settings.key);
  require_cipher(connection.database());
  int code = read_first_page(connection, settings);
  // The salt of a file that was empty a moment ago is made up, and wrong once another connection has made its
  // own.
  if ((code & 0xFF) == SQLITE_NOTADB) code = read_first_page(connection, settings);
  if ((code & 0xFF) == SQLITE_NOTADB) throw wrong_key(settings);
  if (code != SQLITE_OK) connection.fail(code);
}

}  // namespace psa::sqlite
