// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/text.hpp>

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Url {
  std::string database;
  Pairs query = {};
  std::string username = {}, password = {}, host = {};
};

psa::sqlite::Settings read(const Url& url) {
  std::vector<psa_option> options;
  for (const auto& [name, text] : url.query)
    options.push_back(
        {PSA_INIT(psa_option), PSA_TYPE_TEXT, PSA_OPTION_FROM_URL, 0, psa::c_text(name), psa::c_text(text)});
  const psa_address address{PSA_INIT(psa_address), 0, psa::c_text(url.host)};
  psa_connection_args args{PSA_INIT(psa_connection_args)};
  args.database = psa::c_text(url.database);
  args.username = psa::c_text_or_none(url.username);
  args.password = psa::c_text_or_none(url.password);
  args.addresses = &address;
  args.address_count = url.host.empty() ? 0 : 1;
  args.address_size = sizeof(psa_address);
  args.options = options.data();
  args.option_count = options.size();
  args.option_size = sizeof(psa_option);
  return psa::sqlite::read_settings(args);
}

psa::DriverError refusal(const Url& url) {
  try {
    read(url);
  } catch (const psa::DriverError& error) {
    return error;
  }
  return {PSA_OK, 0, "accepted"};
}

TEST(SqliteOptions, HaveDefaults) {
  const auto settings = read({"shop.db"});
  EXPECT_EQ(settings.filename, "shop.db");
  EXPECT_EQ(settings.open_flags, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  EXPECT_EQ(settings.timeout, 5'000'000'000);
  EXPECT_FALSE(settings.foreign_keys.has_value());
  EXPECT_EQ(settings.begin, "BEGIN");
  EXPECT_FALSE(settings.is_private);
}

TEST(SqliteOptions, TakeAnEmptyDatabaseForMemory) {
  EXPECT_EQ(read({""}).filename, ":memory:");
  EXPECT_TRUE(read({""}).is_private);
  EXPECT_TRUE(read({":memory:"}).is_private);
  EXPECT_TRUE(read({"name", {{"mode", "memory"}}}).is_private);
  EXPECT_FALSE(read({"name", {{"mode", "memory"}, {"cache", "shared"}}}).is_private);
  EXPECT_TRUE(read({"file::memory:", {{"uri", "true"}}}).is_private);
  EXPECT_FALSE(read({"file:x?mode=memory&cache=shared", {{"uri", "true"}}}).is_private);
  EXPECT_FALSE(read({"file:x.db", {{"uri", "true"}}}).is_private);
}

TEST(SqliteOptions, BecomeOpenFlags) {
  EXPECT_EQ(read({"x", {{"mode", "ro"}}}).open_flags, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READONLY);
  EXPECT_EQ(read({"x", {{"mode", "rw"}}}).open_flags, SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_READWRITE);
  EXPECT_NE(read({"x", {{"cache", "shared"}}}).open_flags & SQLITE_OPEN_SHAREDCACHE, 0);
  EXPECT_NE(read({"file:x", {{"uri", "1"}}}).open_flags & SQLITE_OPEN_URI, 0);
}

TEST(SqliteOptions, AreRead) {
  const auto settings = read({"x",
                              {{"timeout", "0.25"},
                               {"foreign_keys", "on"},
                               {"journal_mode", "WAL"},
                               {"isolation_level", "IMMEDIATE"},
                               {"vfs", "unix-none"},
                               {"check_same_thread", "false"}}});
  EXPECT_EQ(settings.timeout, 250'000'000);
  EXPECT_EQ(settings.foreign_keys, true);
  EXPECT_EQ(settings.journal_mode, "wal");
  EXPECT_EQ(settings.begin, "BEGIN IMMEDIATE");
  EXPECT_EQ(settings.vfs, "unix-none");
}

TEST(SqliteOptions, TurnAPathIntoAUriWhereOnlyThatCanSayIt) {
  EXPECT_EQ(read({"a?b#c%d", {{"immutable", "yes"}, {"nolock", "yes"}}}).filename,
            "file:a%3fb%23c%25d?immutable=1&nolock=1");
  EXPECT_EQ(read({"file:a?psow=1", {{"uri", "true"}, {"immutable", "yes"}}}).filename,
            "file:a?psow=1&immutable=1");
}

TEST(SqliteOptions, RefuseAUriThatIsNotAnnounced) {
  const auto error = refusal({"file:x.db"});
  EXPECT_EQ(error.status, PSA_INVALID_ARGUMENT);
  EXPECT_NE(error.hint.find("uri=true"), std::string::npos);
}

TEST(SqliteOptions, RefuseWhatBelongsToServers) {
  EXPECT_NE(refusal({"x", {}, "", "", "localhost"}).hint.find("sqlite:///"), std::string::npos);
  EXPECT_EQ(refusal({"x", {}, "ann"}).message, "SQLite has no user names");
  const auto password = refusal({"x", {}, "", "hush"});
  EXPECT_NE(password.hint.find("pysqlcipher"), std::string::npos);
  EXPECT_EQ((password.message + password.hint).find("hush"), std::string::npos);
}

TEST(SqliteOptions, RefuseUnknownAndImpossibleValues) {
  EXPECT_EQ(refusal({"x", {{"time_out", "1"}}}).message,
            "unknown option 'time_out'; did you mean 'timeout'?");
  EXPECT_EQ(refusal({"x", {{"timeout", "-1"}}}).status, PSA_INVALID_ARGUMENT);
  EXPECT_EQ(refusal({"x", {{"timeout", "nan"}}}).status, PSA_INVALID_ARGUMENT);
  EXPECT_EQ(refusal({"x", {{"journal_mode", "fast; DROP TABLE t"}}}).status, PSA_INVALID_ARGUMENT);
  EXPECT_EQ(refusal({std::string("a\0b", 3)}).status, PSA_INVALID_ARGUMENT);
}

}  // namespace
