// SPDX-License-Identifier: Apache-2.0
#include "canceller.hpp"

#include <thread>

#include "deadline_watch.hpp"

namespace psa::odbc {
namespace {

// MariaDB's driver closes the statement at a cancel that finds no call inside the driver: one that has just
// begun gets the time to get there.
constexpr std::chrono::milliseconds before_first_cancel{2};

}  // namespace

Canceller::Running Canceller::begin(int64_t deadline) {
  if (deadline != 0 && monotonic_now() >= deadline) throw Operation::error(Stop::deadline, "");
  {
    const std::lock_guard lock(mutex_);
    running_ = true;
    stop_ = Stop::no;
    deadline_ = deadline;
  }
  if (deadline != 0) DeadlineWatch::instance().add(*this, deadline);
  return Running(*this);
}

void Canceller::end() noexcept {
  if (deadline_ != 0) DeadlineWatch::instance().remove(*this);
  std::unique_lock lock(mutex_);
  running_ = false;
  changed_.wait(lock, [this] { return !cancelling_; });
}

void Canceller::aim(SQLHSTMT statement) noexcept {
  std::unique_lock lock(mutex_);
  if (statement == nullptr) changed_.wait(lock, [this] { return !cancelling_; });
  aim_ = statement;
  aimed_at_ = std::chrono::steady_clock::now();
}

void Canceller::stop(Stop why) {
  std::unique_lock lock(mutex_);
  if (!running_) return;
  if (stop_ == Stop::no) stop_ = why;
  changed_.notify_all();
  if (aim_ == nullptr || cancelling_) return;
  const SQLHSTMT statement = aim_;
  cancelling_ = true;
  const auto ready_at = aimed_at_ + before_first_cancel;
  lock.unlock();
  // The statement stays aimed at while `cancelling_` is set.
  std::this_thread::sleep_until(ready_at);
  SQLCancel(statement);
  lock.lock();
  cancelling_ = false;
  changed_.notify_all();
}

Operation::Stop Canceller::stopped() noexcept {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void Canceller::check() {
  if (const Stop why = stopped(); why != Stop::no) throw Operation::error(why, "");
}

}  // namespace psa::odbc
