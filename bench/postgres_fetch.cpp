// Reads 1,000,000 rows of 6 columns and touches every value: libpq in binary single-row mode, libpq's binary
// COPY, the connector's fetch_many, SOCI. Then the same with a parameter, which COPY does not take.
#include "item_sums.hpp"
#include "library_ways.hpp"
#include "postgres_client.hpp"
#include "soci_ways.hpp"

namespace {

using namespace bench;

const std::string query = "SELECT id, price, qty, name, note, ts FROM psa_bench_items";
const std::string by_parameter = query + " WHERE id >= ";

const Sums& expected() {
  static const Sums sums = sums_of(stored_rows);
  return sums;
}

void add(const PostgresResult& row, Sums& sums) {
  sums.integers += read64(PQgetvalue(row.get(), 0, 0)) + read32(PQgetvalue(row.get(), 0, 2));
  sums.reals += read_double(PQgetvalue(row.get(), 0, 1));
  sums.bytes += touch(row.bytes(0, 3));
  sums.add_note(PQgetisnull(row.get(), 0, 4) != 0 ? std::nullopt : std::optional(row.bytes(0, 4)));
  sums.moments += read64(PQgetvalue(row.get(), 0, 5)) + micros_to_2000;
  ++sums.rows;
}

void single_row_mode(benchmark::State& state, const std::string& sql, const char* parameter) {
  postgres_filled_table();
  Postgres db;
  const Sums& wanted = expected();
  for (auto _ : state) {
    Sums sums;
    db.expect(PQsendQueryParams(db.get(), sql.c_str(), parameter == nullptr ? 0 : 1, nullptr, &parameter,
                                nullptr, nullptr, 1) == 1);
    PQsetSingleRowMode(db.get());
    while (PGresult* raw = PQgetResult(db.get())) {
      const PostgresResult row(raw);
      if (PQresultStatus(raw) == PGRES_SINGLE_TUPLE) {
        add(row, sums);
      } else {
        db.expect(PQresultStatus(raw) == PGRES_TUPLES_OK);
      }
    }
    sums.check(wanted);
    benchmark::DoNotOptimize(sums);
  }
}

void bare(benchmark::State& state) { single_row_mode(state, query, nullptr); }
void bare_by_parameter(benchmark::State& state) { single_row_mode(state, by_parameter + "$1", "0"); }

/// A field of a row in COPY's binary form; moves on behind it.
std::optional<std::string_view> next_field(const char*& at) {
  const std::int32_t size = read32(at);
  at += 4;
  if (size < 0) return std::nullopt;
  const std::string_view bytes(at, static_cast<std::size_t>(size));
  at += size;
  return bytes;
}

void add_copied(const char* at, Sums& sums) {
  at += 2;  // the number of fields
  const char* const id = next_field(at)->data();
  sums.reals += read_double(next_field(at)->data());
  sums.integers += read64(id) + read32(next_field(at)->data());
  sums.bytes += touch(*next_field(at));
  sums.add_note(next_field(at));
  sums.moments += read64(next_field(at)->data()) + micros_to_2000;
  ++sums.rows;
}

void copy_binary(benchmark::State& state) {
  postgres_filled_table();
  Postgres db;
  const Sums& wanted = expected();
  for (auto _ : state) {
    Sums sums;
    db.run("COPY (" + query + ") TO STDOUT (FORMAT binary)");
    char* piece = nullptr;
    bool first = true;
    int size = 0;
    while ((size = PQgetCopyData(db.get(), &piece, 0)) > 0) {
      // The first one begins with the header, of 19 bytes; the last one is the mark of the end.
      const char* const at = piece + (first ? 19 : 0);
      if (piece + size - at > 2) add_copied(at, sums);
      first = false;
      PQfreemem(piece);
    }
    db.expect(size == -1);
    while (PGresult* raw = PQgetResult(db.get())) {
      const PostgresResult end(raw);
      db.expect(PQresultStatus(raw) == PGRES_COMMAND_OK);
    }
    sums.check(wanted);
    benchmark::DoNotOptimize(sums);
  }
}

void fetch_many(benchmark::State& state) {
  postgres_filled_table();
  library::fetch_many(state, postgres_url(), query, {}, expected());
}

void fetch_many_by_parameter(benchmark::State& state) {
  postgres_filled_table();
  library::fetch_many(state, postgres_url(), by_parameter + ":first", {{"first", 0}}, expected());
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  measure("fetch/bare", bare)->Unit(benchmark::kMillisecond);
  measure("fetch/copy_binary", copy_binary)->Unit(benchmark::kMillisecond);
  measure("fetch/fetch_many", fetch_many)->Unit(benchmark::kMillisecond);
  measure("fetch_by_parameter/bare", bare_by_parameter)->Unit(benchmark::kMillisecond);
  measure("fetch_by_parameter/fetch_many", fetch_many_by_parameter)->Unit(benchmark::kMillisecond);
#ifdef PSA_BENCH_SOCI
  measure("fetch/soci", [](benchmark::State& state) {
    postgres_filled_table();
    soci_ways::fetch(state, "postgresql", postgres_conninfo(), query, expected());
  })->Unit(benchmark::kMillisecond);
#endif
  benchmark::RunSpecifiedBenchmarks();
}
