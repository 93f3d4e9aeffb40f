// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "driver_client.hpp"
#include "temporary_folder.hpp"

// Databases that the driver's own tests reach through real ODBC drivers.
enum class OdbcPlace { postgres, mariadb, sqlite };

inline void PrintTo(OdbcPlace place, std::ostream* out) {
  *out << (place == OdbcPlace::postgres ? "Postgres" : place == OdbcPlace::mariadb ? "MariaDb" : "Sqlite");
}
std::string odbc_place_name(const testing::TestParamInfo<OdbcPlace>& info);

/// A test on one of them; skipped where its server is missing.
class OnOdbcPlace : public testing::TestWithParam<OdbcPlace> {
 protected:
  void SetUp() override;
  /// With further options, such as the ODBC driver's own keys.
  driver_client::Connection open(const driver_client::Options& options = {}) const;
  const driver_client::Server& place() const { return *server_; }

 private:
  test_support::TemporaryFolder folder_;
  std::optional<driver_client::Server> server_;
};

/// Where a place is; nothing, and the test is skipped, where its server is missing.
std::optional<driver_client::Server> odbc_server(OdbcPlace place, const std::string& folder);
