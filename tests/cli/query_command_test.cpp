#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <prefect_sqlalchemy.hpp>

#include "psa_command.hpp"
#include "server_database.hpp"

namespace {

using test_support::PsaCommand;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::vector<std::string> select_of_all_kinds = {
    "query", "sqlite://",
    "SELECT 1 AS n, 2.5 AS r, 'a \"q\", b' AS t, NULL AS none, '' AS empty, x'00ff' AS b"};

std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& more) {
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

TEST(PsaQuery, PrintsAnAlignedTable) {
  const PsaCommand psa;
  EXPECT_EQ(psa.output({"query", "sqlite://",
                        "SELECT 1 AS number, 'one' AS name UNION ALL SELECT 2000, 'two thousand' UNION ALL "
                        "SELECT NULL, NULL"}),
            " number | name\n"
            "--------+--------------\n"
            "      1 | one\n"
            "   2000 | two thousand\n"
            "   NULL | NULL\n"
            "(3 rows)\n");
}

TEST(PsaQuery, PrintsCsvThatTellsNullFromAnEmptyText) {
  EXPECT_EQ(PsaCommand().output(with(select_of_all_kinds, {"--format", "csv"})),
            "n,r,t,none,empty,b\n1,2.5,\"a \"\"q\"\", b\",,\"\",00ff\n");
}

TEST(PsaQuery, PrintsJsonWithOneObjectOnALine) {
  const PsaCommand psa;
  EXPECT_EQ(psa.output(with(select_of_all_kinds, {"-f", "json"})),
            "[\n{\"n\": 1, \"r\": 2.5, \"t\": \"a \\\"q\\\", b\", \"none\": null, \"empty\": \"\", \"b\": "
            "\"00ff\"}\n]\n");
  EXPECT_EQ(psa.output({"query", "-f", "json", "sqlite://", "SELECT 1 AS a, 2 AS a"}),
            "[\n{\"a\": 1, \"a_2\": 2}\n]\n");
  EXPECT_EQ(psa.output({"query", "-f", "json", "sqlite://", "SELECT 1 WHERE 1 = 0"}), "[]\n");
}

TEST(PsaQuery, ShowsControlCharactersAsEscapes) {
  const auto shown = PsaCommand().output({"query", "sqlite://", "SELECT 'a' || char(27, 10, 9) || 'b' AS t"});
  EXPECT_THAT(shown, HasSubstr(" a\\x1b\\n\\tb\n"));
  EXPECT_THAT(shown, Not(HasSubstr("\x1b")));
}

TEST(PsaQuery, AlignsWideAndCombiningCharacters) {
  EXPECT_EQ(
      PsaCommand().output({"query", "sqlite://", "SELECT '日本' AS a, 1 AS b UNION ALL SELECT 'abcd', 2"}),
      " a    | b\n"
      "------+---\n"
      " 日本 | 1\n"
      " abcd | 2\n"
      "(2 rows)\n");
}

TEST(PsaQuery, GivesParametersTheTypeThatTheyLookLike) {
  const std::string typeof_all =
      "SELECT typeof(:a) AS a, typeof(:b) AS b, typeof(:c) AS c, typeof(:d) AS d, typeof(:e) AS e, :f AS f";
  EXPECT_EQ(PsaCommand().output({"query", "-f", "csv", "sqlite://", typeof_all, "-p", "a=1", "-p", "b=1.5",
                                 "-p", "c=null", "-p", "d=007", "-p", "e=a=b", "-p", "f=true"}),
            "a,b,c,d,e,f\ninteger,real,null,text,text,1\n");
}

TEST(PsaQuery, TakesParametersAsJson) {
  const PsaCommand psa;
  EXPECT_EQ(psa.output({"query", "-f", "csv", "sqlite://", "SELECT typeof(:a) AS a, 2 IN :list AS b", "-p",
                        "a:=\"1\"", "-p", "list:=[1, 2]"}),
            "a,b\ntext,1\n");
  const auto wrong = psa.run({"query", "sqlite://", "SELECT :a", "-p", "a:=s3cret"});
  EXPECT_EQ(wrong.exit_code, 2);
  EXPECT_THAT(wrong.err, StartsWith("psa: the value of -p a:= is not JSON"));
  EXPECT_THAT(wrong.err, Not(HasSubstr("s3cret")));
}

TEST(PsaQuery, SaysHowManyRowsAStatementChangedAndCommitsIt) {
  const PsaCommand psa;
  psa.output({"query", psa.sqlite_url(), "CREATE TABLE t (x)"});
  EXPECT_EQ(psa.output({"query", psa.sqlite_url(), "INSERT INTO t VALUES (1), (2)"}), "2 rows affected\n");
  const auto quiet = psa.run({"query", "-f", "csv", psa.sqlite_url(), "DELETE FROM t WHERE x = 1"});
  EXPECT_EQ(quiet.out, "");  // standard output is for rows
  EXPECT_EQ(quiet.err, "1 row affected\n");
  EXPECT_EQ(psa.output({"query", "-f", "csv", psa.sqlite_url(), "SELECT x FROM t"}), "x\n2\n");
}

TEST(PsaQuery, ReadsTheStatementFromStandardInputOrAFile) {
  const PsaCommand psa;
  EXPECT_EQ(psa.output({"query", "-f", "csv", "sqlite://", "-"}, "SELECT 1 AS a"), "a\n1\n");
  const test_support::TemporaryFolder folder;
  const auto file = folder.write("q.sql", "SELECT 2 AS b").string();
  EXPECT_EQ(psa.output({"query", "-f", "csv", "--file", file, "sqlite://"}), "b\n2\n");
  EXPECT_EQ(psa.run({"query", "sqlite://", "--file", "/nowhere.sql"}).exit_code, 2);
}

TEST(PsaQuery, FindsItsDatabaseByVariableOrBlock) {
  PsaCommand psa;
  psa.output({"query", psa.sqlite_url(), "CREATE TABLE t AS SELECT 7 AS x"});
  psa.set("SHOP", psa.sqlite_url());
  EXPECT_EQ(psa.output({"query", "-f", "csv", "env:SHOP", "SELECT x FROM t"}), "x\n7\n");
  psa.output({"block", "save", "shop", "env:SHOP"});
  EXPECT_EQ(psa.output({"query", "-f", "csv", "shop", "SELECT x FROM t"}), "x\n7\n");
  psa.output({"block", "save", "shop-async", "env:SHOP", "--async"});
  EXPECT_EQ(psa.output({"query", "-f", "csv", "shop-async", "SELECT x FROM t"}), "x\n7\n");
  psa.set("PSA_URL", psa.sqlite_url());
  EXPECT_EQ(psa.output({"query", "-f", "csv", "SELECT x FROM t"}), "x\n7\n");
}

TEST(PsaQuery, TellsFailuresOfTheDatabaseFromWrongUsageByItsExitCode) {
  const PsaCommand psa;
  const auto code = [&](const std::vector<std::string>& arguments) { return psa.run(arguments).exit_code; };
  EXPECT_EQ(code({"query", "sqlite://", "SELEC"}), 1);
  EXPECT_EQ(code({"query", "sqlite:////nowhere/at/all.db", "SELECT 1"}), 1);
  EXPECT_EQ(code({"query", "no-such-block", "SELECT 1"}), 1);
  EXPECT_EQ(code({"query", "nothing+installed://h/d", "SELECT 1"}), 1);
  EXPECT_EQ(code({"query", "SELECT 1"}), 2);  // no database
  EXPECT_EQ(code({"query", "env:NO_SUCH_VARIABLE", "SELECT 1"}), 2);
  EXPECT_EQ(code({"query", "sqlite://", "SELECT :a"}), 2);
  EXPECT_EQ(code({"query", "sqlite://", "SELECT 1", "--fromat", "csv"}), 2);
  EXPECT_EQ(code({"query", "sqlite://", "SELECT 1", "--format", "xml"}), 2);
  EXPECT_EQ(code({"query", "sqlite://", "SELECT 1", "-p", "a"}), 2);
  EXPECT_EQ(code({}), 2);
  EXPECT_EQ(code({"--version"}), 0);
  EXPECT_EQ(code({"query", "--help"}), 0);
}

TEST(PsaQuery, PutsNothingOnStandardOutputWhenItFails) {
  const auto failed = PsaCommand().run({"query", "sqlite://", "SELECT * FROM nowhere"});
  EXPECT_EQ(failed.out, "");
  EXPECT_THAT(failed.err, StartsWith("psa: "));
  EXPECT_THAT(failed.err, HasSubstr("no such table: nowhere"));
}

TEST(PsaQuery, SaysThatStandardOutputCannotBeWritten) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "there is no /dev/full";
  PsaCommand psa;
  psa.set("PSA", PSA_BINARY);
  EXPECT_EQ(
      std::system((std::string(PSA_BINARY) + " query sqlite:// 'SELECT 1' >/dev/full 2>/dev/null").c_str()),
      1 << 8);
}

