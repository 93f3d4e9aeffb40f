#include <prefect_sqlalchemy/blocks/block.hpp>
#include <prefect_sqlalchemy/blocks/local_block_store.hpp>

#include "private_home.hpp"
#include "webhook.hpp"

namespace {

using prefect::StoreDatabase;
using prefect_sqlalchemy::Connection;

class Blocks : public PrivateHome {
 protected:
  /// As another program or a newer version may have written it.
  static void store(const char* name, boost::json::object data) {
    prefect::LocalBlockStore(StoreDatabase::current())
        .save({.block_type_slug = "webhook", .name = name, .data = std::move(data)}, {}, true);
  }
  static boost::json::object stored(const char* name) {
    return prefect::LocalBlockStore(StoreDatabase::current()).load("webhook", name).data;
  }
};

TEST_F(Blocks, AUserDefinedOneIsSavedAndLoaded) {
  const Webhook hook = make_webhook("https://example.org", "geheim");
  hook.save("my-hook");
  EXPECT_EQ(hook, Webhook::load("my-hook"));
}

TEST_F(Blocks, AreOverwrittenOnlyWhenAskedTo) {
  make_webhook("https://old.example", "geheim").save("my-hook");
  const Webhook changed = make_webhook("https://new.example", "geheim");
  EXPECT_THROW(changed.save("my-hook"), prefect::BlockExistsError);
  changed.save("my-hook", {.overwrite = true});
  EXPECT_EQ("https://new.example", Webhook::load("my-hook").url);
}

TEST_F(Blocks, AreListedAndRemoved) {
  make_webhook("https://example.org", "geheim").save("b");
  make_webhook("https://example.org", "geheim").save("a");
  EXPECT_EQ((std::vector<std::string>{"a", "b"}), Webhook::list());
  Webhook::remove("a");
  EXPECT_EQ((std::vector<std::string>{"b"}), Webhook::list());
  EXPECT_THROW(Webhook::remove("a"), prefect::BlockNotFoundError);
}

TEST_F(Blocks, AWrongNameIsRefusedBeforeTheStoreIsTouched) {
  EXPECT_THROW(make_webhook("https://example.org", "geheim").save("My Hook"), prefect::BlockNameError);
  EXPECT_FALSE(exists(database_file()));
}

TEST_F(Blocks, AreInspectedWithoutTheirSecrets) {
  make_webhook("mysql://ann:geheim@db/x", "geheim").save("my-hook");
  const auto document = prefect::inspect_block("webhook", "my-hook");
  EXPECT_EQ("********", document.data.at("token"));
  EXPECT_EQ("mysql://ann:***@db/x", document.data.at("url"));
  const auto all = prefect::list_blocks();
  ASSERT_EQ(1U, all.size());
  EXPECT_EQ(document.data, all[0].data);
}

TEST_F(Blocks, AMaskedSecretIsNotSavedAsOne) {
  make_webhook("https://example.org", "geheim").save("my-hook");
  const Webhook shown = Webhook::from_json(prefect::inspect_block("webhook", "my-hook").data);
  const auto text =
      message_of<prefect::BlockValidationError>([&] { shown.save("my-hook", {.overwrite = true}); });
  EXPECT_NE(std::string::npos, text.find("token")) << text;
  EXPECT_EQ("geheim", Webhook::load("my-hook").token.reveal());
}

TEST_F(Blocks, KeepKeysThatTheyDoNotKnow) {
  store("my-hook", {{"url", "https://old.example"}, {"token", "geheim"}, {"future", {{"a", 1}}}});
  Webhook hook = Webhook::load("my-hook");
  hook.url = "https://new.example";
  hook.save("my-hook", {.overwrite = true});
  EXPECT_EQ((boost::json::object{
                {"url", "https://new.example"}, {"token", "geheim"}, {"retries", 3}, {"future", {{"a", 1}}}}),
            stored("my-hook"));
}

TEST_F(Blocks, UnknownKeysInsideOfKnownObjectsAreKeptToo) {
  const boost::json::object original = {{"info", {{"user", "ann"}, {"later", 1}}}, {"args", {{"a", 1}}}};
  const boost::json::object known = {{"info", {{"user", "ann"}}}, {"args", {{"a", 1}}}};
  const auto unknown = prefect::detail::unknown_keys(original, known);
  EXPECT_EQ((boost::json::object{{"info", {{"later", 1}}}}), unknown);
  boost::json::object saved = {{"info", {{"user", "bob"}}}, {"args", boost::json::object{}}};
  prefect::detail::add_unknown_keys(saved, unknown);
  EXPECT_EQ((boost::json::object{{"info", {{"user", "bob"}, {"later", 1}}}, {"args", boost::json::object{}}}),
            saved);
}

TEST_F(Blocks, UnknownKeysDoNotForceThemselvesOnAnotherShape) {
  boost::json::object saved = {{"info", "sqlite://"}};
  prefect::detail::add_unknown_keys(saved, {{"info", {{"later", 1}}}});
  EXPECT_EQ((boost::json::object{{"info", "sqlite://"}}), saved);
}

TEST_F(Blocks, ADocumentThatDoesNotFitIsToldByFieldAndReason) {
  store("my-hook", {{"url", "https://example.org"}, {"token", 7}});
  EXPECT_EQ(
      "Unable to load 'my-hook' of block type webhook due to failed validation: field token must be a text, "
      "it "
      "is an integer",
      message_of<prefect::BlockValidationError>([] { Webhook::load("my-hook"); }));
}

}  // namespace
