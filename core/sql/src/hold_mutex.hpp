#pragma once

#include <atomic>

namespace prefect_sqlalchemy::detail {

/// Who holds: the thread, or the awaitable operation that it runs.
const void* holder() noexcept;

/// A recursive mutex whose owner is a holder(), so that an awaitable operation keeps it from thread to
/// thread.
class HoldMutex {
 public:
  bool try_lock() noexcept {
    const void* const self = holder();
    const void* owner = nullptr;
    if (owner_.load(std::memory_order_relaxed) != self &&
        !owner_.compare_exchange_strong(owner, self, std::memory_order_acquire)) {
      return false;
    }
    ++depth_;
    return true;
  }
  void lock() noexcept {
    while (!try_lock()) {
      const void* const owner = owner_.load(std::memory_order_relaxed);
      if (owner != nullptr) owner_.wait(owner, std::memory_order_relaxed);
    }
  }
  void unlock() noexcept {
    if (--depth_ != 0) return;
    owner_.store(nullptr, std::memory_order_release);
    owner_.notify_one();
  }

 private:
  std::atomic<const void*> owner_ = nullptr;
  int depth_ = 0;  // the owner's
};

}  // namespace prefect_sqlalchemy::detail
