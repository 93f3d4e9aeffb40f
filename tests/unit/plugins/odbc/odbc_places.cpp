// SPDX-License-Identifier: Apache-2.0
#include "odbc_places.hpp"

using namespace driver_client;

std::string odbc_place_name(const testing::TestParamInfo<OdbcPlace>& info) {
  return testing::PrintToString(info.param);
}

std::optional<Server> odbc_server(OdbcPlace place, const std::string& folder) {
  if (place == OdbcPlace::sqlite) {
    Server file;
    file.database = folder + "/test.db";
    file.options = {{"driver", PSA_TEST_SQLITE_ODBC}};
    return file;
  }
  std::optional<Server> found =
      server_of(place == OdbcPlace::postgres ? "PSA_TEST_POSTGRES_URL" : "PSA_TEST_MARIADB_URL");
  if (!found) return std::nullopt;
  found->options = {{"driver", place == OdbcPlace::postgres ? PSA_TEST_PSQLODBC : PSA_TEST_MAODBC}};
  return found;
}

void OnOdbcPlace::SetUp() {
  server_ = odbc_server(GetParam(), folder_.path().string());
  if (!server_) GTEST_SKIP() << "the server's URL is not set";
}

Connection OnOdbcPlace::open(const Options& options) const {
  Server to = *server_;
  to.options.insert(to.options.end(), options.begin(), options.end());
  return driver_client::open(to);
}
