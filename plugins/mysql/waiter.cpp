// SPDX-License-Identifier: Apache-2.0
#include "waiter.hpp"

#include <atomic>
#include <cerrno>

#include <fcntl.h>
#include <poll.h>

#include <psa/sdk/background_thread.hpp>
#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/operation.hpp>
#include <psa/sdk/wake_descriptor.hpp>

#include "canceller.hpp"
#include "client_extras.hpp"
#include "greeting.hpp"

namespace psa::mysql {
namespace {

constexpr int64_t millisecond = 1'000'000;
constexpr int64_t second = 1000 * millisecond;
// How long the server may take to end a statement that it was asked to end; two seconds of it can go to a
// KILL alone.
constexpr int64_t grace = 3 * second;
// Between two looks whether a connection on its way is still wanted. (A cancel of what runs on one ends that
// at the server, whose answer ends the wait.)
constexpr int64_t longest_poll = 20 * millisecond;
// How long rows that come faster than they are read may keep the thread of a non-blocking connection.
constexpr int64_t longest_turn = 2 * millisecond;

constexpr uint64_t generation_time = 1;
constexpr uint64_t generation_socket = 2;
constexpr uint64_t generation_thread = 3;

}  // namespace

void make_nonblocking(int socket) noexcept { fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK); }

thread_local constinit Waiter* Waiter::current_ = nullptr;

Waiter::Waiter(std::shared_ptr<Canceller> canceller, bool nonblocking) : canceller_(std::move(canceller)) {
  if (nonblocking) fiber_ = std::make_unique<Fiber>();
}

void Waiter::begin(int64_t deadline) {
  if (deadline != 0 && monotonic_now() >= deadline) {
    // Whoever ran out of time for its rows will not read them; the server need not make them all.
    if (canceller_ != nullptr && canceller_->begin() && !deadline_passed_) on_deadline();
    throw Operation::error(Operation::Stop::deadline, "");
  }
  deadline_ = deadline;
  // A statement that was told to end may say so while its rows are read.
  if (canceller_ != nullptr && canceller_->begin()) return;
  deadline_passed_ = false;
  give_up_at_ = 0;
}

void Waiter::begin_connecting(int64_t deadline, int64_t seconds) noexcept {
  connecting_ = true;
  deadline_ = deadline;
  connect_by_ = seconds == 0 ? 0 : monotonic_now() + seconds * second;
}

void Waiter::end() noexcept {
  if (canceller_ == nullptr) return;
  // A cancel that is still on its way would hit the next statement; and none is let in after the wait for it.
  if (canceller_->end_if_settled()) return;
  while (!canceller_->settled(fiber_ == nullptr) && !abandoned_) {
    if (fiber_ != nullptr) pause(-1, 0, monotonic_now() + millisecond);
  }
  canceller_->end();
}

int32_t Waiter::start(const psa_call* call, std::function<void()> body) {
  if (fiber_->active())
    return guard(call->sink, [] { throw invalid_state("another operation is pending on the connection"); });
  sink_ = call->sink;
  const int64_t deadline = call->deadline;
  const TlsScope quiet(tls_);
  const Current current(this);
  turn_began_ = 0;
  return after_switch(fiber_->start([this, deadline, body = std::move(body)] {
    status_ = guard(sink_, [&] {
      begin(deadline);
      body();
    });
    end();
  }));
}

int32_t Waiter::resume() {
  if (!pending()) return PSA_INVALID_STATE;
  const TlsScope quiet(tls_);
  const Current current(this);
  turn_began_ = 0;
  return after_switch(fiber_->resume());
}

int32_t Waiter::after_switch(bool ended) { return ended ? status_ : PSA_PENDING; }

void Waiter::abandon() noexcept {
  if (!pending()) return;
  abandoned_ = true;
  sink_ = nullptr;
  while (pending()) resume();
}

void Waiter::run_aside(const std::function<void()>& connect) {
  if (fiber_ == nullptr) return connect();
  struct Aside {
    std::atomic<bool> done{false};
    WakeDescriptor waker;
  };
  const auto aside = std::make_shared<Aside>();
  start_background_thread([aside, connect] {
    connect();
    aside->done.store(true, std::memory_order_release);
    aside->waker.wake();
  });
  do {
    wait_ = {PSA_INIT(psa_wait), PSA_WAIT_READ, aside->waker.get(), 0, generation_thread, 0};
    fiber_->yield();
    if (abandoned_) throw invalid_state("the connection was released");
  } while (!aside->done.load(std::memory_order_acquire));
}

