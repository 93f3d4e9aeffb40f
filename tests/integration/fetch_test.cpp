#include <thread>

#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

class Fetch : public OnEitherConnector {};
class FetchSeenByMany : public OnEitherConnector {};
INSTANTIATE_TEST_SUITE_P(On, Fetch, testing::ValuesIn(databases_by_either_connector()), database_name);
INSTANTIATE_TEST_SUITE_P(On, FetchSeenByMany, testing::ValuesIn(databases_seen_by_many_by_either_connector()),
                         database_name);

std::vector<int> values(const std::vector<Row>& rows) {
  std::vector<int> out;
  for (const Row& row : rows) out.push_back(row.get<int>(0));
  return out;
}

TEST_P(Fetch, VerbsShareOneResult) {
  auto db = connector();
  make_numbers(db, 6);
  EXPECT_EQ(db.fetch_one(all_numbers)->get<int>(0), 0);
  EXPECT_EQ(db.fetch_one(all_numbers)->get<int>(0), 1);
  EXPECT_EQ(values(db.fetch_many(all_numbers, {.size = 1})), (std::vector<int>{2}));
  EXPECT_EQ(values(db.fetch_all(all_numbers)), (std::vector<int>{3, 4, 5}));
}

TEST_P(Fetch, GivesNothingOnceExhaustedUntilReset) {
  auto db = connector();
  make_numbers(db, 2);
  EXPECT_EQ(db.fetch_all(all_numbers).size(), 2u);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(db.fetch_one(all_numbers), std::nullopt);
    EXPECT_TRUE(db.fetch_many(all_numbers, {.size = 3}).empty());
    EXPECT_TRUE(db.fetch_all(all_numbers).empty());
  }
  db.reset_connections();
  EXPECT_EQ(db.fetch_one(all_numbers)->get<int>(0), 0);
}

TEST_P(Fetch, TellsOperationsParametersAndOptionsApart) {
  auto db = connector();
  make_numbers(db, 3);
  const std::string sql = "SELECT n, :x AS x FROM numbers ORDER BY n";
  const FetchOptions keys[] = {{.parameters = {{"x", 1}}},
                               {.parameters = {{"x", 1.0}}},
                               {.parameters = {{"x", "1"}}},
                               {.parameters = {{"x", true}}},
                               {.parameters = {{"x", 1}}, .execution_options = {.buffered = true}},
                               {.parameters = {{"x", nullptr}}}};
  int fetches = 0;
  for (const FetchOptions& key : keys) {
    EXPECT_EQ(db.fetch_one(sql, key)->get<int>(0), 0) << fetches;
    EXPECT_EQ(db.fetch_one(sql, key)->get<int>(0), 1) << fetches;
    ++fetches;
  }
  EXPECT_EQ(db.fetch_one(sql + " ", keys[0])->get<int>(0), 0) << "one more blank is another operation";
  EXPECT_EQ(db.fetch_one(sql, keys[0])->get<int>(0), 2);
  EXPECT_EQ(lent(db), 7);
}

TEST_P(Fetch, TakesNoParametersAndEmptyOnesForTheSame) {
  auto db = connector();
  make_numbers(db, 2);
  EXPECT_EQ(db.fetch_one(all_numbers)->get<int>(0), 0);
  EXPECT_EQ(db.fetch_one(all_numbers, {.parameters = {}})->get<int>(0), 1);
}

TEST_P(Fetch, ManyGivesFetchSizeRowsUnlessTold) {
  auto db = connector({.fetch_size = 2});
  make_numbers(db, 8);
  EXPECT_EQ(values(db.fetch_many(all_numbers)), (std::vector<int>{0, 1}));
  EXPECT_EQ(values(db.fetch_many(all_numbers, {.size = 0})), (std::vector<int>{2, 3}));
  EXPECT_EQ(values(db.fetch_many(all_numbers, {.size = 3})), (std::vector<int>{4, 5, 6}));
  EXPECT_EQ(values(db.fetch_many(all_numbers, {.size = 100})), (std::vector<int>{7}));
}

TEST_P(Fetch, ManyGivesOneRowByDefault) {
  auto db = connector();
  make_numbers(db, 2);
  EXPECT_EQ(db.fetch_many(all_numbers).size(), 1u);
}

TEST_P(Fetch, ManyGivesNothingWithAFetchSizeOfZero) {
  auto db = connector({.fetch_size = 0});
  make_numbers(db, 2);
  EXPECT_TRUE(db.fetch_many(all_numbers).empty());
  EXPECT_EQ(db.fetch_all(all_numbers).size(), 2u);
  EXPECT_THROW(db.fetch_many("CREATE TABLE other (n integer)"), ResourceClosedError);
}

