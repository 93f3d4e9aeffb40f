// What must not be believed or loaded: what is in the way, what is not pinned, what a privileged process is
// told.
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/drivers/registry.hpp>

#include "plugin_folder.hpp"

namespace prefect_sqlalchemy {
namespace {

namespace fs = std::filesystem;
using test_support::PluginFolder;
using test_support::ScopedEnvironment;
using test_support::TemporaryFolder;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

/// Why the first plugin for a driver cannot be used; empty if it can.
std::string reason_of_first(const std::string& driver) {
  try {
    find_driver(driver);
  } catch (const MissingDriverError& error) {
    return error.candidates().empty() ? error.what() : error.candidates().front().reason;
  }
  return "";
}

std::string sha256_of_file(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(in), {}};
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  char text[2 * sizeof hash + 1];
  return sodium_bin2hex(text, sizeof text, hash, sizeof hash);
}

TEST(SymlinkLoop, InPlaceOfAPluginIsRefused) {
  const PluginFolder folder;
  folder.add("fake", "fake+looped_library");
  fs::remove(folder.library("fake"));
  fs::create_symlink("fake.so", folder.library("fake"));
  EXPECT_EQ(reason_of_first("fake+looped_library"), "cannot be opened: Too many levels of symbolic links");
}

TEST(SymlinkLoop, InPlaceOfAManifestIsRefused) {
  const PluginFolder folder;
  fs::create_symlink("sqlite.json", folder.manifest("sqlite"));
  EXPECT_EQ(reason_of_first("sqlite"),
            "its manifest sqlite.json cannot be opened: Too many levels of symbolic links");
}

TEST(SymlinkLoop, InPlaceOfAFolderIsToldAndPassedOver) {
  const PluginFolder folder;
  folder.add("fake", "fake+behind_loop");
  const TemporaryFolder loops;
  fs::create_directory_symlink("loop", loops.path() / "loop");
  const ScopedEnvironment path("PREFECT_SQLALCHEMY_DRIVER_PATH",
                               (loops.path() / "loop").string() + ":" + folder.path().string());
  EXPECT_EQ(find_driver("fake+behind_loop").plugin_name(), "fake");
  EXPECT_THAT(explain_driver("fake+nothing").text(), HasSubstr("loop (Too many levels of symbolic links)"));
}

TEST(HugeManifest, IsRefusedUnread) {
  const PluginFolder folder;
  folder.write("sqlite.json", "");
  fs::resize_file(folder.manifest("sqlite"), 100'000'000);
  EXPECT_EQ(reason_of_first("sqlite"),
            "its manifest sqlite.json has 100000000 bytes; at most 1048576 are read");
}

TEST(Allowlist, LetsAPinnedPluginBeLoaded) {
  const PluginFolder folder;
  folder.add("fake", "fake+pinned");
  const TemporaryFolder lists;
  const auto line = sha256_of_file(folder.library("fake")) + "  " + folder.library("fake").string() + "\n";
  const ScopedEnvironment list("PREFECT_SQLALCHEMY_DRIVER_ALLOWLIST", lists.write("list", line).string());
  EXPECT_EQ(find_driver("fake+pinned").plugin_name(), "fake");
}

TEST(Allowlist, RefusesAPluginOfAnotherContentOrName) {
  const PluginFolder folder;
  folder.add("fake", "fake+not_pinned");
  const TemporaryFolder lists;
  const auto hash = sha256_of_file(folder.library("fake"));
  const auto file = lists.write("list", std::string(64, 'a') + "  fake.so\n").string();
  const ScopedEnvironment list("PREFECT_SQLALCHEMY_DRIVER_ALLOWLIST", file);
  EXPECT_EQ(reason_of_first("fake+not_pinned"),
            "is not the file that the allow-list " + file + " allows: its SHA-256 is " + hash);
  lists.write("list", hash + "  other.so\n");
  EXPECT_EQ(reason_of_first("fake+not_pinned"), "is not in the allow-list " + file);
  lists.write("list", "# by name\n\n" + hash + " *fake.so\n");
  EXPECT_EQ(reason_of_first("fake+not_pinned"), "");
}

TEST(Allowlist, ThatIsBrokenMissingOrOpenToOthersAllowsNothing) {
  const PluginFolder folder;
  folder.add("fake", "fake+broken_list");
  const TemporaryFolder lists;
  const auto file = lists.write("list", "fake.so\n");
  const ScopedEnvironment list("PREFECT_SQLALCHEMY_DRIVER_ALLOWLIST", file.string());
  EXPECT_THAT(reason_of_first("fake+broken_list"), HasSubstr("allows nothing: line 1 is not a SHA-256"));
  lists.write("list", sha256_of_file(folder.library("fake")) + "  fake.so\n");
  fs::permissions(file, fs::perms(0666));
  EXPECT_THAT(reason_of_first("fake+broken_list"), HasSubstr("allows nothing: others may write to it"));
  fs::remove(file);
  EXPECT_THAT(reason_of_first("fake+broken_list"),
              HasSubstr("allows nothing: cannot be opened: No such file or directory"));
}

/// What holds for the whole process is tried in one of its own.
template <class Check>
void expect_in_another_process(Check check) {
  EXPECT_EXIT(std::_Exit(check() ? 0 : 1), testing::ExitedWithCode(0), "");
}

TEST(Allowlist, OfTheApplicationCountsBesideTheEnvironments) {
  const PluginFolder folder;
  folder.add("fake", "fake+both_lists");
  const TemporaryFolder lists;
  const auto line = sha256_of_file(folder.library("fake")) + "  fake.so\n";
  const ScopedEnvironment list("PREFECT_SQLALCHEMY_DRIVER_ALLOWLIST", lists.write("list", line).string());
  const auto of_application = lists.write("application", "");
  expect_in_another_process([&] {
    set_driver_allowlist(of_application);
    const bool refused = !reason_of_first("fake+both_lists").empty();
    lists.write("application", line);
    return refused && reason_of_first("fake+both_lists").empty();
  });
  EXPECT_THROW(set_driver_allowlist("relative"), ArgumentError);
}

TEST(DynamicDrivers, CanBeSwitchedOffByTheEnvironment) {
  const PluginFolder folder;
  folder.add("fake", "fake+switched_off");
  const ScopedEnvironment off("PREFECT_SQLALCHEMY_NO_DYNAMIC_DRIVERS", "1");
  EXPECT_THAT(
      reason_of_first("fake+switched_off"),
      StartsWith("no driver for \"fake+switched_off\" is linked into the program, and no plugin is loaded: "
                 "PREFECT_SQLALCHEMY_NO_DYNAMIC_DRIVERS is set"));
  EXPECT_THAT(list_drivers(), testing::Each(testing::Field(&DriverCandidate::library, fs::path())));
  const ScopedEnvironment on("PREFECT_SQLALCHEMY_NO_DYNAMIC_DRIVERS", "0");
  EXPECT_EQ(reason_of_first("fake+switched_off"), "");
}

TEST(DynamicDrivers, CanBeSwitchedOffByTheApplication) {
  const PluginFolder folder;
  folder.add("fake", "fake+forbidden");
  expect_in_another_process([] {
    forbid_dynamic_drivers();
    return reason_of_first("fake+forbidden").find("the application forbids it") != std::string::npos;
  });
}

TEST(ListDrivers, OfFiftyPluginsLoadsNone) {
  const PluginFolder folder;
  folder.add("fake");
  for (int i = 0; i < 50; ++i) {
    const auto name = "copy" + std::to_string(i);
    fs::copy(folder.library("fake"), folder.library(name));
    fs::copy(folder.manifest("fake"), folder.manifest(name));
    folder.edit_manifest(name, "\"library\": \"fake.so\"", "\"library\": \"" + name + ".so\"");
  }
  const ScopedEnvironment path("PREFECT_SQLALCHEMY_DRIVER_PATH", folder.path().string());
  const auto plugins = list_drivers();
  EXPECT_GE(plugins.size(), 51u);
  for (const auto& plugin : plugins) EXPECT_THAT(plugin.reason, IsEmpty());
  std::ifstream maps("/proc/self/maps");
  const std::string mapped{std::istreambuf_iterator<char>(maps), {}};
  EXPECT_THAT(mapped, Not(HasSubstr(folder.path().string())));
}

/// Runs a copy of the program that belongs to another user and sets that user's id. Its output.
std::string run_privileged(const TemporaryFolder& folder) {
  const auto program = folder.path() / "privileged";
  fs::copy(PSA_PRIVILEGED_PROGRAM, program);
  fs::permissions(folder.path(), fs::perms(0755));
  constexpr uid_t nobody = 65534;
  if (::chown(program.c_str(), nobody, nobody) != 0) return "";
  if (::chmod(program.c_str(), 04755) != 0) return "";
  std::string out;
  std::FILE* pipe = ::popen(program.c_str(), "r");
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) out += static_cast<char>(c);
  ::pclose(pipe);
  return out;
}

