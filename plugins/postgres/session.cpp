// SPDX-License-Identifier: Apache-2.0
#include "session.hpp"

#include <array>
#include <utility>

#include <poll.h>
#include <sys/stat.h>

#include <psa/sdk/guard.hpp>
#include <psa/sdk/operation.hpp>

#include "error.hpp"

namespace psa::postgres {
namespace {

constexpr int64_t millisecond = 1'000'000;
// How long the server may take to obey a cancel before the connection is given up.
constexpr int64_t grace = 1'000 * millisecond;
constexpr int64_t longest_turn = 2 * millisecond;

}  // namespace

void Session::begin(const psa_call& call) {
  if (task_) throw invalid_state("another operation is pending on this connection");
  if (call.deadline != 0 && monotonic_now() >= call.deadline) {
    // Whoever ran out of time for its rows will not read them; the server need not make them all.
    if (streaming_ && !std::exchange(stream_stopped_, true)) canceller_->ask_server();
    throw DriverError(PSA_DEADLINE, PSA_CATEGORY_OPERATIONAL,
                      "the operation's deadline had passed before it began");
  }
  if (!streaming_) {
    canceller_->begin();
    stream_stopped_ = may_be_applied_ = false;
  }
  turn_began_ = 0;
  deadline_ = call.deadline;
  give_up_at_ = 0;
  stop_ = Stop::none;
  sink_ = call.sink;
}

// The return, which is not reached, makes it a coroutine.
Task<> Session::failed(std::exception_ptr failure) {
  std::rethrow_exception(std::move(failure));
  co_return;
}

bool Session::ended_now() noexcept {
  if (streaming_) return true;
  canceller_->end();
  return !has_cancels_to_settle();
}

int32_t Session::resume() noexcept {
  if (!task_) {
    return guard(nullptr, [] { throw invalid_state("no operation is pending on this connection"); });
  }
  return step(false);
}

int32_t Session::step(bool first) noexcept {
  if (first) {
    task_.start();
  } else {
    turn_began_ = 0;
    std::exchange(waiting_, nullptr).resume();
  }
  if (!task_.done()) return PSA_PENDING;
  const Task<> ended = std::move(task_);
  task_ = Task<>();
  return guard(sink_, [&] { ended.result(); });
}

// The exception being handled, as the host is to see it.
std::exception_ptr Session::present_failure() const {
  try {
    throw;
  } catch (DriverError& error) {
    if (error.sqlstate == "57014") {
      if (stop_ == Stop::deadline)
        error.status = PSA_DEADLINE;
      else if (canceller_->requested())
        error.status = PSA_CANCELLED;
    }
    if (may_be_applied_ && broken_) error.flags |= PSA_ERROR_MAYBE_APPLIED;
    return std::make_exception_ptr(error);
  } catch (...) {
    return std::current_exception();
  }
}

Task<> Session::settle_cancels() {
  // One that comes late to a connection that is lost or gone hits nothing.
  if (!has_cancels_to_settle()) co_return;
  settling_ = true;
  const int64_t until = monotonic_now() + grace;
  while (canceller_->in_flight()) {
    if (monotonic_now() >= until) {
      // It might still come, and hit another statement.
      give_up();
      break;
    }
    canceller_->quiet();
    if (canceller_->in_flight()) co_await descriptor_ready(canceller_->descriptor(), until);
  }
  settling_ = false;
}

void Session::wait_for(psa_wait& out) const noexcept {
  out.fd = wait_descriptor_;
  out.events = wait_events_;
  out.wake_at = wake_at();
  // Once connected, the client keeps its socket.
  const bool socket = connected_ && wait_descriptor_ == PQsocket(client_);
  out.generation = socket ? socket_generation_ : 0;
  if (out.generation != 0 || wait_descriptor_ < 0) return;
  struct stat facts {};
  if (fstat(wait_descriptor_, &facts) == 0) out.generation = static_cast<uint64_t>(facts.st_ino);
  if (socket) socket_generation_ = out.generation;
}

int64_t Session::wake_at() const noexcept {
  int64_t at = wait_wake_at_;
  if (!settling_) at = earlier(at, stop_ == Stop::none ? deadline_ : give_up_at_);
  return at;
}

bool Session::has_worked_long() noexcept {
  if (!nonblocking_) return false;
  const int64_t now = monotonic_now();
  // A turn begins at the first look, so that one that ends before it never asks the clock.
  if (turn_began_ == 0) turn_began_ = now;
  return now - turn_began_ > longest_turn;
}

bool Session::Wait::await_ready() {
  session_.wait_descriptor_ = descriptor_;
  session_.wait_events_ = events_;
  session_.wait_wake_at_ = wake_at_;
  if (session_.nonblocking_) return false;
  session_.block();
  return true;
}

void Session::block() {
  std::array<pollfd, 2> waited{};
  waited[0] = {wait_descriptor_, 0, 0};
  if ((wait_events_ & PSA_WAIT_READ) != 0) waited[0].events |= POLLIN;
  if ((wait_events_ & PSA_WAIT_WRITE) != 0) waited[0].events |= POLLOUT;
  waited[1] = {canceller_->descriptor(), POLLIN, 0};
  const nfds_t count = wait_descriptor_ == waited[1].fd ? 1 : 2;
  // An interrupted wait counts as one that came early: whoever waits looks again.
  static_cast<void>(::poll(waited.data(), count, poll_timeout(wake_at())));
  if (count == 2 && waited[1].revents != 0) canceller_->quiet();
}

void Session::after_wait() {
  if (settling_) return;
  if (!connected_) {
    if (canceller_->requested())
      stop_ = Stop::cancel;
    else if (deadline_ != 0 && monotonic_now() >= deadline_)
      stop_ = Stop::deadline;
    if (stop_ != Stop::none) throw_stopped(true);
    return;
  }
  if (stop_ == Stop::none) {
    if (deadline_ != 0 && monotonic_now() >= deadline_) {
      stop_ = Stop::deadline;
      give_up_at_ = monotonic_now() + grace;
      canceller_->ask_server();
    } else if (canceller_->requested()) {
      stop_ = Stop::cancel;
      give_up_at_ = monotonic_now() + grace;
    }
  } else if (monotonic_now() >= give_up_at_) {
    if (stop_ == Stop::cancel && (deadline_ == 0 || monotonic_now() < deadline_)) {
      // A cancel may come too early, before the server has begun; whoever asked may ask again.
      stop_ = Stop::none;
      return;
    }
    give_up();
    throw_stopped(true);
  }
}

void Session::throw_stopped(bool lost) const {
  const bool cancelled = stop_ == Stop::cancel;
  DriverError error(cancelled ? PSA_CANCELLED : PSA_DEADLINE, PSA_CATEGORY_OPERATIONAL,
                    !connected_
                        ? cancelled ? "connecting was cancelled" : "the deadline passed while connecting"
                        : "the deadline passed and the server did not answer the cancel request");
  if (connected_) error.with_hint("the connection was given up");
  if (lost) error.with_flags(PSA_ERROR_CONNECTION_LOST);
  throw error;
}

void Session::disconnect() noexcept {
  task_ = Task<>();
  waiting_ = nullptr;
  if (client_ != nullptr) PQfinish(std::exchange(client_, nullptr));
}

Task<> Session::flush() {
  for (;;) {
    const int left = PQflush(client_);
    if (left == 0) co_return;
    if (left < 0) {
      // What the server said before it went away is worth more than "broken pipe".
      read();
      dead_ = true;
      co_return;
    }
    co_await ready(PSA_WAIT_READ | PSA_WAIT_WRITE);
    read();
  }
}

Task<ResultHandle> Session::result() {
  while (busy()) {
    co_await ready(PSA_WAIT_READ);
    read();
  }
  co_return ResultHandle(PQgetResult(client_));
}

void Session::fail_to_send() {
  DriverError error = connection_error(PQerrorMessage(client_));
  if (PQstatus(client_) == CONNECTION_BAD) {
    give_up();
    error.with_flags(PSA_ERROR_CONNECTION_LOST);
  }
  throw error;
}

DriverError Session::error_of(const PGresult* result, std::string_view sql) {
  DriverError error = make_error(result, sql);
  if (PQstatus(client_) == CONNECTION_BAD || is_fatal(result)) {
    give_up();
    error.flags |= PSA_ERROR_CONNECTION_LOST;
  }
  return error;
}

Task<ResultHandle> Session::command(std::string sql) {
  if (PQsendQuery(client_, sql.c_str()) == 0) fail_to_send();
  co_await flush();
  ResultHandle last;
  std::optional<DriverError> failure;
  for (;;) {
    ResultHandle next = co_await result();
    if (next == nullptr) break;
    if (PQresultStatus(next.get()) == PGRES_FATAL_ERROR && !failure) failure = error_of(next.get());
    if (broken_ && failure) break;
    last = std::move(next);
  }
  if (failure) throw *failure;
  co_return last;
}

bool Session::finish_now(bool& pipelined, std::optional<DriverError>& failure) {
  while (!busy()) {
    const ResultHandle next(PQgetResult(client_));
    if (next == nullptr) {
      if (!pipelined || broken_ || dead_) return true;
      continue;
    }
    const ExecStatusType status = PQresultStatus(next.get());
    if (status == PGRES_PIPELINE_SYNC) {
      pipelined = false;
      PQexitPipelineMode(client_);
      return true;
    }
    if (status == PGRES_FATAL_ERROR && !failure) failure = error_of(next.get());
    if (broken_ && failure) return true;
    if (has_worked_long()) return false;
  }
  return false;
}

Task<std::optional<DriverError>> Session::finish(bool pipelined) {
  std::optional<DriverError> failure;
  while (!finish_now(pipelined, failure)) {
    if (busy()) {
      co_await ready(PSA_WAIT_READ);
      read();
    } else {
      co_await pause();
    }
  }
  co_return failure;
}

}  // namespace psa::postgres
