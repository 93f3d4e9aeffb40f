// Plugins that are there and must not be used: each with its own words, and none with a crash.
#include <fstream>
#include <thread>

#include <elf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <prefect_sqlalchemy/drivers/registry.hpp>

#include "plugin_folder.hpp"

namespace prefect_sqlalchemy {
namespace {

using test_support::PluginFolder;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string reason_of(const std::string& name) {
  try {
    find_driver(name);
  } catch (const MissingDriverError& error) {
    if (error.candidates().empty()) return error.what();
    const auto& reason = error.candidates().front().reason;
    EXPECT_THAT(error.what(), AllOf(StartsWith("the driver plugin for \"" + name + "\" cannot be used\n"),
                                    HasSubstr("\n  reason     " + reason + "\n")));
    return reason;
  }
  return "was found";
}

std::string reason_of_fake(const std::string& fake) {
  const PluginFolder folder;
  folder.add(fake);
  return reason_of(fake);
}

void patch(const std::filesystem::path& file, std::streamoff at, char value) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.seekp(at);
  stream.put(value);
}

TEST(Refused, IsAPluginOfAnotherAbi) {
  const PluginFolder folder;
  folder.add("fake_other_abi");
  folder.edit_manifest("fake_other_abi", "\"major\": 1", "\"major\": 2");
  EXPECT_EQ(reason_of("fake_other_abi"), "built for ABI 2.0; this library speaks 1.0");
  folder.add("fake");
  folder.edit_manifest("fake", "\"minor\": 0", "\"minor\": 7");
  EXPECT_THAT(reason_of("fake"), HasSubstr("the manifest says ABI 1.7, the library 1.0"));
}

TEST(Refused, IsAPluginWhoseManifestHidesItsAbi) {
  EXPECT_EQ(reason_of_fake("fake_other_abi"), "built for ABI 2.0; this library speaks 1.0");
  EXPECT_EQ(reason_of_fake("fake_other_minor"), "needs ABI 1.999 or newer; this library speaks 1.0");
  EXPECT_EQ(reason_of_fake("fake_other_table_minor"), "its table is of ABI 1.999; this library speaks 1.0");
}

TEST(Refused, IsAPluginOfAnotherArchitecture) {
  const PluginFolder folder;
  folder.add("fake", "fake+foreign");
  patch(folder.library("fake"), offsetof(Elf64_Ehdr, e_machine), EM_S390);
  EXPECT_EQ(reason_of("fake+foreign"), "built for s390x; this process runs on " PSA_ARCH);
}

TEST(Refused, IsAPluginWithoutIdentityOrEntry) {
  EXPECT_THAT(reason_of_fake("fake_no_identity"), StartsWith("has no section psa_identity"));
  EXPECT_EQ(reason_of_fake("fake_no_entry"),
            "does not export psa_driver_entry_v1, a driver's entry function");
}

TEST(Refused, IsAPluginThatIsNotWhatItsManifestSays) {
  EXPECT_EQ(
      reason_of_fake("fake_other_name"),
      "its manifest and its library do not belong together: the manifest says name fake_other_name, the "
      "library somebody_else");
  EXPECT_EQ(reason_of_fake("fake_other_table_name"),
            "its table says its name is somebody_else, its identity fake_other_table_name");
  const PluginFolder folder;
  folder.add("fake", "fake+other_version");
  folder.edit_manifest("fake", "\"version\": \"1.0.0\"", "\"version\": \"1.0.1\"");
  EXPECT_THAT(reason_of("fake+other_version"),
              HasSubstr("the manifest says version 1.0.1, the library 1.0.0"));
  folder.add("fake", "fake+other_capabilities");
  folder.edit_manifest("fake", "[\"transactions\"]", "[\"cancel\"]");
  EXPECT_THAT(reason_of("fake+other_capabilities"),
              HasSubstr("the manifest says capabilities cancel, the library transactions"));
}

TEST(Refused, IsAPluginWhoseOwnLibraryIsMissing) {
  const auto reason = reason_of_fake("fake_without_client");
  EXPECT_THAT(reason, StartsWith("cannot be loaded: libfake_client.so: cannot open shared object file"));
}

TEST(Refused, IsAPluginThatRefuses) {
  EXPECT_EQ(reason_of_fake("fake_refusing"), "its entry function refused: the client is older than 3.0");
  EXPECT_EQ(reason_of_fake("fake_silent"), "its entry function refused without saying why (status 2)");
}

TEST(Refused, IsAPluginThatThrows) {
  EXPECT_EQ(reason_of_fake("fake_throwing"),
            "its entry function threw an exception: thrown out of the entry");
}

TEST(Refused, IsAPluginThatLacksWhatItMustHave) {
  EXPECT_EQ(reason_of_fake("fake_hollow"), "its table lacks the required function result_release");
  EXPECT_EQ(reason_of_fake("fake_boastful"),
            "it claims the capability cancel and its table lacks cancel_new");
}

TEST(Refused, IsAFileThatIsNoLibrary) {
  const PluginFolder folder;
  folder.add("fake", "fake+no_library");
  const auto size = std::filesystem::file_size(folder.library("fake"));
  std::filesystem::resize_file(folder.library("fake"), size / 2);
  EXPECT_EQ(reason_of("fake+no_library"), "is truncated: it ends before what its headers announce");
  folder.write("fake.so", "");
  EXPECT_EQ(reason_of("fake+no_library"), "is empty");
  folder.write("fake.so", "#!/bin/sh\n");
  EXPECT_EQ(reason_of("fake+no_library"), "is not a shared library: it does not begin as an ELF file does");
  std::filesystem::remove(folder.library("fake"));
  std::filesystem::create_directory(folder.library("fake"));
  EXPECT_EQ(reason_of("fake+no_library"), "is not a regular file but a folder");
  std::filesystem::remove(folder.library("fake"));
  ASSERT_EQ(::mkfifo(folder.library("fake").c_str(), 0644), 0);
  EXPECT_EQ(reason_of("fake+no_library"), "is not a regular file but a FIFO");
}

TEST(Refused, IsAlsoSaidToThreadsThatAskAtOnce) {
  const PluginFolder folder;
  folder.add("fake_throwing");
  folder.add("fake_refusing");
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back(
        [i] { EXPECT_THROW(find_driver(i % 2 ? "fake_throwing" : "fake_refusing"), MissingDriverError); });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace prefect_sqlalchemy
