#include <cstdlib>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/drivers/error_sink.hpp>
#include <prefect_sqlalchemy/drivers/registry.hpp>

#include "plugin_folder.hpp"

namespace prefect_sqlalchemy {
namespace {

using test_support::PluginFolder;
using test_support::ScopedEnvironment;
using testing::ElementsAre;
using testing::IsEmpty;

psa_call call_with(ErrorSink& sink) { return {PSA_INIT(psa_call), 0, &sink, 0}; }

TEST(FindDriver, LoadsThePluginThatServesTheName) {
  const PluginFolder folder;
  folder.add("fake", "fake+loads");
  const auto& driver = find_driver("fake+loads");
  EXPECT_EQ(driver.name(), "fake+loads");
  EXPECT_EQ(driver.plugin_name(), "fake");
  EXPECT_EQ(driver.version(), "1.0.0");
  EXPECT_EQ(driver.client(), "no database at all");
  EXPECT_EQ(driver.library(), folder.library("fake"));
  EXPECT_TRUE(driver.has(PSA_CAP_TRANSACTIONS));
  EXPECT_FALSE(driver.has(PSA_CAP_TRANSACTIONS | PSA_CAP_CANCEL));
}

TEST(FindDriver, KeepsWhatItLoadedWhenTheFilesAreGone) {
  const Driver* driver = nullptr;
  {
    const PluginFolder folder;
    folder.add("fake", "fake+kept");
    driver = &find_driver("fake+kept");
  }
  EXPECT_EQ(&find_driver("fake+kept"), driver);
  EXPECT_EQ(driver->plugin_name(), "fake");
}

TEST(FindDriver, SharesAPluginAmongItsNames) {
  const PluginFolder folder;
  folder.add("fake", "fake+one\", \"fake+two");
  EXPECT_EQ(find_driver("fake+one").library(), find_driver("fake+two").library());
  EXPECT_EQ(find_driver("fake+two").name(), "fake+two");
}

TEST(FindDriver, TakesTheFirstFolderOfTheSearch) {
  const PluginFolder later, earlier;
  later.add("fake", "fake+order");
  earlier.add("fake", "fake+order");
  const ScopedEnvironment path("PREFECT_SQLALCHEMY_DRIVER_PATH", later.path().string());
  const ScopedEnvironment added("PREFECT_SQLALCHEMY_ADD_DRIVER_PATH", earlier.path().string());
  EXPECT_EQ(find_driver("fake+order").library(), earlier.library("fake"));
}

TEST(FindDriver, SearchesTheApplicationsFolderBeforeTheEnvironment) {
  const PluginFolder named_by_environment, of_application;
  named_by_environment.add("fake", "fake+application");
  of_application.add("fake", "fake+application");
  const ScopedEnvironment path("PREFECT_SQLALCHEMY_DRIVER_PATH", named_by_environment.path().string());
  add_driver_folder(of_application.path());
  EXPECT_EQ(find_driver("fake+application").library(), of_application.library("fake"));
  EXPECT_THROW(add_driver_folder("relative"), ArgumentError);
}

TEST(FindDriver, FindsAPluginInTheUsersFolder) {
  const PluginFolder anywhere;
  anywhere.add("fake", "fake+user");
  const test_support::TemporaryFolder data;
  const auto folder = data.path() / "prefect-sqlalchemy/drivers";
  std::filesystem::create_directories(folder);
  std::filesystem::permissions(folder, std::filesystem::perms(0755));
  std::filesystem::copy(anywhere.path(), folder);
  const ScopedEnvironment path("PREFECT_SQLALCHEMY_DRIVER_PATH", std::nullopt);
  const ScopedEnvironment home("XDG_DATA_HOME", data.path().string());
  EXPECT_EQ(find_driver("fake+user").library(), folder / "fake.so");
}

TEST(FindDriver, SearchesAnewAfterAFailure) {
  const PluginFolder folder;
  EXPECT_THROW(find_driver("fake+installed_later"), MissingDriverError);
  folder.add("fake", "fake+installed_later");
  EXPECT_EQ(find_driver("fake+installed_later").plugin_name(), "fake");
}

TEST(FindDriver, RefusesWhatCannotBeAName) {
  EXPECT_THROW(find_driver("fake/../fake"), ArgumentError);
  EXPECT_THROW(find_driver(".."), ArgumentError);
  EXPECT_THROW(find_driver(""), ArgumentError);
  EXPECT_THROW(explain_driver("/tmp/fake"), ArgumentError);
}

TEST(FindDriver, GivesEveryThreadTheSameDriver) {
  const PluginFolder folder;
  folder.add("fake", "fake+threads");
  std::vector<const Driver*> found(8);
  std::vector<std::thread> threads;
  for (auto& driver : found) threads.emplace_back([&driver] { driver = &find_driver("fake+threads"); });
  for (auto& thread : threads) thread.join();
  for (const auto* driver : found) EXPECT_EQ(driver, found.front());
}

TEST(FindDriver, WorksWhileStaticObjectsAreDestroyed) {
  const PluginFolder folder;
  folder.add("fake", "fake+at_exit");
  EXPECT_EXIT(
      {
        struct AsksAtExit {
          ~AsksAtExit() { std::_Exit(find_driver("fake+at_exit").plugin_name() == "fake" ? 0 : 1); }
        };
        static const AsksAtExit asks;  // destroyed after what find_driver makes below
        find_driver("fake+at_exit");
        std::exit(2);
      },
      testing::ExitedWithCode(0), "");
}

TEST(LoadedDriver, RunsAStatementThroughItsTable) {
  const PluginFolder folder;
  folder.add("fake", "fake+runs");
  const auto& table = find_driver("fake+runs").table();
  ErrorSink sink;
  const auto call = call_with(sink);
  psa_connection_args args{PSA_INIT(psa_connection_args)};
  psa_connection* connection = nullptr;
  ASSERT_EQ(table.connection_new(&args, &connection, &sink), PSA_OK);
  ASSERT_EQ(table.connection_connect(connection, &call), PSA_OK);
  const psa_string sql{"SELECT", 6};
  psa_statement* statement = nullptr;
  ASSERT_EQ(table.statement_prepare(connection, &sql, 0, &statement, &call), PSA_OK);
  const psa_execute execute{PSA_INIT(psa_execute)};
  psa_result* result = nullptr;
  ASSERT_EQ(table.statement_execute(statement, &execute, &result, &call), PSA_OK);
  const psa_fetch fetch{PSA_INIT(psa_fetch), 0, 1, 2, 1 << 20};
  psa_batch batch{PSA_INIT(psa_batch)};
  ASSERT_EQ(table.result_next(result, &fetch, &batch, &call), PSA_OK);
  EXPECT_EQ(batch.array.length, 2);
  EXPECT_EQ(batch.array.children[1]->null_count, 1);
  EXPECT_STREQ(batch.schema.children[1]->name, "name");
  // Children outlive the connection, and say that it is gone.
  table.connection_release(connection);
  psa_batch after{PSA_INIT(psa_batch)};
  EXPECT_EQ(table.result_next(result, &fetch, &after, &call), PSA_INVALID_STATE);
  EXPECT_EQ(sink.report()->message, "the connection is not open");
  table.statement_release(statement);
  table.result_release(result);
  // Batches outlive all.
  EXPECT_EQ(static_cast<const std::int64_t*>(batch.array.children[0]->buffers[1])[1], 2);
  batch.schema.release(&batch.schema);
  batch.array.release(&batch.array);
}

TEST(LoadedDriver, ReportsErrorsInFull) {
  const PluginFolder folder;
  folder.add("fake", "fake+fails");
  const auto& table = find_driver("fake+fails").table();
  ErrorSink sink;
  const auto call = call_with(sink);
  psa_connection_args args{PSA_INIT(psa_connection_args)};
  psa_connection* connection = nullptr;
  ASSERT_EQ(table.connection_new(&args, &connection, &sink), PSA_OK);
  ASSERT_EQ(table.connection_connect(connection, &call), PSA_OK);
  const psa_string sql{"FAIL", 4};
  psa_statement* statement = nullptr;
  ASSERT_EQ(table.statement_prepare(connection, &sql, 0, &statement, &call), PSA_OK);
  const psa_execute execute{PSA_INIT(psa_execute)};
  psa_result* result = nullptr;
  EXPECT_EQ(table.statement_execute(statement, &execute, &result, &call), PSA_ERROR);
  ASSERT_NE(sink.report(), nullptr);
  EXPECT_EQ(sink.report()->vendor_code, 1234567890123);
  EXPECT_EQ(sink.report()->sqlstate, "23505");
  EXPECT_EQ(sink.report()->constraint, "a constraint");
  EXPECT_EQ(sink.report()->context, "a context");
  table.statement_release(statement);
  table.connection_release(connection);
}

TEST(LoadedDriver, OfAShorterTableLacksTheRest) {
  const PluginFolder folder;
  folder.add("fake_short");
  const auto& driver = find_driver("fake_short");
  EXPECT_EQ(driver.capabilities(), 0u);
  EXPECT_EQ(driver.client(), "");
  EXPECT_NE(driver.table().result_next, nullptr);
  EXPECT_EQ(driver.table().transaction_begin, nullptr);
  EXPECT_EQ(driver.table().metadata, nullptr);
}

TEST(ListDrivers, ShowsEveryPluginWithWhatSpeaksAgainstIt) {
  const PluginFolder folder;
  folder.add("fake");
  folder.add("fake_other_abi");
  folder.write("unreadable.json", "{");
  const ScopedEnvironment path("PREFECT_SQLALCHEMY_DRIVER_PATH", folder.path().string());
  std::vector<std::string> seen;
  for (const auto& candidate : list_drivers()) {
    if (candidate.manifest.parent_path() == folder.path()) {
      seen.push_back(candidate.plugin + ": " + candidate.reason.substr(0, 25));
    }
  }
  EXPECT_THAT(seen, ElementsAre("fake: ", "fake_other_abi: built for ABI 2.0; this l",
                                "unreadable: its manifest unreadable.j"));
}

TEST(ExplainDriver, LoadsNothing) {
  const PluginFolder folder;
  folder.add("fake_throwing");
  const auto report = explain_driver("fake_throwing");
  ASSERT_EQ(report.candidates.size(), 1u);
  EXPECT_EQ(report.candidates.front().reason, "");
  EXPECT_EQ(report.text().substr(0, 53), "a driver plugin is installed for \"fake_throwing\"\n  pl");
}

TEST(Host, SpeaksThisAbi) {
  EXPECT_EQ(host().struct_size, sizeof(psa_host));
  EXPECT_EQ(host().abi_minor, PSA_ABI_MINOR);
  void (*const report)(void*, const psa_error*) = &ErrorSink::report;
  EXPECT_EQ(host().report, report);
}

}  // namespace
}  // namespace prefect_sqlalchemy
