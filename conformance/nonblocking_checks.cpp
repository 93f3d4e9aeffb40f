// SPDX-License-Identifier: Apache-2.0
//
// What only non-blocking connections have. (The areas named "...-nonblocking" are the others, run on them.)
#include <algorithm>

#include <poll.h>

#include "batches.hpp"
#include "driver_calls.hpp"

namespace psa_conformance {
namespace {

void be_nonblocking() {
  if ((driver().capabilities() & PSA_CAP_NONBLOCKING) == 0) throw NotClaimed("the capability is not claimed");
  context().nonblocking = true;
}

// An execute of the endless statement that is pending.
struct Pending {
  Connection connection = open();
  Statement statement = prepare(connection, traits().statement("endless"));
  ErrorSink sink;
  psa_call with{PSA_INIT(psa_call), 0, &sink, 0};
  psa_execute nothing{PSA_INIT(psa_execute)};
  psa_result* result = nullptr;

  int32_t start() { return table().statement_execute(statement.handle.get(), &nothing, &result, &with); }
};

int32_t resume_for(const Connection& connection, int64_t nanoseconds) {
  const int64_t until = now() + nanoseconds;
  int32_t status = PSA_PENDING;
  while (status == PSA_PENDING && now() < until) {
    psa_wait wait{PSA_INIT(psa_wait)};
    require(table().connection_wait_for(connection.get(), &wait) == PSA_OK, "connection_wait_for failed");
    pollfd waited{wait.fd,
                  static_cast<short>(((wait.events & PSA_WAIT_READ) ? POLLIN : 0) |
                                     ((wait.events & PSA_WAIT_WRITE) ? POLLOUT : 0)),
                  0};
    ::poll(&waited, wait.fd < 0 ? 0 : 1, 5);
    status = table().connection_resume(connection.get());
  }
  return status;
}

void check_pends() {
  be_nonblocking();
  Pending pending;
  require(pending.start() == PSA_PENDING, "an endless statement is not pending");
  require(resume_for(pending.connection, 100 * millisecond) == PSA_PENDING, "an endless statement ended");
  state(pending.connection);
  // A resume for no reason does no harm.
  for (int i = 0; i < 3; ++i)
    require(table().connection_resume(pending.connection.get()) == PSA_PENDING,
            "an endless statement ended when resumed early");
}

void check_returns_soon() {
  be_nonblocking();
  Pending pending;
  int64_t longest = 0;
  const auto timed = [&](auto work) {
    const int64_t began = now();
    const int32_t status = work();
    longest = std::max(longest, now() - began);
    return status;
  };
  require(timed([&] { return pending.start(); }) == PSA_PENDING, "an endless statement is not pending");
  for (int i = 0; i < 20; ++i) timed([&] { return table().connection_resume(pending.connection.get()); });
  require(longest < 3 * second,
          "a call on a non-blocking connection took " + std::to_string(longest / millisecond) + " ms");
}

void check_released_pending() {
  be_nonblocking();
  for (int which = 0; which < 3; ++which) {
    Pending pending;
    require(pending.start() == PSA_PENDING, "an endless statement is not pending");
    resume_for(pending.connection, 20 * millisecond);
    const int64_t began = now();
    if (which == 1) pending.statement.handle.reset();
    if (which == 2) resume_for(pending.connection, 20 * millisecond);
    pending.connection.reset();
    require(now() - began < 3 * second, "releasing a connection with a pending operation took long", "H3");
    pending.statement.handle.reset();
  }
}

void check_connect_released() {
  be_nonblocking();
  for (int i = 0; i < 3; ++i) {
    Connection connection = make();
    ErrorSink sink;
    const psa_call with{PSA_INIT(psa_call), 0, &sink, 0};
    const int32_t status = table().connection_connect(connection.get(), &with);
    require(status == PSA_OK || status == PSA_PENDING, "connecting answered " + status_name(status));
    if (i == 1 && status == PSA_PENDING) resume_for(connection, millisecond);
    connection.reset();
  }
}

void check_cancelled_pending() {
  be_nonblocking();
  Pending pending;
  need(pending.connection, PSA_CAP_CANCEL);
  const Cancel handle = cancel_handle(pending.connection);
  require(pending.start() == PSA_PENDING, "an endless statement is not pending");
  int32_t status = PSA_PENDING;
  for (int i = 0; status == PSA_PENDING && i < 100; ++i) {
    cancel(handle).expect_ok("cancel");
    status = resume_for(pending.connection, 100 * millisecond);
  }
  const Answer answer = examine(status, pending.sink);
  const Result result{std::unique_ptr<psa_result, Release>(pending.result), pending.connection.get(),
                      std::make_shared<std::shared_ptr<ArrowSchema>>()};
  // A database may let the statement end early in place of failing (MariaDB's SLEEP).
  if (answer.ok())
    try_rest(result);
  else
    answer.expect(PSA_CANCELLED, "a pending statement that was cancelled", "C3");
  run(pending.connection, traits().statement("one_row"));
}

void check_side_by_side() {
  be_nonblocking();
  // One thread drives both: the endless one does not keep the other from ending.
  Pending pending;
  const Connection other = open();
  require(pending.start() == PSA_PENDING, "an endless statement is not pending");
  require(!run(other, traits().statement("one_row")).empty(), "a statement beside a pending one has no row");
  require(table().connection_resume(pending.connection.get()) == PSA_PENDING, "an endless statement ended");
}

}  // namespace

void add_nonblocking_checks(std::vector<Check>& checks) {
  const auto add = [&](const char* name, const char* rules, const char* about, void (*run)()) {
    checks.push_back({"nonblocking", name, rules, about, run});
  };
  add("pends", "H1", "is pending while a statement runs, and is resumed early without harm", check_pends);
  add("returns-soon", "H1", "returns soon from each call", check_returns_soon);
  add("released-pending", "H3", "lets a connection be released while an operation is pending",
      check_released_pending);
  add("released-connecting", "H3", "lets a connection be released while it connects", check_connect_released);
  add("cancelled-pending", "C3", "ends a pending operation that is cancelled", check_cancelled_pending);
  add("side-by-side", "H1", "keeps no other connection of the thread waiting", check_side_by_side);
}

}  // namespace psa_conformance
