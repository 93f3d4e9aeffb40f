// SPDX-License-Identifier: Apache-2.0
//
// Connecting: what goes wrong says what to do, and the process stays as it was.
#include <clocale>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "odbc_places.hpp"
#include "scoped_environment.hpp"
#include "silent_listener.hpp"

namespace {

using namespace driver_client;

const std::string sample = "\u00e4\u20ac\U0001F986";

Server server_named(std::string driver_name, Options options) {
  Server server;
  server.driver_name = std::move(driver_name);
  server.options = std::move(options);
  return server;
}

psa::DriverError refusal(const Server& server) {
  return error_of([&] { open(server); });
}

/// unixODBC remembers files that it has read: what reads others runs in a process that has read none.
template <class Function>
void in_own_process(Function function) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(
      {
        function();
        std::_Exit(testing::Test::HasFailure() ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

TEST(OdbcConnect, NamesTheLibraryThatADriverMisses) {
  const psa::DriverError error = refusal(server_named("odbc", {{"driver", PSA_TEST_BROKEN_DRIVER}}));
  EXPECT_NE(error.message.find("libodbc_test_client.so"), std::string::npos) << error.message;
  EXPECT_EQ(error.message.find("file not found"), std::string::npos) << error.message;
  EXPECT_EQ(error.category, PSA_CATEGORY_INTERFACE);
}

TEST(OdbcConnect, NamesTheLibraryThatARegisteredDriverMisses) {
  in_own_process([] {
    const test_support::TemporaryFolder folder;
    std::ofstream(folder.path() / "odbcinst.ini")
        << "[Broken One]\nDriver=" << PSA_TEST_BROKEN_DRIVER << "\n";
    const test_support::ScopedEnvironment files("ODBCSYSINI", folder.path().string());
    const psa::DriverError broken = refusal(server_named("odbc", {{"driver", "Broken One"}}));
    EXPECT_NE(broken.message.find("libodbc_test_client.so"), std::string::npos) << broken.message;
    const psa::DriverError unknown = refusal(server_named("odbc", {{"driver", "Nobody's"}}));
    EXPECT_NE(unknown.message.find("Broken One"), std::string::npos) << "it lists them: " << unknown.message;
  });
}

TEST(OdbcConnect, ListsWhatIsInstalledAndWhatToInstallWhereNoDriverIsKnown) {
  in_own_process([] {
    const test_support::TemporaryFolder folder;
    std::ofstream(folder.path() / "odbcinst.ini") << "[Some Driver]\nDriver=/nowhere.so\n";
    const test_support::ScopedEnvironment files("ODBCSYSINI", folder.path().string());
    for (const char* name : {"mssql+pyodbc", "mssql+mxodbc", "mssql+pymssql", "oracle+cx_oracle",
                             "oracle+oracledb", "oracle+oracledb_async", "mysql+pyodbc", "odbc"}) {
      Server server = server_named(name, {});
      server.host = "localhost";
      server.database = "shop";
      server.password = "hunter2";
      const psa::DriverError error = refusal(server);
      EXPECT_EQ(error.status, PSA_INVALID_ARGUMENT) << name;
      EXPECT_NE(error.message.find("Some Driver"), std::string::npos) << name << ": " << error.message;
      EXPECT_FALSE(error.hint.empty()) << name;
      EXPECT_EQ((error.message + error.hint + error.detail).find("hunter2"), std::string::npos);
    }
  });
}

TEST(OdbcConnect, FindsTheWellKnownDriverOfADialect) {
  in_own_process([] {
    const test_support::TemporaryFolder folder;
    std::ofstream(folder.path() / "odbcinst.ini") << "[FreeTDS]\nDriver=" << PSA_TEST_TDSODBC << "\n";
    const test_support::ScopedEnvironment files("ODBCSYSINI", folder.path().string());
    Server server = server_named("mssql+pyodbc", {{"TDS_Version", "7.4"}});
    server.host = "127.0.0.1";
    server.port = 1;  // nobody listens there
    server.database = "shop";
    const psa::DriverError error = refusal(server);
    EXPECT_NE(error.message.find("Unable to connect"), std::string::npos) << error.message;
    EXPECT_EQ(error.sqlstate, "08S01");
    EXPECT_EQ(error.vendor_code, 20009);
  });
}

TEST(OdbcConnect, SaysThatThereIsNoSuchDataSource) {
  Server server = server_named("mssql+pyodbc", {});
  server.host = "psa_no_such_dsn";
  const psa::DriverError error = refusal(server);
  EXPECT_NE(error.message.find("psa_no_such_dsn"), std::string::npos) << error.message;
  EXPECT_EQ(error.sqlstate, "IM002");
  EXPECT_FALSE(error.hint.empty());
}

TEST(OdbcConnect, GivesAServerUpThatDoesNotAnswer) {
  test_support::SilentListener listener;
  Server server = at_port(server_named("odbc", {{"driver", PSA_TEST_PSQLODBC}}), listener.port());
  server.database = "x";
  const Connection connection = make(server);
  const psa::DriverError error =
      error_of([&] { connect(connection, psa::monotonic_now() + 50 * millisecond); });
  EXPECT_EQ(error.status, PSA_DEADLINE) << error.message;
}

TEST(OdbcConnect, GivesUpAtOnceWhereTheDeadlineHasPassed) {
  const Connection connection = make(server_named("odbc", {{"driver", PSA_TEST_SQLITE_ODBC}}));
  EXPECT_EQ(error_of([&] { connect(connection, 1); }).status, PSA_DEADLINE);
}

class OdbcConnected : public OnOdbcPlace {};
INSTANTIATE_TEST_SUITE_P(On, OdbcConnected,
                         testing::Values(OdbcPlace::postgres, OdbcPlace::mariadb, OdbcPlace::sqlite),
                         odbc_place_name);

TEST_P(OdbcConnected, LeaveLocaleAndSignalsAsTheyWere) {
  const std::string locale = std::setlocale(LC_ALL, nullptr);
  struct sigaction before {};
  sigaction(SIGPIPE, nullptr, &before);
  const Connection db = open();
  EXPECT_EQ(std::setlocale(LC_ALL, nullptr), locale);
  struct sigaction after {};
  sigaction(SIGPIPE, nullptr, &after);
  EXPECT_EQ(before.sa_handler, after.sa_handler);
}

TEST_P(OdbcConnected, PassTextsThroughWhateverTheLocaleIs) {
  // psqlODBC hands texts out in the charset of this one, if asked for narrow characters.
  const test_support::ScopedEnvironment locale("LC_ALL", "en_US.ISO-8859-1");
  const Connection db = open();
  EXPECT_EQ(run(db, "SELECT '" + sample + "'"), "text " + sample);
  Parameters parameters(1);
  parameters.add(std::string_view(sample));
  EXPECT_EQ(rest(execute(prepare(db, "SELECT ?"), parameters)), "text " + sample);
}

TEST_P(OdbcConnected, KeepPasswordsOutOfErrors) {
  if (place().password.empty()) GTEST_SKIP() << "SQLite has none";
  Server wrong = place();
  wrong.password = "hunter2;Server=elsewhere";
  const psa::DriverError error = refusal(wrong);
  EXPECT_NE(error.status, PSA_OK);
  EXPECT_EQ((error.message + error.detail + error.hint).find("hunter2"), std::string::npos) << error.message;
}

TEST_P(OdbcConnected, TakePasswordsOfAllCharacters) {
  if (place().password.empty()) GTEST_SKIP() << "SQLite has none";
  const std::string password = R"(a;b{c}d=e}}f"g h%41+ }{)";
  const Connection admin = open();
  const bool postgres = GetParam() == OdbcPlace::postgres;
  const std::string user = postgres ? "psa_odd" : "psa_odd@'%'";
  run(admin, "DROP " + std::string(postgres ? "ROLE" : "USER") + " IF EXISTS " + user);
  // MariaDB's user for tests may not make others.
  const psa::DriverError refused = error_of([&] {
    run(admin, postgres ? "CREATE ROLE psa_odd LOGIN PASSWORD '" + password + "'"
                        : "CREATE USER " + user + " IDENTIFIED BY '" + password + "'");
  });
  if (refused.status != PSA_OK) GTEST_SKIP() << refused.message;
  Server odd = place();
  odd.user = "psa_odd";
  odd.password = password;
  if (!postgres) odd.database.clear();
  EXPECT_EQ(run(driver_client::open(odd), "SELECT 1"), "int64 1");
  run(admin, "DROP " + std::string(postgres ? "ROLE " : "USER ") + user);
}

}  // namespace
