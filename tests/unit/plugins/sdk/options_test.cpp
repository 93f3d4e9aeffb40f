// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/options.hpp>
#include <psa/sdk/text.hpp>

namespace {

constexpr std::array table = {
    psa::option_info("timeout", PSA_TYPE_DOUBLE, "5", "", "seconds"),
    psa::option_info("port", PSA_TYPE_INT64, "", "", "number"),
    psa::option_info("uri", PSA_TYPE_BOOL, "false", "", "truth"),
    psa::option_info("mode", PSA_TYPE_TEXT, "rwc", "ro|rw|rwc", "choice"),
    psa::option_info("key", PSA_TYPE_INT64, "", "", "secret", PSA_OPTION_SECRET),
};

psa_option from_url(std::string_view name, std::string_view text) {
  return {PSA_INIT(psa_option),
          PSA_TYPE_TEXT,
          PSA_OPTION_FROM_URL,
          0,
          psa::c_text(name),
          psa::c_text(text),
          0,
          0};
}

psa_option integer(std::string_view name, int64_t value) {
  return {PSA_INIT(psa_option), PSA_TYPE_INT64, 0, 0, psa::c_text(name), {}, value, 0};
}

psa::Options read(const std::vector<psa_option>& options) {
  psa_connection_args args{PSA_INIT(psa_connection_args)};
  args.options = options.data();
  args.option_count = options.size();
  args.option_size = sizeof(psa_option);
  return psa::Options(table, args);
}

std::string refusal(const psa_option& option) {
  try {
    read({option});
    return "accepted";
  } catch (const psa::DriverError& error) {
    EXPECT_EQ(error.status, PSA_INVALID_ARGUMENT);
    return error.message;
  }
}

TEST(Options, ReadsTextOfAUrlAsTheDeclaredType) {
  const auto options = read(
      {from_url("timeout", "2.5"), from_url("port", "5432"), from_url("uri", "Yes"), from_url("mode", "RO")});
  EXPECT_EQ(options.real("timeout"), 2.5);
  EXPECT_EQ(options.integer("port"), 5432);
  EXPECT_EQ(options.boolean("uri"), true);
  EXPECT_EQ(options.text("mode"), "ro");
}

TEST(Options, TellsWhatWasNotGiven) {
  const auto options = read({});
  EXPECT_FALSE(options.real("timeout").has_value());
  EXPECT_FALSE(options.boolean("uri").has_value());
}

TEST(Options, RefusesToTellWhatItsTableDoesNotHold) {
  const auto options = read({integer("port", 1)});
  EXPECT_THROW(options.integer("prot"), std::logic_error);
  EXPECT_THROW(options.text("port"), std::logic_error);
}

TEST(Options, TakesAnIntegerForADouble) { EXPECT_EQ(read({integer("timeout", 3)}).real("timeout"), 3.0); }

TEST(Options, CountsTheLastOfTwo) {
  EXPECT_EQ(read({from_url("port", "1"), integer("port", 2)}).integer("port"), 2);
}

TEST(Options, NamesTheNearestKnownOption) {
  EXPECT_EQ(refusal(from_url("tiemout", "1")), "unknown option 'tiemout'; did you mean 'timeout'?");
  EXPECT_EQ(refusal(from_url("xyzzyplugh", "1")), "unknown option 'xyzzyplugh'");
}

TEST(Options, RefusesWhatItCannotRead) {
  EXPECT_EQ(refusal(from_url("timeout", "soon")), "option 'timeout' must be a number, not 'soon'");
  EXPECT_EQ(refusal(from_url("port", "12x")), "option 'port' must be a whole number, not '12x'");
  EXPECT_EQ(refusal(from_url("mode", "x")), "option 'mode' must be one of ro|rw|rwc, not 'x'");
  EXPECT_EQ(refusal(integer("uri", 1)),
            "option 'uri' must be a truth value (true/false, yes/no, on/off, 1/0)");
}

TEST(Options, RefusesTextForANumberUnlessItComesFromAUrl) {
  psa_option option = from_url("port", "1");
  option.flags = 0;
  EXPECT_EQ(refusal(option), "option 'port' must be a whole number, not '1'");
}

TEST(Options, NeverPrintsASecret) {
  EXPECT_EQ(refusal(from_url("key", "hush")), "option 'key' must be a whole number");
}

TEST(Options, KeepsNamesOfTheClientsOwnWhereTheTableTakesAny) {
  static constexpr std::array open_table = {
      psa::option_info("port", PSA_TYPE_INT64, "", "", "number"),
      psa::option_info("*", PSA_TYPE_TEXT, "", "", "the client's own", PSA_OPTION_ANY),
  };
  psa_option real = integer("Ratio", 0);
  real.type = PSA_TYPE_DOUBLE;
  real.real = 0.25;
  psa_option truth = integer("Encrypt", 1);
  truth.type = PSA_TYPE_BOOL;
  const std::vector<psa_option> given{from_url("Server", "x"), from_url("port", "7"), truth, real,
                                      from_url("*", "y")};
  psa_connection_args args{PSA_INIT(psa_connection_args)};
  args.options = given.data();
  args.option_count = given.size();
  args.option_size = sizeof(psa_option);
  const psa::Options options(open_table, args);
  EXPECT_EQ(options.integer("port"), 7);
  EXPECT_EQ(options.others(), (std::vector<std::pair<std::string, std::string>>{
                                  {"Server", "x"}, {"Encrypt", "1"}, {"Ratio", "0.25"}, {"*", "y"}}));
}

}  // namespace
