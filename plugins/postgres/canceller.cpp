// SPDX-License-Identifier: Apache-2.0
#include "canceller.hpp"

#include <array>
#include <chrono>
#include <thread>

#include <psa/sdk/driver_error.hpp>

namespace psa::postgres {

void Canceller::arm(PGcancel* key) {
  const std::lock_guard lock(mutex_);
  key_ = std::shared_ptr<PGcancel>(key, &PQfreeCancel);
}

void Canceller::begin() noexcept {
  const std::lock_guard lock(mutex_);
  running_ = true;
  requested_.store(false, std::memory_order_relaxed);
}

void Canceller::end() noexcept {
  const std::lock_guard lock(mutex_);
  running_ = false;
}

void Canceller::ask_server() {
  const std::lock_guard lock(mutex_);
  if (key_ != nullptr) launch();
}

void Canceller::leave() noexcept {
  try {
    const std::lock_guard lock(mutex_);
    if (running_ && key_ != nullptr && in_flight_ == 0) launch();
  } catch (...) {
    // No thread to be had: the server finds out when it has something to send.
  }
}

// With the lock held.
void Canceller::launch() {
  ++in_flight_;
  try {
    std::thread([self = shared_from_this(), key = key_] {
      std::array<char, 256> reason{};
      // Whether it failed shows in the statement, which then goes on.
      static_cast<void>(PQcancel(key.get(), reason.data(), static_cast<int>(reason.size())));
      const std::lock_guard lock(self->mutex_);
      --self->in_flight_;
      self->landed_.notify_all();
      self->waker_.wake();
    }).detach();
  } catch (...) {
    --in_flight_;
    throw;
  }
}

void Canceller::cancel(int64_t deadline) {
  std::unique_lock lock(mutex_);
  if (!running_) return;
  requested_.store(true, std::memory_order_relaxed);
  waker_.wake();
  if (key_ == nullptr) return;  // still connecting: the connection looks for itself
  if (in_flight_ == 0) launch();
  const auto landed = [this] { return in_flight_ == 0; };
  if (deadline == 0) {
    landed_.wait(lock, landed);
    return;
  }
  // steady_clock is CLOCK_MONOTONIC on Linux.
  const std::chrono::steady_clock::time_point until{std::chrono::nanoseconds(deadline)};
  if (!landed_.wait_until(lock, until, landed))
    throw DriverError(PSA_DEADLINE, PSA_CATEGORY_OPERATIONAL,
                      "the server did not take the cancel request before its deadline");
}

}  // namespace psa::postgres
