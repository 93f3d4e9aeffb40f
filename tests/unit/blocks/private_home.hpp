#pragma once

#include <fstream>
#include <iterator>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "message_of.hpp"
#include "scoped_environment.hpp"
#include "temporary_folder.hpp"

/// A store of its own in an empty PREFECT_HOME, for one test.
class PrivateHome : public testing::Test {
 protected:
  std::filesystem::path file(const std::string& name) const { return folder_.path() / name; }
  std::filesystem::path database_file() const { return file("prefect-sqlalchemy.db"); }
  std::filesystem::path key_file() const { return file("prefect-sqlalchemy.key"); }

  static std::string content(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  test_support::TemporaryFolder folder_;
  test_support::ScopedEnvironment home_{"PREFECT_HOME", folder_.path().string()};
  test_support::ScopedEnvironment store_url_{"PREFECT_SQLALCHEMY_STORE_URL", std::nullopt};
  test_support::ScopedEnvironment no_server_{"PREFECT_API_URL", std::nullopt};
  test_support::ScopedEnvironment key_{"PREFECT_SQLALCHEMY_STORE_KEY", std::nullopt};
};

using test_support::message_of;
