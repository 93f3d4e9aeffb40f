// Inserts 200,000 rows of 6 columns in one transaction, parameters built beforehand: Connector/C's array
// binding, the connector's execute_many, SOCI, which sends row by row.
#include "library_ways.hpp"
#include "mariadb_client.hpp"
#include "soci_ways.hpp"

namespace {

using namespace bench;

void bare(benchmark::State& state) {
  MariadbArrays rows(item_rows(written_rows));
  Mariadb db;
  for (auto _ : state) {
    state.PauseTiming();
    mariadb_empty_table(db);
    state.ResumeTiming();
    mariadb_insert(db, rows);
  }
}

void execute_many(benchmark::State& state) {
  Mariadb db;
  library::execute_many(state, mariadb_url(), [&] { mariadb_empty_table(db); });
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  measure("execute_many/bare", bare)->Unit(benchmark::kMillisecond);
  measure("execute_many/connector", execute_many)->Unit(benchmark::kMillisecond);
#ifdef PSA_BENCH_SOCI
  measure("execute_many/soci", [](benchmark::State& state) {
    Mariadb db;
    soci_ways::execute_many(state, "mysql", mariadb_soci_address(), [&] { mariadb_empty_table(db); });
  })->Unit(benchmark::kMillisecond);
#endif
  benchmark::RunSpecifiedBenchmarks();
}
