#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/blocks/rest_block_store.hpp>

#include "message_of.hpp"
#include "prefect_server.hpp"
#include "scoped_environment.hpp"
#include "webhook.hpp"

using prefect::BlockDocument;
using prefect::BlockExistsError;
using prefect::BlockNotFoundError;
using prefect::BlockValidationError;
using test_support::message_of;
using test_support::PrefectServer;
using test_support::ScopedEnvironment;
using testing::ElementsAre;
using testing::HasSubstr;
namespace json = boost::json;

namespace {

class RestBlockStoreTest : public testing::TestWithParam<PrefectServer::Version> {
 protected:
  ~RestBlockStoreTest() override { EXPECT_THAT(server_.problems(), testing::IsEmpty()); }

  PrefectServer server_{GetParam()};
  ScopedEnvironment url_{"PREFECT_API_URL", server_.url()};
};

std::string name_of(const testing::TestParamInfo<PrefectServer::Version>& info) {
  return info.param == PrefectServer::Version::v3_8 ? "Prefect3" : "Prefect2";
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Servers, RestBlockStoreTest,
                         testing::Values(PrefectServer::Version::v3_8, PrefectServer::Version::v2_14),
                         name_of);

TEST_P(RestBlockStoreTest, SavesAndLoadsWithSecrets) {
  const Webhook hook = make_webhook("https://example.org", "t0ken");
  hook.save("mine");
  EXPECT_EQ(hook, Webhook::load("mine"));
}

TEST_P(RestBlockStoreTest, TheTypeIsRegisteredOnce) {
  prefect::register_block_type(Webhook::block_type());
  make_webhook("https://example.org", "t0ken").save("mine");
  EXPECT_EQ(1U, server_.received("POST /block_types/").size());
  const json::array schemas = server_.received("POST /block_schemas/");
  ASSERT_EQ(2U, schemas.size());
  EXPECT_EQ(schemas[0], schemas[1]);  // the server finds the one that is there
  EXPECT_EQ(json::value({"token"}), schemas[0].at("fields").at("secret_fields"));
}

TEST_P(RestBlockStoreTest, ANameInUseIsRefusedInPythonsWordsUnlessItMayBeOverwritten) {
  make_webhook("https://one", "t0ken").save("mine");
  EXPECT_THAT(message_of<BlockExistsError>([] { make_webhook("https://two", "t0ken").save("mine"); }),
              testing::StartsWith(
                  "You are attempting to save values with a name that is already in use for this block "
                  "type. If you would like to overwrite the values that are saved, then save with "
                  "`overwrite=True`."));
  EXPECT_EQ("https://one", Webhook::load("mine").url);
  make_webhook("https://two", "0ther").save("mine", {.overwrite = true});
  EXPECT_EQ("https://two", Webhook::load("mine").url);
  EXPECT_EQ("0ther", Webhook::load("mine").token.reveal());
}

TEST_P(RestBlockStoreTest, OverwritingLeavesNothingOfTheOldDataBehind) {
  prefect::RestBlockStore store(prefect::RestClient::current());
  BlockDocument document;
  document.block_type_slug = "webhook";
  document.name = "mine";
  document.data = {{"url", "u"}, {"token", "t"}, {"old", 1}};
  store.save(document, Webhook::block_type(), false);
  document.data = {{"url", "v"}, {"token", "t"}};
  store.save(document, Webhook::block_type(), true);
  EXPECT_EQ(document.data, store.load("webhook", "mine").data);
}

TEST_P(RestBlockStoreTest, UnknownKeysSurviveALoadAndSave) {
  prefect::RestBlockStore store(prefect::RestClient::current());
  BlockDocument document;
  document.block_type_slug = "webhook";
  document.name = "mine";
  document.data = {
      {"url", "u"}, {"token", "t"}, {"retries", 3}, {"later", {{"deep", json::array{1, 2.5, nullptr}}}}};
  store.save(document, Webhook::block_type(), false);
  Webhook hook = Webhook::load("mine");
  hook.save("mine", {.overwrite = true});
  EXPECT_EQ(document.data, store.load("webhook", "mine").data);
}

TEST_P(RestBlockStoreTest, StarsAreNeverSavedAsASecret) {
  make_webhook("https://one", "t0ken").save("mine");
  EXPECT_THAT(message_of<BlockValidationError>(
                  [] { make_webhook("https://one", "********").save("mine", {.overwrite = true}); }),
              HasSubstr("eight stars"));
  EXPECT_EQ("t0ken", Webhook::load("mine").token.reveal());
}

TEST_P(RestBlockStoreTest, WhatIsShownHasNoSecret) {
  make_webhook("postgresql://bob:pw@host/db", "t0ken").save("mine");
  EXPECT_EQ("********", prefect::inspect_block("webhook", "mine").data.at("token").as_string());
  EXPECT_EQ("postgresql://bob:***@host/db",
            prefect::inspect_block("webhook", "mine").data.at("url").as_string());
  const auto all = prefect::list_blocks();
  ASSERT_EQ(1U, all.size());
  EXPECT_EQ("********", all[0].data.at("token").as_string());
  EXPECT_EQ("webhook", all[0].block_type_slug);
}

TEST_P(RestBlockStoreTest, AMissingOneIsToldInPythonsWords) {
  EXPECT_EQ("Unable to find block document named missing for block type webhook",
            message_of<BlockNotFoundError>([] { Webhook::load("missing"); }));
  EXPECT_EQ("Unable to find block document named missing for block type webhook",
            message_of<BlockNotFoundError>([] { Webhook::remove("missing"); }));
}

TEST_P(RestBlockStoreTest, RemovesAndListsPageByPage) {
  for (int i = 0; i < 230; ++i) {
    std::string name = std::to_string(i);
    make_webhook("https://x", "t").save("block-" + std::string(3 - name.size(), '0') + name);
  }
  EXPECT_EQ(230U, Webhook::list().size());
  Webhook::remove("block-000");
  const auto names = Webhook::list();
  ASSERT_EQ(229U, names.size());
  EXPECT_EQ("block-001", names.front());
}

TEST_P(RestBlockStoreTest, AMisspeltUrlIsNotTakenForAMissingBlock) {
  const ScopedEnvironment wrong("PREFECT_API_URL", server_.url().substr(0, server_.url().size() - 4));
  EXPECT_THROW(Webhook::load("mine"), prefect::PrefectServerError);
}
