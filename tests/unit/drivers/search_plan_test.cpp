#include "search_plan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temporary_folder.hpp"

namespace prefect_sqlalchemy {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> paths(const SearchEnvironment& environment) {
  std::vector<std::string> paths;
  for (const auto& folder : plan_search(environment).folders) paths.push_back(folder.path.string());
  return paths;
}

SearchEnvironment usual() {
  SearchEnvironment environment;
  environment.home = "/home/ann";
  environment.core_folder = "/opt/app/lib";
  environment.compiled_folder = "/usr/lib/prefect-sqlalchemy/drivers";
  return environment;
}

constexpr const char* of_ann = "/home/ann/.local/share/prefect-sqlalchemy/drivers";
constexpr const char* beside_core = "/opt/app/lib/prefect-sqlalchemy/drivers";
constexpr const char* compiled = "/usr/lib/prefect-sqlalchemy/drivers";

TEST(SearchPlan, GoesFromTheUserToTheInstallation) {
  EXPECT_THAT(paths(usual()), ElementsAre(of_ann, beside_core, compiled));
}

TEST(SearchPlan, BeginsWithTheApplicationsFolders) {
  auto environment = usual();
  environment.application_folders = {"/app/one", "/app/two"};
  EXPECT_THAT(paths(environment), ElementsAre("/app/one", "/app/two", of_ann, beside_core, compiled));
}

TEST(SearchPlan, IsReplacedByTheDriverPath) {
  auto environment = usual();
  environment.application_folders = {"/app"};
  environment.driver_path = "/a:/b";
  EXPECT_THAT(paths(environment), ElementsAre("/app", "/a", "/b"));
}

TEST(SearchPlan, IsPrecededByTheAddedDriverPath) {
  auto environment = usual();
  environment.add_driver_path = "/a:/b";
  EXPECT_THAT(paths(environment), ElementsAre("/a", "/b", of_ann, beside_core, compiled));
  environment.driver_path = "/c";
  EXPECT_THAT(paths(environment), ElementsAre("/a", "/b", "/c"));
}

TEST(SearchPlan, NeverHoldsTheCurrentFolder) {
  auto environment = usual();
  environment.driver_path = ":/a::/b:";
  EXPECT_THAT(paths(environment), ElementsAre("/a", "/b"));
}

TEST(SearchPlan, TakesTheUsersFolderFromXdgDataHome) {
  auto environment = usual();
  environment.xdg_data_home = "/data/ann";
  EXPECT_EQ(paths(environment).front(), "/data/ann/prefect-sqlalchemy/drivers");
  environment.xdg_data_home = "relative";
  EXPECT_EQ(paths(environment).front(), of_ann);
  environment.home = std::nullopt;
  EXPECT_EQ(paths(environment).front(), beside_core);
}

TEST(SearchPlan, BelievesNoEnvironmentInAPrivilegedProcess) {
  auto environment = usual();
  environment.privileged = true;
  environment.application_folders = {"/app"};
  environment.driver_path = "/a";
  environment.add_driver_path = "/b";
  environment.xdg_data_home = "/c";
  EXPECT_THAT(paths(environment), ElementsAre("/app", beside_core, compiled));
  EXPECT_THAT(plan_search(environment).ignored,
              ElementsAre("PREFECT_SQLALCHEMY_DRIVER_PATH", "PREFECT_SQLALCHEMY_ADD_DRIVER_PATH",
                          "XDG_DATA_HOME", "HOME"));
  environment.privileged = false;
  EXPECT_THAT(plan_search(environment).ignored, IsEmpty());
}

TEST(SearchPlan, HoldsOneFolderOnce) {
  const test_support::TemporaryFolder folder;
  std::filesystem::create_directory(folder.path() / "real");
  std::filesystem::create_directory_symlink(folder.path() / "real", folder.path() / "link");
  const auto real = (folder.path() / "real").string();
  auto environment = usual();
  environment.driver_path =
      real + ":" + real + "/:" + (folder.path() / "link").string() + ":" + real + "/../real";
  EXPECT_THAT(paths(environment), ElementsAre(real));
}

TEST(SearchPlan, SaysWhoNamedAFolder) {
  auto environment = usual();
  environment.add_driver_path = "/a";
  const auto plan = plan_search(environment);
  std::vector<std::string> origins;
  for (const auto& folder : plan.folders) origins.push_back(folder.origin);
  EXPECT_THAT(origins,
              ElementsAre("PREFECT_SQLALCHEMY_ADD_DRIVER_PATH", "user", "beside the library", "compiled in"));
}

TEST(SearchPlan, HasNoFoldersWhenDynamicDriversAreSwitchedOff) {
  auto environment = usual();
  environment.no_dynamic_drivers = "1";
  EXPECT_THAT(paths(environment), IsEmpty());
  EXPECT_EQ(plan_search(environment).switched_off, "PREFECT_SQLALCHEMY_NO_DYNAMIC_DRIVERS is set");
  environment.no_dynamic_drivers = "0";
  EXPECT_EQ(paths(environment).size(), 3u);
  environment.application_forbids_dynamic = true;
  EXPECT_EQ(plan_search(environment).switched_off, "the application forbids it");
}

TEST(SearchPlan, TakesAllowListsOfTheApplicationAndTheEnvironment) {
  auto environment = usual();
  environment.allowlist = "/etc/allowed";
  environment.application_allowlist = "/app/allowed";
  EXPECT_THAT(plan_search(environment).allowlists, ElementsAre("/app/allowed", "/etc/allowed"));
  environment.privileged = true;
  EXPECT_THAT(plan_search(environment).allowlists, ElementsAre("/app/allowed"));
}

TEST(SearchPlan, TellsOfEveryVariableWhetherItHasAnEffect) {
  auto environment = usual();
  environment.xdg_data_home = "/data";
  environment.loader_debug = "0";
  const auto told = [&] {
    std::vector<std::string> lines;
    for (const auto& variable : plan_search(environment).variables) {
      lines.push_back(variable.name + "=" + variable.value + " " + variable.ignored);
    }
    return lines;
  };
  EXPECT_THAT(told(), ElementsAre("PREFECT_SQLALCHEMY_LOADER_DEBUG=0 0 switches it off",
                                  "XDG_DATA_HOME=/data ", "HOME=/home/ann XDG_DATA_HOME takes its place"));
  EXPECT_FALSE(plan_search(environment).debug);
  environment.loader_debug = std::nullopt;
  environment.driver_path = "/d";
  EXPECT_THAT(told(), ElementsAre("PREFECT_SQLALCHEMY_DRIVER_PATH=/d ",
                                  "XDG_DATA_HOME=/data PREFECT_SQLALCHEMY_DRIVER_PATH takes its place",
                                  "HOME=/home/ann PREFECT_SQLALCHEMY_DRIVER_PATH takes its place"));
}

TEST(CurrentEnvironment, KnowsWhereThisCodeLies) {
  const auto environment = current_environment();
  EXPECT_EQ(environment.core_folder, std::filesystem::read_symlink("/proc/self/exe").parent_path());
  EXPECT_FALSE(environment.privileged);
}

}  // namespace
}  // namespace prefect_sqlalchemy
