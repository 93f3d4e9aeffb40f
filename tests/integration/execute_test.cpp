#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

class Execute : public OnEitherConnector {};
class ExecuteSeenByMany : public OnEitherConnector {};
INSTANTIATE_TEST_SUITE_P(On, Execute, testing::ValuesIn(databases_by_either_connector()), database_name);
INSTANTIATE_TEST_SUITE_P(On, ExecuteSeenByMany,
                         testing::ValuesIn(databases_seen_by_many_by_either_connector()), database_name);

const std::string insert = "INSERT INTO numbers (n) VALUES (:n)";

TEST_P(Execute, CountsRows) {
  auto db = connector();
  EXPECT_EQ(db.execute("CREATE TABLE numbers (n integer)").rowcount(), -1);
  EXPECT_EQ(db.execute(insert, {{"n", 1}}).rowcount(), 1);
  EXPECT_EQ(db.execute_many(insert, {{{"n", 2}}, {{"n", 3}}, {{"n", 4}}}).rowcount(), 3);
  EXPECT_EQ(db.execute("UPDATE numbers SET n = n WHERE n > 1").rowcount(), 3) << "rows matched";
  EXPECT_EQ(db.execute("DELETE FROM numbers WHERE n > 100").rowcount(), 0);
  EXPECT_EQ(db.execute("SELECT n FROM numbers").rowcount(), 4);
  EXPECT_EQ(db.execute("DELETE FROM numbers").rowcount(), 4);
}

TEST_P(Execute, TellsWhetherThereAreRows) {
  auto db = connector();
  EXPECT_FALSE(db.execute("CREATE TABLE numbers (n integer)").returns_rows());
  CursorResult inserted = db.execute(insert, {{"n", 1}});
  EXPECT_FALSE(inserted.returns_rows());
  EXPECT_THROW(inserted.fetchone(), ResourceClosedError);
  EXPECT_THROW(inserted.keys(), ResourceClosedError);
  EXPECT_TRUE(db.execute("SELECT n FROM numbers").returns_rows());
}

TEST_P(Execute, TellsTheLastRowsId) {
  auto db = connector();
  make_numbers(db, 1);
  if (!database().serial_column.empty()) {
    db.execute("CREATE TABLE serials (id " + database().serial_column + ", n integer)");
    for (int id = 1; id < 5; ++id) {
      EXPECT_EQ(db.execute("INSERT INTO serials (n) VALUES (:n)", {{"n", 9}}).lastrowid(), id);
    }
    EXPECT_EQ(db.execute("SELECT id FROM serials").lastrowid(), std::nullopt);
  }
  EXPECT_EQ(db.execute("SELECT n FROM numbers").lastrowid(), std::nullopt);
}

TEST_P(Execute, ReadsItsRowsToTheEnd) {
  std::optional<CursorResult> result;
  {
    auto db = connector();
    make_numbers(db, 1000);
    result.emplace(db.execute("SELECT n FROM numbers ORDER BY n"));
    EXPECT_EQ(lent(db), 0);
  }
  EXPECT_TRUE(result->buffered());
  EXPECT_EQ(result->fetchall().size(), 1000u);
  EXPECT_TRUE(result->fetchall().empty());
}

TEST_P(Execute, AlwaysRuns) {
  auto db = connector();
  make_numbers(db, 0);
  for (int i = 0; i < 3; ++i) db.execute(insert, {{"n", 1}});
  EXPECT_EQ(count(db, "numbers"), 3);
}

TEST_P(ExecuteSeenByMany, Commits) {
  auto db = connector();
  make_numbers(db, 0);
  db.execute(insert, {{"n", 1}});
  EXPECT_EQ(count_from_outside("numbers"), 1);
  db.execute_many(insert, {{{"n", 2}}, {{"n", 3}}});
  EXPECT_EQ(count_from_outside("numbers"), 3);
}

