#include "deadline_timer.hpp"

#include <thread>

namespace prefect::detail {

DeadlineTimer& DeadlineTimer::process() {
  // Never destroyed, and its thread never joined: runs may still be going while the program ends.
  static DeadlineTimer* const timer = new DeadlineTimer;
  return *timer;
}

DeadlineTimer::DeadlineTimer() {
  std::thread([this] { run(); }).detach();
}

DeadlineTimer::Entry::Entry(TimePoint when, std::stop_source source) {
  DeadlineTimer& timer = process();
  const std::lock_guard lock(timer.mutex_);
  key_ = {when, timer.next_id_++};
  const auto place = timer.entries_.emplace(key_, std::move(source)).first;
  if (place == timer.entries_.begin()) timer.changed_.notify_one();
}

DeadlineTimer::Entry::~Entry() {
  DeadlineTimer& timer = process();
  const std::lock_guard lock(timer.mutex_);
  timer.entries_.erase(key_);
}

void DeadlineTimer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (entries_.empty()) {
      changed_.wait(lock);
      continue;
    }
    const auto first = entries_.begin();
    const TimePoint when = first->first.first;
    if (std::chrono::steady_clock::now() < when) {
      changed_.wait_until(lock, when);
      continue;
    }
    std::stop_source source = first->second;
    entries_.erase(first);
    // Stop callbacks run here and may be long, or end entries themselves.
    lock.unlock();
    source.request_stop();
    lock.lock();
  }
}

}  // namespace prefect::detail
