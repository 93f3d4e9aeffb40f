#include "places.hpp"

void PrintTo(const Place& place, std::ostream* out) { *out << place.name; }

std::vector<Place> places() {
  return {{"File", nullptr, "?timeout=60",
           "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"},
          {"Postgres", &test_support::postgres_server, "", "SELECT pg_sleep(600)"},
          {"MariaDb", &test_support::mariadb_server, "", "SELECT max(seq % 7) FROM seq_1_to_1000000000000"}};
}

void OnPlace::SetUp() {
  try {
    if (GetParam().server != nullptr) on_server.emplace(*GetParam().server);
  } catch (const std::exception& error) {
    test_support::miss_server(error.what());
    return;
  }
  if (on_server) {
    url = on_server->url();
  } else if (in_memory()) {
    url = "sqlite://";
  } else {
    url = "sqlite:///" + (folder.path() / "test.db").string() + GetParam().query;
  }
}
