// SPDX-License-Identifier: Apache-2.0
#include <atomic>
#include <thread>

#include "batches.hpp"
#include "driver_calls.hpp"
#include "test_table.hpp"

namespace psa_conformance {
namespace {

Connection with_cancel(const Extra& extra = {}) {
  Connection connection = open(extra);
  need(connection, PSA_CAP_CANCEL);
  return connection;
}

// Asks again and again, so that no luck is needed to hit what runs. Ends when it goes, before its connection
// does.
class Hammer {
 public:
  explicit Hammer(const Connection& connection) : handle_(cancel_handle(connection)) {
    thread_ = std::thread([this] {
      try {
        while (!done_) {
          cancel(handle_).expect_ok("cancel");
          std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
      } catch (const std::exception& error) {
        failure_ = error.what();
      }
    });
  }
  ~Hammer() { stop(); }
  void stop() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
  }
  void expect_no_failure() {
    stop();
    require(failure_.empty(), failure_, "C1");
  }

 private:
  Cancel handle_;
  std::atomic<bool> done_{false};
  std::string failure_;
  std::thread thread_;
};

std::vector<psa_option> lock_options() {
  static const auto texts = traits().lock_options();
  std::vector<psa_option> out;
  for (const auto& [name, text] : texts) out.push_back(url_option(name, text));
  return out;
}

void expect_usable(const Connection& connection) {
  const std::string one_row = traits().statement("one_row");
  for (int i = 0; i < 3; ++i) try_run(connection, one_row).expect_ok("a statement after a cancelled one");
}

void check_idle() {
  const Connection connection = with_cancel();
  const Cancel handle = cancel_handle(connection);
  const std::string one_row = traits().statement("one_row");
  for (int i = 0; i < 20; ++i) {
    cancel(handle).expect_ok("cancel of nothing");
    try_run(connection, one_row).expect_ok("a statement behind a cancel of nothing");
  }
}

void check_running() {
  const Connection connection = with_cancel();
  const std::string endless = traits().statement("endless");
  Hammer hammer(connection);
  try_run(connection, endless).expect(PSA_CANCELLED, "an endless statement that was cancelled", "C3");
  hammer.expect_no_failure();
  expect_usable(connection);
}

void check_fetch() {
  const Connection connection = with_cancel();
  const Statement statement = prepare(connection, traits().statement("endless_rows"));
  const Result result = execute(statement);
  next(result, 10);
  Hammer hammer(connection);
  try_rest(result).expect(PSA_CANCELLED, "reading endless rows", "C3");
  hammer.expect_no_failure();
  require(is_finished(result), "a result that was cancelled is not finished", "R6");
  expect_usable(connection);
}

void check_lock() {
  const Connection holder = open();
  const TestTable table;
  table.insert(holder, 1, "a");
  const Connection waiter = with_cancel({.options = lock_options()});
  const std::string update = table.sql("UPDATE {table} SET name = 'b' WHERE id = 1");
  begin(holder).expect_ok("begin");
  run(holder, update);
  Hammer hammer(waiter);
  try_run(waiter, update).expect(PSA_CANCELLED, "a statement that waits for a lock", "C3");
  hammer.expect_no_failure();
  rollback(holder).expect_ok("rollback");
  expect_usable(waiter);
}

// Whatever a cancel hits, it hits no statement that began after it had returned.
void check_late() {
  const Connection connection = with_cancel();
  const std::string one_row = traits().statement("one_row");
  const std::string rows = traits().statement("rows", {{"rows", "1024"}});
  const Cancel handle = cancel_handle(connection);
  for (int round = 0; round < 30; ++round) {
    {
      const Statement statement = prepare(connection, rows);
      const Result result = execute(statement);
      std::thread asker([&] { cancel(handle); });
      const Answer answer = try_rest(result);
      asker.join();
      require(answer.ok() || answer.status == PSA_CANCELLED,
              "a statement that was cancelled answered " + answer.words(), "C3");
    }
    // An unfinished result counts as running: this one is finished, so the cancel is over.
    try_run(connection, one_row).expect_ok("the statement behind one that was cancelled late");
  }
}

void check_beside() {
  const Connection connection = with_cancel();
  const std::string one_row = traits().statement("one_row");
  const std::string wanted = run(connection, one_row);
  {
    Hammer hammer(connection);
    for (int i = 0; i < 200; ++i) {
      const Answer answer = try_run(connection, one_row);
      require(answer.ok() || answer.status == PSA_CANCELLED,
              "a statement beside cancels answered " + answer.words());
    }
    hammer.expect_no_failure();
  }
  require(run(connection, one_row) == wanted, "a statement behind cancels answers otherwise");
}

void check_outlives() {
  Connection connection = with_cancel();
  const Cancel handle = cancel_handle(connection), other = cancel_handle(connection);
  connection.reset();
  cancel(handle).expect_ok("cancel of a connection that is gone");
}

void check_before_connecting() {
  if ((driver().capabilities() & PSA_CAP_CANCEL) == 0) throw NotClaimed("the capability is not claimed");
  const Connection connection = make();
  const Cancel handle = cancel_handle(connection);
  cancel(handle).expect_ok("cancel before connecting");
  connect(connection).expect_ok("connecting behind a cancel");
  run(connection, traits().statement("one_row"));
}

void check_several_threads() {
  const Connection connection = with_cancel();
  const std::string endless = traits().statement("endless");
  Hammer first(connection), second(connection), third(connection);
  try_run(connection, endless).expect(PSA_CANCELLED, "an endless statement that was cancelled", "C3");
  for (Hammer* each : {&first, &second, &third}) each->expect_no_failure();
  expect_usable(connection);
}

// --- Deadlines ---

Connection with_deadline(const Extra& extra = {}) {
  Connection connection = open(extra);
  need(connection, PSA_CAP_DEADLINE);
  return connection;
}

// A driver that cannot end the operation in time gives the connection up.
void expect_deadline(const Connection& connection, const Answer& answer, int64_t began,
                     const std::string& what) {
  answer.expect(PSA_DEADLINE, what);
  require(now() - began < 20 * second, what + " ended long after its deadline");
  if ((answer.error.flags & PSA_ERROR_CONNECTION_LOST) == 0) expect_usable(connection);
}

void check_passed() {
  const Connection connection = with_deadline();
  const std::string one_row = traits().statement("one_row");
  const Statement statement = prepare(connection, one_row);
  Result result;
  try_execute(statement, result, nullptr, 1).expect(PSA_DEADLINE, "execute with a deadline that has passed");
  Statement other;
  const Answer prepared = try_prepare(connection, other, one_row, 0, 1);
  require(prepared.ok() || prepared.status == PSA_DEADLINE,
          "prepare with a deadline that has passed answered " + prepared.words());
  require((state(connection).flags & PSA_STATE_BROKEN) == 0,
          "a deadline that had passed broke the connection");
  expect_usable(connection);
}

void check_passed_write() {
  const Connection connection = with_deadline();
  const TestTable table;
  const Answer answer = try_run(connection, table.sql("INSERT INTO {table} (id, name) VALUES (1, 'a')"), 1);
  answer.expect(PSA_DEADLINE, "a write with a deadline that has passed");
  require(table.rows(connection).empty(), "a write whose deadline had passed was sent");
}

void check_running_past() {
  const Connection connection = with_deadline();
  const int64_t began = now();
  expect_deadline(connection, try_run(connection, traits().statement("endless"), began + 200 * millisecond),
                  began, "an endless statement");
}

void check_fetching_past() {
  const Connection connection = with_deadline();
  const Statement statement = prepare(connection, traits().statement("endless_rows"));
  const Result result = execute(statement);
  const int64_t began = now();
  const Answer answer = try_rest(result, nullptr, began + 200 * millisecond);
  answer.expect(PSA_DEADLINE, "reading endless rows");
  require(now() - began < 20 * second, "reading endless rows ended long after its deadline");
  // A deadline that had passed before the call began leaves the result, and its rows, as they are.
  if (is_finished(result) && (answer.error.flags & PSA_ERROR_CONNECTION_LOST) == 0) expect_usable(connection);
}

void check_locked_past() {
  const Connection holder = open();
  const TestTable table;
  table.insert(holder, 1, "a");
  const Connection waiter = with_deadline({.options = lock_options()});
  const std::string update = table.sql("UPDATE {table} SET name = 'b' WHERE id = 1");
  begin(holder).expect_ok("begin");
  run(holder, update);
  const int64_t began = now();
  const Answer answer = try_run(waiter, update, began + 200 * millisecond);
  rollback(holder).expect_ok("rollback");
  expect_deadline(waiter, answer, began, "a statement that waits for a lock");
}

void check_far() {
  const Connection connection = with_deadline();
  try_run(connection, traits().statement("one_row"), now() + 3600 * second)
      .expect_ok("a statement with a deadline that is far away");
  try_run(connection, traits().statement("rows", {{"rows", "1024"}}), INT64_MAX)
      .expect_ok("a statement with the latest deadline there is");
}

}  // namespace

void add_cancel_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* rules, const char* about, void (*run)()) {
    checks.push_back({"cancel", name, rules, about, run});
  };
  add("idle", "C2", "does nothing where nothing runs", check_idle);
  add("running-statement", "C3", "ends a running statement", check_running);
  add("fetch", "C3", "ends the reading of rows", check_fetch);
  add("lock", "C3", "ends a wait for a lock", check_lock);
  add("late", "C2", "never hits the next statement", check_late);
  add("beside", "C2", "damages no statement that it runs beside", check_beside);
  add("outlives", "C1", "is harmless once its connection is gone", check_outlives);
  add("before-connecting", "C2 C1", "may be taken before the connection is opened", check_before_connecting);
  add("several-threads", "C1", "may come from several threads at once", check_several_threads);
}

void add_deadline_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* about, void (*run)()) {
    checks.push_back({"deadlines", name, "C4", about, run});
  };
  add("passed", "ends a call whose deadline has passed, and keeps the connection", check_passed);
  add("passed-write", "sends nothing after the deadline", check_passed_write);
  add("running-statement", "ends a running statement", check_running_past);
  add("fetch", "ends the reading of rows", check_fetching_past);
  add("lock", "ends a wait for a lock", check_locked_past);
  add("far", "runs a statement whose deadline is far away", check_far);
}

}  // namespace psa_conformance
