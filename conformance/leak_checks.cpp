// SPDX-License-Identifier: Apache-2.0
//
// A thousand times the same, with flat memory.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <system_error>
#include <thread>

#include <malloc.h>

#include "batches.hpp"
#include "driver_calls.hpp"
#include "parameter_rows.hpp"

namespace psa_conformance {
namespace {

int64_t bytes_in_use() {
  const struct mallinfo2 now = ::mallinfo2();
  return static_cast<int64_t>(now.uordblks + now.hblkhd);
}

int64_t entries(const char* folder) {
  return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
}

// What is open, by number: paths, or "socket:[...]".
std::map<std::string, std::string> open_files() {
  std::map<std::string, std::string> files;
  std::error_code gone;  // the folder that is being read
  for (const auto& each : std::filesystem::directory_iterator("/proc/self/fd"))
    files[each.path().filename()] = std::filesystem::read_symlink(each.path(), gone);
  return files;
}

// A release need not wait for the server: a driver may part from it on a thread of its own.
bool comes_true(const std::function<bool()>& wanted) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!wanted()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

std::string names_of_more(const std::map<std::string, std::string>& before) {
  std::string more;
  for (const auto& [number, name] : open_files())
    if (!before.contains(number)) more += (more.empty() ? "" : ", ") + name;
  return more;
}

// The smallest block that malloc gives has 32 bytes: to leak one each time is 32 kB in a thousand. Caches of
// the client library may still grow; what is a leak grows in each thousand as in the first.
void expect_flat(int times, const std::function<void()>& work) {
  for (int i = 0; i < times / 5 + 1; ++i) work();
  const auto files = open_files();
  const int64_t threads = entries("/proc/self/task");
  int64_t least = INT64_MAX;
  for (int round = 0; round < 5 && least >= 16 * times; ++round) {
    const int64_t before = bytes_in_use();
    for (int i = 0; i < times; ++i) work();
    least = std::min(least, bytes_in_use() - before);
  }
  require(least < 16 * times,
          "it keeps " + std::to_string(least) + " bytes more after " + std::to_string(times) + " times");
  require(comes_true([&] { return open_files().size() <= files.size(); }),
          "it keeps files or sockets open: " + names_of_more(files));
  require(comes_true([&] { return entries("/proc/self/task") <= threads + 1; }), "it keeps threads");
}

// As often as goes into some seconds: to connect may take a server long.
void check_connections() {
  constexpr int few = 10;
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < few; ++i) open();
  const auto each = (std::chrono::steady_clock::now() - began) / few;
  const int64_t times =
      std::chrono::seconds(3) / std::max<std::chrono::nanoseconds>(each, std::chrono::nanoseconds(1));
  expect_flat(static_cast<int>(std::clamp<int64_t>(times, 30, 1000)), [] { open(); });
}

void check_unconnected() {
  expect_flat(1000, [] { make(); });
}

void check_statements() {
  const Connection connection = open();
  const std::string one_row = traits().statement("one_row");
  expect_flat(1000, [&] { run(connection, one_row); });
}

void check_executions() {
  const Connection connection = open();
  const Statement statement = prepare(connection, some_rows(3));
  expect_flat(1000, [&] { rest(execute(statement)); });
}

void check_unread() {
  const Connection connection = open();
  const Statement statement = prepare(connection, some_rows(100));
  expect_flat(1000, [&] {
    const Result result = execute(statement);
    next(result, 2);
  });
}

void check_schemas() {
  const Connection connection = open();
  const Statement statement = prepare(connection, traits().statement("one_row"));
  const Result result = execute(statement);
  expect_flat(1000, [&] {
    ErrorSink sink;
    ArrowSchema schema{};
    examine(table().result_schema(result.handle.get(), &schema, &sink), sink).expect_ok("result_schema");
    schema.release(&schema);
  });
}

void check_errors() {
  const Connection connection = open();
  expect_flat(
      1000, [&] { try_run(connection, "psa conformance: this is no SQL").expect_failure("what is no SQL"); });
}

void check_parameters() {
  const Connection connection = open();
  const Statement statement =
      prepare(connection, with_placeholders(connection.get(), traits().statement("echo_text")));
  expect_flat(1000, [&] {
    const ParameterRows rows{{"text abcdefghijklmnopqrstuvwxyz"}};
    const psa_execute with = rows.execute();
    rest(execute(statement, &with));
  });
}

void check_transactions() {
  const Connection connection = open();
  need(connection, PSA_CAP_TRANSACTIONS);
  const std::string one_row = traits().statement("one_row");
  expect_flat(1000, [&] {
    begin(connection).expect_ok("begin");
    run(connection, one_row);
    rollback(connection).expect_ok("rollback");
  });
}

void check_cancel_handles() {
  const Connection connection = open();
  need(connection, PSA_CAP_CANCEL);
  expect_flat(1000, [&] { cancel_handle(connection); });
}

}  // namespace

void add_leak_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* about, void (*run)()) {
    checks.push_back({"leaks", name, "H3", about, run});
  };
  add("connections", "gives back all memory, files and threads of connections", check_connections);
  add("unconnected", "gives back all of connections that were never opened", check_unconnected);
  add("statements", "gives back all of statements", check_statements);
  add("executions", "gives back all of a statement's executions", check_executions);
  add("unread", "gives back all of results that were released unread", check_unread);
  add("schemas", "gives back all of schemas", check_schemas);
  add("errors", "gives back all of failures", check_errors);
  add("parameters", "gives back all of executions with parameters", check_parameters);
  add("transactions", "gives back all of transactions", check_transactions);
  add("cancel-handles", "gives back all of cancel handles", check_cancel_handles);
}

}  // namespace psa_conformance
