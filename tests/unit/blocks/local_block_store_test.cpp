#include <thread>

#include <prefect_sqlalchemy/blocks/block_errors.hpp>
#include <prefect_sqlalchemy/blocks/local_block_store.hpp>
#include <prefect_sqlalchemy/blocks/settings.hpp>

#include "child_processes.hpp"
#include "private_home.hpp"

namespace {

using prefect::BlockDocument;
using prefect::LocalBlockStore;
using prefect::StoreDatabase;
using prefect_sqlalchemy::Connection;

const prefect::BlockType type{
    .name = "Note", .slug = "note", .secret_fields = {"password"}, .url_fields = {"url"}};

BlockDocument note(std::string name, boost::json::object data) {
  return {.block_type_slug = "note", .name = std::move(name), .data = std::move(data)};
}

class LocalBlocks : public PrivateHome {
 protected:
  StoreDatabase database_{prefect::store_url()};
  LocalBlockStore store_{database_};
};

TEST_F(LocalBlocks, ADocumentComesBackAsItWasSaved) {
  const boost::json::object data = {
      {"text", "gr\xC3\xBC\xC3\x9F"}, {"password", "geheim"}, {"list", {1, 2.5, nullptr}}};
  const auto before = std::chrono::system_clock::now() - std::chrono::seconds(1);
  store_.save(note("a", data), type, false);
  const BlockDocument loaded = store_.load("note", "a");
  EXPECT_EQ(data, loaded.data);
  EXPECT_EQ("note", loaded.block_type_slug);
  EXPECT_EQ("a", loaded.name);
  EXPECT_EQ(36U, loaded.id.size());
  EXPECT_LT(before, loaded.created);
  EXPECT_EQ(loaded.created, loaded.updated);
}

TEST_F(LocalBlocks, SavingOverAnExistingOneIsRefusedAndChangesNothing) {
  store_.save(note("a", {{"text", "old"}}), type, false);
  const auto text = message_of<prefect::BlockExistsError>([&] {
    store_.save(note("a", {{"text", "new"}}), type, false);
  });
  EXPECT_TRUE(
      text.starts_with("You are attempting to save values with a name that is already in use for this block "
                       "type. If you would "
                       "like to overwrite the values that are saved, then save with `overwrite=True`."))
      << text;
  EXPECT_EQ("old", store_.load("note", "a").data.at("text"));
}

TEST_F(LocalBlocks, OverwritingReplacesTheDataAndKeepsTheId) {
  store_.save(note("a", {{"text", "old"}, {"more", 1}}), type, false);
  const BlockDocument old = store_.load("note", "a");
  store_.save(note("a", {{"text", "new"}}), type, true);
  const BlockDocument now = store_.load("note", "a");
  EXPECT_EQ((boost::json::object{{"text", "new"}}), now.data);
  EXPECT_EQ(old.id, now.id);
  EXPECT_EQ(old.created, now.created);
  EXPECT_LE(old.updated, now.updated);
}

TEST_F(LocalBlocks, OverwritingWhereNothingIsSaves) {
  store_.save(note("a", {{"text", "new"}}), type, true);
  EXPECT_EQ("new", store_.load("note", "a").data.at("text"));
}

TEST_F(LocalBlocks, TypesHaveTheirOwnNames) {
  store_.save(note("a", {{"text", "note"}}), type, false);
  BlockDocument other = note("a", {{"text", "memo"}});
  other.block_type_slug = "memo";
  store_.save(other, {.slug = "memo"}, false);
  EXPECT_EQ("note", store_.load("note", "a").data.at("text"));
  EXPECT_EQ("memo", store_.load("memo", "a").data.at("text"));
}

TEST_F(LocalBlocks, AnUnknownOneIsNotFoundInPythonsWords) {
  const std::string words = "Unable to find block document named missing for block type note";
  EXPECT_EQ(words, message_of<prefect::BlockNotFoundError>([&] { store_.load("note", "missing"); }));
  EXPECT_EQ(words, message_of<prefect::BlockNotFoundError>([&] { store_.inspect("note", "missing"); }));
  EXPECT_EQ(words, message_of<prefect::BlockNotFoundError>([&] { store_.remove("note", "missing"); }));
}

TEST_F(LocalBlocks, ARemovedOneIsGoneAndItsNameFree) {
  store_.save(note("a", {}), type, false);
  store_.remove("note", "a");
  EXPECT_THROW(store_.load("note", "a"), prefect::BlockNotFoundError);
  EXPECT_NO_THROW(store_.save(note("a", {}), type, false));
}

TEST_F(LocalBlocks, ListsByTypeAndNameWithSecretsMasked) {
  store_.save(note("b", {{"password", "geheim"}}), type, false);
  store_.save(note("a", {{"url", "mysql://ann:geheim@db/x"}}), type, false);
  BlockDocument other = note("z", {});
  other.block_type_slug = "memo";
  store_.save(other, {.slug = "memo"}, false);
  const auto all = store_.list();
  ASSERT_EQ(3U, all.size());
  EXPECT_EQ("memo", all[0].block_type_slug);
  EXPECT_EQ("mysql://ann:***@db/x", all[1].data.at("url"));
  EXPECT_EQ("********", all[2].data.at("password"));
  EXPECT_EQ(1U, store_.list("memo").size());
  EXPECT_EQ(0U, store_.list("nothing").size());
}

TEST_F(LocalBlocks, NoSecretIsInTheFilesOfTheStore) {
  store_.save(note("a", {{"password", "geheim-eins"}, {"url", "mysql://ann:geheim-zwei@db/x"}}), type, false);
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    EXPECT_EQ(std::string::npos, content(entry.path()).find("geheim")) << entry.path();
  }
  EXPECT_NE(std::string::npos, content(database_file()).find("mysql://ann:***@db/x"));
}

