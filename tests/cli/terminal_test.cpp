// What differs where standard output or standard error is a terminal.
#include <csignal>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy.hpp>

#include "psa_command.hpp"
#include "scoped_environment.hpp"

namespace {

using test_support::PsaCommand;
using testing::HasSubstr;
using testing::Not;

constexpr const char* endless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n";

TEST(PsaOnATerminal, FitsItsTableToTheWidth) {
  const PsaCommand psa;
  const std::vector<std::string> query{
      "query", "sqlite://", "SELECT 12345678 AS id, 'words that go on and on and on and on' AS text"};
  EXPECT_EQ(psa.run_on({.columns = 32}, query).out,
            "       id | text\r\n"
            "----------+---------------------\r\n"
            " 12345678 | words that go on a…\r\n"
            "(1 row)\r\n");
  EXPECT_THAT(psa.output(query), HasSubstr("on and on and on and on\n"));  // a pipe gets all
}

TEST(PsaOnATerminal, PrintsRecordsWhereThereAreTooManyColumns) {
  std::string columns;
  for (int i = 0; i < 30; ++i)
    columns += (i ? ", " : "") + std::string("'value ") + std::to_string(i) + "' AS c" + std::to_string(i);
  const auto shown = PsaCommand().run_on({.columns = 80}, {"query", "sqlite://", "SELECT " + columns}).out;
  EXPECT_THAT(shown, testing::StartsWith("-[ 1 ]-\r\nc0  | value 0\r\n"));
  EXPECT_THAT(shown, HasSubstr("c29 | value 29\r\n"));
}

TEST(PsaOnATerminal, SaysHowFarALongResultIs) {
  const auto shown = PsaCommand().run_on({.only_stderr = true, .until = " rows read, "},
                                         {"query", "-f", "csv", "sqlite://", endless});
  EXPECT_THAT(shown.out, HasSubstr(" rows read, "));
  EXPECT_EQ(shown.exit_code, -SIGTERM);
}

TEST(PsaOnATerminal, SaysHowFarACopyIsAndHowMuchIsLeft) {
  const PsaCommand psa;
  const std::string many =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) "
      "SELECT i FROM n";
  const auto shown = psa.run_on(
      {.only_stderr = true, .until = "rows copied, "},
      {"copy", "--count", "--mode", "create", "--from", "sqlite://", many, "--to", psa.sqlite_url(), "t"});
  EXPECT_THAT(shown.out, testing::ContainsRegex("\\[#*-*\\] [0-9]+%  [0-9,]+ rows copied, [0-9,]+/s"));
}

TEST(PsaOnATerminal, AsksForAPasswordWithoutShowingIt) {
  const PsaCommand psa;
  const auto shown =
      psa.run_on({.typed = "s3cret\n"}, {"block", "save", "asked", "postgresql://ann@h/d", "--ask-password"});
  EXPECT_EQ(shown.exit_code, 0) << shown.out;
  EXPECT_THAT(shown.out, HasSubstr("Password for postgresql://ann@h/d: "));
  EXPECT_THAT(shown.out, Not(HasSubstr("s3cret")));
  const test_support::ScopedEnvironment home("PREFECT_HOME", (psa.folder() / "prefect").string());
  EXPECT_EQ(prefect_sqlalchemy::SqlAlchemyConnector::load("asked").url().password->reveal(), "s3cret");
}

TEST(PsaWithoutATerminal, SaysThatItCannotAsk) {
  const auto failed = PsaCommand().run({"block", "save", "asked", "postgresql://ann@h/d", "--ask-password"});
  EXPECT_EQ(failed.exit_code, 2);
  EXPECT_THAT(failed.err, HasSubstr("--password-stdin"));
}

}  // namespace
