// Inserts 200,000 rows of 6 columns in one transaction, parameters built beforehand: libpq's binary COPY,
// which is the fastest way into a table; the connector's execute_many; SOCI, which sends row by row.
#include "library_ways.hpp"
#include "postgres_client.hpp"
#include "soci_ways.hpp"

namespace {

using namespace bench;

void bare(benchmark::State& state) {
  const std::vector<RowValues> rows = item_rows(written_rows);
  Postgres db;
  for (auto _ : state) {
    state.PauseTiming();
    postgres_empty_table(db);
    state.ResumeTiming();
    postgres_copy(db, rows);
  }
}

void execute_many(benchmark::State& state) {
  Postgres db;
  library::execute_many(state, postgres_url(), [&] { postgres_empty_table(db); });
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  measure("execute_many/bare", bare)->Unit(benchmark::kMillisecond);
  measure("execute_many/connector", execute_many)->Unit(benchmark::kMillisecond);
#ifdef PSA_BENCH_SOCI
  measure("execute_many/soci", [](benchmark::State& state) {
    Postgres db;
    soci_ways::execute_many(state, "postgresql", postgres_conninfo(), [&] { postgres_empty_table(db); });
  })->Unit(benchmark::kMillisecond);
#endif
  benchmark::RunSpecifiedBenchmarks();
}
