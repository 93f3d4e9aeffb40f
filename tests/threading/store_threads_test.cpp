#include <atomic>

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/connector/sqlalchemy_connector.hpp>

#include "scoped_environment.hpp"
#include "temporary_folder.hpp"
#include "thread_group.hpp"

using namespace prefect_sqlalchemy;

namespace {

constexpr int saves_each = 8;

/// A store of its own, whose file and key no thread has made yet.
class StoreThreads : public testing::Test {
 protected:
  test_support::TemporaryFolder folder_;
  test_support::ScopedEnvironment home_{"PREFECT_HOME", folder_.path().string()};
  test_support::ScopedEnvironment store_url_{"PREFECT_SQLALCHEMY_STORE_URL", std::nullopt};
  test_support::ScopedEnvironment key_{"PREFECT_SQLALCHEMY_STORE_KEY", std::nullopt};
  test_support::ScopedEnvironment api_{"PREFECT_API_URL", std::nullopt};

  static SqlAlchemyConnector block(int n) {
    return {ConnectionComponents{.driver = SyncDriver::SQLITE_PYSQLITE,
                                 .database = std::to_string(n) + ".db",
                                 .password = "secret " + std::to_string(n)}};
  }
};

TEST_F(StoreThreads, SavingDifferentBlocksLoseNone) {
  on_threads(thread_count, [](int me) {
    for (int i = 0; i < saves_each; ++i) {
      block(i).save("db-" + std::to_string(me) + "-" + std::to_string(i));
    }
  });
  EXPECT_EQ(SqlAlchemyConnector::list().size(), std::size_t{thread_count * saves_each});
  for (int me = 0; me < thread_count; ++me) {
    const auto loaded = SqlAlchemyConnector::load("db-" + std::to_string(me) + "-3");
    EXPECT_EQ(loaded.fields(), block(3).fields());
  }
}

TEST_F(StoreThreads, SavingOneBlockOnceLetOneWin) {
  std::atomic<int> won = 0;
  on_threads(thread_count, [&](int me) {
    try {
      block(me).save("db");
      ++won;
    } catch (const prefect::BlockExistsError&) {
      // another was first
    }
  });
  EXPECT_EQ(won, 1);
}

TEST_F(StoreThreads, OverwritingAndLoadingNeverSeeHalfABlock) {
  block(0).save("db");
  on_threads(thread_count, [](int me) {
    for (int i = 0; i < saves_each; ++i) {
      block(me * saves_each + i).save("db", {.overwrite = true});
      const auto loaded = SqlAlchemyConnector::load("db");
      const auto& components = std::get<ConnectionComponents>(loaded.fields().connection_info);
      const std::string n = components.database->substr(0, components.database->find('.'));
      EXPECT_EQ(components.password->reveal(), "secret " + n);
    }
  });
}

}  // namespace
