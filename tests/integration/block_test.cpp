#include <boost/json.hpp>
#include <gmock/gmock.h>

#include "databases.hpp"
#include "scoped_environment.hpp"

using namespace prefect_sqlalchemy;
namespace json = boost::json;

namespace {

/// A store of its own for each case.
class ConnectorBlock : public testing::Test {
 protected:
  test_support::TemporaryFolder folder_;
  test_support::ScopedEnvironment home_{"PREFECT_HOME", folder_.path().string()};
  test_support::ScopedEnvironment store_url_{"PREFECT_SQLALCHEMY_STORE_URL", std::nullopt};
  test_support::ScopedEnvironment key_{"PREFECT_SQLALCHEMY_STORE_KEY", std::nullopt};
  test_support::ScopedEnvironment api_{"PREFECT_API_URL", std::nullopt};

  static void save_document(std::string_view name, const char* text) {
    prefect::detail::save_block(SqlAlchemyConnector::block_type(), name, json::parse(text).as_object(), true);
  }
  static json::object document(std::string_view name) {
    return prefect::detail::load_block(SqlAlchemyConnector::block_type(), name).data;
  }
};

TEST_F(ConnectorBlock, ComesBackAsItWasSaved) {
  const SqlAlchemyConnector full(
      ConnectionComponents{.driver = SyncDriver::POSTGRESQL_PSYCOPG2,
                           .database = "shop",
                           .username = "ann",
                           .password = "hunter2",
                           .host = "db.example.org",
                           .port = 5432,
                           .query = {{"sslmode", "require"}}},
      {.connect_args = {{"timeout", 1.5}, {"keepalives", true}, {"retries", 3}, {"name", "x"}},
       .fetch_size = 7});
  const SqlAlchemyConnector least(ConnectionComponents{.driver = SyncDriver::SQLITE_PYSQLITE});
  const SqlAlchemyConnector text("postgresql://ann:hunter2@db.example.org/shop?a=b+c");
  for (const SqlAlchemyConnector* db : {&full, &least, &text}) {
    db->save("db", {.overwrite = true});
    EXPECT_EQ(SqlAlchemyConnector::load("db").fields(), db->fields());
  }
}

TEST_F(ConnectorBlock, WorksWhenLoaded) {
  SqlAlchemyConnector(ConnectionComponents{.driver = SyncDriver::SQLITE_PYSQLITE,
                                           .database = (folder_.path() / "data.db").string()})
      .save("db");
  SqlAlchemyConnector::load("db").execute("CREATE TABLE t (n integer)");
  auto db = SqlAlchemyConnector::load("db");
  EXPECT_TRUE(db.fetch_all("SELECT * FROM t").empty());
}

TEST_F(ConnectorBlock, NeedsNoDriver) {
  SqlAlchemyConnector("nodb+nodriver://h/d").save("db");
  EXPECT_EQ(SqlAlchemyConnector::load("db").url().drivername, "nodb+nodriver");
  EXPECT_EQ(SqlAlchemyConnector::list(), (std::vector<std::string>{"db"}));
  SqlAlchemyConnector::remove("db");
  EXPECT_TRUE(SqlAlchemyConnector::list().empty());
}

TEST_F(ConnectorBlock, SpeaksOfMissingAndTakenNamesAsPythonDoes) {
  EXPECT_NE(message_of<prefect::BlockNotFoundError>([] {
              SqlAlchemyConnector::load("missing");
            }).find("Unable to find block document named missing for block type sqlalchemy-connector"),
            std::string::npos);
  const SqlAlchemyConnector db("sqlite://");
  db.save("db");
  EXPECT_THROW(db.save("db"), prefect::BlockExistsError);
  db.save("db", {.overwrite = true});
}

TEST_F(ConnectorBlock, ReadsWhatPythonWrites) {
  save_document("python", R"({
    "connection_info": {
      "driver": "postgresql+psycopg2", "database": "shop", "username": "ann", "password": "hunter2",
      "host": "localhost", "port": "5432", "query": null, "_rendered_url": "x"
    },
    "connect_args": null, "fetch_size": 1, "some_future_field": {"a": [1, 2]}
  })");
  const auto db = SqlAlchemyConnector::load("python");
  const auto& components = std::get<ConnectionComponents>(db.fields().connection_info);
  EXPECT_EQ(components.port, 5432);
  EXPECT_EQ(components.password->reveal(), "hunter2");
  EXPECT_EQ(db.url().render(false), "postgresql+psycopg2://ann:hunter2@localhost:5432/shop");

  db.save("python", {.overwrite = true});
  const json::object kept = document("python");
  EXPECT_EQ(kept.at("some_future_field"), json::parse(R"({"a": [1, 2]})"));
  EXPECT_EQ(kept.at("connection_info").at("_rendered_url"), "x");
  EXPECT_EQ(kept.at("connection_info").at("port"), 5432);
}

TEST_F(ConnectorBlock, ReadsTheLeastThatPythonWrites) {
  save_document("least", R"({"connection_info": {"driver": "sqlite+pysqlite", "database": "x.db"}})");
  const auto db = SqlAlchemyConnector::load("least");
  EXPECT_EQ(db.fields().fetch_size, 1);
  EXPECT_TRUE(db.fields().connect_args.empty());
  save_document("url", R"({"connection_info": "sqlite:///x.db", "fetch_size": 3})");
  EXPECT_EQ(std::get<std::string>(SqlAlchemyConnector::load("url").fields().connection_info),
            "sqlite:///x.db");
}

TEST_F(ConnectorBlock, NamesTheFieldThatDoesNotFit) {
  const std::pair<const char*, const char*> documents[] = {
      {R"({})", "connection_info"},
      {R"({"connection_info": {"database": "x"}})", "connection_info.driver"},
      {R"({"connection_info": {"driver": "sqlite", "port": "hunter2"}})", "connection_info.port"},
      {R"({"connection_info": {"driver": "sqlite"}, "fetch_size": -1})", "fetch_size"},
      {R"({"connection_info": {"driver": "sqlite"}, "connect_args": {"x": ["hunter2"]}})", "connect_args.x"},
      {R"({"connection_info": {"driver": "postgresql+asyncpg"}})", "is an async driver"},
      {R"({"connection_info": "no url, hunter2"})", "Invalid URL"}};
  for (const auto& [text, named] : documents) {
    save_document("bad", text);
    const std::string message =
        message_of<prefect::BlockValidationError>([] { SqlAlchemyConnector::load("bad"); });
    EXPECT_NE(message.find(named), std::string::npos) << message;
    EXPECT_EQ(message.find("hunter2"), std::string::npos) << message;
  }
}

TEST(ConnectorBlockType, HasPythonsNames) {
  const prefect::BlockType& type = SqlAlchemyConnector::block_type();
  EXPECT_EQ(type.slug, "sqlalchemy-connector");
  EXPECT_THAT(type.secret_fields, testing::Contains("connection_info.password"));
  const auto& properties = type.schema.at("properties").as_object();
  for (const char* field : {"connection_info", "connect_args", "fetch_size"}) {
    EXPECT_TRUE(properties.contains(field)) << field;
  }
}

TEST(ConnectorBlockType, HasItsOldNameToo) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  static_assert(std::is_same_v<DatabaseCredentials, SqlAlchemyConnector>);
#pragma GCC diagnostic pop
}

}  // namespace
