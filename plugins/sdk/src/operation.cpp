// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <chrono>
#include <climits>
#include <ctime>

#include <psa/sdk/operation.hpp>

namespace psa {

int64_t monotonic_now() noexcept {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

int poll_timeout(int64_t until) noexcept {
  if (until == 0) return -1;
  constexpr int64_t millisecond = 1'000'000;
  const int64_t left = (until - monotonic_now() + millisecond - 1) / millisecond;
  return static_cast<int>(std::clamp<int64_t>(left, 0, INT_MAX));
}

Operation::Running Operation::begin(int64_t deadline) {
  if (deadline != 0 && monotonic_now() >= deadline) throw error(Stop::deadline, "");
  deadline_ = deadline;
  stopped_ = Stop::no;
  state_.store(State::running, std::memory_order_release);
  return Running(*this);
}

Operation::Stop Operation::stop() noexcept {
  if (stopped_ == Stop::no) {
    if (state_.load(std::memory_order_relaxed) == State::cancelled)
      stopped_ = Stop::cancelled;
    else if (deadline_ != 0 && monotonic_now() >= deadline_)
      stopped_ = Stop::deadline;
  }
  return stopped_;
}

Operation::Stop Operation::wait(int64_t nanoseconds) {
  int64_t until = monotonic_now() + nanoseconds;
  if (deadline_ != 0) until = std::min(until, deadline_);
  // steady_clock is CLOCK_MONOTONIC on Linux.
  const std::chrono::steady_clock::time_point time{std::chrono::nanoseconds(until)};
  std::unique_lock lock(mutex_);
  woken_.wait_until(lock, time,
                    [this] { return state_.load(std::memory_order_relaxed) == State::cancelled; });
  lock.unlock();
  return stop();
}

void Operation::cancel() noexcept {
  State expected = State::running;
  if (!state_.compare_exchange_strong(expected, State::cancelled)) return;
  // Taking the lock makes sure that a waiter has either seen the flag or is asleep to be woken.
  const std::lock_guard lock(mutex_);
  woken_.notify_all();
}

DriverError Operation::error(Stop stop, const std::string& doing) {
  const std::string during = doing.empty() ? "" : " while " + doing;
  if (stop == Stop::cancelled)
    return {PSA_CANCELLED, PSA_CATEGORY_OPERATIONAL, "the operation was cancelled" + during};
  return {PSA_DEADLINE, PSA_CATEGORY_OPERATIONAL, "the operation's deadline passed" + during};
}

}  // namespace psa
