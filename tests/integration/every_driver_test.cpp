// Every driver name that the library knows: the plugin that serves it, its database, its row in
// docs/drivers.md.
#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/connector/async_sqlalchemy_connector.hpp>
#include <prefect_sqlalchemy/connector/sqlalchemy_connector.hpp>
#include <prefect_sqlalchemy/drivers/missing_driver_error.hpp>
#include <prefect_sqlalchemy/drivers/names.hpp>
#include <prefect_sqlalchemy/drivers/registry.hpp>

#include "any_connector.hpp"
#include "server_database.hpp"
#include "temporary_folder.hpp"

using namespace prefect_sqlalchemy;
using testing::HasSubstr;
using testing::Not;

namespace prefect_sqlalchemy {

void PrintTo(const KnownDriver& driver, std::ostream* out) { *out << driver.name; }

}  // namespace prefect_sqlalchemy

namespace {

AnyConnector connector(const KnownDriver& driver, const std::string& url) {
  if (driver.blocking) return AnyConnector(SqlAlchemyConnector(url));
  return AnyConnector(AsyncSqlAlchemyConnector(url));
}

class EveryDriver : public testing::TestWithParam<KnownDriver> {
 protected:
  static std::string name() { return std::string(GetParam().name); }
  static std::string plugin() { return std::string(GetParam().plugin); }
  /// Whether this build has the plugin.
  static bool is_built() {
    return std::string(PSA_TEST_PLUGINS).find("," + plugin() + ",") != std::string::npos;
  }
};

std::string every_driver_name(const testing::TestParamInfo<KnownDriver>& info) {
  std::string name(info.param.name);
  std::replace(name.begin(), name.end(), '+', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Named, EveryDriver,
                         testing::ValuesIn(known_drivers().begin(), known_drivers().end()),
                         every_driver_name);

TEST_P(EveryDriver, IsServedByItsPlugin) {
  if (is_built()) {
    const Driver& driver = find_driver(name());
    EXPECT_EQ(driver.plugin_name(), plugin());
    EXPECT_EQ(driver.library().filename(), plugin() + ".so");
    EXPECT_FALSE(driver.client().empty());
    return;
  }
  try {
    find_driver(name());
    FAIL() << "the plugin is not built here, and was found";
  } catch (const MissingDriverError& error) {
    EXPECT_THAT(error.install_hint(), HasSubstr("prefect-sqlalchemy-driver-" + plugin()));
  }
}

// ODBC's names need a driver of the database beside the plugin, and have tests of their own.
TEST_P(EveryDriver, ReachesItsDatabase) {
  if (!is_built() || plugin() == "odbc") GTEST_SKIP() << "no database to reach by it";
  const test_support::TemporaryFolder folder;
  std::unique_ptr<test_support::ServerDatabase> on_server;
  std::string url = name() + ":///" + (folder.path() / "test.db").string();
  if (plugin() == "sqlcipher") url = name() + "://:passphrase@/" + (folder.path() / "test.db").string();
  if (plugin() == "postgres" || plugin() == "mysql") {
    try {
      on_server = std::make_unique<test_support::ServerDatabase>(
          plugin() == "mysql" ? test_support::mariadb_server : test_support::postgres_server);
    } catch (const std::exception& error) {
      return test_support::miss_server(error.what());
    }
    url = name() + on_server->url().substr(on_server->url().find("://"));
  }
  AnyConnector db = connector(GetParam(), url);
  db.execute("CREATE TABLE t (v integer)");
  db.execute("INSERT INTO t VALUES (:v)", {{"v", 7}});
  EXPECT_EQ(db.execute("SELECT v FROM t").scalar<int>(), 7);
  db.close();
}

/// The cells of a row of docs/drivers.md's first table.
std::vector<std::string> documented_row(const std::string& name) {
  std::ifstream page(PSA_TEST_DOCS "/drivers.md");
  EXPECT_TRUE(page.is_open());
  std::vector<std::string> found;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("|", 0) != 0) continue;
    std::vector<std::string> cells;
    std::istringstream cut(line.substr(1));
    for (std::string cell; std::getline(cut, cell, '|');) {
      const auto begin = cell.find_first_not_of(' '), end = cell.find_last_not_of(' ');
      cells.push_back(begin == cell.npos ? "" : cell.substr(begin, end - begin + 1));
    }
    if (cells.size() < 6 || cells[1] != "`" + name + "`") continue;
    EXPECT_TRUE(found.empty()) << name << " has two rows";
    found = std::move(cells);
  }
  return found;
}

std::string enumerator_of(const KnownDriver& driver) {
  if (!driver.sync && !driver.async) return "";
  std::string text(driver.name);
  for (char& c : text) c = c == '+' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return (driver.sync ? "`SyncDriver::" : "`AsyncDriver::") + text + "`";
}

TEST_P(EveryDriver, HasARowInTheDocumentation) {
  const std::vector<std::string> row = documented_row(name());
  ASSERT_EQ(row.size(), 6u) << name() << " has no row";
  EXPECT_EQ(row[0], enumerator_of(GetParam()));
  EXPECT_EQ(row[2], "[" + plugin() + "](../plugins/" + plugin() + "/README.md)");
  EXPECT_EQ(row[3], package_of_driver(name()));
  const std::string url = row[4].substr(1, row[4].size() - 2);
  EXPECT_EQ(make_url(url).drivername, name()) << url;
  EXPECT_FALSE(row[5].empty());
}

#ifdef PSA_TEST_ODBC
// Where Oracle's ODBC driver is installed, the error is that of a host that is not there.
TEST(OracleDrivers, SayWhatIsMissing) {
  for (const KnownDriver& driver : known_drivers()) {
    const std::string name(driver.name);
    if (name.rfind("oracle+", 0) != 0) continue;
    std::string said;
    try {
      connector(driver, name + "://user:hunter2@127.0.0.1:1/database").execute("SELECT 1 FROM dual");
      ADD_FAILURE() << "there is no such database";
    } catch (const Error& error) {
      said = error.what();
    }
    EXPECT_THAT(said, HasSubstr("ODBC")) << name;
    EXPECT_THAT(said, HasSubstr("Oracle")) << name;
    EXPECT_THAT(said, Not(HasSubstr("hunter2"))) << name;
  }
}
#endif

}  // namespace
