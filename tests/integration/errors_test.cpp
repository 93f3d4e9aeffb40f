#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

class Errors : public OnEitherConnector {};
INSTANTIATE_TEST_SUITE_P(On, Errors, testing::ValuesIn(databases_by_either_connector()), database_name);

TEST_P(Errors, NameDriverStatementAndPlace) {
  auto db = connector();
  const std::string sql = "SELECT n FORM nowhere WHERE n = :a_long_name";
  try {
    db.execute(sql, {{"a_long_name", 1}});
    FAIL();
  } catch (const DatabaseError& error) {
    const std::string text = error.what();
    EXPECT_EQ(text.rfind("(" + make_url(url()).drivername + ".", 0), 0u) << text;
    EXPECT_NE(text.find("[SQL: " + sql + "]"), std::string::npos) << text;
    EXPECT_EQ(error.statement(), sql);
    EXPECT_FALSE(error.diagnostics().message.empty());
    EXPECT_FALSE(error.retryable());
    EXPECT_FALSE(error.connection_lost());
  }
}

TEST_P(Errors, PointAtTheUsersText) {
  auto db = connector();
  make_numbers(db, 0);
  const std::string sql = "SELECT :a_long_name, nope FROM numbers";
  try {
    db.fetch_one(sql, {.parameters = {{"a_long_name", 1}}});
    FAIL();
  } catch (const DatabaseError& error) {
    if (error.diagnostics().statement_offset < 0) GTEST_SKIP() << "the database does not tell where";
    EXPECT_EQ(error.diagnostics().statement_offset, static_cast<std::int64_t>(sql.find("nope")));
  }
}

TEST_P(Errors, OfConstraintsAreIntegrityErrors) {
  auto db = connector();
  db.execute("CREATE TABLE strict (u integer UNIQUE, n integer NOT NULL, c integer CHECK (c > 0))");
  db.execute("INSERT INTO strict VALUES (1, 1, 1)");
  for (const char* values : {"(1, 1, 1)", "(2, NULL, 1)", "(2, 1, 0)"}) {
    EXPECT_THROW(db.execute("INSERT INTO strict VALUES " + std::string(values)), IntegrityError) << values;
  }
  EXPECT_EQ(count(db, "strict"), 1);
}

TEST_P(Errors, ThatFollowEachOtherSpoilNothing) {
  auto db = connector();
  make_numbers(db, 3);
  Connection connection = db.get_connection(false);
  EXPECT_THROW(connection.execute("SELECT nope FROM numbers"), DatabaseError);
  connection.rollback();
  EXPECT_EQ(connection.execute("SELECT count(*) FROM numbers").scalar<int>(), 3);
}

TEST_P(Errors, OfSeveralStatementsInOneTextRunNone) {
  auto db = connector();
  make_numbers(db, 3);
  EXPECT_THROW(db.execute("DELETE FROM numbers; DELETE FROM numbers"), ProgrammingError);
  EXPECT_EQ(count(db, "numbers"), 3);
}

TEST_P(Errors, OfOptionsNameTheNearestOne) {
  if (database().passes_options_on) GTEST_SKIP() << "the database's client takes any option";
  const std::string known = database().known_option;
  std::string misspelt = known;
  std::swap(misspelt.end()[-1], misspelt.end()[-2]);
  auto db = connector({.connect_args = {{misspelt, 1}}});
  const std::string text = message_of<Error>([&] { db.execute("SELECT 1"); });
  EXPECT_NE(text.find(misspelt), std::string::npos) << text;
  EXPECT_NE(text.find(known), std::string::npos) << text;
  EXPECT_EQ(lent(db), 0);
}

TEST(UrlErrors, RefuseWhatIsNone) {
  for (const char* text : {"", "nonsense", "://", "sqlite", "sqlite:/x", "/etc/passwd"}) {
    const std::string message = message_of<ArgumentError>([&] { SqlAlchemyConnector db(text); });
    EXPECT_EQ(message.rfind("Invalid URL: ", 0), 0u) << text << ": " << message;
  }
}

TEST(UrlErrors, NeverRepeatThePassword) {
  for (const char* text : {"postgresql://ann:hunter2@example.org:port/x", "ann:hunter2@example.org",
                           "postgresql://ann:hunter2@example.org:99999/x"}) {
    const std::string message = message_of<ArgumentError>([&] { SqlAlchemyConnector db(text); });
    EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
  }
}

TEST(UrlErrors, OfComponentsNameWhatIsWrong) {
  for (const std::int64_t port : {0, -1, 65536}) {
    const std::string message = message_of<ArgumentError>([&] {
      SqlAlchemyConnector(
          ConnectionComponents{.driver = SyncDriver::POSTGRESQL_PSYCOPG2, .host = "h", .port = port});
    });
    EXPECT_NE(message.find(std::to_string(port)), std::string::npos) << message;
  }
  EXPECT_THROW(SqlAlchemyConnector("sqlite://", {.fetch_size = -1}), ArgumentError);
  EXPECT_THROW(create_engine("sqlite://", {.pool_size = -1}), ArgumentError);
  EXPECT_THROW(create_engine("sqlite://", {.max_overflow = -2}), ArgumentError);
}

}  // namespace
