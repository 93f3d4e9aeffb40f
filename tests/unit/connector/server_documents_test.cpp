// Block documents of the two connector types cross between Python and here, by a Prefect server.

#include <fstream>
#include <iterator>

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/blocks/rest_block_store.hpp>
#include <prefect_sqlalchemy/connector/async_sqlalchemy_connector.hpp>
#include <prefect_sqlalchemy/connector/sqlalchemy_connector.hpp>

#include "prefect_server.hpp"
#include "scoped_environment.hpp"

using prefect::BlockDocument;
using prefect_sqlalchemy::AsyncSqlAlchemyConnector;
using prefect_sqlalchemy::SqlAlchemyConnector;
using prefect_sqlalchemy::SyncDriver;
using test_support::PrefectServer;
namespace json = boost::json;

namespace {

class ServerDocuments : public testing::TestWithParam<PrefectServer::Version> {
 protected:
  ~ServerDocuments() override { EXPECT_THAT(server_.problems(), testing::IsEmpty()); }

  /// Puts a document on the server as Python did.
  void put(const prefect::BlockType& type, const std::string& name, const json::object& data) {
    BlockDocument document;
    document.block_type_slug = type.slug;
    document.name = name;
    document.data = data;
    prefect::RestBlockStore(prefect::RestClient::current()).save(document, type, true);
  }
  json::object data_of(const std::string& slug, const std::string& name) {
    return prefect::RestBlockStore(prefect::RestClient::current()).load(slug, name).data;
  }

  PrefectServer server_{GetParam()};
  test_support::ScopedEnvironment url_{"PREFECT_API_URL", server_.url()};
};

std::string of_version(const testing::TestParamInfo<PrefectServer::Version>& info) {
  return info.param == PrefectServer::Version::v3_8 ? "Prefect3" : "Prefect2";
}

json::array recorded_documents() {
  std::ifstream in(PSA_PREFECT_DOCUMENTS "/documents.json");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  return json::parse(text).as_array();
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Servers, ServerDocuments,
                         testing::Values(PrefectServer::Version::v3_8, PrefectServer::Version::v2_14),
                         of_version);

TEST_P(ServerDocuments, WhatPythonSavedLoadsAndIsSavedAgainWithTheSameData) {
  int sync = 0, async = 0;
  for (const json::value& each : recorded_documents()) {
    const json::object& document = each.at("document").as_object();
    const std::string slug(document.at("block_type").at("slug").as_string());
    const std::string name(document.at("name").as_string());
    json::object data = document.at("data").as_object();
    SCOPED_TRACE(each.at("note").as_string().c_str());
    if (slug == "sqlalchemy-connector") {
      ++sync;
      put(SqlAlchemyConnector::block_type(), name, data);
      SqlAlchemyConnector::load(name).save(name, {.overwrite = true});
    } else {
      ++async;
      put(AsyncSqlAlchemyConnector::block_type(), name, data);
      const auto loaded = prefect::Block<AsyncSqlAlchemyConnector>::load(name);
      static_cast<const prefect::Block<AsyncSqlAlchemyConnector>&>(loaded).save(name, {.overwrite = true});
    }
    // Prefect 2's port, a text, becomes the integer that Prefect 3 writes; all else is as it was.
    if (auto* const info = data["connection_info"].if_object(); info && (*info)["port"].is_string()) {
      (*info)["port"] = std::stoll(std::string((*info)["port"].get_string()));
    }
    EXPECT_EQ(data, data_of(slug, name));
  }
  EXPECT_EQ(3, sync);
  EXPECT_EQ(1, async);
}

TEST_P(ServerDocuments, ThePasswordIsMaskedInPlainReadsAndWholeWhenLoaded) {
  SqlAlchemyConnector({.driver = SyncDriver::POSTGRESQL_PSYCOPG2,
                       .database = "d",
                       .username = "bob",
                       .password = "pw-1",
                       .host = "h"})
      .save("mine");
  EXPECT_EQ("********", prefect::inspect_block("sqlalchemy-connector", "mine")
                            .data.at("connection_info")
                            .at("password")
                            .as_string());
  EXPECT_EQ("pw-1", data_of("sqlalchemy-connector", "mine").at("connection_info").at("password").as_string());
}

TEST_P(ServerDocuments, TheTwoTypesAreApart) {
  SqlAlchemyConnector({.driver = SyncDriver::SQLITE_PYSQLITE, .database = "x.db"}).save("mine");
  EXPECT_THROW(prefect::Block<AsyncSqlAlchemyConnector>::load("mine"), prefect::BlockNotFoundError);
}
