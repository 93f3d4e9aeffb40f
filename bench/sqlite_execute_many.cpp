// Inserts 200,000 rows of 6 columns in one transaction, parameters built beforehand: a bare prepared loop,
// and the connector's execute_many.
#include <vector>

#include <benchmark/benchmark.h>

#include <prefect_sqlalchemy.hpp>

#include "sqlite_table.hpp"

namespace {

using namespace prefect_sqlalchemy;

constexpr std::int64_t row_count = 200'000;

std::string empty_database() {
  const std::string path = bench::filled_database("many", 0);
  return path;
}

void bare(benchmark::State& state) {
  std::vector<bench::RowValues> rows;
  for (std::int64_t i = 0; i < row_count; ++i) rows.push_back(bench::row_values(i));
  for (auto _ : state) {
    state.PauseTiming();
    auto db = std::make_unique<bench::Sqlite>(empty_database());
    state.ResumeTiming();
    db->run("BEGIN");
    sqlite3_stmt* insert = db->prepare(bench::insert_row);
    for (const bench::RowValues& row : rows) {
      bench::bind_row(insert, row);
      bench::check(sqlite3_step(insert), db->get());
      sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    db->run("COMMIT");
    state.PauseTiming();
    db.reset();
    state.ResumeTiming();
  }
}

void execute_many(benchmark::State& state) {
  ParameterRows rows({"id", "price", "qty", "name", "note", "ts"});
  rows.reserve(row_count);
  for (std::int64_t i = 0; i < row_count; ++i) {
    const bench::RowValues row = bench::row_values(i);
    rows.add(row.id, row.price, row.qty, row.name, row.has_note ? Value(row.note) : Value(), row.ts);
  }
  for (auto _ : state) {
    state.PauseTiming();
    SqlAlchemyConnector connector("sqlite:///" + empty_database());
    connector.execute("SELECT 1");  // connected, as the bare one is
    state.ResumeTiming();
    const auto result =
        connector.execute_many("INSERT INTO items VALUES (:id, :price, :qty, :name, :note, :ts)", rows);
    if (result.rowcount() != row_count) throw std::runtime_error("rows are missing");
    state.PauseTiming();
    connector.close();
    state.ResumeTiming();
  }
}

BENCHMARK(bare)->Name("execute_many/bare")->Unit(benchmark::kMillisecond);
BENCHMARK(execute_many)->Name("execute_many/connector")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
