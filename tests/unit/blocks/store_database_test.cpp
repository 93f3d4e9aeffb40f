#include <csignal>

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <prefect_sqlalchemy/blocks/local_block_store.hpp>
#include <prefect_sqlalchemy/blocks/settings.hpp>
#include <prefect_sqlalchemy/blocks/store_database.hpp>

#include "child_processes.hpp"
#include "private_home.hpp"
#include "webhook.hpp"

namespace {

using prefect::StoreDatabase;
using prefect::StoreError;
using prefect_sqlalchemy::Connection;
using test_support::ScopedEnvironment;

/// Modes do not bind root.
void become_no_one() {
  if (::geteuid() == 0 && ::seteuid(65534) != 0) throw std::runtime_error("cannot become another user");
}

class Store : public PrivateHome {
 protected:
  /// A store of its own, not the process's, so that a test may break its file.
  static std::int64_t documents() {
    StoreDatabase store(prefect::store_url());
    return store.read([](Connection& connection) {
      return *connection.execute("SELECT count(*) FROM psa_block_document").scalar<std::int64_t>();
    });
  }
  static void execute(const std::string& statement) {
    StoreDatabase store(prefect::store_url());
    store.write([&](Connection& connection) { connection.execute(statement); });
  }
  std::string error_of_a_first_use() {
    return message_of<StoreError>([] { StoreDatabase(prefect::store_url()).engine(); });
  }
  void expect_named(const std::string& text, const std::string& problem) {
    EXPECT_NE(std::string::npos, text.find(database_file().string())) << text;
    EXPECT_NE(std::string::npos, text.find(problem)) << text;
  }
};

TEST_F(Store, IsMadeWhenFirstUsedForItsOwnerAlone) {
  StoreDatabase store(prefect::store_url());
  EXPECT_FALSE(exists(database_file()));
  store.engine();
  struct stat status {};
  ASSERT_EQ(0, ::stat(database_file().c_str(), &status));
  EXPECT_EQ(0600U, status.st_mode & 07777U);
  EXPECT_EQ(0, documents());
}

TEST_F(Store, TheCurrentOneFollowsTheEnvironment) {
  StoreDatabase& first = StoreDatabase::current();
  EXPECT_EQ(&first, &StoreDatabase::current());
  EXPECT_EQ(database_file().string(), first.name());
  const ScopedEnvironment other("PREFECT_HOME", file("other").string());
  EXPECT_EQ(file("other/prefect-sqlalchemy.db").string(), StoreDatabase::current().name());
  EXPECT_EQ(database_file().string(), first.name());
}

TEST_F(Store, IsNamedWithoutItsPassword) {
  const StoreDatabase store(prefect_sqlalchemy::make_url("postgresql://ann:geheim@db/store"));
  EXPECT_EQ("postgresql://ann:***@db/store", store.name());
}

TEST_F(Store, AMissingDriverIsToldWithTheStoreThatNeedsIt) {
  StoreDatabase store(prefect_sqlalchemy::make_url("nodb+driver://ann:geheim@db/store"));
  const auto text = message_of<prefect_sqlalchemy::MissingDriverError>([&] { store.engine(); });
  EXPECT_NE(std::string::npos, text.find("\"nodb+driver\"")) << text;
  EXPECT_NE(std::string::npos, text.find("nodb+driver://ann:***@db/store")) << text;
}

TEST_F(Store, NoKeyIsMadeForOneThatCannotBeUsed) {
  const ScopedEnvironment url("PREFECT_SQLALCHEMY_STORE_URL", "nodb://db/store");
  EXPECT_THROW(make_webhook("https://example.org", "geheim").save("hook"),
               prefect_sqlalchemy::MissingDriverError);
  EXPECT_FALSE(exists(key_file()));
}

TEST_F(Store, AFunctionThatThrowsIsRolledBack) {
  StoreDatabase store(prefect::store_url());
  EXPECT_THROW(store.write([](Connection& connection) {
    connection.execute(
        "INSERT INTO psa_block_document (id, block_type_slug, name, data, created, updated) "
        "VALUES ('1', 'note', 'a', '{}', '', '')");
    throw std::runtime_error("mine");
  }),
               std::runtime_error);
  EXPECT_EQ(0, documents());
}

TEST_F(Store, ARetryableErrorRunsTheFunctionAgain) {
  StoreDatabase store(prefect::store_url());
  int runs = 0;
  const int result = store.write([&](Connection&) {
    if (++runs < 3) {
      throw prefect_sqlalchemy::OperationalError("locked",
                                                 prefect_sqlalchemy::Diagnostics{.retryable = true});
    }
    return runs;
  });
  EXPECT_EQ(3, result);
}

TEST_F(Store, ACommitThatMayHaveHappenedIsNotRunAgain) {
  StoreDatabase store(prefect::store_url());
  int runs = 0;
  EXPECT_THROW(store.write([&](Connection&) {
    ++runs;
    throw prefect_sqlalchemy::OperationalError(
        "lost", prefect_sqlalchemy::Diagnostics{.retryable = true, .maybe_applied = true});
  }),
               prefect_sqlalchemy::OperationalError);
  EXPECT_EQ(1, runs);
}

TEST_F(Store, RunsUntouchedByTheTaskAroundIt) {
  struct Observer : prefect_sqlalchemy::OperationObserver {
    int heard = 0;
    void on_operation(const prefect_sqlalchemy::OperationRecord&) noexcept override { ++heard; }
    void on_lost_error(std::exception_ptr) noexcept override { ++heard; }
  } observer;
  prefect_sqlalchemy::OperationContext context;
  context.deadline = std::chrono::steady_clock::now() - std::chrono::hours(1);
  context.observer = &observer;
  const prefect_sqlalchemy::OperationContext::Scope scope(context);
  EXPECT_EQ(0, documents());
  EXPECT_EQ(0, observer.heard);
}

TEST_F(Store, ProcessesMakingItAtOnceAgree) {
  run_in_processes(8, [](int number) {
    make_webhook("https://example.org", "geheim").save("hook-" + std::to_string(number));
  });
  EXPECT_EQ(8, documents());
}

TEST_F(Store, AFileThatIsNoDatabaseIsLeftAsItIs) {
  const std::string text = "This is my diary, not a database.\n" + std::string(4096, 'x');
  folder_.write("prefect-sqlalchemy.db", text);
  expect_named(error_of_a_first_use(), "not a SQLite database");
  EXPECT_EQ(text, content(database_file()));
}

TEST_F(Store, ANewerSchemaIsLeftAsItIs) {
  make_webhook("https://example.org", "geheim").save("hook");
  execute("UPDATE psa_store SET version = 7");
  const std::string before = content(database_file());
  const std::string text = error_of_a_first_use();
  expect_named(text, "version 7");
  EXPECT_NE(std::string::npos, text.find("version 1")) << text;
  EXPECT_NE(std::string::npos, text.find("upgrade")) << text;
  EXPECT_EQ(before, content(database_file()));
}

TEST_F(Store, AReadOnlyOneIsReadButNotWritten) {
  make_webhook("https://example.org", "geheim").save("hook");
  const std::string before = content(database_file());
  run_in_processes(1, [&](int) {
    ASSERT_EQ(0, ::chmod(folder_.path().c_str(), 0755));
    ASSERT_EQ(0, ::chmod(database_file().c_str(), 0444));
    become_no_one();
    StoreDatabase store(prefect::store_url());
    prefect::LocalBlockStore blocks(store);
    ASSERT_EQ(1U, blocks.list().size());
    expect_named(message_of<StoreError>([&] { blocks.remove("webhook", "hook"); }), "writable");
  });
  EXPECT_EQ(before, content(database_file()));
}

TEST_F(Store, AFolderThatCannotBeWrittenToIsAnErrorThatNamesTheStore) {
  run_in_processes(1, [&](int) {
    ASSERT_EQ(0, ::chmod(folder_.path().c_str(), 0555));
    become_no_one();
    expect_named(error_of_a_first_use(), "cannot be opened");
  });
  EXPECT_FALSE(exists(database_file()));
}

TEST_F(Store, AFullDiskLosesNothingAndSavingWorksAgainLater) {
  make_webhook("https://example.org", "geheim").save("before");
  run_in_processes(1, [&](int) {
    std::signal(SIGXFSZ, SIG_IGN);
    const auto size = file_size(database_file());
    const rlimit limit{size, RLIM_INFINITY};
    ASSERT_EQ(0, ::setrlimit(RLIMIT_FSIZE, &limit));
    const Webhook big = make_webhook("https://example.org/" + std::string(1 << 20, 'x'), "geheim");
    expect_named(message_of<StoreError>([&] { big.save("big"); }), "no space");
    EXPECT_EQ("geheim", Webhook::load("before").token.reveal());
    const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
    ASSERT_EQ(0, ::setrlimit(RLIMIT_FSIZE, &none));
    big.save("big");
  });
  EXPECT_EQ((std::vector<std::string>{"before", "big"}), Webhook::list());
}

TEST_F(Store, ADatabaseThatMayNotGrowLosesNothing) {
  StoreDatabase store(prefect::store_url());
  prefect::LocalBlockStore blocks(store);
  prefect::BlockDocument document{.block_type_slug = "note", .name = "before", .data = {{"text", "kept"}}};
  const prefect::BlockType type{.name = "Note", .slug = "note"};
  blocks.save(document, type, false);
  {
    auto connection = store.engine().connect();
    connection.execute("PRAGMA max_page_count = 1").all();  // SQLite takes the present size then
  }
  document.name = "big";
  document.data["text"] = std::string(1 << 20, 'x');
  expect_named(message_of<StoreError>([&] { blocks.save(document, type, false); }), "no space");
  EXPECT_EQ("kept", blocks.load("note", "before").data.at("text"));
  EXPECT_EQ(1U, blocks.list().size());
}

}  // namespace