TEST_P(Fetch, ManyRefusesANegativeSize) {
  auto db = connector();
  make_numbers(db, 2);
  EXPECT_NE(message_of<ArgumentError>([&] { db.fetch_many(all_numbers, {.size = -1}); }).find("-1"),
            std::string::npos);
  EXPECT_EQ(lent(db), 0);
}

TEST_P(Fetch, GivesNothingWhereThereAreNoRows) {
  auto db = connector();
  make_numbers(db, 0);
  EXPECT_EQ(db.fetch_one(all_numbers), std::nullopt);
  EXPECT_TRUE(db.fetch_all(all_numbers).empty());
}

TEST_P(FetchSeenByMany, TwoConnectorsNeverShareAResult) {
  auto one = connector();
  make_numbers(one, 3);
  auto other = connector();
  EXPECT_EQ(one.fetch_one(all_numbers)->get<int>(0), 0);
  EXPECT_EQ(other.fetch_one(all_numbers)->get<int>(0), 0);
  EXPECT_EQ(one.fetch_one(all_numbers)->get<int>(0), 1);
}

TEST_P(Fetch, ContinuesOnAnotherThread) {
  auto db = connector();
  make_numbers(db, 3);
  EXPECT_EQ(db.fetch_one(all_numbers)->get<int>(0), 0);
  std::thread([&] { EXPECT_EQ(db.fetch_one(all_numbers)->get<int>(0), 1); }).join();
  EXPECT_EQ(db.fetch_one(all_numbers)->get<int>(0), 2);
}

TEST_P(Fetch, ThatFailsIsNotKeptAndGivesItsConnectionBack) {
  auto db = connector();
  for (int i = 0; i < 20; ++i) {
    EXPECT_THROW(db.fetch_all("SELECT " + std::to_string(i) + " FROM numbers"), DatabaseError);
  }
  EXPECT_THROW(db.fetch_all(all_numbers), DatabaseError);
  EXPECT_EQ(lent(db), 0);
  make_numbers(db, 2);
  EXPECT_EQ(db.fetch_all(all_numbers).size(), 2u);
}

TEST_P(FetchSeenByMany, OfAStatementWithoutRowsRunsItInTheOpenTransaction) {
  auto db = connector();
  make_numbers(db, 0);
  const std::string sql = "INSERT INTO numbers (n) VALUES (1)";
  EXPECT_NE(message_of<ResourceClosedError>([&] {
              db.fetch_one(sql);
            }).find("This result object does not return rows. It has been closed automatically."),
            std::string::npos);
  EXPECT_THROW(db.fetch_all(sql), ResourceClosedError) << "it is not run again";
  EXPECT_EQ(count_from_outside("numbers"), 0);
  db.reset_connections();
  EXPECT_EQ(count_from_outside("numbers"), 1);
}

TEST_P(FetchSeenByMany, OfReturningIsSeenByOthersAfterReset) {
  if (!database().has_returning) GTEST_SKIP() << "INSERT gives no rows there";
  auto db = connector();
  make_numbers(db, 0);
  const std::string sql = "INSERT INTO numbers (n) VALUES (5), (6) RETURNING n";
  EXPECT_EQ(db.fetch_one(sql)->get<int>(0), 5);
  EXPECT_EQ(values(db.fetch_all(sql)), (std::vector<int>{6}));
  EXPECT_TRUE(db.fetch_all(sql).empty()) << "it is not run again";
  EXPECT_EQ(count_from_outside("numbers"), 0);
  db.reset_connections();
  EXPECT_EQ(count_from_outside("numbers"), 2);
}

TEST_P(FetchSeenByMany, OfReturningIsCommittedWholeByClose) {
  if (!database().has_returning) GTEST_SKIP() << "INSERT gives no rows there";
  auto db = connector();
  make_numbers(db, 0);
  db.fetch_one("INSERT INTO numbers (n) VALUES (5), (6) RETURNING n");
  db.close();
  EXPECT_EQ(count_from_outside("numbers"), 2);
}

TEST_P(Fetch, RowsOutliveTheConnector) {
  std::vector<Row> rows;
  std::optional<Row> row;
  {
    auto db = connector();
    make_numbers(db, 3);
    row = db.fetch_one(all_numbers);
    rows = db.fetch_all(all_numbers);
  }
  EXPECT_EQ(row->get<int>("n"), 0);
  EXPECT_EQ(values(rows), (std::vector<int>{1, 2}));
  EXPECT_EQ(rows[0].keys(), (std::vector<std::string>{"n"}));
}

}  // namespace
