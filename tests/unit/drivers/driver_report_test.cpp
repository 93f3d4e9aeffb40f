#include <gtest/gtest.h>

#include <prefect_sqlalchemy/drivers/driver_report.hpp>
#include <prefect_sqlalchemy/drivers/missing_driver_error.hpp>

namespace prefect_sqlalchemy {
namespace {

constexpr const char* system_folder = "/usr/lib/x86_64-linux-gnu/prefect-sqlalchemy/drivers";
constexpr const char* user_folder = "/home/ann/.local/share/prefect-sqlalchemy/drivers";

TEST(DriverReport, OfAMissingDriverSaysWhatToInstallAndWhereWasSearched) {
  DriverReport report;
  report.name = "postgresql+psycopg2";
  report.install_hint = "apt install prefect-sqlalchemy-driver-postgres";
  report.folders = {{system_folder, "compiled in", "", {"sqlite"}},
                    {user_folder, "user", "does not exist", {}}};
  EXPECT_EQ(report.text(), R"(no driver plugin is installed for "postgresql+psycopg2"
  install    apt install prefect-sqlalchemy-driver-postgres
  searched   /usr/lib/x86_64-linux-gnu/prefect-sqlalchemy/drivers (sqlite)
             /home/ann/.local/share/prefect-sqlalchemy/drivers (does not exist))");
}

TEST(DriverReport, OfARefusedDriverGivesTheReason) {
  DriverReport report;
  report.name = "duckdb";
  DriverCandidate candidate;
  candidate.plugin = "duckdb";
  candidate.manifest = "/d/duckdb.json";
  candidate.library = "/d/duckdb.so";
  candidate.reason = "built for ABI 2.0; this library speaks 1.0";
  report.candidates = {candidate};
  report.folders = {{"/d", "user", "", {"duckdb", "other"}}, {"/e", "compiled in", "", {}}};
  EXPECT_EQ(report.text(), R"(the driver plugin for "duckdb" cannot be used
  plugin     /d/duckdb.so
  reason     built for ABI 2.0; this library speaks 1.0
  searched   /d (duckdb, other)
             /e (empty))");
}

TEST(DriverReport, OfAnUnknownNameShowsSimilarOnes) {
  DriverReport report;
  report.name = "duckbd";
  report.near_matches = {"duckdb", "duckdb+x"};
  report.ignored = {"HOME"};
  EXPECT_EQ(report.text(), R"(no driver plugin is installed for "duckbd"
  similar    duckdb, duckdb+x
  ignored    HOME (the process is privileged))");
}

TEST(MissingDriverError, HasFieldsAndTextOfTheReport) {
  DriverReport report;
  report.name = "duckdb";
  report.install_hint = "apt install duckdb-driver";
  report.near_matches = {"duckdb2"};
  report.folders = {{"/d", "user", "", {}}};
  report.candidates = {DriverCandidate{}};
  const auto text = report.text();
  const MissingDriverError error(std::move(report));
  const Error& as_any_error = error;
  EXPECT_EQ(as_any_error.what(), text);
  EXPECT_EQ(error.name(), "duckdb");
  EXPECT_EQ(error.install_hint(), "apt install duckdb-driver");
  EXPECT_EQ(error.near_matches().front(), "duckdb2");
  EXPECT_EQ(error.searched().front().path, "/d");
  EXPECT_EQ(error.candidates().size(), 1u);
}

}  // namespace
}  // namespace prefect_sqlalchemy
