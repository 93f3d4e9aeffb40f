// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <psa/sdk/text.hpp>

#include "driver_under_test.hpp"

namespace {

using namespace psa::odbc;
using driver_client::error_of;

struct Given {
  std::string name = "mssql+pyodbc";
  std::string host = {};
  uint32_t port = 0;
  std::string database = {};
  std::vector<std::pair<std::string, std::string>> options = {};
  std::string user = {};

  Settings read() const {
    const psa_address address{PSA_INIT(psa_address), port, psa::c_text(host)};
    std::vector<psa_option> list;
    for (const auto& [key, text] : options)
      list.push_back({PSA_INIT(psa_option), PSA_TYPE_TEXT, PSA_OPTION_FROM_URL, 0, psa::c_text(key),
                      psa::c_text(text), 0, 0});
    psa_connection_args args{PSA_INIT(psa_connection_args)};
    args.driver_name = psa::c_text(name);
    args.username = psa::c_text_or_none(user);
    args.database = psa::c_text_or_none(database);
    args.addresses = &address;
    args.address_count = host.empty() ? 0 : 1;
    args.address_size = sizeof address;
    args.options = list.data();
    args.option_count = list.size();
    args.option_size = sizeof(psa_option);
    return read_settings(args);
  }
  psa::DriverError refusal() const {
    return error_of([&] { read(); });
  }
};

TEST(OdbcOptions, TakeAHostAloneForADataSource) {
  const Target target = Given{.host = "mydsn"}.read().target;
  EXPECT_EQ(target.dsn, "mydsn");
  EXPECT_EQ(target.host, "");
  EXPECT_EQ(target.dialect, "mssql");
  EXPECT_EQ((Given{.options = {{"dsn", "other"}}}.read().target.dsn), "other");
}

TEST(OdbcOptions, TakeAHostForOneWhereMoreIsKnown) {
  EXPECT_EQ((Given{.host = "h", .database = "d"}.read().target.host), "h");
  EXPECT_EQ((Given{.host = "h", .port = 1433}.read().target.host), "h");
  const Target target = Given{.host = "h", .options = {{"driver", "FreeTDS"}}}.read().target;
  EXPECT_EQ(target.host, "h");
  EXPECT_EQ(target.driver, "FreeTDS");
}

TEST(OdbcOptions, PassTheOdbcDriversKeysOn) {
  const Target target = Given{.host = "h",
                              .database = "d",
                              .options = {{"Encrypt", "yes"}, {"timeout", "7"}, {"TDS_Version", "7.4"}}}
                            .read()
                            .target;
  EXPECT_EQ(target.keys,
            (std::vector<std::pair<std::string, std::string>>{{"Encrypt", "yes"}, {"TDS_Version", "7.4"}}));
}

TEST(OdbcOptions, ReadTheirOwn) {
  EXPECT_EQ((Given{.host = "x", .options = {{"timeout", "7"}}}.read().login_timeout), 7);
  EXPECT_EQ((Given{.host = "x", .options = {{"connect_timeout", "9"}}}.read().login_timeout), 9);
  EXPECT_TRUE((Given{.host = "x", .options = {{"multi_statements", "true"}, {"autocommit", "true"}}}
                   .read()
                   .multi_statements));
  EXPECT_EQ((Given{.host = "x", .options = {{"timeout", "-1"}}}.refusal().status), PSA_INVALID_ARGUMENT);
}

TEST(OdbcOptions, RefuseWhatContradictsItself) {
  const Given wrong[] = {
      {.options = {{"dsn", "a"}, {"driver", "b"}}},
      {.host = "h", .options = {{"dsn", "a"}}},
      {.host = "h", .options = {{"odbc_connect", "DSN=x"}}},
      {.options = {{"odbc_connect", "DSN=x"}, {"driver", "y"}}},
      {.options = {{"odbc_connect", "DSN=x"}}, .user = "ann"},
      {.host = "h", .options = {{"a;b", "c"}}},
      {.host = "h", .options = {{"PWD", "c"}}},
  };
  for (const Given& each : wrong) {
    const psa::DriverError error = each.refusal();
    EXPECT_EQ(error.status, PSA_INVALID_ARGUMENT) << error.message;
  }
}

TEST(OdbcOptions, TellTheHostThatAnyNameGoes) {
  bool any = false;
  for (const psa_option_info& each : known_options()) {
    if (psa::view(each.name) == "odbc_connect") {
      EXPECT_NE(each.flags & PSA_OPTION_SECRET, 0U);
    }
    any |= (each.flags & PSA_OPTION_ANY) != 0;
  }
  EXPECT_TRUE(any);
}

}  // namespace
