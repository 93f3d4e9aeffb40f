// Connects, runs SELECT 1 and closes: bare, and with an engine of its own each time. Before it, once: finding
// and loading the plugin, which a process does once.
#include <benchmark/benchmark.h>
#include <dlfcn.h>

#include <prefect_sqlalchemy.hpp>

#include "sqlite_table.hpp"

namespace {

using namespace prefect_sqlalchemy;

const std::string& database() {
  static const std::string path = bench::filled_database("connect", 10);
  return path;
}

void load(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(&find_driver("sqlite+pysqlite"));
}

void bare(benchmark::State& state) {
  for (auto _ : state) {
    bench::Sqlite db(database());
    sqlite3_stmt* statement = db.prepare("SELECT 1");
    if (sqlite3_step(statement) != SQLITE_ROW) throw std::runtime_error("no row");
    benchmark::DoNotOptimize(sqlite3_column_int64(statement, 0));
    sqlite3_finalize(statement);
  }
}

void engine(benchmark::State& state) {
  for (auto _ : state) {
    Engine engine = create_engine("sqlite:///" + database());
    benchmark::DoNotOptimize(engine.connect().execute("SELECT 1").scalar<std::int64_t>());
  }
}

BENCHMARK(load)->Name("connect/find_and_load_once")->Iterations(1)->Unit(benchmark::kMicrosecond);
BENCHMARK(bare)->Name("connect/bare")->Unit(benchmark::kMicrosecond);
BENCHMARK(engine)->Name("connect/engine")->Unit(benchmark::kMicrosecond);

}  // namespace

BENCHMARK_MAIN();
