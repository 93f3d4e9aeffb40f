// SPDX-License-Identifier: Apache-2.0
#include "deadline_watch.hpp"

#include <algorithm>
#include <chrono>

#include <psa/sdk/background_thread.hpp>
#include <psa/sdk/operation.hpp>

#include "canceller.hpp"

namespace psa::odbc {
namespace {

constexpr int64_t between_stops = 10'000'000;  // nanoseconds

}  // namespace

DeadlineWatch& DeadlineWatch::instance() {
  static auto* const only = new DeadlineWatch;
  return *only;
}

DeadlineWatch::DeadlineWatch() {
  thread_without_signals([this] { run(); }).detach();
}

void DeadlineWatch::add(Canceller& canceller, int64_t deadline) {
  const std::lock_guard lock(mutex_);
  watched_.push_back({&canceller, deadline});
  changed_.notify_all();
}

void DeadlineWatch::remove(Canceller& canceller) noexcept {
  std::unique_lock lock(mutex_);
  std::erase_if(watched_, [&](const Watched& each) { return each.canceller == &canceller; });
  changed_.wait(lock, [&] { return stopping_ != &canceller; });
}

void DeadlineWatch::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    const auto next =
        std::min_element(watched_.begin(), watched_.end(),
                         [](const Watched& a, const Watched& b) { return a.deadline < b.deadline; });
    if (next == watched_.end()) {
      changed_.wait(lock);
      continue;
    }
    if (next->deadline > monotonic_now()) {
      // steady_clock is CLOCK_MONOTONIC on Linux.
      changed_.wait_until(lock,
                          std::chrono::steady_clock::time_point(std::chrono::nanoseconds(next->deadline)));
      continue;
    }
    next->deadline = monotonic_now() + between_stops;
    stopping_ = next->canceller;
    lock.unlock();
    stopping_->stop(Operation::Stop::deadline);
    lock.lock();
    stopping_ = nullptr;
    changed_.notify_all();
  }
}

}  // namespace psa::odbc
