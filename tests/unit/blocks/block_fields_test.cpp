#include <prefect_sqlalchemy/blocks/block_errors.hpp>
#include <prefect_sqlalchemy/blocks/block_fields.hpp>

#include "private_home.hpp"

namespace {

using prefect::BlockValidationError;
using prefect::field;
using prefect::optional_field;

const boost::json::object document = {{"text", "geheim"},   {"port", "5432"}, {"number", 7},
                                      {"nothing", nullptr}, {"flag", true},   {"inner", {{"a", 1.5}}}};

TEST(BlockFields, AreReadAsTheirTypes) {
  EXPECT_EQ("geheim", field<std::string>(document, "text"));
  EXPECT_EQ("geheim", field<prefect_sqlalchemy::Secret>(document, "text").reveal());
  EXPECT_EQ(7, field<std::int64_t>(document, "number"));
  EXPECT_EQ(7.0, field<double>(document, "number"));
  EXPECT_TRUE(field<bool>(document, "flag"));
  EXPECT_EQ(1.5, field<double>(field<boost::json::object>(document, "inner"), "a"));
}

TEST(BlockFields, AnIntegerGivenAsTextIsRead) { EXPECT_EQ(5432, field<std::int64_t>(document, "port")); }

TEST(BlockFields, AbsentAndNullAreTheSame) {
  EXPECT_EQ(std::nullopt, optional_field<std::string>(document, "nothing"));
  EXPECT_EQ(std::nullopt, optional_field<std::string>(document, "missing"));
}

TEST(BlockFields, AMissingOneIsNamedWithItsPlace) {
  EXPECT_EQ("field connection_info.driver is required, it is missing", message_of<BlockValidationError>([] {
              field<std::string>(document, "driver", "connection_info");
            }));
}

TEST(BlockFields, AnUnfitOneIsNamedWithItsKindAndNeverItsValue) {
  EXPECT_EQ("field text must be an integer of 64 bits, it is a text",
            message_of<BlockValidationError>([] { field<std::int64_t>(document, "text"); }));
  EXPECT_EQ("field flag must be a text, it is a boolean",
            message_of<BlockValidationError>([] { field<std::string>(document, "flag"); }));
  EXPECT_EQ("field inner.a must be an object, it is a number", message_of<BlockValidationError>([] {
              field<boost::json::object>(document.at("inner").get_object(), "a", "inner");
            }));
}

}  // namespace
