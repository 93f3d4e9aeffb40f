// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/text.hpp>

namespace {

using namespace psa::mysql;
using Tls = Settings::Tls;
using Given = std::vector<std::pair<std::string, std::string>>;

Settings read(const Given& given, const std::string& host = "", uint32_t port = 0) {
  std::vector<psa_option> options;
  for (const auto& [name, text] : given)
    options.push_back({PSA_INIT(psa_option), PSA_TYPE_TEXT, PSA_OPTION_FROM_URL, 0, psa::c_text(name),
                       psa::c_text(text), 0, 0});
  const psa_address address{PSA_INIT(psa_address), port, psa::c_text(host)};
  psa_connection_args args{};
  args.struct_size = PSA_INIT(psa_connection_args);
  args.addresses = &address;
  args.address_count = host.empty() && port == 0 ? 0 : 1;
  args.address_size = sizeof address;
  args.options = options.data();
  args.option_count = options.size();
  args.option_size = sizeof(psa_option);
  return read_settings(args);
}

std::string refusal(const Given& given, const std::string& host = "") {
  try {
    read(given, host);
  } catch (const psa::DriverError& error) {
    EXPECT_EQ(error.status, PSA_INVALID_ARGUMENT);
    return error.message;
  }
  return "accepted";
}

TEST(MysqlOptions, HaveSafeDefaults) {
  const Settings settings = read({}, "db.example", 3307);
  EXPECT_EQ(settings.host, "db.example");
  EXPECT_EQ(settings.port, 3307U);
  EXPECT_EQ(settings.charset, "utf8mb4");
  EXPECT_FALSE(settings.local_infile);
  EXPECT_EQ(settings.connect_timeout, 10U);
  EXPECT_EQ(settings.tls, Tls::library);
}

TEST(MysqlOptions, NameTheNearestKnownOne) {
  EXPECT_NE(refusal({{"ssl_cs", "x"}}).find("'ssl_ca'"), std::string::npos);
}

TEST(MysqlOptions, VerifyTheServerWhereAnAuthorityIsGiven) {
  EXPECT_EQ(read({{"ssl_ca", "/ca.pem"}}).tls, Tls::verified);
  EXPECT_EQ(read({{"ssl_ca", "/ca.pem"}, {"ssl_verify_cert", "false"}}).tls, Tls::required);
  EXPECT_EQ(read({{"ssl_mode", "VERIFY_IDENTITY"}}).tls, Tls::verified);
}

TEST(MysqlOptions, AskForTlsAsMuchAsTheySay) {
  EXPECT_EQ(read({{"ssl_mode", "required"}}).tls, Tls::required);
  EXPECT_EQ(read({{"ssl", "true"}}).tls, Tls::required);
  EXPECT_EQ(read({{"ssl_mode", "PREFERRED"}}).tls, Tls::preferred);
  EXPECT_EQ(read({{"ssl_mode", "DISABLED"}}).tls, Tls::disabled);
  EXPECT_EQ(read({{"ssl", "false"}}).tls, Tls::disabled);
}

TEST(MysqlOptions, DoNotTurnTheNamesCheckOffInSilence) {
  EXPECT_NE(refusal({{"ssl_ca", "/ca.pem"}, {"ssl_check_hostname", "false"}}), "accepted");
  EXPECT_NE(refusal({{"ssl_mode", "DISABLED"}, {"ssl_ca", "/ca.pem"}}), "accepted");
}

TEST(MysqlOptions, TakeASocketOrAHost) {
  EXPECT_EQ(read({{"unix_socket", "/run/my.sock"}}).unix_socket, "/run/my.sock");
  EXPECT_NE(refusal({{"unix_socket", "/run/my.sock"}}, "db.example"), "accepted");
  EXPECT_EQ(read({}, "localhost", 3307).host, "127.0.0.1") << "the library would ignore the port";
}

TEST(MysqlOptions, AllowSeveralStatementsOnlyWhereAsked) {
  EXPECT_FALSE(read({}).multi_statements);
  EXPECT_FALSE(read({{"client_flag", "2"}}).multi_statements);
  EXPECT_TRUE(read({{"client_flag", "65536"}}).multi_statements);
  EXPECT_TRUE(read({{"multi_statements", "1"}}).multi_statements);
  EXPECT_NE(refusal({{"client_flag", "128"}}), "accepted") << "local files have an option of their own";
}

TEST(MysqlOptions, RefuseTimeoutsOutOfRange) {
  EXPECT_NE(refusal({{"connect_timeout", "-1"}}), "accepted");
  EXPECT_NE(refusal({{"read_timeout", "ten"}}), "accepted");
}

}  // namespace
