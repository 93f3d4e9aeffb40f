// Loads 200,000 rows of 6 columns into a table in one transaction: libpq's binary COPY from rows in memory,
// and Connection::ingest from an Arrow batch in memory.
#include "library_ways.hpp"
#include "postgres_client.hpp"

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

void ingest(benchmark::State& state) {
  Postgres db;
  library::ingest(state, postgres_url(), [&] { postgres_empty_table(db); });
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  measure("ingest/bare", bare)->Unit(benchmark::kMillisecond);
  measure("ingest/connection", ingest)->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
}
