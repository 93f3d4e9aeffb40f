// 20,000 queries for one row by a bound key, each committing itself: libpq with a prepared statement in
// binary form, one Connection, SOCI.
#include "item_sums.hpp"
#include "library_ways.hpp"
#include "postgres_client.hpp"
#include "soci_ways.hpp"

namespace {

using namespace bench;

void bare(benchmark::State& state) {
  const std::string table = postgres_filled_table();
  Postgres db;
  const PostgresResult prepared(PQprepare(
      db.get(), "item", ("SELECT id, price, qty, name, note, ts FROM " + table + " WHERE id = $1").c_str(), 0,
      nullptr));
  db.expect(PQresultStatus(prepared.get()) == PGRES_COMMAND_OK);
  for (auto _ : state) {
    Sums sums;
    for (std::int64_t i = 0; i < queries; ++i) {
      const std::uint64_t id = htobe64(static_cast<std::uint64_t>(key(i)));
      const char* const value = reinterpret_cast<const char*>(&id);
      const int size = sizeof id, binary = 1;
      const PostgresResult row(PQexecPrepared(db.get(), "item", 1, &value, &size, &binary, 1));
      db.expect(PQntuples(row.get()) == 1);
      sums.integers += read64(PQgetvalue(row.get(), 0, 0)) + read32(PQgetvalue(row.get(), 0, 2));
      sums.reals += read_double(PQgetvalue(row.get(), 0, 1));
      sums.bytes += touch(row.bytes(0, 3));
      sums.add_note(PQgetisnull(row.get(), 0, 4) != 0 ? std::nullopt : std::optional(row.bytes(0, 4)));
      sums.moments += read64(PQgetvalue(row.get(), 0, 5)) + micros_to_2000;
    }
    benchmark::DoNotOptimize(sums);
  }
}

void connection(benchmark::State& state) {
  library::point_query(state, postgres_url(), postgres_filled_table());
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  measure("point_query/bare", bare)->Unit(benchmark::kMillisecond);
  measure("point_query/connection", connection)->Unit(benchmark::kMillisecond);
#ifdef PSA_BENCH_SOCI
  measure("point_query/soci", [](benchmark::State& state) {
    soci_ways::point_query(state, "postgresql", postgres_conninfo(), postgres_filled_table());
  })->Unit(benchmark::kMillisecond);
#endif
  benchmark::RunSpecifiedBenchmarks();
}
