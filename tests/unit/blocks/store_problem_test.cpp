#include "store_problem.hpp"

#include <gtest/gtest.h>

namespace {

using prefect_sqlalchemy::Diagnostics;
using prefect_sqlalchemy::OperationalError;

OperationalError sqlite_error(std::int64_t code, std::string message = "") {
  return OperationalError("", Diagnostics{.message = std::move(message), .vendor_code = code});
}

OperationalError server_error(std::string sqlstate) {
  return OperationalError("", Diagnostics{.sqlstate = std::move(sqlstate)});
}

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(StoreProblem, SaysWhatIsWrongWithASqliteFile) {
  const std::pair<int, const char*> cases[] = {
      {26, "not a SQLite database"}, {11, "damaged"},  {8, "writable"},
      {8 | 3 << 8, "writable"},      {13, "no space"}, {10 | 3 << 8, "no space"},
      {14, "cannot be opened"},      {5, "locked"}};
  for (const auto& [code, words] : cases) {
    EXPECT_TRUE(holds(prefect::store_problem(sqlite_error(code), "sqlite"), words)) << code;
  }
}

TEST(StoreProblem, SaysWhatIsWrongWithAServer) {
  const std::pair<const char*, const char*> cases[] = {{"08006", "reached"},
                                                       {"28P01", "refuses"},
                                                       {"42501", "permission"},
                                                       {"25006", "read-only"},
                                                       {"53100", "space"}};
  for (const auto& [state, words] : cases) {
    EXPECT_TRUE(holds(prefect::store_problem(server_error(state), "postgresql"), words)) << state;
  }
}

TEST(StoreProblem, LeavesErrorsOfOneStatementAlone) {
  EXPECT_EQ("", prefect::store_problem(sqlite_error(1, "near \"x\": syntax error"), "sqlite"));
  EXPECT_EQ("", prefect::store_problem(server_error("42601"), "postgresql"));
  // The same number is another thing to another database.
  EXPECT_EQ("", prefect::store_problem(sqlite_error(26), "postgresql"));
}

TEST(StoreProblem, KnowsAMissingTable) {
  EXPECT_TRUE(prefect::is_missing_table(sqlite_error(1, "no such table: psa_store"), "sqlite"));
  EXPECT_FALSE(prefect::is_missing_table(sqlite_error(1, "near \"x\": syntax error"), "sqlite"));
  EXPECT_TRUE(prefect::is_missing_table(server_error("42P01"), "postgresql"));
  EXPECT_TRUE(prefect::is_missing_table(server_error("42S02"), "mysql"));
  EXPECT_FALSE(prefect::is_missing_table(server_error("42601"), "postgresql"));
}

}  // namespace
