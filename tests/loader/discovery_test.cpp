#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <prefect_sqlalchemy/drivers/registry.hpp>

#include "plugin_folder.hpp"

namespace prefect_sqlalchemy {
namespace {

using test_support::PluginFolder;
using test_support::ScopedEnvironment;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

MissingDriverError error_of(const std::string& name) {
  try {
    find_driver(name);
  } catch (const MissingDriverError& error) {
    return error;
  }
  throw std::logic_error(name + " was found");
}

TEST(MissingDriver, IsToldAsTheDesignShowsIt) {
  const PluginFolder folder, empty;
  folder.add("fake");
  const ScopedEnvironment path("PREFECT_SQLALCHEMY_DRIVER_PATH",
                               folder.path().string() + ":/nowhere/drivers:" + empty.path().string());
  const auto error = error_of("postgresql+psycopg2");
  EXPECT_THAT(std::string(error.what()),
              StartsWith("no driver plugin is installed for \"postgresql+psycopg2\"\n"
                         "  install    apt install prefect-sqlalchemy-driver-postgres\n"
                         "  searched   "));
  EXPECT_THAT(error.what(), HasSubstr(folder.path().string() + " (fake)\n"));
  EXPECT_THAT(error.what(), HasSubstr("\n             /nowhere/drivers (does not exist)\n"));
  EXPECT_THAT(error.what(), HasSubstr(empty.path().string() + " (empty)"));
  EXPECT_EQ(error.name(), "postgresql+psycopg2");
  EXPECT_THAT(error.candidates(), IsEmpty());
  EXPECT_THAT(error.near_matches(), IsEmpty());
  EXPECT_EQ(error.install_hint(), "apt install prefect-sqlalchemy-driver-postgres");
}

TEST(MissingDriver, OfAThirdPartyInventsNoPackage) {
  const PluginFolder folder;
  folder.add("fake", "duckdb+native");
  const auto error = error_of("duckdb+natvie");
  EXPECT_EQ(error.install_hint(), "");
  EXPECT_THAT(error.what(), Not(HasSubstr("apt")));
  EXPECT_THAT(error.near_matches(), ElementsAre("duckdb+native"));
  EXPECT_THAT(error.what(), HasSubstr("\n  similar    duckdb+native\n"));
}

TEST(MissingDriver, WhosePluginWasRemovedIsMissingAgain) {
  const PluginFolder folder;
  folder.add("fake", "fake+removed");
  EXPECT_THAT(explain_driver("fake+removed").candidates.front().reason, IsEmpty());
  std::filesystem::remove(folder.manifest("fake"));
  EXPECT_THAT(error_of("fake+removed").candidates(), IsEmpty());
}

TEST(PluginWithoutItsLibrary, IsRefusedWithItsPackage) {
  const PluginFolder folder;
  folder.add("fake", "fake+half");
  std::filesystem::remove(folder.library("fake"));
  const auto error = error_of("fake+half");
  EXPECT_EQ(error.candidates().front().reason, "cannot be opened: No such file or directory");
  EXPECT_EQ(error.install_hint(), "apt install --reinstall fake-package");
}

TEST(BrokenManifest, OfTheWantedDriverIsAnErrorThoughAnotherFolderHasAGoodOne) {
  const PluginFolder good, broken;
  good.add("fake", "fake+shadowed");
  broken.add("fake", "fake+shadowed");
  broken.edit_manifest("fake", "\"version\"", "\"verzion\"");
  const ScopedEnvironment path("PREFECT_SQLALCHEMY_DRIVER_PATH",
                               broken.path().string() + ":" + good.path().string());
  const auto error = error_of("fake+shadowed");
  ASSERT_EQ(error.candidates().size(), 2u);
  EXPECT_EQ(error.candidates()[0].reason, "its manifest fake.json has no \"version\"");
  EXPECT_EQ(error.candidates()[1].reason, "");
  EXPECT_THAT(error.what(),
              HasSubstr("the driver plugin for \"fake+shadowed\" cannot be used\n  plugin     " +
                        broken.manifest("fake").string() + "\n"));
}

TEST(BrokenManifest, IsKnownByItsFileNameWhenNothingInItCanBeRead) {
  const PluginFolder folder;
  folder.write("sqlite.json", "{\"format\": ");
  const auto error = error_of("sqlite+pysqlite");
  ASSERT_EQ(error.candidates().size(), 1u);
  EXPECT_THAT(error.candidates().front().reason, StartsWith("its manifest sqlite.json is not JSON: line 1"));
  EXPECT_EQ(error.install_hint(), "apt install --reinstall prefect-sqlalchemy-driver-sqlite");
}

TEST(BrokenManifest, OfAnotherDriverIsOnlyMentioned) {
  const PluginFolder folder;
  folder.add("fake", "fake+beside_broken");
  folder.write("other.json", "nonsense");
  folder.write(".other.json.swp.json", "nonsense");
  EXPECT_EQ(find_driver("fake+beside_broken").plugin_name(), "fake");
  EXPECT_THAT(error_of("postgresql").what(),
              HasSubstr(folder.path().string() + " (fake, other with a broken manifest)"));
}

TEST(BrokenManifest, MayBeTooLargeOrNoFileAtAll) {
  const PluginFolder folder;
  folder.write("sqlite.json", std::string((1 << 20) + 1, ' '));
  EXPECT_EQ(error_of("sqlite").candidates().front().reason,
            "its manifest sqlite.json has 1048577 bytes; at most 1048576 are read");
  std::filesystem::create_directory(folder.path() / "mysql.json");
  EXPECT_EQ(error_of("mysql").candidates().front().reason,
            "its manifest mysql.json is not a regular file but a folder");
  ASSERT_EQ(::mkfifo((folder.path() / "odbc.json").c_str(), 0644), 0);
  EXPECT_EQ(error_of("odbc").candidates().front().reason,
            "its manifest odbc.json is not a regular file but a FIFO");
}

TEST(Manifest, ThatClimbsOutOfItsFolderIsRefused) {
  const PluginFolder folder;
  folder.add("fake", "fake+climbs");
  folder.edit_manifest("fake", "\"library\": \"fake.so\"", "\"library\": \"../fake.so\"");
  EXPECT_EQ(error_of("fake+climbs").candidates().front().reason,
            "its manifest fake.json has a \"library\" that climbs out of its folder");
}

TEST(Manifest, MayNameALibraryFurtherIn) {
  const PluginFolder folder;
  folder.add("fake", "fake+further_in");
  std::filesystem::create_directory(folder.path() / "lib");
  std::filesystem::permissions(folder.path() / "lib", std::filesystem::perms(0755));
  std::filesystem::rename(folder.library("fake"), folder.path() / "lib/fake.so");
  folder.edit_manifest("fake", "\"library\": \"fake.so\"", "\"library\": \"lib/fake.so\"");
  EXPECT_EQ(find_driver("fake+further_in").library(), folder.path() / "lib/fake.so");
}

TEST(Trust, IsNotGivenToAFolderThatOthersMayWrite) {
  const PluginFolder folder;
  folder.add("fake", "fake+open_folder");
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0777));
  const auto error = error_of("fake+open_folder");
  EXPECT_THAT(error.candidates(), IsEmpty());
  EXPECT_THAT(error.what(), HasSubstr(folder.path().string() + " (others may write to it; run chmod go-w "));
}

