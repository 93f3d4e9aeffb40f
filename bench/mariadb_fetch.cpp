// Reads 1,000,000 rows of 6 columns and touches every value: Connector/C's mysql_stmt_fetch, unbuffered; the
// connector's fetch_many; SOCI.
#include "item_sums.hpp"
#include "library_ways.hpp"
#include "mariadb_client.hpp"
#include "soci_ways.hpp"

namespace {

using namespace bench;

const std::string query = "SELECT id, price, qty, name, note, ts FROM psa_bench_items";

const Sums& expected() {
  static const Sums sums = sums_of(stored_rows);
  return sums;
}

void bare(benchmark::State& state) {
  mariadb_filled_table();
  Mariadb db;
  const Sums& wanted = expected();
  for (auto _ : state) {
    Sums sums;
    MariadbRow row;
    const MariadbStatement statement(db, query);
    statement.expect(mysql_stmt_execute(statement.get()) == 0);
    row.bind_to(statement);
    int code = 0;
    while ((code = mysql_stmt_fetch(statement.get())) == 0) row.add_to(sums);
    statement.expect(code == MYSQL_NO_DATA);
    sums.check(wanted);
    benchmark::DoNotOptimize(sums);
  }
}

void fetch_many(benchmark::State& state) {
  mariadb_filled_table();
  library::fetch_many(state, mariadb_url(), query, {}, expected());
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  measure("fetch/bare", bare)->Unit(benchmark::kMillisecond);
  measure("fetch/fetch_many", fetch_many)->Unit(benchmark::kMillisecond);
#ifdef PSA_BENCH_SOCI
  measure("fetch/soci", [](benchmark::State& state) {
    mariadb_filled_table();
    soci_ways::fetch(state, "mysql", mariadb_soci_address(), query, expected());
  })->Unit(benchmark::kMillisecond);
#endif
  benchmark::RunSpecifiedBenchmarks();
}
