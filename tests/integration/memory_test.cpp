#include <psa_sanitizers.hpp>

#include "databases.hpp"
#include "process_status.hpp"

using namespace prefect_sqlalchemy;

namespace {

class Memory : public OnDatabase {};
INSTANTIATE_TEST_SUITE_P(On, Memory, testing::ValuesIn(databases_that_stream()), database_name);

TEST_P(Memory, StaysFlatWhileFiveMillionRowsAreFetched) {
#ifdef PSA_SANITIZED
  GTEST_SKIP() << "sanitizers keep what is freed";
#endif
  constexpr std::int64_t rows = 5'000'000;
  auto db = connector();
  db.execute("SELECT 1");
  test_support::forget_peak_memory();
  const std::int64_t before = test_support::process_status("VmRSS");
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
  EXPECT_LT(test_support::process_status("VmHWM") - before, 64 * 1024);
}

}  // namespace