TEST(Trust, IsNotGivenToFilesThatOthersMayWrite) {
  const PluginFolder folder;
  folder.add("fake", "fake+open_file");
  std::filesystem::permissions(folder.library("fake"), std::filesystem::perms(0666));
  EXPECT_THAT(error_of("fake+open_file").candidates().front().reason,
              StartsWith("others may write to it; run chmod go-w "));
  EXPECT_EQ(error_of("fake+open_file").install_hint(), "");
  std::filesystem::permissions(folder.library("fake"), std::filesystem::perms(0644));
  std::filesystem::permissions(folder.manifest("fake"), std::filesystem::perms(0646));
  EXPECT_THAT(error_of("fake").candidates().front().reason,
              StartsWith("its manifest fake.json others may write to it"));
}

TEST(Trust, IsNotGivenToTheFolderBehindALink) {
  const PluginFolder folder, open;
  folder.add("fake", "fake+linked_library");
  std::filesystem::rename(folder.library("fake"), open.path() / "fake.so");
  std::filesystem::create_symlink(open.path() / "fake.so", folder.library("fake"));
  std::filesystem::permissions(open.path(), std::filesystem::perms(0777));
  const ScopedEnvironment path("PREFECT_SQLALCHEMY_DRIVER_PATH", folder.path().string());
  EXPECT_THAT(error_of("fake+linked_library").candidates().front().reason,
              HasSubstr("its folder " + open.path().string() + ": others may write to it"));
}

TEST(Search, DoesNotFollowARelativePath) {
  const PluginFolder folder;
  folder.add("fake", "fake+relative");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path().parent_path());
  const ScopedEnvironment path("PREFECT_SQLALCHEMY_DRIVER_PATH", folder.path().filename().string() + "::.");
  const auto error = error_of("fake+relative");
  std::filesystem::current_path(before);
  EXPECT_THAT(error.candidates(), IsEmpty());
  EXPECT_THAT(error.what(),
              HasSubstr(folder.path().filename().string() + " (not searched: the path is not absolute)"));
}

}  // namespace
}  // namespace prefect_sqlalchemy
