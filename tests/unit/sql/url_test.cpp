#include <random>
#include <sstream>

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/base/error.hpp>
#include <prefect_sqlalchemy/sql/url.hpp>

namespace prefect_sqlalchemy {
namespace {

std::string refusal(std::string_view text) {
  try {
    make_url(text);
  } catch (const ArgumentError& error) {
    return error.what();
  }
  return "accepted";
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST(Url, ReadsSqliteUrls) {
  EXPECT_EQ(make_url("sqlite://").database, std::nullopt);
  EXPECT_EQ(make_url("sqlite:///").database, "");
  EXPECT_EQ(make_url("sqlite:///relative.db").database, "relative.db");
  EXPECT_EQ(make_url("sqlite:////abs/path").database, "/abs/path");
  EXPECT_EQ(make_url("sqlite:///:memory:").database, ":memory:");
  EXPECT_EQ(make_url("sqlite:///C:\\a@b.db").database, "C:\\a@b.db");
  EXPECT_TRUE(make_url("sqlite:///x").hosts.empty());
  EXPECT_EQ(make_url("sqlite:///x").username, std::nullopt);
}

TEST(Url, ReadsEveryPart) {
  const URL url = make_url("postgresql+psycopg2://u%40x:p%40ss%2Fw%3Ard%25@[::1]:5432/db?a=b+c&d=%2B&a=2");
  EXPECT_EQ(url.drivername, "postgresql+psycopg2");
  EXPECT_EQ(url.dialect(), "postgresql");
  EXPECT_EQ(url.username, "u@x");
  EXPECT_EQ(url.password->reveal(), "p@ss/w:rd%");
  EXPECT_EQ(url.hosts, (std::vector<UrlHost>{{"::1", 5432}}));
  EXPECT_EQ(url.database, "db");
  EXPECT_EQ(url.query,
            (std::vector<std::pair<std::string, std::string>>{{"a", "b c"}, {"d", "+"}, {"a", "2"}}));
}

TEST(Url, KeepsAbsentAndEmptyPartsApart) {
  EXPECT_EQ(make_url("pg://h").username, std::nullopt);
  EXPECT_EQ(make_url("pg://@h").username, "");
  EXPECT_EQ(make_url("pg://u@h").password, std::nullopt);
  EXPECT_EQ(make_url("pg://u:@h").password, Secret(""));
  EXPECT_EQ(make_url("pg://:p@h").username, "");
  EXPECT_EQ(make_url("pg://h").database, std::nullopt);
  EXPECT_EQ(make_url("pg://h/").database, "");
}

TEST(Url, ReadsSeveralHosts) {
  EXPECT_EQ(make_url("postgresql://u@a:1,b,[fe80::1%eth0]:3,:4/db").hosts,
            (std::vector<UrlHost>{{"a", 1}, {"b", 0}, {"fe80::1%eth0", 3}, {"", 4}}));
}

TEST(Url, TakesASocketFolderAsHostOrInTheQuery) {
  const URL in_query = make_url("postgresql:///db?host=/tmp");
  EXPECT_TRUE(in_query.hosts.empty());
  EXPECT_EQ(in_query.query.front(), (std::pair<std::string, std::string>{"host", "/tmp"}));
  EXPECT_EQ(make_url("postgresql://%2Ftmp:5433/db").hosts, (std::vector<UrlHost>{{"/tmp", 5433}}));
}

TEST(Url, TakesDriverNamesWithUnderscoresDotsAndDashes) {
  EXPECT_EQ(make_url("my_db+drv-1.0://").drivername, "my_db+drv-1.0");
}

TEST(Url, TakesAnyRawCharacterButAtInAPassword) {
  EXPECT_EQ(make_url("pg://u:p:q/r?s#[%zz +,@h/db").password->reveal(), "p:q/r?s#[%zz +,");
  EXPECT_EQ(make_url("pg://u:p:q/r?s#[%zz +,@h/db").database, "db");
}

TEST(Url, EndsAUserNameWithoutPasswordAtTheLastAt) {
  EXPECT_EQ(make_url("pg://me@corp@h/db").username, "me@corp");
  EXPECT_EQ(make_url("pg://me@corp:pw@h/db").username, "me@corp");
  EXPECT_EQ(make_url("pg://me@corp:pw@h/db").hosts, (std::vector<UrlHost>{{"h", 0}}));
}

TEST(Url, TakesAPercentSignWithoutTwoDigitsForItself) {
  EXPECT_EQ(make_url("pg://%zz:%4@h").username, "%zz");
  EXPECT_EQ(make_url("pg://%zz:%4@h").password->reveal(), "%4");
  EXPECT_EQ(make_url(std::string_view("pg://h%41").substr(0, 8)).hosts.front().host, "h%4");
}

TEST(Url, LeavesTheDatabaseAsItStands) {
  EXPECT_EQ(make_url("sqlite:///a%20b+c.db").database, "a%20b+c.db");
  EXPECT_EQ(make_url("sqlite:///a%20b+c.db").render(), "sqlite:///a%20b+c.db");
}

TEST(Url, KeepsQueryKeysWithoutValue) {
  EXPECT_EQ(make_url("pg://h?a&b=&&=c").query,
            (std::vector<std::pair<std::string, std::string>>{{"a", ""}, {"b", ""}, {"", "c"}}));
}

TEST(Url, RendersAsSqlalchemyDoes) {
  EXPECT_EQ(make_url("pg+x://u%40x:p%40ss%2Fw%3Ard%25%20%C3%A9@[::1]:5/d?a=b%20c&e=/").render(false),
            "pg+x://u%40x:p%40ss%2Fw%3Ard%25 %C3%A9@[::1]:5/d?a=b+c&e=%2F");
  EXPECT_EQ(make_url("sqlite://").render(), "sqlite://");
  EXPECT_EQ(make_url("sqlite:////abs").render(), "sqlite:////abs");
  EXPECT_EQ(make_url("pg://u:@h").render(false), "pg://u:@h");
}

TEST(Url, HidesThePasswordWhenPrinted) {
  const URL url = make_url("pg://u:hunter2@h:5/d?a=b+c");
  EXPECT_EQ(url.render(), "pg://u:***@h:5/d?a=b+c");
  std::ostringstream out;
  out << url;
  EXPECT_EQ(out.str(), "pg://u:***@h:5/d?a=b+c");
}

TEST(Url, HidesSecretsInTheQueryWhenPrinted) {
  for (const char* key : {"password", "PassWD", "pwd", "passphrase", "key", "client_secret", "token",
                          "sslpassword", "API_KEY", "p%61ssword"}) {
    const std::string text = "pg://h?" + std::string(key) + "=hunter2";
    EXPECT_FALSE(contains(make_url(text).render(), "hunter2")) << key;
    EXPECT_TRUE(contains(make_url(text).render(false), "hunter2")) << key;
  }
  EXPECT_EQ(make_url("mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPwD%3Dhunter2").render(),
            "mssql+pyodbc:///?odbc_connect=***");
  EXPECT_EQ(make_url("sqlite:///x?foreign_keys=on").render(), "sqlite:///x?foreign_keys=on");
}

TEST(Url, TellsWhatIsWrongInSqlalchemysWords) {
  for (const char* text : {"", "nonsense", "://h", "my driver://h", "../evil://h", "pg://h:x", "pg://[::1"}) {
    EXPECT_TRUE(refusal(text).starts_with("Could not parse SQLAlchemy URL from given URL string: ")) << text;
  }
  EXPECT_TRUE(contains(refusal("sqlite:/x.db"), "no '://'"));
  EXPECT_TRUE(contains(refusal("://x"), "no driver name"));
  EXPECT_TRUE(contains(refusal("a/b://x"), "letters, digits"));
  EXPECT_TRUE(contains(refusal("pg://a,,b"), "host 2: it is empty"));
  EXPECT_TRUE(contains(refusal("pg://a,"), "host 2: it is empty"));
  EXPECT_TRUE(contains(refusal("pg://[]"), "'[' needs an address"));
  EXPECT_TRUE(contains(refusal("pg://[::1]x"), "between ']'"));
  EXPECT_TRUE(contains(refusal("pg://u@::1/db"), "in brackets"));
}

TEST(Url, ChecksPorts) {
  for (const char* port : {"", "0", "65536", "99999999999", "abc", "-1", "+1", "1x", " 1"}) {
    EXPECT_TRUE(contains(refusal("pg://h:" + std::string(port) + "/d"), "invalid port of host 1")) << port;
  }
  EXPECT_TRUE(contains(refusal("pg://a:1,b:x"), "invalid port of host 2"));
  EXPECT_EQ(make_url("pg://h:65535").hosts.front().port, 65535);
}

TEST(Url, RepeatsNothingOfARefusedUrl) {
  for (const char* text : {"pg//u:hunter2@h", "p g://u:hunter2@h", "pg://u:hunter2", "pg://u:x@hunter2@h",
                           "pg://u:p@h:hunter2", "pg://u:p@[hunter2", "hunter2",
                           "pg://h:5/d?user=a@b&password=hunter2", "pg://h?user=a@b&password=hunter2"}) {
    EXPECT_NE(refusal(text), "accepted") << text;
    EXPECT_FALSE(contains(refusal(text), "hunter2")) << text;
  }
}

TEST(Url, RefusesAnAtThatMayEndAUserNameOrBelongToTheQuery) {
  EXPECT_TRUE(contains(refusal("pg://h:5432/db?mail=a@b"), "%40"));
  EXPECT_TRUE(contains(refusal("pg://u@h:5432/d@b"), "%40"));
  EXPECT_TRUE(contains(refusal("pg://[::1]:5432/d@b"), "%40"));
  EXPECT_EQ(make_url("pg://u:p@h:5432/db?mail=a@b").query.front().second, "a@b");
  EXPECT_EQ(make_url("pg://h/d@b").database, "d@b");
}

TEST(Url, CreateChecksThePartsAsTheParserDoes) {
  EXPECT_THROW(URL::create({}), ArgumentError);
  EXPECT_THROW(URL::create({.drivername = "a/b"}), ArgumentError);
  EXPECT_THROW(URL::create({.drivername = "pg", .hosts = {{"a", 0}, {}}}), ArgumentError);
  const URL url = URL::create({.drivername = "pg", .username = "u", .hosts = {{"/tmp", 1}}, .database = "d"});
  EXPECT_EQ(url.render(), "pg://u@%2Ftmp:1/d");
}

class UrlGenerator {
 public:
  explicit UrlGenerator(unsigned seed) : random_(seed) {}

  /// One that has a text.
  URL next() {
    URL url;
    url.drivername = pick({"sqlite", "postgresql+psycopg2", "a_b.c-d+e"});
    if (chance()) url.username = text();
    if (url.username && chance()) url.password = Secret(text());
    for (unsigned i = number(3); i > 0; --i) {
      url.hosts.push_back({chance() ? pick({"h.example.org", "::1", "fe80::1%25eth0", "/tmp"}) : text(),
                           static_cast<std::uint16_t>(chance() ? number(65535) + 1 : 0)});
      if (url.hosts.back() == UrlHost{}) url.hosts.back().host = "h";
    }
    if (chance()) url.database = text(url.password ? "?" : "?@");
    for (unsigned i = number(3); i > 0; --i) url.query.emplace_back(text(), text());
    return url;
  }

  std::string text(std::string_view without = "") {
    std::string out;
    for (unsigned i = number(9); i > 0; --i) {
      const std::string piece = pick({"@",
                                      ":",
                                      "/",
                                      "?",
                                      "#",
                                      "[",
                                      "]",
                                      "%",
                                      "%41",
                                      "+",
                                      " ",
                                      "&",
                                      "=",
                                      ",",
                                      ";",
                                      "\n",
                                      "\x7f",
                                      "é",
                                      "漢",
                                      "😀",
                                      "a",
                                      "Z",
                                      "0",
                                      "~",
                                      "\\",
                                      "'",
                                      "\"",
                                      "://",
                                      std::string(1, '\0'),
                                      "\x01",
                                      "\xff"});
      if (piece.find_first_of(without) == std::string::npos) out += piece;
    }
    return out;
  }

  unsigned number(unsigned limit) { return static_cast<unsigned>(random_()) % limit; }

 private:
  bool chance() { return number(2) == 0; }
  std::string pick(const std::vector<std::string>& from) {
    return from[number(static_cast<unsigned>(from.size()))];
  }

  std::mt19937 random_;
};

TEST(Url, ComesBackFromItsText) {
  UrlGenerator generator(1);
  for (int i = 0; i < 20000; ++i) {
    const URL url = generator.next();
    const std::string text = url.render(false);
    ASSERT_EQ(URL::create(url), url);
    ASSERT_EQ(make_url(text), url) << text;
    ASSERT_EQ(make_url(text).render(false), text);
  }
}

TEST(Url, AnyTextIsReadOrRefused) {
  UrlGenerator generator(2);
  int accepted = 0;
  for (int i = 0; i < 50000; ++i) {
    std::string text =
        i % 2 == 0 ? "pg://" + generator.text() + generator.text() : generator.next().render(false);
    if (i % 2 == 1)
      text[generator.number(static_cast<unsigned>(text.size()))] = static_cast<char>(generator.number(256));
    try {
      const URL url = make_url(text);
      ++accepted;
      // What was read can be written and read again, unless it holds what has no text (URL::render).
      const bool certain = !url.database || url.password || url.database->find('@') == std::string::npos;
      if (certain) {
        ASSERT_EQ(make_url(url.render(false)), url) << text;
      }
    } catch (const ArgumentError&) {
    }
  }
  EXPECT_GT(accepted, 1000);
}

}  // namespace
}  // namespace prefect_sqlalchemy