TEST(PrivilegedProcess, IgnoresEnvironmentAndHome) {
  const PluginFolder folder;
  folder.add("fake", "fake+privileged");
  const TemporaryFolder anywhere;
  const ScopedEnvironment home("HOME", anywhere.path().string());
  const ScopedEnvironment off("PREFECT_SQLALCHEMY_NO_DYNAMIC_DRIVERS", "1");
  const auto seen = run_privileged(anywhere);
  if (!seen.starts_with("privileged\n"))
    GTEST_SKIP() << "no program can be privileged here: root and set-user-id are needed";
  EXPECT_THAT(seen, Not(HasSubstr("searched " + folder.path().string())));
  EXPECT_THAT(seen, Not(HasSubstr("searched " + anywhere.path().string() + "/.local")));
  EXPECT_THAT(seen, HasSubstr("searched "));
  EXPECT_THAT(seen, HasSubstr("candidates 0\n"));
  for (const char* variable :
       {"PREFECT_SQLALCHEMY_DRIVER_PATH", "HOME", "PREFECT_SQLALCHEMY_NO_DYNAMIC_DRIVERS"})
    EXPECT_THAT(seen, HasSubstr(std::string("ignored ") + variable + "\n"));
}

}  // namespace
}  // namespace prefect_sqlalchemy
