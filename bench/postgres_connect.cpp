// Connects, runs SELECT 1 and closes: libpq, the engine with statements that commit themselves and with a
// transaction around the one statement (as SQLAlchemy has it by default), SOCI.
#include "library_ways.hpp"
#include "postgres_client.hpp"
#include "soci_ways.hpp"

namespace {

using namespace bench;
using prefect_sqlalchemy::IsolationLevel;

void bare(benchmark::State& state) {
  for (auto _ : state) {
    Postgres db;
    if (db.ask("SELECT 1") != "1") throw std::runtime_error("no row");
  }
}

void engine(benchmark::State& state) { library::connect(state, postgres_url(), IsolationLevel::autocommit); }
void in_transaction(benchmark::State& state) {
  library::connect(state, postgres_url(), IsolationLevel::database_default);
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  measure("connect/bare", bare)->Unit(benchmark::kMicrosecond);
  measure("connect/engine", engine)->Unit(benchmark::kMicrosecond);
  measure("connect/engine_transaction", in_transaction)->Unit(benchmark::kMicrosecond);
#ifdef PSA_BENCH_SOCI
  measure("connect/soci", [](benchmark::State& state) {
    soci_ways::connect(state, "postgresql", postgres_conninfo());
  })->Unit(benchmark::kMicrosecond);
#endif
  benchmark::RunSpecifiedBenchmarks();
}
