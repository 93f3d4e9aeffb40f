// Awaitable queries on one thread. `sleeps`: 200 queries that sleep for 50 ms at once, beside one of them.
// `many`: 20,000 queries for one row over 16 connections, beside an epoll loop written by hand on libpq, and
// beside the blocking connector, which uses one connection. `sequential`: the same one after the other,
// beside the blocking connection.
#include <fstream>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <poll.h>
#include <sys/epoll.h>

#include "item_sums.hpp"
#include "library_ways.hpp"
#include "postgres_client.hpp"

namespace {

using namespace bench;
using namespace prefect_sqlalchemy;
namespace asio = boost::asio;
using asio::awaitable;

constexpr int sleepers = 200;
constexpr int lanes = 16;
constexpr const char* sleep_query = "SELECT pg_sleep(0.05)";

std::string item_query(const std::string& table, const char* parameter) {
  return "SELECT id, price, qty, name, note, ts FROM " + table + " WHERE id = " + parameter;
}

void add(Sums& sums, const PostgresResult& row) {
  sums.integers += read64(PQgetvalue(row.get(), 0, 0)) + read32(PQgetvalue(row.get(), 0, 2));
  sums.reals += read_double(PQgetvalue(row.get(), 0, 1));
  sums.bytes += touch(row.bytes(0, 3));
  sums.add_note(PQgetisnull(row.get(), 0, 4) != 0 ? std::nullopt : std::optional(row.bytes(0, 4)));
  sums.moments += read64(PQgetvalue(row.get(), 0, 5)) + micros_to_2000;
}

int threads() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("Threads:")) return std::stoi(line.substr(8));
  }
  return -1;
}

/// Runs a coroutine on this thread, and what it spawns.
template <class Coroutine>
void run(asio::io_context& io, Coroutine&& coroutine) {
  asio::co_spawn(io, std::forward<Coroutine>(coroutine), [](std::exception_ptr error) {
    if (error != nullptr) std::rethrow_exception(error);
  });
  io.restart();
  io.run();
}

void one_sleep(benchmark::State& state) {
  const Postgres db;
  for (auto _ : state) PostgresResult(PQexec(db.get(), sleep_query));
}

void sleeps_at_once(benchmark::State& state) {
  asio::io_context io;
  AsyncEngine engine = create_async_engine(postgres_url(), {.pool_size = sleepers});
  const auto all = [&](auto each) {
    for (int i = 0; i < sleepers; ++i) asio::co_spawn(io, each(), asio::detached);
    io.restart();
    io.run();
  };
  std::vector<AsyncConnection> connections(sleepers);
  int next = 0;
  all([&]() -> awaitable<void> { connections[next++] = co_await engine.connect(); });
  for (auto _ : state) {
    next = 0;
    all([&]() -> awaitable<void> { co_await connections[next++].execute(sleep_query); });
  }
  state.counters["threads"] = threads();
  all([&]() -> awaitable<void> { co_await connections[--next].close(); });
}

/// One connection of the hand-written loop.
struct Lane {
  Postgres db;
  bool sending = false;

  void send(std::int64_t i) {
    const std::uint64_t id = htobe64(static_cast<std::uint64_t>(key(i)));
    const char* const value = reinterpret_cast<const char*>(&id);
    const int size = sizeof id, binary = 1;
    db.expect(PQsendQueryPrepared(db.get(), "item", 1, &value, &size, &binary, 1) == 1);
    db.expect(PQflush(db.get()) >= 0);
  }
};

void epoll_loop(benchmark::State& state) {
  const std::string table = postgres_filled_table();
  std::vector<Lane> all(lanes);
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  for (Lane& lane : all) {
    PostgresResult(PQprepare(lane.db.get(), "item", item_query(table, "$1").c_str(), 0, nullptr));
    lane.db.expect(PQsetnonblocking(lane.db.get(), 1) == 0);
    epoll_event event{EPOLLIN, {.ptr = &lane}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, PQsocket(lane.db.get()), &event);
  }
  for (auto _ : state) {
    Sums sums;
    std::int64_t sent = 0, done = 0;
    for (Lane& lane : all) lane.send(sent++);
    while (done < queries) {
      epoll_event events[lanes];
      const int ready = epoll_wait(epoll, events, lanes, -1);
      for (int i = 0; i < ready; ++i) {
        Lane& lane = *static_cast<Lane*>(events[i].data.ptr);
        lane.db.expect(PQconsumeInput(lane.db.get()) == 1);
        while (PQisBusy(lane.db.get()) == 0) {
          const PostgresResult row(PQgetResult(lane.db.get()));
          if (row.get() == nullptr) {
            ++done;
            if (sent < queries) lane.send(sent++);
            break;
          }
          add(sums, row);
        }
      }
    }
    benchmark::DoNotOptimize(sums);
  }
  close(epoll);
}

awaitable<void> query_lane(AsyncConnection& connection, const std::string& query, std::int64_t& next,
                           Sums& sums) {
  while (next < queries) {
    Parameters parameters = {{"id", key(next++)}};
    auto result = co_await connection.execute(query, std::move(parameters));
    sums.add(*result.fetchone());
  }
}

void awaitable_lanes(benchmark::State& state, int count) {
  const std::string query = item_query(postgres_filled_table(), ":id");
  asio::io_context io;
  AsyncEngine engine = create_async_engine(postgres_url(), {.pool_size = count});
  std::vector<AsyncConnection> connections;
  ConnectOptions options;
  options.isolation_level = IsolationLevel::autocommit;
  run(io, [&]() -> awaitable<void> {
    for (int i = 0; i < count; ++i) connections.push_back(co_await engine.connect(options));
  });
  for (auto _ : state) {
    Sums sums;
    std::int64_t next = 0;
    for (AsyncConnection& connection : connections) {
      asio::co_spawn(io, query_lane(connection, query, next, sums), asio::detached);
    }
    io.restart();
    io.run();
    if (sums.rows != queries) throw std::runtime_error("a row is missing");
    benchmark::DoNotOptimize(sums);
  }
  state.counters["threads"] = threads();
  run(io, [&]() -> awaitable<void> {
    for (AsyncConnection& connection : connections) co_await connection.close();
  });
}

void blocking(benchmark::State& state) {
  library::point_query(state, postgres_url(), postgres_filled_table());
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  measure("sleeps/bare", one_sleep)->Unit(benchmark::kMillisecond);
  measure("sleeps/awaitable", sleeps_at_once)->Unit(benchmark::kMillisecond);
  measure("many/bare", epoll_loop)->Unit(benchmark::kMillisecond);
  measure("many/awaitable", [](benchmark::State& state) {
    awaitable_lanes(state, lanes);
  })->Unit(benchmark::kMillisecond);
  measure("many/blocking", blocking)->Unit(benchmark::kMillisecond);
  measure("sequential/bare", blocking)->Unit(benchmark::kMillisecond);
  measure("sequential/awaitable", [](benchmark::State& state) {
    awaitable_lanes(state, 1);
  })->Unit(benchmark::kMillisecond);
  benchmark::RunSpecifiedBenchmarks();
}
