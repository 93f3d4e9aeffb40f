#include "run_name.hpp"

#include <gtest/gtest.h>

using namespace prefect::detail;

namespace {

std::string name(prefect::RunName wanted, const boost::json::object& parameters) {
  return run_name(RunSpec{.run_name = std::move(wanted)}, parameters);
}

}  // namespace

TEST(RunName, TakesParametersIntoItsText) {
  const boost::json::object parameters = {{"block", "customers-db"}, {"day", 3}};
  EXPECT_EQ("load-customers-db-3", name("load-{block}-{day}", parameters));
  EXPECT_EQ("{other} {", name("{other} {", parameters));
  EXPECT_EQ("", name("", parameters));
}

TEST(RunName, ComesFromAFunctionOfTheParameters) {
  EXPECT_EQ("run of 7", name(
                            [](const boost::json::object& parameters) {
                              return "run of " + std::to_string(parameters.at("arg0").as_int64());
                            },
                            {{"arg0", 7}}));
}

TEST(RunName, StaysShort) { EXPECT_LE(name(std::string(1000, 'n'), {}).size(), 255U); }

TEST(RunName, NumbersParametersThatHaveNoName) {
  const auto named = named_parameters(RunSpec{.parameters = {"block"}}, {"a", "b"});
  EXPECT_EQ((boost::json::object{{"block", "a"}, {"arg1", "b"}}), named);
}
