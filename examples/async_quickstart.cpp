// The quickstart with AsyncSqlAlchemyConnector: the same tasks as coroutines, on one thread.
#include <iostream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <prefect.hpp>
#include <prefect_sqlalchemy.hpp>

using boost::asio::awaitable;
using namespace prefect_sqlalchemy;

const auto setup_table = prefect::task("setup_table", [](const std::string& block) -> awaitable<void> {
  auto db = co_await AsyncSqlAlchemyConnector::load(block);
  co_await db.execute("CREATE TABLE IF NOT EXISTS customers (name varchar, address varchar)");
  co_await db.execute("INSERT INTO customers (name, address) VALUES (:name, :address)",
                      {{"name", "Marvin"}, {"address", "Highway 42"}});
  co_await db.execute_many(
      "INSERT INTO customers (name, address) VALUES (:name, :address)",
      {{{"name", "Ford"}, {"address", "Highway 42"}}, {{"name", "Unknown"}, {"address", "Highway 42"}}});
  co_await db.close();
});

const auto fetch_data = prefect::task("fetch_data", [](const std::string& block) -> awaitable<std::vector<Row>> {
  auto db = co_await AsyncSqlAlchemyConnector::load(block);
  std::vector<Row> all;
  for (;;) {
    auto rows = co_await db.fetch_many("SELECT * FROM customers", {.size = 2});
    if (rows.empty()) break;
    all.insert(all.end(), rows.begin(), rows.end());
  }
  co_await db.close();
  co_return all;
});

const auto customers = prefect::flow("customers", [](const std::string& block) -> awaitable<std::vector<Row>> {
  co_await setup_table(block);
  co_return co_await fetch_data(block);
});

awaitable<void> run() {
  const AsyncSqlAlchemyConnector db({.driver = AsyncDriver::SQLITE_AIOSQLITE, .database = "async_customers.db"});
  co_await db.save("async-customers-db", {.overwrite = true});
  for (const auto& row : co_await customers("async-customers-db")) {
    auto [name, address] = row.as<std::string, std::string>();
    std::cout << name << ", " << address << '\n';
  }
}

int main() {
  boost::asio::io_context io;
  std::future<void> done = boost::asio::co_spawn(io, run(), boost::asio::use_future);
  io.run();
  done.get();  // throws what run() threw
}
