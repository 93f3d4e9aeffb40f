#pragma once

#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "server_database.hpp"
#include "temporary_folder.hpp"

/// A kind of database that threads use at once.
struct Place {
  std::string name;
  const test_support::Server* server;  ///< nullptr: SQLite
  std::string query;                   ///< of the URL
  std::string endless;                 ///< a SELECT that runs until it is ended from outside
};

void PrintTo(const Place& place, std::ostream* out);
inline std::string place_name(const testing::TestParamInfo<Place>& info) { return info.param.name; }

/// A SQLite file, a server of each kind.
std::vector<Place> places();

/// What cases on each place derive from: an empty database.
class OnPlace : public testing::TestWithParam<Place> {
 protected:
  /// Skips the test where its server is missing.
  void SetUp() override;
  static bool in_memory() { return GetParam().name == "Memory"; }

  test_support::TemporaryFolder folder;
  std::optional<test_support::ServerDatabase> on_server;
  std::string url;
};
