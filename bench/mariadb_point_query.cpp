// 20,000 queries for one row by a bound key, each committing itself: Connector/C with a prepared statement,
// one Connection, SOCI.
#include "item_sums.hpp"
#include "library_ways.hpp"
#include "mariadb_client.hpp"
#include "soci_ways.hpp"

namespace {

using namespace bench;

void bare(benchmark::State& state) {
  const std::string table = mariadb_filled_table();
  Mariadb db;
  const MariadbStatement statement(db,
                                   "SELECT id, price, qty, name, note, ts FROM " + table + " WHERE id = ?");
  std::int64_t id = 0;
  MYSQL_BIND parameter{};
  parameter.buffer_type = MYSQL_TYPE_LONGLONG;
  parameter.buffer = &id;
  statement.expect(mysql_stmt_bind_param(statement.get(), &parameter) == 0);
  MariadbRow row;
  row.bind_to(statement);
  for (auto _ : state) {
    Sums sums;
    for (std::int64_t i = 0; i < queries; ++i) {
      id = key(i);
      statement.expect(mysql_stmt_execute(statement.get()) == 0);
      statement.expect(mysql_stmt_fetch(statement.get()) == 0);
      row.add_to(sums);
      statement.expect(mysql_stmt_fetch(statement.get()) == MYSQL_NO_DATA);
    }
    benchmark::DoNotOptimize(sums);
  }
}

void connection(benchmark::State& state) {
  library::point_query(state, mariadb_url(), mariadb_filled_table());
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  measure("point_query/bare", bare)->Unit(benchmark::kMillisecond);
  measure("point_query/connection", connection)->Unit(benchmark::kMillisecond);
#ifdef PSA_BENCH_SOCI
  measure("point_query/soci", [](benchmark::State& state) {
    soci_ways::point_query(state, "mysql", mariadb_soci_address(), mariadb_filled_table());
  })->Unit(benchmark::kMillisecond);
#endif
  benchmark::RunSpecifiedBenchmarks();
}
