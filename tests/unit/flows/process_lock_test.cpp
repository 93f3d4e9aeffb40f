#include "process_lock.hpp"

#include <gtest/gtest.h>

#include "temporary_folder.hpp"

using prefect::detail::ProcessLock;

TEST(ProcessLock, CannotBeTakenWhileItsOwnerLives) {
  const test_support::TemporaryFolder folder;
  std::optional<ProcessLock> lock = ProcessLock::create(folder.path() / "run-locks", "id");
  const auto file = lock->file();
  EXPECT_EQ(folder.path() / "run-locks" / "id.lock", file);
  EXPECT_FALSE(ProcessLock::take(file));
  lock.reset();
  EXPECT_TRUE(ProcessLock::take(file));
}

TEST(ProcessLock, IsGoneWithItsFile) {
  const test_support::TemporaryFolder folder;
  ProcessLock lock = ProcessLock::create(folder.path(), "id");
  lock.remove();
  EXPECT_FALSE(std::filesystem::exists(lock.file()));
  EXPECT_FALSE(ProcessLock::take(lock.file()));
}

TEST(ProcessLock, SaysWhyItCannotBeMade) {
  const test_support::TemporaryFolder folder;
  folder.write("file", "");
  EXPECT_THROW(ProcessLock::create(folder.path() / "file", "id"), std::filesystem::filesystem_error);
}