TEST_F(LocalBlocks, ADocumentWithoutSecretsMakesNoKeyFile) {
  store_.save(note("a", {{"text", "plain"}}), type, false);
  EXPECT_FALSE(exists(key_file()));
}

TEST_F(LocalBlocks, WithTheKeyLostTheDocumentIsNamedAndStays) {
  store_.save(note("a", {{"password", "geheim"}}), type, false);
  rename(key_file(), file("kept"));
  const std::string before = content(database_file());
  const auto text = message_of<prefect::BlockSecretError>([&] { store_.load("note", "a"); });
  EXPECT_NE(std::string::npos, text.find("note/a")) << text;
  EXPECT_NE(std::string::npos, text.find(key_file().string())) << text;
  EXPECT_FALSE(exists(key_file()));
  EXPECT_EQ("********", store_.inspect("note", "a").data.at("password"));
  EXPECT_EQ(before, content(database_file()));
  rename(file("kept"), key_file());
  EXPECT_EQ("geheim", store_.load("note", "a").data.at("password"));
}

TEST_F(LocalBlocks, StoredDataThatIsNoJsonIsToldWithTheBlock) {
  store_.save(note("a", {}), type, false);
  database_.write(
      [](Connection& connection) { connection.execute("UPDATE psa_block_document SET data = '[1'"); });
  const auto text = message_of<prefect::BlockValidationError>([&] { store_.load("note", "a"); });
  EXPECT_NE(std::string::npos, text.find("note/a")) << text;
}

TEST_F(LocalBlocks, ThreadsSavingAtOnceLoseNothing) {
  std::vector<std::thread> threads;
  for (int number = 0; number < 8; ++number) {
    threads.emplace_back([&, number] {
      for (int i = 0; i < 10; ++i) {
        const auto name = "t" + std::to_string(number) + "-" + std::to_string(i);
        store_.save(note(name, {{"password", name}}), type, false);
        EXPECT_EQ(boost::json::value(name), store_.load("note", name).data.at("password"));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(80U, store_.list("note").size());
}

class LocalBlocksOfProcesses : public PrivateHome {};

TEST_F(LocalBlocksOfProcesses, SavingAtOnceLoseNothing) {
  run_in_processes(2, [](int number) {
    StoreDatabase database(prefect::store_url());
    LocalBlockStore store(database);
    for (int i = 0; i < 100; ++i) {
      const auto name = "p" + std::to_string(number) + "-" + std::to_string(i);
      store.save(note(name, {{"password", name}}), type, false);
    }
  });
  StoreDatabase database(prefect::store_url());
  LocalBlockStore store(database);
  EXPECT_EQ(200U, store.list("note").size());
  for (const auto& document : store.list("note")) {
    EXPECT_EQ(boost::json::value(document.name), store.load("note", document.name).data.at("password"));
  }
}

TEST_F(LocalBlocksOfProcesses, OverwritingOneNameAtOnceLeaveOneWholeDocument) {
  run_in_processes(4, [](int number) {
    StoreDatabase database(prefect::store_url());
    LocalBlockStore store(database);
    for (int i = 0; i < 25; ++i) store.save(note("same", {{"a", number}, {"b", number}}), type, true);
  });
  StoreDatabase database(prefect::store_url());
  LocalBlockStore store(database);
  ASSERT_EQ(1U, store.list().size());
  const auto data = store.load("note", "same").data;
  EXPECT_EQ(data.at("a"), data.at("b"));
}

TEST_F(LocalBlocksOfProcesses, OfSeveralSavingOneNewNameOneSucceeds) {
  run_in_processes(4, [&](int number) {
    StoreDatabase database(prefect::store_url());
    LocalBlockStore store(database);
    try {
      store.save(note("same", {{"winner", number}}), type, false);
      folder_.write("won-" + std::to_string(number), "");
    } catch (const prefect::BlockExistsError&) {
      return;
    }
  });
  StoreDatabase database(prefect::store_url());
  LocalBlockStore store(database);
  const auto winner = store.load("note", "same").data.at("winner").as_int64();
  for (int number = 0; number < 4; ++number) {
    EXPECT_EQ(number == winner, exists(file("won-" + std::to_string(number)))) << number;
  }
}

}  // namespace
