// SPDX-License-Identifier: Apache-2.0
#include "canceller.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include <sys/socket.h>

#include <psa/sdk/background_thread.hpp>
#include <psa/sdk/driver_error.hpp>
#include <psa/sdk/operation.hpp>

#include "client.hpp"
#include "client_extras.hpp"
#include "error.hpp"
#include "waiter.hpp"

namespace psa::mysql {
namespace {

// Nanoseconds. The server itself may hold a KILL up for two seconds: so long it tries to wake the statement.
constexpr int64_t longest_kill = INT64_C(5'000'000'000);
constexpr std::chrono::milliseconds between_asks{50};

// The server was asked, and its answer did not come.
struct AnswerLost {};

}  // namespace

void Canceller::attach(unsigned long id, int socket) {
  const std::lock_guard lock(mutex_);
  thread_id_ = id;
  socket_ = socket;
}

void Canceller::detach() {
  const std::lock_guard lock(mutex_);
  thread_id_ = 0;
  socket_ = -1;
}

bool Canceller::begin() {
  const std::lock_guard lock(mutex_);
  if (!result_open_) {
    cancelled_ = false;
    ++operation_;
  }
  running_ = true;
  return result_open_;
}

// With the lock held.
void Canceller::stop_running() {
  running_ = false;
  if (insists_ != 0) changed_.notify_all();
}

bool Canceller::end_if_settled() {
  const std::lock_guard lock(mutex_);
  stop_running();
  if (under_way_ != 0) return false;
  if (!result_open_) cancelled_ = false;
  return true;
}

void Canceller::end() {
  const std::lock_guard lock(mutex_);
  stop_running();
  if (!result_open_) cancelled_ = false;
}

void Canceller::set_result_open(bool open) {
  const std::lock_guard lock(mutex_);
  result_open_ = open;
}

bool Canceller::cancelled() const {
  const std::lock_guard lock(mutex_);
  return cancelled_;
}

bool Canceller::outcome_unknown() const {
  const std::lock_guard lock(mutex_);
  return outcome_unknown_;
}

bool Canceller::settled(bool wait) {
  std::unique_lock lock(mutex_);
  if (wait) changed_.wait(lock, [this] { return under_way_ == 0; });
  return under_way_ == 0;
}

void Canceller::one_returned() {
  const std::lock_guard lock(mutex_);
  --under_way_;
  changed_.notify_all();
}

// Two KILLs that meet at one statement hold each other up, for those two seconds: one is sent at a time, and
// who waited for another one shares its answer, unless it had none.
bool Canceller::begin_kill(int64_t latest) {
  std::unique_lock lock(mutex_);
  const bool waits = killing_;
  const std::chrono::steady_clock::time_point until{std::chrono::nanoseconds(latest)};
  if (!changed_.wait_until(lock, until, [this] { return !killing_; }))
    throw Operation::error(Operation::Stop::deadline, "");
  if (waits && told_) return false;
  killing_ = true;
  return true;
}

void Canceller::end_kill(bool told, bool unknown) {
  const std::lock_guard lock(mutex_);
  killing_ = false;
  told_ = told;
  outcome_unknown_ = outcome_unknown_ || unknown;
  if (unknown && socket_ >= 0) shutdown(socket_, SHUT_RDWR);
  changed_.notify_all();
}

void Canceller::kill(const char* sql, unsigned long id, int64_t deadline) {
  Waiter waiter(nullptr, false);
  waiter.set_tls(may_use_tls(*settings_));
  const TlsScope quiet(may_use_tls(*settings_));
  const Waiter::Current current(&waiter);
  waiter.begin_connecting(deadline, 0);
  Client client;
  client.open(*settings_, waiter);
  const std::string text = sql + std::to_string(id);
  if (mysql_real_query(client.handle(), text.data(), text.size()) == 0) return;
  if (is_connection_lost(mysql_errno(client.handle()))) throw AnswerLost();
  // 1094, no such thread: the connection is gone, and its statement with it.
  if (mysql_errno(client.handle()) != 1094) throw last_error(client.handle());
}

void Canceller::kill_query(unsigned long id, int64_t latest) {
  if (!begin_kill(latest)) return;
  try {
    kill("KILL QUERY ", id, latest);
  } catch (const AnswerLost&) {
    end_kill(false, true);
    throw DriverError(PSA_ERROR, PSA_CATEGORY_OPERATIONAL,
                      "the server was asked to cancel and did not answer; the connection is given up");
  } catch (...) {
    end_kill(false, false);
    throw;
  }
  end_kill(true, false);
}

void Canceller::cancel(int64_t deadline) {
  unsigned long id;
  uint64_t operation;
  {
    const std::lock_guard lock(mutex_);
    if (!running_ && !result_open_) return;
    cancelled_ = true;
    id = thread_id_;
    operation = operation_;
    if (id == 0) return;  // connecting: the wait for that looks here
    ++under_way_;
  }
  const int64_t latest = monotonic_now() + longest_kill;
  try {
    kill_query(id, deadline == 0 ? latest : std::min(deadline, latest));
  } catch (...) {
    one_returned();
    throw;
  }
  one_returned();
  insist(operation);
}

void Canceller::cancel_in_background() {
  unsigned long id;
  uint64_t operation;
  {
    const std::lock_guard lock(mutex_);
    id = thread_id_;
    operation = operation_;
    ++under_way_;
  }
  try {
    start_background_thread([self = shared_from_this(), id, operation] {
      try {
        self->kill_query(id, monotonic_now() + longest_kill);
      } catch (...) {
        // Not told: the operation waits for its grace and gives the connection up.
      }
      self->one_returned();
      self->ask_again(operation);
    });
  } catch (...) {
    one_returned();
  }
}

void Canceller::insist(uint64_t operation) noexcept {
  try {
    {
      const std::lock_guard lock(mutex_);
      if (!running_ || operation_ != operation || insists_ == operation) return;
    }
    start_background_thread([self = shared_from_this(), operation] { self->ask_again(operation); });
  } catch (...) {
    // No thread to be had: it was asked once.
  }
}

void Canceller::ask_again(uint64_t operation) noexcept {
  std::unique_lock lock(mutex_);
  if (insists_ == operation) return;
  insists_ = operation;
  const auto is_over = [&] {
    return !running_ || operation_ != operation || thread_id_ == 0 || outcome_unknown_;
  };
  while (!changed_.wait_for(lock, between_asks, is_over)) {
    const unsigned long id = thread_id_;
    ++under_way_;
    lock.unlock();
    try {
      kill_query(id, monotonic_now() + longest_kill);
    } catch (...) {
      // Not told: asked again.
    }
    lock.lock();
    --under_way_;
    changed_.notify_all();
  }
  if (insists_ == operation) insists_ = 0;
}

void Canceller::leave() noexcept {
  unsigned long id;
  {
    const std::lock_guard lock(mutex_);
    if (!running_ || thread_id_ == 0) return;
    id = std::exchange(thread_id_, 0);
  }
  try {
    start_background_thread([self = shared_from_this(), id] {
      try {
        self->kill("KILL ", id, monotonic_now() + longest_kill);
      } catch (...) {
        // Nobody is left to be told.
      }
    });
  } catch (...) {
    // No thread to be had: the server finds out when it has something to send.
  }
}

}  // namespace psa::mysql
