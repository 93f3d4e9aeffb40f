#include "statement_text.hpp"

#include <random>

#include <gtest/gtest.h>

namespace prefect_sqlalchemy::detail {
namespace {

using Slot = RenderedStatement::Slot;
using Names = std::vector<std::string>;

constexpr std::uint32_t sqlite = PSA_LEXICAL_BACKTICK_QUOTE | PSA_LEXICAL_BRACKET_QUOTE;
constexpr std::uint32_t postgres =
    PSA_LEXICAL_NESTED_COMMENT | PSA_LEXICAL_E_STRING | PSA_LEXICAL_DOLLAR_QUOTE;
constexpr std::uint32_t mysql = PSA_LEXICAL_HASH_COMMENT | PSA_LEXICAL_DASH_NEEDS_SPACE |
                                PSA_LEXICAL_BACKSLASH_ESCAPE | PSA_LEXICAL_BACKTICK_QUOTE |
                                PSA_LEXICAL_DOUBLE_QUOTE_TEXT;

StatementText statement(std::string_view sql, std::uint32_t flags = 0,
                        std::uint32_t placeholder = PSA_PLACEHOLDER_QUESTION) {
  return {sql, {PSA_INIT(psa_lexical), placeholder, flags, '"'}};
}

std::string rendered(std::string_view sql, std::uint32_t flags = 0,
                     std::uint32_t placeholder = PSA_PLACEHOLDER_QUESTION) {
  return statement(sql, flags, placeholder).render({}).sql;
}

Names names(std::string_view sql, std::uint32_t flags = 0) { return statement(sql, flags).names(); }

TEST(StatementText, FindsParameters) {
  const auto text = statement("INSERT INTO t VALUES (:a,:b_1 , :naïve)");
  EXPECT_EQ(text.names(), (Names{"a", "b_1", "naïve"}));
  const auto out = text.render({});
  EXPECT_EQ(out.sql, "INSERT INTO t VALUES (?,? , ?)");
  EXPECT_EQ(out.slots, (std::vector<Slot>{{0, -1}, {1, -1}, {2, -1}}));
}

TEST(StatementText, GivesAQuestionMarkASlotForEachUse) {
  const auto out = statement(":a :b :a").render({});
  EXPECT_EQ(out.sql, "? ? ?");
  EXPECT_EQ(out.slots, (std::vector<Slot>{{0, -1}, {1, -1}, {0, -1}}));
}

TEST(StatementText, UsesANumberAgainForARepeatedName) {
  const std::pair<std::uint32_t, std::string> styles[] = {{PSA_PLACEHOLDER_DOLLAR, "$1 $2 $1"},
                                                          {PSA_PLACEHOLDER_NUMBERED, "?1 ?2 ?1"},
                                                          {PSA_PLACEHOLDER_COLON, ":1 :2 :1"}};
  for (const auto& [style, sql] : styles) {
    const auto out = statement(":a :b :a", 0, style).render({});
    EXPECT_EQ(out.sql, sql);
    EXPECT_EQ(out.slots, (std::vector<Slot>{{0, -1}, {1, -1}}));
  }
}

TEST(StatementText, LeavesCastsSlicesTimesAndAssignmentsAlone) {
  for (const char* sql : {"x::int", "a[1:n]", "a[n:m]", "TIME 12:30", "SET @x := 1", "a:::b", ": x", ":",
                          "::", ":1", "x:", "a$:b", "+ $:b", "(x)::int", "'a'::text", "'{\"k\": :v}'"}) {
    EXPECT_EQ(names(sql, postgres), Names{}) << sql;
    EXPECT_EQ(rendered(sql, postgres), sql);
  }
}

TEST(StatementText, KnowsACastBehindAParameter) {
  EXPECT_EQ(rendered("SELECT :x::int, CAST(:y AS int)", postgres, PSA_PLACEHOLDER_DOLLAR),
            "SELECT $1::int, CAST($2 AS int)");
  EXPECT_EQ(names(":x:y"), Names{"x"});
  EXPECT_EQ(names("a[:lo : :hi]", postgres), (Names{"lo", "hi"}));
}

TEST(StatementText, TurnsAnEscapedColonIntoAColon) {
  EXPECT_EQ(rendered("a \\:b \\::int \\x :c"), "a :b ::int \\x ?");
  EXPECT_EQ(names("a \\:b \\::int"), Names{});
  EXPECT_EQ(rendered("\\:"), ":");
  EXPECT_EQ(rendered("\\"), "\\");
}

TEST(StatementText, LeavesStringsAlone) {
  EXPECT_EQ(names("'a:b :c' :d"), Names{"d"});
  EXPECT_EQ(names("'it''s :a' :b ''"), Names{"b"});
  EXPECT_EQ(names("'\\' :a"), Names{"a"});
  EXPECT_EQ(names("':a\n:b'"), Names{});
  EXPECT_EQ(rendered("'\\:a' :b"), "'\\:a' ?");
}

TEST(StatementText, KnowsBackslashEscapesWhereTheDatabaseHasThem) {
  EXPECT_EQ(names("'\\' :a' :b", mysql), Names{"b"});
  EXPECT_EQ(names("'\\\\' :a", mysql), Names{"a"});
  EXPECT_EQ(names("\"\\\" :a\" :b", mysql), Names{"b"});
  EXPECT_EQ(names("`\\` :a", mysql), Names{"a"});
}

TEST(StatementText, KnowsEscapeStrings) {
  EXPECT_EQ(names("E'\\' :a' :b", postgres), Names{"b"});
  EXPECT_EQ(names("e'it''s \\' :a' :b", postgres), Names{"b"});
  EXPECT_EQ(names("E'x'\n  '\\' :a' :b", postgres), Names{"b"});
  EXPECT_EQ(names("E'x' '\\' :a", postgres), Names{"a"});
  EXPECT_EQ(names("some'\\' :a", postgres), Names{"a"});
  EXPECT_EQ(names(":e'\\' :a", postgres), (Names{"e", "a"}));
  EXPECT_EQ(names("E'\\' :a"), Names{"a"});
}

TEST(StatementText, LeavesQuotedIdentifiersAlone) {
  EXPECT_EQ(names("\"a:b :c\"\"d :e\" :f"), Names{"f"});
  EXPECT_EQ(names("`:a``:b` [:c]]:d] :e", sqlite), Names{"e"});
  EXPECT_EQ(names("[:a]", postgres), Names{"a"});
  EXPECT_EQ(names("` :a `"), Names{"a"});
  EXPECT_EQ(names("\"\\\" :a"), Names{"a"});
}

TEST(StatementText, LeavesCommentsAlone) {
  EXPECT_EQ(names("-- it's :a\n:b /* :c ' */ :d --:e"), (Names{"b", "d"}));
  EXPECT_EQ(names("/* /* :a */ :b */", sqlite), Names{"b"});
  EXPECT_EQ(names("/* /* :a */ :b */ :c", postgres), Names{"c"});
  EXPECT_EQ(names("/*/ :a */ :b", postgres), Names{"b"});
  EXPECT_EQ(names("/*/ :a */ :b", sqlite), Names{"b"});
  EXPECT_EQ(names("# :a\n:b", mysql), Names{"b"});
  EXPECT_EQ(names("# :a", postgres), Names{"a"});
  EXPECT_EQ(names("5--:a", mysql), Names{"a"});
  EXPECT_EQ(names("5-- :a", mysql), Names{});
  EXPECT_EQ(names("--", mysql), Names{});
}

TEST(StatementText, LeavesDollarQuotesAlone) {
  EXPECT_EQ(names("$$ :a ' $$ :b", postgres), Names{"b"});
  EXPECT_EQ(names("$t$ :a $$ $T$ :b $t$:c", postgres), Names{"c"});
  EXPECT_EQ(names("$1 :a $2", postgres), Names{"a"});
  EXPECT_EQ(names("x$y$ :a $y$", postgres), Names{"a"});
  EXPECT_EQ(names("1$$ :a $$", postgres), Names{});
  EXPECT_EQ(names("$$ :a $$", sqlite), Names{"a"});
}

TEST(StatementText, TakesTheRestForLiteralWhereSomethingIsNotClosed) {
  for (const char* sql : {"' :a", "\" :a", "/* :a", "/* /* :a */", "$x$ :a $y$", "E'\\", "'a''", "'a\\"}) {
    EXPECT_EQ(names(sql, postgres), Names{}) << sql;
    EXPECT_EQ(rendered(sql, postgres), sql);
  }
  EXPECT_EQ(names("` :a", mysql), Names{});
  EXPECT_EQ(names("[ :a", sqlite), Names{});
}

TEST(StatementText, PassesNulBytesThrough) {
  const std::string_view sql("a\0:b\0'\0:c'", 10);
  EXPECT_EQ(names(sql), Names{"b"});
  EXPECT_EQ(rendered(sql), std::string("a\0?\0'\0:c'", 9));
}

TEST(StatementText, ExpandsAListBehindIn) {
  const auto text = statement("x IN :ids AND y = :z", 0, PSA_PLACEHOLDER_DOLLAR);
  EXPECT_TRUE(text.expands(0));
  EXPECT_FALSE(text.expands(1));
  const std::int64_t sizes[] = {3, -1};
  const auto out = text.render(sizes);
  EXPECT_EQ(out.sql, "x IN ($1, $2, $3) AND y = $4");
  EXPECT_EQ(out.slots, (std::vector<Slot>{{0, 0}, {0, 1}, {0, 2}, {1, -1}}));
}

TEST(StatementText, KnowsInInAnyCaseAndAcrossComments) {
  for (const char* sql : {"x in :a", "x NOT IN :a", "x nOt\nIn\t:a", "x IN/* y */ -- z\n:a"}) {
    EXPECT_TRUE(statement(sql).expands(0)) << sql;
  }
  for (const char* sql :
       {"x IN (:a)", "begin :a", "in_ :a", "x IN + :a", "\"in\" :a", "'in' :a", "IN x :a", "-- in\n:a"}) {
    EXPECT_FALSE(statement(sql).expands(0)) << sql;
  }
}

TEST(StatementText, RendersAnEmptyListAsASubqueryWithoutRows) {
  const std::int64_t sizes[] = {0};
  const auto out = statement("x NOT IN :a").render(sizes);
  EXPECT_EQ(out.sql, "x NOT IN (SELECT 1 FROM (SELECT 1 AS x) AS no_rows WHERE 1 = 0)");
  EXPECT_TRUE(out.slots.empty());
}

TEST(StatementText, RendersAnEmptyListForPostgresWithoutAType) {
  const std::int64_t sizes[] = {0};
  const auto render = [&](std::string_view sql) {
    return statement(sql, 0, PSA_PLACEHOLDER_DOLLAR).render(sizes).sql;
  };
  EXPECT_EQ(render("x IN :a OR y"), "x IN (NULL) IS TRUE OR y");
  EXPECT_EQ(render("NOT x IN :a"), "NOT x IN (NULL) IS TRUE");
  EXPECT_EQ(render("x Not /* y */ In :a AND y"), "x Not /* y */ In (NULL) IS NOT FALSE AND y");
  EXPECT_EQ(render("x NOT IN :a AND y IN :a"), "x NOT IN (NULL) IS NOT FALSE AND y IN (NULL) IS TRUE");
  // Through ODBC it has question marks.
  EXPECT_EQ(statement("x IN :a", PSA_LEXICAL_DOLLAR_QUOTE, PSA_PLACEHOLDER_QUESTION).render(sizes).sql,
            "x IN (NULL) IS TRUE");
}

TEST(StatementText, GivesAListOneSetOfNumbersAndQuestionMarksOneForEachUse) {
  const std::int64_t sizes[] = {2};
  const auto numbered = statement("x IN :a OR :a OR y IN :a", 0, PSA_PLACEHOLDER_NUMBERED).render(sizes);
  EXPECT_EQ(numbered.sql, "x IN (?1, ?2) OR ?3 OR y IN (?1, ?2)");
  EXPECT_EQ(numbered.slots, (std::vector<Slot>{{0, 0}, {0, 1}, {0, -1}}));
  const auto questions = statement("x IN :a OR y IN :a").render(sizes);
  EXPECT_EQ(questions.sql, "x IN (?, ?) OR y IN (?, ?)");
  EXPECT_EQ(questions.slots, (std::vector<Slot>{{0, 0}, {0, 1}, {0, 0}, {0, 1}}));
}

TEST(StatementText, RendersAPlainValueBehindInAsOnePlaceholder) {
  EXPECT_EQ(rendered("position('a' IN :text)"), "position('a' IN ?)");
}

TEST(StatementText, MapsOffsetsBackToTheUsersText) {
  const std::int64_t sizes[] = {-1, 2};
  //                                   0123456789012345678901234
  const auto out = statement("SELECT :first, \\:y IN :ids x", 0, PSA_PLACEHOLDER_DOLLAR).render(sizes);
  ASSERT_EQ(out.sql, "SELECT $1, :y IN ($2, $3) x");
  EXPECT_EQ(out.original_offset(-1), -1);
  EXPECT_EQ(out.original_offset(0), 0);
  EXPECT_EQ(out.original_offset(7), 7);    // $1
  EXPECT_EQ(out.original_offset(8), 7);    // inside it
  EXPECT_EQ(out.original_offset(9), 13);   // the comma
  EXPECT_EQ(out.original_offset(11), 16);  // the colon, without its backslash
  EXPECT_EQ(out.original_offset(17), 22);  // the list
  EXPECT_EQ(out.original_offset(24), 22);
  EXPECT_EQ(out.original_offset(25), 26);
  EXPECT_EQ(out.original_offset(26), 27);  // x
  EXPECT_EQ(out.original_offset(27), 28);  // the end
  EXPECT_EQ(out.original_offset(1000), 28);
  EXPECT_EQ(statement(":a").render({}).original_offset(1), 2);
  EXPECT_EQ(statement("").render({}).original_offset(0), 0);
}

TEST(StatementText, AnyTextIsCutAndComesBackWhole) {
  const std::vector<std::string> pieces = {
      "'",  "\"", "`",   "[",    "]",  "--", "#",  "/*", "*/",  "\n",
      " ",  "$$", "$t$", "$",    "\\", ":",  "::", ":a", ":bc", "IN ",
      "in", "E'", "''",  "e",    "x",  "12", "é",  ";",  "(",   ")",
      ",",  "?",  "$1",  "\xff", ":=", "-",  "/",  "*",  "\r",  std::string(1, '\0')};
  std::mt19937 random(3);
  const auto below = [&](std::size_t limit) { return static_cast<std::size_t>(random()) % limit; };
  int with_parameters = 0;
  for (int i = 0; i < 40000; ++i) {
    std::string sql;
    for (std::size_t n = below(16); n > 0; --n) {
      sql += below(8) == 0 ? std::string(1, static_cast<char>(below(256))) : pieces[below(pieces.size())];
    }
    const auto flags = static_cast<std::uint32_t>(below(512));
    const auto style = static_cast<std::uint32_t>(1 + below(4));
    const auto text = statement(sql, flags, style);
    const std::vector<std::int64_t> sizes(text.names().size(), static_cast<std::int64_t>(below(4)) - 1);
    const auto out = text.render(sizes);
    if (text.names().empty()) {
      ASSERT_TRUE(out.slots.empty());
      if (sql.find("\\:") == std::string::npos) {
        ASSERT_EQ(out.sql, sql);
      }
    } else {
      ++with_parameters;
    }
    // Every byte outside of placeholders is the byte it came from, and the way back never goes backwards.
    std::int64_t last = 0;
    for (std::size_t at = 0; at <= out.sql.size(); ++at) {
      const std::int64_t original = out.original_offset(static_cast<std::int64_t>(at));
      ASSERT_GE(original, last) << sql;
      ASSERT_LE(original, static_cast<std::int64_t>(sql.size())) << sql;
      last = original;
    }
    ASSERT_EQ(last, static_cast<std::int64_t>(sql.size()));
    for (const auto& shift : out.shifts) {
      if (shift.placeholder || shift.original == static_cast<std::int64_t>(sql.size())) continue;
      ASSERT_EQ(out.sql[static_cast<std::size_t>(shift.rendered)],
                sql[static_cast<std::size_t>(shift.original)]);
    }
  }
  EXPECT_GT(with_parameters, 1000);
}

TEST(StatementText, CutsLongStatementsInLinearTime) {
  std::string sql = "SELECT ";
  for (int i = 0; i < 50000; ++i) sql += ":p" + std::to_string(i) + ", $a $ E' '' ' /* */ ";
  const auto text = statement(sql, postgres, PSA_PLACEHOLDER_DOLLAR);
  EXPECT_EQ(text.names().size(), 50000U);
  EXPECT_EQ(text.render({}).slots.size(), 50000U);
}

}  // namespace
}  // namespace prefect_sqlalchemy::detail
