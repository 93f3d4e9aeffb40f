#include <gtest/gtest.h>

#include <prefect_sqlalchemy/sql/parameters.hpp>

#include "column_builder.hpp"
#include "message_of.hpp"

namespace prefect_sqlalchemy {
namespace {

using test_support::message_of;

TEST(Parameters, AreMadeOfNamesAndValues) {
  const Parameters parameters{{"name", "Marvin"}, {"age", 42}, {"left", nullptr}};
  ASSERT_NE(parameters.find("age"), nullptr);
  EXPECT_EQ(*parameters.find("age"), Value(42));
  EXPECT_EQ(*parameters.find("left"), Value());
  EXPECT_EQ(parameters.find("Age"), nullptr);
  EXPECT_EQ(parameters.size(), 3u);
  EXPECT_TRUE(Parameters().empty());
}

TEST(Parameters, OfOnePairIsOneParameter) {
  const Parameters parameters{{"name", "Marvin"}};
  EXPECT_EQ(parameters.size(), 1u);
  EXPECT_EQ(*parameters.find("name"), Value("Marvin"));
}

TEST(Parameters, RefusesANameTwice) {
  EXPECT_EQ(message_of<ArgumentError>([] {
              Parameters({{"a", "secret"}, {"a", 2}});
            }),
            "the parameter :a is given twice");
}

TEST(Parameters, SetReplacesAndChains) {
  Parameters parameters;
  parameters.set("a", 1).set("b", 2).set("a", "x");
  EXPECT_EQ(parameters, (Parameters{{"a", "x"}, {"b", 2}}));
}

TEST(Parameters, CompareValuesWithTheirTypes) {
  const Value four[] = {1, 1.0, "1", true};
  for (const Value& left : four) {
    for (const Value& right : four) {
      EXPECT_EQ(Parameters({{"x", left}}) == Parameters({{"x", right}}), &left == &right);
    }
  }
}

TEST(ParameterRows, TakesTheBracesOfTheQuickstart) {
  const ParameterRows rows{{{"name", "Ford"}, {"address", "Highway 42"}},
                           {{"address", "Highway 43"}, {"name", "Unknown"}}};
  EXPECT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows.names(), (std::vector<std::string>{"name", "address"}));
  EXPECT_EQ(rows.column(1).size(), 2u);
}

TEST(ParameterRows, AreEmptyByDefault) {
  EXPECT_TRUE(ParameterRows().empty());
  EXPECT_TRUE(ParameterRows(std::vector<Parameters>{}).empty());
  EXPECT_EQ(ParameterRows(std::vector<Parameters>{{{"a", 1}}, {{"a", 2}}}).size(), 2u);
}

TEST(ParameterRows, NamesTheGroupThatLacksAParameter) {
  EXPECT_EQ(
      message_of<StatementError>([] {
        ParameterRows({{{"a", 1}, {"b", 2}}, {{"a", "secret"}}});
      }),
      "A value is required for bind parameter 'b', in parameter group 1: every group needs the names of "
      "the first");
}

TEST(ParameterRows, NamesTheGroupThatHasOneTooMany) {
  EXPECT_EQ(message_of<StatementError>([] {
              ParameterRows({{{"a", 1}}, {{"a", 2}, {"c", "secret"}}});
            }),
            "the parameter :c in parameter group 1 is not among the names of the first group");
}

TEST(ParameterRows, StaysAsItWasWhenARowIsRefused) {
  ParameterRows rows{{{"a", 1}}};
  EXPECT_THROW(rows.add(Parameters{{"b", 1}}), StatementError);
  EXPECT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows.column(0).size(), 1u);
}

TEST(ParameterRows, TakesValuesInTheOrderOfItsNames) {
  ParameterRows rows({"i", "d", "t", "n", "v", "day"});
  rows.reserve(10);
  rows.add(1, 2.5, "x", nullptr, Value(true), Date(std::chrono::days(1)));
  rows.add(std::int64_t{2}, 3, std::string("y"), std::nullopt, Value(), std::optional<Date>());
  EXPECT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows.column(0).kind(), Kind::int64);
  EXPECT_TRUE(rows.column(1).is_union()) << "2.5 and 3";
  EXPECT_EQ(rows.column(2).kind(), Kind::text);
  EXPECT_EQ(rows.column(3).kind(), Kind::null);
  EXPECT_EQ(rows.column(4).kind(), Kind::boolean);
  EXPECT_EQ(rows.column(5).kind(), Kind::date);
}

TEST(ParameterRows, RefusesAnotherNumberOfValues) {
  ParameterRows rows({"a", "b"});
  EXPECT_EQ(message_of<StatementError>([&] { rows.add(1); }), "a row has 1 values for 2 parameters");
  EXPECT_THROW(rows.add(1, 2, 3), StatementError);
  EXPECT_TRUE(rows.empty());
  EXPECT_THROW(ParameterRows({"a", "a"}), ArgumentError);
}

TEST(ParameterRows, CopiesShareRowsUntilOneIsAddedTo) {
  ParameterRows rows({"a"});
  rows.add(1);
  ParameterRows copy = rows;
  EXPECT_EQ(&copy.column(0), &rows.column(0));
  copy.add(2);
  EXPECT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows.column(0).size(), 1u);
  EXPECT_EQ(copy.column(0).size(), 2u);
}

}  // namespace
}  // namespace prefect_sqlalchemy
