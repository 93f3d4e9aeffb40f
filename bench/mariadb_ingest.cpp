// Loads 200,000 rows of 6 columns into a table in one transaction: Connector/C's array binding from arrays in
// memory, and Connection::ingest from an Arrow batch in memory.
#include "library_ways.hpp"
#include "mariadb_client.hpp"

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

void ingest(benchmark::State& state) {
  Mariadb db;
  library::ingest(state, mariadb_url(), [&] { mariadb_empty_table(db); });
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  measure("ingest/bare", bare)->Unit(benchmark::kMillisecond);
  measure("ingest/connection", ingest)->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
}
