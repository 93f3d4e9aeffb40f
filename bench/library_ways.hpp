#pragma once

#include "arrow_items.hpp"
#include "item_sums.hpp"
#include "server.hpp"

/// This library's side of the benchmarks with a server, the same for every server.
namespace bench::library {

using namespace prefect_sqlalchemy;

inline void fetch_many(benchmark::State& state, const URL& url, const std::string& query,
                       const Parameters& parameters, const Sums& expected) {
  SqlAlchemyConnector connector(url.render(false));
  connector.execute("SELECT 1");  // connected, as the bare one is
  for (auto _ : state) {
    Sums sums;
    for (;;) {
      const std::vector<Row> rows = connector.fetch_many(query, {.parameters = parameters, .size = 1000});
      if (rows.empty()) break;
      for (const Row& row : rows) sums.add(row);
    }
    sums.check(expected);
    benchmark::DoNotOptimize(sums);
    state.PauseTiming();
    connector.reset_connections();
    state.ResumeTiming();
  }
}

inline void point_query(benchmark::State& state, const URL& url, const std::string& table) {
  Engine engine = create_engine(url);
  Connection connection = engine.connect({.isolation_level = IsolationLevel::autocommit});
  const std::string query = "SELECT id, price, qty, name, note, ts FROM " + table + " WHERE id = :id";
  for (auto _ : state) {
    Sums sums;
    for (std::int64_t i = 0; i < queries; ++i) {
      auto result = connection.execute(query, {{"id", key(i)}});
      sums.add(*result.fetchone());
    }
    if (sums.rows != queries) throw std::runtime_error("a row is missing");
    benchmark::DoNotOptimize(sums);
  }
}

/// @param empty_table  makes the table psa_bench_written anew
template <class EmptyTable>
void execute_many(benchmark::State& state, const URL& url, EmptyTable empty_table) {
  ParameterRows rows({"id", "price", "qty", "name", "note", "ts"});
  rows.reserve(written_rows);
  for (const RowValues& row : item_rows(written_rows))
    rows.add(row.id, row.price, row.qty, row.name, row.has_note ? Value(row.note) : Value(),
             Timestamp(std::chrono::microseconds(row.ts_micros)));
  SqlAlchemyConnector connector(url.render(false));
  for (auto _ : state) {
    state.PauseTiming();
    empty_table();
    connector.execute("SELECT 1");
    state.ResumeTiming();
    const auto result = connector.execute_many(
        "INSERT INTO psa_bench_written VALUES (:id, :price, :qty, :name, :note, :ts)", rows);
    if (result.rowcount() != written_rows) throw std::runtime_error("rows are missing");
  }
}

template <class EmptyTable>
void ingest(benchmark::State& state, const URL& url, EmptyTable empty_table) {
  const ArrowItems items(item_rows(written_rows));
  Engine engine = create_engine(url);
  Connection connection = engine.connect();
  for (auto _ : state) {
    state.PauseTiming();
    empty_table();
    ArrowArrayStream stream{};
    items.stream(&stream);
    state.ResumeTiming();
    std::int64_t count = 0;
    try {
      count = connection.ingest("psa_bench_written", &stream);
      connection.commit();
    } catch (const NotSupportedError& error) {
      state.SkipWithError(error.what());
    }
    stream.release(&stream);
    if (!state.error_occurred() && count != written_rows) throw std::runtime_error("rows are missing");
  }
}

/// Connects anew each time; an engine that keeps nothing, as SQLAlchemy's with NullPool.
inline void connect(benchmark::State& state, const URL& url, IsolationLevel level) {
  EngineOptions options;
  options.pool_recycle = std::chrono::seconds(0);
  options.isolation_level = level;
  Engine engine = create_engine(url, options);
  for (auto _ : state) {
    if (engine.connect().execute("SELECT 1").scalar<std::int64_t>() != 1) throw std::runtime_error("no row");
    if (engine.pool_status().idle != 0) throw std::runtime_error("the connection was kept");
  }
}

}  // namespace bench::library
