// Reads 1,000,000 rows of 6 columns and touches every value: a bare sqlite3_step loop, the connector's
// fetch_many in a stream, and its fetch_all, which keeps them all.
#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <prefect_sqlalchemy.hpp>

#include "sqlite_table.hpp"

namespace {

using namespace prefect_sqlalchemy;

constexpr std::int64_t row_count = 1'000'000;
constexpr const char* query = "SELECT id, price, qty, name, note, ts FROM items";

const std::string& database() {
  static const std::string path = bench::filled_database("fetch", row_count);
  return path;
}

struct Sums {
  std::int64_t rows = 0, integers = 0, bytes = 0, nulls = 0;
  double reals = 0;

  void check() const {
    if (rows != row_count || nulls != row_count / 10)
      throw std::runtime_error("the rows are not those expected");
  }
};

std::int64_t touch(std::string_view text) {
  return static_cast<std::int64_t>(text.size()) + (text.empty() ? 0 : text.front() + text.back());
}

void touch(const Row& row, Sums& sums) {
  sums.integers += row.get<std::int64_t>(0) + row.get<std::int64_t>(2);
  sums.reals += row.get<double>(1);
  sums.bytes += touch(row.get<std::string_view>(3)) + touch(row.get<std::string_view>(5));
  if (const auto note = row.get<std::optional<std::string_view>>(4)) {
    sums.bytes += touch(*note);
  } else {
    ++sums.nulls;
  }
  ++sums.rows;
}

std::string_view text_at(sqlite3_stmt* statement, int column) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement, column));
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

/// Peak resident memory of the process so far. The ways run in the order in which they need more.
void tell_memory(benchmark::State& state) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  state.counters["peak_MiB"] = static_cast<double>(usage.ru_maxrss) / 1024;
}

void bare(benchmark::State& state) {
  bench::Sqlite db(database());
  for (auto _ : state) {
    Sums sums;
    sqlite3_stmt* statement = db.prepare(query);
    while (sqlite3_step(statement) == SQLITE_ROW) {
      sums.integers += sqlite3_column_int64(statement, 0) + sqlite3_column_int64(statement, 2);
      sums.reals += sqlite3_column_double(statement, 1);
      sums.bytes += touch(text_at(statement, 3)) + touch(text_at(statement, 5));
      if (sqlite3_column_type(statement, 4) == SQLITE_NULL) {
        ++sums.nulls;
      } else {
        sums.bytes += touch(text_at(statement, 4));
      }
      ++sums.rows;
    }
    sqlite3_finalize(statement);
    sums.check();
    benchmark::DoNotOptimize(sums);
  }
  tell_memory(state);
}

void fetch_many(benchmark::State& state) {
  SqlAlchemyConnector connector("sqlite:///" + database());
  for (auto _ : state) {
    Sums sums;
    for (;;) {
      const std::vector<Row> rows = connector.fetch_many(query, {.size = 1000});
      if (rows.empty()) break;
      for (const Row& row : rows) touch(row, sums);
    }
    sums.check();
    connector.reset_connections();
    benchmark::DoNotOptimize(sums);
  }
  tell_memory(state);
}

void fetch_all(benchmark::State& state) {
  SqlAlchemyConnector connector("sqlite:///" + database());
  for (auto _ : state) {
    Sums sums;
    for (const Row& row : connector.fetch_all(query)) touch(row, sums);
    sums.check();
    connector.reset_connections();
    benchmark::DoNotOptimize(sums);
  }
  tell_memory(state);
}

BENCHMARK(bare)->Name("fetch/bare")->Unit(benchmark::kMillisecond);
BENCHMARK(fetch_many)->Name("fetch/fetch_many")->Unit(benchmark::kMillisecond);
BENCHMARK(fetch_all)->Name("fetch/fetch_all")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
