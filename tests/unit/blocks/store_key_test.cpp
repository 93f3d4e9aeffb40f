#include "store_key.hpp"

#include <algorithm>
#include <thread>

#include <sys/stat.h>

#include <prefect_sqlalchemy/blocks/block_errors.hpp>

#include "child_processes.hpp"
#include "private_home.hpp"

namespace {

using prefect::BlockSecretError;
using prefect::StoreKey;
using test_support::ScopedEnvironment;

class StoreKeys : public PrivateHome {
 protected:
  static constexpr const char* base64_of_zeros = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

  std::size_t files_in_home() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
  }
};

TEST_F(StoreKeys, ANewOneIsKeptForItsOwnerAlone) {
  const StoreKey key = StoreKey::existing_or_new();
  struct stat status {};
  ASSERT_EQ(0, ::stat(key_file().c_str(), &status));
  EXPECT_EQ(0600U, status.st_mode & 07777U);
  EXPECT_EQ(key.bytes(), StoreKey::existing().bytes());
  EXPECT_EQ(1U, files_in_home());
}

TEST_F(StoreKeys, TwoNewOnesDiffer) {
  const auto first = StoreKey::existing_or_new().bytes();
  std::filesystem::remove(key_file());
  EXPECT_NE(first, StoreKey::existing_or_new().bytes());
}

TEST_F(StoreKeys, TheEnvironmentGoesBeforeTheFile) {
  StoreKey::existing_or_new();
  const ScopedEnvironment given("PREFECT_SQLALCHEMY_STORE_KEY", base64_of_zeros);
  EXPECT_EQ(StoreKey::Bytes{}, StoreKey::existing().bytes());
  EXPECT_EQ("PREFECT_SQLALCHEMY_STORE_KEY", StoreKey::existing().source());
}

TEST_F(StoreKeys, AMalformedOneIsRefusedWithoutBeingRepeated) {
  for (const char* text : {"geheim", "AAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=AAAA"}) {
    const ScopedEnvironment given("PREFECT_SQLALCHEMY_STORE_KEY", text);
    const auto message = message_of<BlockSecretError>([] { StoreKey::existing_or_new(); });
    EXPECT_NE(std::string::npos, message.find("PREFECT_SQLALCHEMY_STORE_KEY")) << message;
    EXPECT_EQ(std::string::npos, message.find(text)) << message;
  }
  EXPECT_FALSE(exists(key_file()));
}

TEST_F(StoreKeys, AFileThatOthersMayReadIsRefused) {
  StoreKey::existing_or_new();
  ASSERT_EQ(0, ::chmod(key_file().c_str(), 0640));
  const auto message = message_of<BlockSecretError>([] { StoreKey::existing(); });
  EXPECT_NE(std::string::npos, message.find(key_file().string())) << message;
  EXPECT_NE(std::string::npos, message.find("chmod 600")) << message;
}

TEST_F(StoreKeys, ALinkInPlaceOfTheFileIsRefused) {
  StoreKey::existing_or_new();
  rename(key_file(), file("elsewhere"));
  create_symlink(file("elsewhere"), key_file());
  EXPECT_THROW(StoreKey::existing(), BlockSecretError);
}

TEST_F(StoreKeys, ALostFileIsNamed) {
  const auto message = message_of<BlockSecretError>([] { StoreKey::existing(); });
  EXPECT_NE(std::string::npos, message.find(key_file().string())) << message;
}

TEST_F(StoreKeys, ThreadsMakingOneAtOnceAgree) {
  std::vector<std::string> fingerprints(8);
  std::vector<std::thread> threads;
  for (auto& fingerprint : fingerprints) {
    threads.emplace_back([&fingerprint] { fingerprint = StoreKey::existing_or_new().fingerprint(); });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(8, std::count(fingerprints.begin(), fingerprints.end(), StoreKey::existing().fingerprint()));
  EXPECT_EQ(1U, files_in_home());
}

TEST_F(StoreKeys, ProcessesMakingOneAtOnceAgree) {
  run_in_processes(8, [&](int number) {
    folder_.write("seen-" + std::to_string(number), StoreKey::existing_or_new().fingerprint());
  });
  for (int number = 0; number < 8; ++number) {
    EXPECT_EQ(StoreKey::existing().fingerprint(), content(file("seen-" + std::to_string(number))));
  }
}

}  // namespace
