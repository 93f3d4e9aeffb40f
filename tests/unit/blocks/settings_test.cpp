#include <sys/stat.h>

#include <prefect_sqlalchemy/blocks/settings.hpp>
#include <prefect_sqlalchemy/blocks/store_error.hpp>

#include "private_home.hpp"

namespace {

using test_support::ScopedEnvironment;

class Settings : public PrivateHome {};

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(0, ::stat(path.c_str(), &status)) << path;
  return status.st_mode & 07777;
}

TEST_F(Settings, PrefectHomeIsMadeForItsOwnerAlone) {
  const ScopedEnvironment home("PREFECT_HOME", file("a/b").string());
  EXPECT_EQ(file("a/b"), prefect::prefect_home());
  EXPECT_EQ(0700U, mode_of(file("a/b")));
}

TEST_F(Settings, AnExistingPrefectHomeKeepsItsMode) {
  ASSERT_EQ(0, ::mkdir(file("mine").c_str(), 0755));
  ASSERT_EQ(0, ::chmod(file("mine").c_str(), 0755));
  const ScopedEnvironment home("PREFECT_HOME", file("mine").string());
  prefect::prefect_home();
  EXPECT_EQ(0755U, mode_of(file("mine")));
}

TEST_F(Settings, WithoutPrefectHomeItIsDotPrefectOfTheUser) {
  const ScopedEnvironment unset("PREFECT_HOME", std::nullopt);
  const ScopedEnvironment home("HOME", folder_.path().string());
  EXPECT_EQ(file(".prefect"), prefect::prefect_home());
  EXPECT_TRUE(is_directory(file(".prefect")));
}

TEST_F(Settings, ATildeInPrefectHomeIsTheUsersFolder) {
  const ScopedEnvironment prefect_home("PREFECT_HOME", "~/here");
  const ScopedEnvironment home("HOME", folder_.path().string());
  EXPECT_EQ(file("here"), prefect::prefect_home());
}

TEST_F(Settings, WithoutAnyHomeTheErrorNamesTheVariable) {
  const ScopedEnvironment prefect_home("PREFECT_HOME", std::nullopt);
  const ScopedEnvironment home("HOME", std::nullopt);
  const auto text = message_of<prefect_sqlalchemy::ArgumentError>([] { prefect::prefect_home(); });
  EXPECT_NE(std::string::npos, text.find("PREFECT_HOME")) << text;
}

TEST_F(Settings, AFileInPlaceOfTheFolderIsAnErrorThatNamesIt) {
  const auto path = folder_.write("taken", "");
  const ScopedEnvironment home("PREFECT_HOME", path.string());
  const auto text = message_of<prefect::StoreError>([] { prefect::prefect_home(); });
  EXPECT_NE(std::string::npos, text.find(path.string())) << text;
}

TEST_F(Settings, TheStoreIsAFileBesidePythonsOwn) {
  const auto url = prefect::store_url();
  EXPECT_EQ("sqlite", url.drivername);
  EXPECT_EQ(database_file().string(), url.database);
}

TEST_F(Settings, AHomeWithAQuestionMarkIsNoQuery) {
  const ScopedEnvironment home("PREFECT_HOME", file("why?mode=ro").string());
  EXPECT_EQ(file("why?mode=ro/prefect-sqlalchemy.db").string(), prefect::store_url().database);
}

TEST_F(Settings, TheStoreUrlComesFromTheEnvironment) {
  const ScopedEnvironment url("PREFECT_SQLALCHEMY_STORE_URL", "postgresql://ann:pw@db/store");
  const ScopedEnvironment no_home("PREFECT_HOME", file("untouched").string());
  EXPECT_EQ("postgresql://ann:pw@db/store", prefect::store_url().render(false));
  EXPECT_FALSE(exists(file("untouched")));
}

TEST_F(Settings, AStoreUrlThatIsNoneNamesTheVariableAndNotTheText) {
  const ScopedEnvironment url("PREFECT_SQLALCHEMY_STORE_URL", "geheim");
  const auto text = message_of<prefect_sqlalchemy::ArgumentError>([] { prefect::store_url(); });
  EXPECT_NE(std::string::npos, text.find("PREFECT_SQLALCHEMY_STORE_URL")) << text;
  EXPECT_EQ(std::string::npos, text.find("geheim")) << text;
}

}  // namespace
