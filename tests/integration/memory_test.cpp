#include <fstream>

#include "databases.hpp"

using namespace prefect_sqlalchemy;

namespace {

#ifdef PSA_SANITIZED
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

class Memory : public OnDatabase {};
INSTANTIATE_TEST_SUITE_P(On, Memory, testing::ValuesIn(databases()), database_name);

/// A line of /proc/self/status in MiB.
double mebibytes(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stod(line.substr(name.size() + 1)) / 1024;
  }
  ADD_FAILURE() << name;
  return 0;
}

TEST_P(Memory, StaysFlatWhileFiveMillionRowsAreFetched) {
  if (sanitized) GTEST_SKIP() << "sanitizers keep what is freed";
  constexpr std::int64_t rows = 5'000'000;
  auto db = connector();
  db.execute("SELECT 1");
  std::ofstream("/proc/self/clear_refs") << "5";  // the peak begins anew
  const double before = mebibytes("VmRSS");
  const std::string sql = "SELECT n, n + 1 AS m FROM " + database().series(rows);
  std::int64_t read = 0, sum = 0;
  for (;;) {
    const auto batch = db.fetch_many(sql, {.size = 10'000});
    if (batch.empty()) break;
    read += static_cast<std::int64_t>(batch.size());
    for (const Row& row : batch) sum += row.get<std::int64_t>(1) - row.get<std::int64_t>(0);
  }
  EXPECT_EQ(read, rows);
  EXPECT_EQ(sum, rows);
  EXPECT_LT(mebibytes("VmHWM") - before, 64);
}

}  // namespace