TEST(PsaQuery, EndsAStatementThatTakesTooLong) {
  const auto late = PsaCommand().run(
      {"query", "--timeout", "0.2", "sqlite://",
       "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"});
  EXPECT_EQ(late.exit_code, 1);
}

TEST(PsaQuery, NeverShowsAPassword) {
  const PsaCommand psa;
  for (const char* url : {"postgresql://ann:s3cret@127.0.0.1:1/d", "mysql://ann:s3cret@127.0.0.1:1/d",
                          "nothing://ann:s3cret@h/d", "postgresql://ann:s3cret@h:port/d"}) {
    const auto failed = psa.run({"query", url, "SELECT 1"});
    EXPECT_NE(failed.exit_code, 0) << url;
    EXPECT_THAT(failed.out + failed.err, Not(HasSubstr("s3cret")));
  }
}

class PsaQueryOnServers : public testing::Test {
 protected:
  /// The URL of an empty database without its password, which stands in password_ then.
  std::string url_without_password(const test_support::Server& server) {
    if (!std::getenv(server.url_variable)) {
      test_support::miss_server(std::string(server.url_variable) + " is not set");
      return "";
    }
    database_.emplace(server);
    auto url = prefect_sqlalchemy::make_url(database_->url());
    password_ = url.password.value_or("").reveal();
    url.password.reset();
    return url.render();
  }

