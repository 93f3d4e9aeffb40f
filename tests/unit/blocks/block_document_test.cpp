#include <prefect_sqlalchemy/blocks/block_document.hpp>
#include <prefect_sqlalchemy/blocks/block_errors.hpp>

#include "private_home.hpp"

namespace {

TEST(BlockName, TakesLowercaseLettersDigitsAndDashes) {
  EXPECT_NO_THROW(prefect::check_block_name("customers-db-2"));
  EXPECT_NO_THROW(prefect::check_block_name(std::string(180, 'a')));
}

TEST(BlockName, RefusesAnythingElseInPythonsWords) {
  for (const std::string name : {"", "Customers", "a_b", "a b", "a/b", "a.b", "\xC3\xA9", "a\n"}) {
    EXPECT_EQ("Block document name must only contain lowercase letters, numbers, and dashes.",
              message_of<prefect::BlockNameError>([&] { prefect::check_block_name(name); }))
        << name;
  }
}

TEST(BlockName, RefusesOneThatIsTooLongForTheStore) {
  const auto text =
      message_of<prefect::BlockNameError>([] { prefect::check_block_name(std::string(181, 'a')); });
  EXPECT_NE(std::string::npos, text.find("180")) << text;
}

}  // namespace
