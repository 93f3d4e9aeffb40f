// Inserts 200,000 rows of 6 columns in one transaction, parameters built beforehand: ODBC's arrays of 1,000
// parameters, bound column by column; the prepared statement row by row; the connector's execute_many.
#include <memory>

#include "library_ways.hpp"
#include "odbc_client.hpp"

namespace {

using namespace bench;

void empty_table(const OdbcSession& db) {
  db.run("DROP TABLE IF EXISTS psa_bench_written");
  db.run(std::string("CREATE TABLE psa_bench_written") + odbc_items);
}

void insert(benchmark::State& state, std::size_t at_once) {
  const std::vector<RowValues> rows = item_rows(written_rows);
  std::vector<std::unique_ptr<OdbcItems>> arrays;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i % OdbcItems::most == 0) arrays.push_back(std::make_unique<OdbcItems>());
    arrays.back()->put(i % OdbcItems::most, rows[i]);
  }
  const OdbcSession db;
  for (auto _ : state) {
    state.PauseTiming();
    empty_table(db);
    state.ResumeTiming();
    db.set_autocommit(false);
    {
      const OdbcStatement statement(db, "INSERT INTO psa_bench_written VALUES (?, ?, ?, ?, ?, ?)");
      statement.set(SQL_ATTR_PARAMSET_SIZE, at_once);
      OdbcItems one;
      if (at_once == 1) one.bind_parameters(statement);
      for (std::size_t i = 0; i < rows.size(); i += at_once) {
        if (at_once == 1)
          one.put(0, rows[i]);
        else
          arrays[i / OdbcItems::most]->bind_parameters(statement);
        statement.expect(SQLExecute(statement.get()));
        SQLFreeStmt(statement.get(), SQL_CLOSE);
      }
    }
    SQLEndTran(SQL_HANDLE_DBC, db.get(), SQL_COMMIT);
    db.set_autocommit(true);
  }
}

void bare(benchmark::State& state) { insert(state, OdbcItems::most); }
void loop(benchmark::State& state) { insert(state, 1); }

void execute_many(benchmark::State& state) {
  const OdbcSession db;
  library::execute_many(state, odbc_url(), [&] { empty_table(db); });
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  measure("execute_many/bare", bare)->Unit(benchmark::kMillisecond);
  measure("execute_many/loop", loop)->Unit(benchmark::kMillisecond);
  measure("execute_many/connector", execute_many)->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
}
