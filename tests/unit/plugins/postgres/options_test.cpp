// SPDX-License-Identifier: Apache-2.0
#include "options.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/text.hpp>

#include "driver_client.hpp"

namespace {

using namespace psa::postgres;

Settings read(std::vector<std::pair<std::string, uint32_t>> hosts,
              std::vector<std::pair<std::string, std::string>> options, std::string_view password = {}) {
  std::vector<psa_address> addresses;
  for (const auto& [host, port] : hosts)
    addresses.push_back({PSA_INIT(psa_address), port, psa::c_text(host)});
  std::vector<psa_option> given;
  for (const auto& [name, text] : options)
    given.push_back({PSA_INIT(psa_option), PSA_TYPE_TEXT, PSA_OPTION_FROM_URL, 0, psa::c_text(name),
                     psa::c_text(text), 0, 0});
  psa_connection_args args{PSA_INIT(psa_connection_args)};
  args.addresses = addresses.data();
  args.address_count = addresses.size();
  args.address_size = sizeof(psa_address);
  args.options = given.data();
  args.option_count = given.size();
  args.option_size = sizeof(psa_option);
  args.password = psa::c_text_or_none(password);
  return read_settings(args);
}

std::string keyword(const Settings& settings, std::string_view name) {
  for (const auto& [key, value] : settings.keywords)
    if (key == name) return value;
  return "(none)";
}

TEST(PostgresOptions, AreThoseOfTheClientLibrary) {
  const auto known = known_options();
  const auto has = [&](std::string_view name) {
    return std::any_of(known.begin(), known.end(),
                       [&](const auto& info) { return psa::view(info.name) == name; });
  };
  EXPECT_TRUE(has("sslmode") && has("service") && has("passfile") && has("target_session_attrs"));
  EXPECT_FALSE(has("replication"));
  for (const psa_option_info& info : known) {
    if (psa::view(info.name) == "sslpassword") {
      EXPECT_NE(info.flags & PSA_OPTION_SECRET, 0U);
    }
  }
}

TEST(PostgresOptions, NamesTheNearestOfAnUnknownOne) {
  const auto error = driver_client::error_of([] { read({}, {{"sslmod", "require"}}); });
  EXPECT_EQ(error.status, PSA_INVALID_ARGUMENT);
  EXPECT_NE(error.message.find("'sslmode'"), std::string::npos);
}

TEST(PostgresOptions, TakesSeveralHostsFromTheUrlOrFromOptions) {
  const Settings url = read({{"a", 1}, {"b", 2}}, {{"target_session_attrs", "read-write"}});
  ASSERT_EQ(url.hosts.size(), 2U);
  EXPECT_EQ(url.hosts[1].name, "b");
  EXPECT_EQ(url.hosts[1].port, "2");
  const Settings named = read({}, {{"host", "a:5433"}, {"host", "[::1]:5434"}});
  ASSERT_EQ(named.hosts.size(), 2U);
  EXPECT_EQ(named.hosts[0].port, "5433");
  EXPECT_EQ(named.hosts[1].name, "::1");
  const Settings listed = read({}, {{"host", "a,/run/sockets"}, {"port", "1,2"}});
  EXPECT_EQ(listed.hosts[1].name, "/run/sockets");
  EXPECT_EQ(listed.hosts[1].port, "2");
  EXPECT_EQ(driver_client::error_of([] { read({{"a", 0}}, {{"host", "b"}}); }).status, PSA_INVALID_ARGUMENT);
}

TEST(PostgresOptions, AlwaysSpeaksUtf8) {
  EXPECT_EQ(keyword(read({}, {{"client_encoding", "utf8"}}), "client_encoding"), "UTF8");
  EXPECT_EQ(driver_client::error_of([] {
              read({}, {{"client_encoding", "latin1"}});
            }).status,
            PSA_INVALID_ARGUMENT);
}

TEST(PostgresOptions, KeepsAPasswordAsItIsAndRefusesNul) {
  EXPECT_EQ(keyword(read({}, {}, "p @:/'\\ä"), "password"), "p @:/'\\ä");
  const auto error = driver_client::error_of([] { read({}, {}, std::string_view("hidden\0x", 8)); });
  EXPECT_EQ(error.status, PSA_INVALID_ARGUMENT);
  EXPECT_EQ(error.message.find("hidden"), std::string::npos);
}

TEST(PostgresOptions, LooksUpNamesOnly) {
  EXPECT_TRUE(needs_lookup("db.example.com"));
  EXPECT_FALSE(needs_lookup("127.0.0.1"));
  EXPECT_FALSE(needs_lookup("fe80::1%eth0"));
  EXPECT_FALSE(needs_lookup("/run/postgresql"));
  EXPECT_FALSE(needs_lookup(""));
}

}  // namespace
