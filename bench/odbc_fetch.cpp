// Reads 1,000,000 rows of 6 columns and touches every value: a plain ODBC program with arrays of 1,000 rows
// bound column by column; the connector's fetch_many.
#include "item_sums.hpp"
#include "library_ways.hpp"
#include "odbc_client.hpp"

namespace {

using namespace bench;

const std::string query = "SELECT id, price, qty, name, note, ts FROM psa_bench_items";

const Sums& expected() {
  static const Sums sums = sums_of(stored_rows);
  return sums;
}

void bare(benchmark::State& state) {
  odbc_filled_table();
  const OdbcSession db;
  const Sums& wanted = expected();
  for (auto _ : state) {
    Sums sums;
    OdbcItems items;
    const OdbcStatement statement(db, query);
    statement.set(SQL_ATTR_ROW_ARRAY_SIZE, OdbcItems::most);
    statement.expect(SQLExecute(statement.get()));
    items.bind_columns(statement);
    SQLRETURN code = SQL_SUCCESS;
    while (SQL_SUCCEEDED(code = SQLFetch(statement.get())))
      for (std::size_t row = 0; row < items.fetched; ++row) items.add_to(sums, row);
    if (code != SQL_NO_DATA) statement.expect(code);
    sums.check(wanted);
    benchmark::DoNotOptimize(sums);
  }
}

void fetch_many(benchmark::State& state) {
  odbc_filled_table();
  library::fetch_many(state, odbc_url(), query, {}, expected());
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  measure("fetch/bare", bare)->Unit(benchmark::kMillisecond);
  measure("fetch/fetch_many", fetch_many)->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
}
