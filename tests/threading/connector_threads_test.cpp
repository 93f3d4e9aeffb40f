#include <atomic>
#include <condition_variable>
#include <mutex>

#include <gtest/gtest.h>

#include <prefect_sqlalchemy/connector/sqlalchemy_connector.hpp>

#include "places.hpp"
#include "thread_group.hpp"

using namespace prefect_sqlalchemy;

namespace {

SqlAlchemyConnector connector_with_numbers(const std::string& url, int rows) {
  SqlAlchemyConnector db(url);
  db.execute("CREATE TABLE numbers (n integer)");
  ParameterRows parameters({"n"});
  for (int n = 0; n < rows; ++n) parameters.add(n);
  if (rows != 0) db.execute_many("INSERT INTO numbers (n) VALUES (:n)", parameters);
  return db;
}

class ConnectorThreads : public OnPlace {};
INSTANTIATE_TEST_SUITE_P(On, ConnectorThreads, testing::ValuesIn(places()), place_name);

TEST_P(ConnectorThreads, HandAConnectorRound) {
  constexpr int rows = 400;
  auto db = connector_with_numbers(url, rows);
  std::mutex mutex;
  std::condition_variable changed;
  int next = 0;
  on_threads(thread_count, [&](int me) {
    for (int turn = me; turn < rows; turn += thread_count) {
      std::unique_lock lock(mutex);
      changed.wait(lock, [&] { return next == turn; });
      EXPECT_EQ(db.fetch_one("SELECT n FROM numbers ORDER BY n")->get<int>(0), turn);
      ++next;
      changed.notify_all();
    }
  });
  db.close();
}

TEST(ConnectorThreadsInMemory, AreRefusedOrServedButNeverMixed) {
  auto db = connector_with_numbers("sqlite://", 10);
  std::atomic<int> served = 0, refused = 0;
  on_threads(thread_count, [&](int) {
    for (int i = 0; i < 200; ++i) {
      try {
        EXPECT_EQ(db.execute("SELECT count(*) FROM numbers").scalar<int>(), 10);
        ++served;
      } catch (const InvalidRequestError&) {
        ++refused;
      }
    }
  });
  EXPECT_EQ(served + refused, thread_count * 200);
  EXPECT_GT(served, 0);
}

TEST_P(ConnectorThreads, HaveConnectorsOfTheirOwnOnOneDatabase) {
  const auto original = connector_with_numbers(url, 0);
  on_threads(thread_count, [&](int me) {
    SqlAlchemyConnector db = original;
    for (int i = 0; i < 20; ++i) {
      db.execute("INSERT INTO numbers (n) VALUES (:n)", {{"n", me}});
      EXPECT_EQ(db.fetch_all("SELECT n FROM numbers WHERE n = :n", {.parameters = {{"n", me}}}).size(),
                static_cast<std::size_t>(i) + 1);
      db.reset_connections();
    }
  });
  SqlAlchemyConnector db = original;
  EXPECT_EQ(db.execute("SELECT count(*) FROM numbers").scalar<int>(), thread_count * 20);
}

}  // namespace