  std::optional<test_support::ServerDatabase> database_;
  std::string password_;
  PsaCommand psa_;
};

TEST_F(PsaQueryOnServers, ReadsThePasswordFromStandardInput) {
  const auto url = url_without_password(test_support::postgres_server);
  if (url.empty()) return;
  EXPECT_EQ(psa_.output({"query", "-f", "json", "--password-stdin", url,
                         "SELECT 1.50 AS d, now() > '2000-01-01' AS b"},
                        password_ + "\n"),
            "[\n{\"d\": \"1.50\", \"b\": true}\n]\n");
  EXPECT_EQ(psa_.output({"query", "-f", "csv", "--password-stdin", url, "-"},
                        password_ + "\nSELECT ARRAY[1, 2] AS a"),
            "a\n\"[1, 2]\"\n");
}

TEST_F(PsaQueryOnServers, PrintsEveryResultOfAStatementThatHasSeveral) {
  const auto url = url_without_password(test_support::mariadb_server);
  if (url.empty()) return;
  psa_.output({"query", database_->url(), "CREATE PROCEDURE two() BEGIN SELECT 1 AS a; SELECT 2 AS b; END"});
  EXPECT_EQ(psa_.output({"query", "-f", "csv", database_->url(), "CALL two()"}), "a\n1\nb\n2\n");
}

}  // namespace
