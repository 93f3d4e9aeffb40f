#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

class Bulk : public OnEitherConnector {};
INSTANTIATE_TEST_SUITE_P(On, Bulk, testing::ValuesIn(databases_by_either_connector()), database_name);

constexpr int many = 200'000;
constexpr int failing_row = 149'999;

TEST_P(Bulk, WhoseRow150000FailsNamesItAndLeavesNothing) {
  auto db = connector();
  db.execute("CREATE TABLE items (n integer UNIQUE, t varchar(20), c integer CHECK (c >= 0))");
  ParameterRows rows({"n", "t", "c"});
  rows.reserve(many);
  for (int n = 0; n < many; ++n) rows.add(n, "item", n == failing_row ? -1 : n);
  try {
    db.execute_many("INSERT INTO items (n, t, c) VALUES (:n, :t, :c)", rows);
    FAIL();
  } catch (const IntegrityError& error) {
    EXPECT_EQ(error.diagnostics().parameter_row, failing_row) << error.what();
  }
  EXPECT_EQ(lent(db), 0);
  EXPECT_EQ(count(db, "items"), 0);
}

TEST_P(Bulk, ThatFailsInATransactionCanBeUndoneToItsSavepoint) {
  auto db = connector();
  db.execute("CREATE TABLE items (n integer UNIQUE)");
  Connection connection = db.get_connection(false);
  connection.execute("INSERT INTO items (n) VALUES (-1)");
  ParameterRows rows({"n"});
  for (int n = 0; n < 1000; ++n) rows.add(n == 700 ? 3 : n);
  {
    Transaction nested = connection.begin_nested();
    try {
      connection.execute_many("INSERT INTO items (n) VALUES (:n)", rows);
      FAIL();
    } catch (const IntegrityError& error) {
      EXPECT_EQ(error.diagnostics().parameter_row, 700) << error.what();
    }
  }
  connection.commit();
  connection.close();
  EXPECT_EQ(db.execute("SELECT n FROM items").scalars<int>(), (std::vector<int>{-1}));
}

TEST_P(Bulk, CountsTheRowsOfUpdatesAndDeletes) {
  auto db = connector();
  make_numbers(db, 1000);
  ParameterRows rows({"n"});
  for (int n = 500; n < 1500; ++n) rows.add(n);
  EXPECT_EQ(db.execute_many("UPDATE numbers SET n = n WHERE n = :n", rows).rowcount(), 500);
  EXPECT_EQ(db.execute_many("DELETE FROM numbers WHERE n = :n", rows).rowcount(), 500);
  EXPECT_EQ(count(db, "numbers"), 500);
}

class BulkLoad : public OnDatabase {
 protected:
  static constexpr int rows = 100'000;
  void SetUp() override {
    db_.emplace(connector());
    db_->execute("CREATE TABLE source (n bigint, x double precision, t varchar(40), b " +
                 database().bytes_type + ")");
    ParameterRows values({"n", "x", "t", "b"});
    for (int n = 0; n < rows; ++n) {
      values.add(n, n / 4.0, n % 7 == 0 ? Value() : Value("text " + std::to_string(n)),
                 Bytes{std::byte(n % 256)});
    }
    db_->execute_many("INSERT INTO source VALUES (:n, :x, :t, :b)", values);
  }
  SqlAlchemyConnector& db() { return *db_; }
  /// Loads the rows of the table "source", of which `where` is true.
  std::int64_t load(const std::string& table, const std::string& where, IngestOptions::Mode mode) {
    Connection reader = db().get_connection(false);
    CursorResult result = reader.execute("SELECT n, x, t, b FROM source WHERE " + where + " ORDER BY n");
    ArrowArrayStream stream{};
    result.export_arrow(&stream);
    const std::shared_ptr<ArrowArrayStream> release(&stream, [](ArrowArrayStream* self) {
      if (self->release != nullptr) self->release(self);
    });
    Connection writer = db().get_connection(false);
    const std::int64_t loaded = writer.ingest(table, &stream, {.mode = mode});
    writer.commit();
    return loaded;
  }
  /// Rows of "source" that another table has not, and the other way round.
  std::int64_t differences(const std::string& table) {
    const std::string both = "FROM source s JOIN " + table +
                             " t ON t.n = s.n AND t.x = s.x AND t.b = s.b AND (t.t = s.t OR (t.t IS NULL "
                             "AND s.t IS NULL))";
    return rows - db().execute("SELECT count(*) " + both).scalar<std::int64_t>().value() +
           std::abs(rows - count(db(), table));
  }

 private:
  std::optional<SqlAlchemyConnector> db_;
};
INSTANTIATE_TEST_SUITE_P(On, BulkLoad, testing::ValuesIn(databases_where([](const Database& database) {
                           return database.has_bulk_load;
                         })),
                         database_name);

TEST_P(BulkLoad, AppendsToATable) {
  db().execute("CREATE TABLE target (b " + database().bytes_type +
               ", t varchar(40), n bigint PRIMARY KEY, x double precision, other integer)");
  EXPECT_EQ(load("target", "n < 60000", IngestOptions::Mode::append), 60'000);
  EXPECT_EQ(load("target", "n >= 60000", IngestOptions::Mode::append), rows - 60'000);
  EXPECT_EQ(differences("target"), 0) << "columns match by name";
}

TEST_P(BulkLoad, MakesATable) {
  EXPECT_EQ(load("made", "1 = 1", IngestOptions::Mode::create), rows);
  db().execute("CREATE INDEX made_n ON made (n)");
  EXPECT_EQ(differences("made"), 0);
  EXPECT_THROW(load("made", "1 = 1", IngestOptions::Mode::create), DatabaseError) << "it is there already";
  EXPECT_EQ(count(db(), "made"), rows);
}

TEST_P(BulkLoad, ReplacesATable) {
  for (int i = 0; i < 2; ++i) EXPECT_EQ(load("made", "n < 10", IngestOptions::Mode::replace), 10);
  EXPECT_EQ(count(db(), "made"), 10);
}

TEST_P(BulkLoad, ThatFailsLeavesNothing) {
  db().execute("CREATE TABLE target (n bigint PRIMARY KEY, x double precision, t varchar(40), b " +
               database().bytes_type + ")");
  db().execute("INSERT INTO target (n) VALUES (90000)");
  EXPECT_THROW(load("target", "1 = 1", IngestOptions::Mode::append), IntegrityError);
  EXPECT_THROW(load("nowhere", "1 = 1", IngestOptions::Mode::append), DatabaseError);
  EXPECT_EQ(count(db(), "target"), 1);
  EXPECT_EQ(lent(db()), 0);
}

}  // namespace
