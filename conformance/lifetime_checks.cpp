// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <thread>

#include "batches.hpp"
#include "driver_calls.hpp"

namespace psa_conformance {
namespace {

struct Unfinished {
  Connection connection;
  Statement statement;
  Result result;
};

Unfinished unfinished() {
  Unfinished out{open(), {}, {}};
  out.statement = prepare(out.connection, some_rows(100'000));
  out.result = execute(out.statement);
  next(out.result, 1);
  return out;
}

void check_any_order() {
  std::array<int, 3> order{0, 1, 2};
  do {
    Unfinished all = unfinished();
    for (const int which : order) {
      if (which == 0) all.connection.reset();
      if (which == 1) all.statement.handle.reset();
      if (which == 2) all.result.handle.reset();
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

// Without any statement of the traits.
void check_nothing_run() {
  Connection connection = open();
  Statement statement;
  if (try_prepare(connection, statement, "").ok()) {
    Result result;
    try_execute(statement, result);
    connection.reset();
    statement.handle.reset();
  }
}

void check_result_outlives_statement() {
  Unfinished all = unfinished();
  all.statement.handle.reset();
  int64_t rows = 1;
  try_rest(
      all.result, [&](const Batch& batch) { rows += batch.rows(); }, 0, 5000)
      .expect_ok("result_next");
  int64_t wanted = 0;
  const Statement again = prepare(all.connection, some_rows(100'000));
  try_rest(
      execute(again), [&](const Batch& batch) { wanted += batch.rows(); }, 0, 5000)
      .expect_ok("result_next");
  require(rows == wanted, "a result whose statement was released has " + std::to_string(rows) +
                              " rows instead of " + std::to_string(wanted));
}

void check_children_of_released() {
  Unfinished all = unfinished();
  all.connection.reset();
  // Nothing is left to drive: what answers now, answers at once.
  const bool nonblocking = std::exchange(context().nonblocking, false);
  Batch batch;
  try_next(all.result, fetch_of(10), batch)
      .expect(PSA_INVALID_STATE, "result_next after the connection was released");
  Result other;
  try_execute(all.statement, other).expect(PSA_INVALID_STATE, "execute after the connection was released");
  table().result_info(all.result.handle.get(), [] {
    static psa_result_info out{PSA_INIT(psa_result_info)};
    return &out;
  }());
  context().nonblocking = nonblocking;
}

void check_prompt_releases() {
  Unfinished all{open(), {}, {}};
  const bool endless = traits().has("endless_rows");
  all.statement = prepare(all.connection, endless ? traits().statement("endless_rows") : some_rows(100'000));
  all.result = execute(all.statement);
  next(all.result, 1);
  const auto within = [](const char* what, auto release) {
    const int64_t began = now();
    release();
    const int64_t took = (now() - began) / millisecond;
    require(took < 3000, std::string(what) + " took " + std::to_string(took) + " ms");
  };
  within("result_release", [&] { all.result.handle.reset(); });
  within("statement_release", [&] { all.statement.handle.reset(); });
  within("connection_release", [&] { all.connection.reset(); });
}

void check_other_thread() {
  Unfinished all = unfinished();
  std::thread([&] {
    all.result.handle.reset();
    all.statement.handle.reset();
    all.connection.reset();
  }).join();
}

// --- Threads ---

void in_threads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  std::vector<std::string> failures(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i)
    threads.emplace_back([&, i] {
      try {
        work(i);
      } catch (const std::exception& error) {
        failures[static_cast<std::size_t>(i)] = error.what();
      }
    });
  for (auto& thread : threads) thread.join();
  for (const auto& failure : failures) require(failure.empty(), failure);
}

int64_t count_rows(const std::string& sql) {
  const Connection connection = open();
  const Statement statement = prepare(connection, sql);
  int64_t rows = 0;
  try_rest(execute(statement), [&](const Batch& batch) { rows += batch.rows(); }).expect_ok("result_next");
  return rows;
}

void check_parallel() {
  const std::string rows = some_rows(1024);
  const int64_t wanted = count_rows(rows);
  in_threads(4, [&](int) {
    for (int i = 0; i < 5; ++i) {
      const Connection connection = open();
      const Statement statement = prepare(connection, rows);
      for (int again = 0; again < 3; ++again) {
        int64_t seen = 0;
        try_rest(execute(statement), [&](const Batch& batch) {
          seen += batch.rows();
        }).expect_ok("result_next");
        require(seen == wanted, "a connection beside others lost rows");
      }
    }
  });
}

void check_parallel_opening() {
  in_threads(8, [](int) {
    for (int i = 0; i < 3; ++i) open();
  });
}

void check_wandering() {
  const std::string rows = some_rows(1024);
  const int64_t wanted = count_rows(rows);
  Connection connection;
  Statement statement;
  Result result;
  int64_t seen = 0;
  in_threads(1, [&](int) { connection = open(); });
  in_threads(1, [&](int) { statement = prepare(connection, rows); });
  in_threads(1, [&](int) { result = execute(statement); });
  for (int i = 0; i < 4; ++i) in_threads(1, [&](int) { seen += next(result, 100).rows(); });
  in_threads(1, [&](int) {
    try_rest(result, [&](const Batch& batch) { seen += batch.rows(); }).expect_ok("result_next");
  });
  require(seen == wanted, "a connection used from thread after thread lost rows");
}

}  // namespace

void add_lifetime_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* rules, const char* about, void (*run)()) {
    checks.push_back({"lifetimes", name, rules, about, run});
  };
  add("any-order", "H2 H3", "lets handles be released in any order, a result being unfinished",
      check_any_order);
  add("nothing-run", "H2", "lets a connection be released before its statement", check_nothing_run);
  add("result-outlives-statement", "H2", "hands out a result whose statement was released",
      check_result_outlives_statement);
  add("children-of-released", "H2", "answers PSA_INVALID_STATE once the connection is released",
      check_children_of_released);
  add("prompt-releases", "H3", "releases without waiting", check_prompt_releases);
  add("other-thread", "H1", "lets handles be released on another thread", check_other_thread);
}

void add_thread_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* about, void (*run)()) {
    checks.push_back({"threads", name, "H1", about, run});
  };
  add("parallel", "runs connections in parallel", check_parallel);
  add("parallel-opening", "opens connections in parallel", check_parallel_opening);
  add("wandering", "lets one connection be used by thread after thread", check_wandering);
}

}  // namespace psa_conformance
