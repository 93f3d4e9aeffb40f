// 20,000 queries for one row by a bound key, each committing itself: a bare prepared statement, and one
// Connection.
#include <benchmark/benchmark.h>

#include <prefect_sqlalchemy.hpp>

#include "sqlite_table.hpp"

namespace {

using namespace prefect_sqlalchemy;

constexpr std::int64_t row_count = 100'000;
constexpr std::int64_t queries = 20'000;

const std::string& database() {
  static const std::string path = bench::filled_database("point", row_count);
  return path;
}

std::int64_t key(std::int64_t i) { return i * 7919 % row_count; }

void bare(benchmark::State& state) {
  bench::Sqlite db(database());
  sqlite3_stmt* statement = db.prepare("SELECT id, price, qty, name, note, ts FROM items WHERE id = ?");
  for (auto _ : state) {
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < queries; ++i) {
      sqlite3_bind_int64(statement, 1, key(i));
      if (sqlite3_step(statement) != SQLITE_ROW) throw std::runtime_error("a row is missing");
      sum += sqlite3_column_int64(statement, 0) + sqlite3_column_int64(statement, 2);
      sum += static_cast<std::int64_t>(sqlite3_column_double(statement, 1));
      for (int column = 3; column < 6; ++column) {
        benchmark::DoNotOptimize(sqlite3_column_text(statement, column));
        sum += sqlite3_column_bytes(statement, column);
      }
      sqlite3_step(statement);
      sqlite3_reset(statement);
    }
    benchmark::DoNotOptimize(sum);
  }
  sqlite3_finalize(statement);
}

void connection(benchmark::State& state) {
  Engine engine = create_engine("sqlite:///" + database());
  Connection connection = engine.connect({.isolation_level = IsolationLevel::autocommit});
  for (auto _ : state) {
    std::int64_t sum = 0;
    for (std::int64_t i = 0; i < queries; ++i) {
      auto result = connection.execute("SELECT id, price, qty, name, note, ts FROM items WHERE id = :id",
                                       {{"id", key(i)}});
      const std::optional<Row> row = result.fetchone();
      sum += row->get<std::int64_t>(0) + row->get<std::int64_t>(2);
      sum += static_cast<std::int64_t>(row->get<double>(1));
      for (std::size_t column = 3; column < 6; ++column) {
        const auto text = row->get<std::optional<std::string_view>>(column);
        sum += static_cast<std::int64_t>(text ? text->size() : 0);
      }
    }
    benchmark::DoNotOptimize(sum);
  }
}

BENCHMARK(bare)->Name("point_query/bare")->Unit(benchmark::kMillisecond);
BENCHMARK(connection)->Name("point_query/connection")->Unit(benchmark::kMillisecond);

}  // namespace

BENCHMARK_MAIN();
