// 20,000 queries for one row by a bound key, each committing itself: a prepared ODBC statement, one
// Connection.
#include "item_sums.hpp"
#include "library_ways.hpp"
#include "odbc_client.hpp"

namespace {

using namespace bench;

void bare(benchmark::State& state) {
  const std::string table = odbc_filled_table();
  const OdbcSession db;
  const OdbcStatement statement(db, "SELECT id, price, qty, name, note, ts FROM " + table + " WHERE id = ?");
  std::int64_t id = 0;
  SQLLEN size = sizeof id;
  statement.expect(
      SQLBindParameter(statement.get(), 1, SQL_PARAM_INPUT, SQL_C_SBIGINT, SQL_BIGINT, 19, 0, &id, 8, &size));
  OdbcItems items;
  items.bind_columns(statement);
  for (auto _ : state) {
    Sums sums;
    for (std::int64_t i = 0; i < queries; ++i) {
      id = key(i);
      statement.expect(SQLExecute(statement.get()));
      statement.expect(SQLFetch(statement.get()));
      items.add_to(sums, 0);
      SQLFreeStmt(statement.get(), SQL_CLOSE);
    }
    benchmark::DoNotOptimize(sums);
  }
}

void connection(benchmark::State& state) { library::point_query(state, odbc_url(), odbc_filled_table()); }

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  measure("point_query/bare", bare)->Unit(benchmark::kMillisecond);
  measure("point_query/connection", connection)->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
}