int Waiter::on_wait(int socket, char is_read, int timeout) noexcept {
  // Outside of an operation something is being released, which never waits.
  Waiter* waiter = current_;
  if (waiter == nullptr) return -1;
  return waiter->wait(socket, is_read != 0 && !is_write_timeout(timeout));
}

// Waits for the socket, or until `until`. On a fiber the host does it. Returns whether the socket is ready.
bool Waiter::pause(int socket, short events, int64_t until) noexcept {
  if (fiber_ != nullptr && !connecting_) {
    wait_ = {PSA_INIT(psa_wait),
             ((events & POLLIN) != 0 ? PSA_WAIT_READ : 0U) | ((events & POLLOUT) != 0 ? PSA_WAIT_WRITE : 0U),
             socket,
             0,
             socket < 0 ? generation_time : generation_socket,
             until};
    fiber_->yield();
    return false;
  }
  if (connecting_ && canceller_ != nullptr) until = earlier(until, monotonic_now() + longest_poll);
  pollfd polled{socket, events, 0};
  return poll(&polled, 1, poll_timeout(until)) > 0;
}

bool Waiter::on_deadline() noexcept {
  deadline_passed_ = true;
  if (connecting_ || canceller_ == nullptr) return false;
  give_up_at_ = monotonic_now() + grace;
  canceller_->cancel_in_background();
  return true;
}

bool Waiter::gave_up() const noexcept {
  return gave_up_ || (canceller_ != nullptr && canceller_->outcome_unknown());
}

bool Waiter::look_at_clock() {
  const int64_t now = monotonic_now();
  if (deadline_ != 0 && !deadline_passed_ && now >= deadline_) on_deadline();
  gave_up_ = gave_up() || (give_up_at_ != 0 && now >= give_up_at_);
  if (gave_up_) return false;
  if (turn_began_ == 0) turn_began_ = now;
  if (fiber_ != nullptr && !abandoned_ && now - turn_began_ > longest_turn) pause(-1, 0, now);
  return !abandoned_;
}

int Waiter::wait(int socket, bool is_read) noexcept {
  int ready = wait_until_ready(socket, is_read);
  if (!needs_tls_ || ready != 1) return ready;
  // Before the library reads the greeting, so that it answers with nothing.
  if (!is_read) ready = wait_until_ready(socket, true);
  const Greeting greeting = peek_greeting(socket);
  needs_tls_ = greeting == Greeting::unknown;
  lacks_tls_ = greeting == Greeting::lacks_tls;
  return lacks_tls_ ? -1 : ready;
}

int Waiter::wait_until_ready(int socket, bool is_read) noexcept {
  if (connecting_ && tls_) {
    // From here on the library comes here also in the middle of a TLS handshake.
    make_nonblocking(socket);
  }
  const auto events = static_cast<short>(is_read ? POLLIN : POLLOUT);
  const int64_t timeout = connecting_ ? 0 : is_read ? read_timeout_ : write_timeout_;
  const int64_t timeout_at = timeout == 0 ? connect_by_ : monotonic_now() + timeout * second;
  for (bool first = true;; first = false) {
    if (!first || fiber_ != nullptr) {
      pollfd polled{socket, events, 0};
      if (poll(&polled, 1, 0) > 0) return 1;
      const int64_t now = monotonic_now();
      const bool cancelled = canceller_ != nullptr && canceller_->cancelled();
      bool give_up = abandoned_ || gave_up() || (give_up_at_ != 0 && now >= give_up_at_);
      give_up = give_up || (connecting_ && cancelled);
      if (!give_up && deadline_ != 0 && !deadline_passed_ && now >= deadline_) give_up = !on_deadline();
      if (give_up) {
        gave_up_ = true;
        errno = ETIMEDOUT;
        return -1;
      }
      if (timeout_at != 0 && now >= timeout_at) {
        errno = ETIMEDOUT;
        return -1;
      }
    }
    const int64_t until = earlier(deadline_passed_ ? give_up_at_ : deadline_, timeout_at);
    if (pause(socket, events, until)) return 1;
  }
}

Waiter::Stop Waiter::stop() const noexcept {
  if (deadline_passed_) return Stop::deadline;
  return canceller_ != nullptr && canceller_->cancelled() ? Stop::cancelled : Stop::no;
}

}  // namespace psa::mysql
