#include "trusted_file.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "refusal.hpp"
#include "temporary_folder.hpp"

namespace prefect_sqlalchemy {
namespace {

using test_support::TemporaryFolder;
using testing::HasSubstr;

std::string refusal_of(const std::filesystem::path& path) {
  try {
    const TrustedFile file(path);
  } catch (const Refusal& refusal) {
    return refusal.what();
  }
  return "";
}

TEST(TrustedFile, ReadsExactlyWhatIsAsked) {
  const TemporaryFolder folder;
  const TrustedFile file(folder.write("f", "0123456789"));
  EXPECT_EQ(file.size(), 10u);
  char bytes[4] = {};
  EXPECT_TRUE(file.read(6, bytes, 4));
  EXPECT_EQ(std::string(bytes, 4), "6789");
  EXPECT_FALSE(file.read(7, bytes, 4));
  EXPECT_FALSE(file.read(~std::uint64_t{0}, bytes, 4));
  EXPECT_EQ(file.read_all(10), "0123456789");
  EXPECT_THROW(file.read_all(9), Refusal);
}

TEST(TrustedFile, ThatIsNotThereSaysSo) {
  EXPECT_EQ(refusal_of("/nowhere/at/all"), "cannot be opened: No such file or directory");
}

TEST(TrustedFile, IsARegularFile) {
  const TemporaryFolder folder;
  EXPECT_EQ(refusal_of(folder.path()), "is not a regular file but a folder");
  const auto fifo = folder.path() / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(refusal_of(fifo), "is not a regular file but a FIFO");  // and does not wait for a writer
  EXPECT_EQ(refusal_of("/dev/null"), "is not a regular file but a device");
}

TEST(TrustedFile, IsNotOneThatOthersMayWrite) {
  const TemporaryFolder folder;
  const auto path = folder.write("f", "");
  ASSERT_EQ(::chmod(path.c_str(), 0646), 0);
  EXPECT_EQ(refusal_of(path), "others may write to it; run chmod go-w " + path.string());
  ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
  EXPECT_EQ(refusal_of(path), "");
}

TEST(WritableByOthers, CountsAGroupUnlessItIsOnesOwnOrRoots) {
  struct stat status {};
  status.st_mode = S_IFREG | 0664;
  status.st_gid = ::getegid();
  EXPECT_FALSE(writable_by_others("/f", status));
  status.st_gid = 0;
  EXPECT_FALSE(writable_by_others("/f", status));
  status.st_gid = ::getegid() + 1000;
  EXPECT_EQ(writable_by_others("/f", status), "others may write to it; run chmod g-w /f");
  status.st_mode = S_IFREG | 0644;
  EXPECT_FALSE(writable_by_others("/f", status));
}

}  // namespace
}  // namespace prefect_sqlalchemy
