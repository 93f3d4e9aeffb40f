#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

Database sqlite_file() {
  Database out;
  out.name = "SqliteFile";
  out.make_url = [](const test_support::TemporaryFolder& folder) {
    return "sqlite+pysqlite:///" + (folder.path() / "test.db").string();
  };
  out.unread_rows_block_writers = true;
  out.has_returning = true;
  out.tells_lastrowid = true;
  out.is_dynamically_typed = true;
  out.bytes_type = "blob";
  out.checks_foreign_keys = {{"foreign_keys", true}};
  out.failing_expression = "abs(n - n - 9223372036854775807 - 1)";
  out.endless_query = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n";
  return out;
}

Database sqlite_memory() {
  Database out = sqlite_file();
  out.name = "SqliteMemory";
  out.make_url = [](const test_support::TemporaryFolder&) { return std::string("sqlite://"); };
  out.is_private = true;
  out.unread_rows_block_writers = false;
  return out;
}

}  // namespace

std::vector<Database> databases() { return {sqlite_file(), sqlite_memory()}; }

std::vector<Database> databases_seen_by_many() {
  std::vector<Database> out = databases();
  std::erase_if(out, [](const Database& database) { return database.is_private; });
  return out;
}

std::int64_t OnDatabase::count(SqlAlchemyConnector& db, const std::string& table) {
  return db.execute("SELECT count(*) FROM " + table).scalar<std::int64_t>().value();
}

std::int64_t OnDatabase::count_from_outside(const std::string& table) const {
  SqlAlchemyConnector other = connector();
  return count(other, table);
}

void OnDatabase::make_numbers(SqlAlchemyConnector& db, int rows) {
  db.execute("CREATE TABLE numbers (n integer)");
  ParameterRows parameters({"n"});
  for (int n = 0; n < rows; ++n) parameters.add(n);
  if (rows != 0) db.execute_many("INSERT INTO numbers (n) VALUES (:n)", parameters);
}
