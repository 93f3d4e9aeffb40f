#include "library_needs.hpp"

#include <fstream>
#include <iterator>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elf_file.hpp"
#include "loader_cache.hpp"
#include "refusal.hpp"
#include "temporary_folder.hpp"

namespace prefect_sqlalchemy {
namespace {

using test_support::TemporaryFolder;
using testing::Contains;
using testing::IsEmpty;

std::filesystem::path fake_library(const std::string& name) {
  return std::filesystem::path(PSA_FAKES_FOLDER) / (name + ".so");
}

std::string content_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(MissingLibraries, AreNamedWithWhoNeedsThem) {
  const auto missing = missing_libraries(fake_library("fake_without_client"));
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing.front().name, "libfake_client.so");
  EXPECT_EQ(missing.front().needed_by, fake_library("fake_without_client"));
}

TEST(MissingLibraries, AreNoneOfAPluginThatLoads) {
  EXPECT_THAT(missing_libraries(fake_library("fake")), IsEmpty());
}

TEST(MissingLibraries, AreLookedForWhereTheRunPathSays) {
  // The build tree's own library lies beside nothing that the system searches.
  const TemporaryFolder folder;
  const auto client = std::filesystem::path(PSA_FAKE_CLIENT);
  std::filesystem::copy(client, folder.path() / "libfake_client.so");
  const auto needs = ElfFile(fake_library("fake_with_run_path")).needs();
  EXPECT_EQ(needs.run_path, "$ORIGIN");
  std::filesystem::copy(fake_library("fake_with_run_path"), folder.path() / "plugin.so");
  EXPECT_THAT(missing_libraries(folder.path() / "plugin.so"), IsEmpty());
  std::filesystem::remove(folder.path() / "libfake_client.so");
  EXPECT_EQ(missing_libraries(folder.path() / "plugin.so").size(), 1u);
}

TEST(MissingLibraries, OfADamagedFileAreGuessedNowhere) {
  const TemporaryFolder folder;
  const auto good = content_of(fake_library("fake_without_client"));
  const auto file = folder.write("x.so", good);
  for (auto size = good.size() - 1; size > 400; size -= 397) {
    std::filesystem::resize_file(file, size);
    EXPECT_THAT(missing_libraries(file), IsEmpty()) << size;
  }
}

TEST(LoaderCache, KnowsTheSystemsLibraries) {
  const auto cache = read_loader_cache();
  if (cache.empty()) GTEST_SKIP() << "there is no /etc/ld.so.cache";
  EXPECT_THAT(cache, Contains(testing::Key("libc.so.6")));
  EXPECT_TRUE(std::filesystem::exists(cache.find("libc.so.6")->second));
}

TEST(LoaderCache, ThatIsDamagedIsReadOrLeftButNeverBelieved) {
  const TemporaryFolder folder;
  EXPECT_THAT(read_loader_cache(folder.path() / "nowhere"), IsEmpty());
  EXPECT_THAT(read_loader_cache(folder.write("cache", "glibc-ld.so.cache1.1")), IsEmpty());
  auto bytes = content_of("/etc/ld.so.cache");
  if (bytes.empty()) GTEST_SKIP() << "there is no /etc/ld.so.cache";
  bytes.resize(bytes.size() / 3);
  EXPECT_THAT(read_loader_cache(folder.write("cache", bytes)), testing::SizeIs(testing::Ge(0u)));
  for (std::size_t at = 20; at < bytes.size() && at < 400; ++at) bytes[at] = '\xff';
  EXPECT_THAT(read_loader_cache(folder.write("cache", bytes)),
              IsEmpty());  // more entries than the file holds
}

}  // namespace
}  // namespace prefect_sqlalchemy
