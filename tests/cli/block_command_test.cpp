#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "psa_command.hpp"

namespace {

using test_support::PsaCommand;
using testing::HasSubstr;
using testing::Not;

TEST(PsaBlock, IsSavedListedInspectedAndDeleted) {
  const PsaCommand psa;
  psa.output({"block", "save", "shop", "postgresql://ann:s3cret@h/d", "--connect-arg", "connect_timeout=3",
              "--fetch-size", "100"});
  EXPECT_THAT(psa.output({"block", "ls"}), HasSubstr(" sqlalchemy-connector | shop | "));
  const auto shown = psa.output({"block", "inspect", "shop"});
  EXPECT_THAT(shown, Not(HasSubstr("s3cret")));
  const auto data = boost::json::parse(shown).at("data");
  EXPECT_EQ(data.at("connection_info").as_string(), "postgresql://ann:***@h/d");
  EXPECT_EQ(data.at("connect_args").at("connect_timeout").as_int64(), 3);
  EXPECT_EQ(data.at("fetch_size").as_int64(), 100);
  psa.output({"block", "delete", "sqlalchemy-connector/shop"});
  EXPECT_EQ(psa.output({"block", "ls", "--json"}), "[]\n");
}

TEST(PsaBlock, IsNotReplacedUnasked) {
  const PsaCommand psa;
  psa.output({"block", "save", "shop", "sqlite:///one.db"});
  const auto refused = psa.run({"block", "save", "shop", "sqlite:///two.db"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("--overwrite replaces it"));
  psa.output({"block", "save", "shop", "sqlite:///two.db", "--overwrite"});
  EXPECT_THAT(psa.output({"block", "inspect", "shop"}), HasSubstr("sqlite:///two.db"));
}

TEST(PsaBlock, OfTwoTypesWithOneNameMustBeNamedInFull) {
  const PsaCommand psa;
  psa.output({"block", "save", "shop", "sqlite://"});
  psa.output({"block", "save", "shop", "sqlite://", "--async"});
  const auto unclear = psa.run({"block", "inspect", "shop"});
  EXPECT_EQ(unclear.exit_code, 2);
  EXPECT_THAT(unclear.err, HasSubstr("async-sqlalchemy-connector/shop"));
  psa.output({"block", "inspect", "async-sqlalchemy-connector/shop"});
}

TEST(PsaBlock, ThatIsNoneIsRefused) {
  const PsaCommand psa;
  EXPECT_EQ(psa.run({"block", "inspect", "nothing"}).exit_code, 1);
  EXPECT_EQ(psa.run({"block", "delete", "nothing"}).exit_code, 1);
  EXPECT_EQ(psa.run({"block", "save", "Not A Name", "sqlite://"}).exit_code, 2);
  const auto driver = psa.run({"block", "save", "shop", "sqlite+aiosqlite:///x.db"});
  EXPECT_EQ(driver.exit_code, 2);
}

}  // namespace
