// Library and drivers in one program: nothing is looked for and nothing is loaded.
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <string>

#include <prefect_sqlalchemy.hpp>
#include <prefect_sqlalchemy/static_drivers/sqlite.hpp>
#ifdef HAS_POSTGRES
#include <prefect_sqlalchemy/static_drivers/postgres.hpp>
#endif

using namespace prefect_sqlalchemy;

namespace {

void ask(const std::string& url) {
  SqlAlchemyConnector db(url);
  const auto row = db.fetch_one("SELECT 6 * 7");
  const auto driver = db.url().drivername;
  std::cout << driver << " (" << (find_driver(driver).library().empty() ? "linked" : "loaded")
            << "): " << row->get<int>(0) << '\n';
}

bool maps_a_plugin_or_the_library() {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.find("prefect-sqlalchemy/drivers") != line.npos ||
        line.find("libprefect_sqlalchemy") != line.npos)
      return true;
  }
  return false;
}

}  // namespace

int main() {
  static_drivers::register_sqlite();
  forbid_dynamic_drivers();
  ask("sqlite://");
#ifdef HAS_POSTGRES
  static_drivers::register_postgres();
  if (const char* url = std::getenv("PSA_TEST_POSTGRES_URL")) ask(url);
#endif
  return maps_a_plugin_or_the_library() ? 1 : 0;
}