TEST_P(ExecuteSeenByMany, OfReturningCommitsAndGivesTheRows) {
  if (!database().has_returning) GTEST_SKIP() << "INSERT gives no rows there";
  auto db = connector();
  make_numbers(db, 0);
  CursorResult result = db.execute("INSERT INTO numbers (n) VALUES (5), (6) RETURNING n");
  EXPECT_EQ(count_from_outside("numbers"), 2);
  EXPECT_EQ(result.scalars<int>(), (std::vector<int>{5, 6}));
}

TEST_P(Execute, LeavesNothingOfAStatementThatFails) {
  auto db = connector();
  db.execute("CREATE TABLE u (n integer UNIQUE)");
  EXPECT_THROW(db.execute("INSERT INTO u (n) VALUES (1), (2), (1)"), IntegrityError);
  EXPECT_EQ(count(db, "u"), 0);
  EXPECT_EQ(lent(db), 0);
}

TEST_P(Execute, ManyLeavesNothingWhenARowInTheMiddleFails) {
  auto db = connector();
  db.execute("CREATE TABLE u (n integer UNIQUE)");
  try {
    db.execute_many("INSERT INTO u (n) VALUES (:n)", {{{"n", 1}}, {{"n", 2}}, {{"n", 1}}, {{"n", 3}}});
    FAIL();
  } catch (const IntegrityError& error) {
    EXPECT_EQ(error.diagnostics().parameter_row, 2);
    EXPECT_NE(std::string(error.what()).find("in parameter group 2"), std::string::npos) << error.what();
    EXPECT_EQ(error.statement(), "INSERT INTO u (n) VALUES (:n)");
  }
  EXPECT_EQ(count(db, "u"), 0);
  EXPECT_EQ(lent(db), 0);
}

TEST_P(Execute, ManyWithoutRowsRunsOnce) {
  auto db = connector();
  make_numbers(db, 0);
  EXPECT_EQ(db.execute_many("INSERT INTO numbers (n) VALUES (7)", {}).rowcount(), 1);
  EXPECT_EQ(count(db, "numbers"), 1);
  EXPECT_THROW(db.execute_many(insert, {}), StatementError);
  EXPECT_EQ(count(db, "numbers"), 1);
}

TEST_P(Execute, ManyRunsOnceForEachRowWithoutParameters) {
  auto db = connector();
  make_numbers(db, 0);
  const ParameterRows rows{Parameters{}, Parameters{}, Parameters{}};
  EXPECT_EQ(db.execute_many("INSERT INTO numbers (n) VALUES (7)", rows).rowcount(), 3);
  EXPECT_EQ(count(db, "numbers"), 3);
}

TEST_P(Execute, ManyTakesTypesThatChangeFromRowToRow) {
  auto db = connector();
  db.execute("CREATE TABLE prices (id integer, price double precision)");
  db.execute_many("INSERT INTO prices VALUES (:id, :price)",
                  {{{"id", 1}, {"price", nullptr}}, {{"id", 2}, {"price", 2}}, {{"id", 3}, {"price", 2.5}}});
  const auto rows = db.fetch_all("SELECT price FROM prices ORDER BY id");
  EXPECT_TRUE(rows[0].is_null(0));
  EXPECT_EQ(rows[1].get<double>(0), 2);
  EXPECT_EQ(rows[2].get<double>(0), 2.5);
}

TEST_P(Execute, ManyTakesARowsParametersInAnyNumber) {
  auto db = connector();
  make_numbers(db, 0);
  ParameterRows rows({"n"});
  for (int n = 0; n < 50'000; ++n) rows.add(n);
  EXPECT_EQ(db.execute_many(insert, rows).rowcount(), 50'000);
  EXPECT_EQ(db.execute("SELECT sum(n) FROM numbers").scalar<std::int64_t>(), 1'249'975'000);
}

TEST_P(Execute, OfATextWithoutAStatementDoesNothing) {
  auto db = connector();
  CursorResult result = db.execute("-- nothing");
  EXPECT_FALSE(result.returns_rows());
  EXPECT_EQ(result.rowcount(), -1);
}

}  // namespace
