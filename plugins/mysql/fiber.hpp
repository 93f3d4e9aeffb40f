// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

#include <ucontext.h>

namespace psa::mysql {

/// Runs one function at a time on a stack of its own, so that it can stop in the middle of the client
/// library and go on later, on whatever thread asks for that. It holds no locks while it is stopped.
class Fiber {
 public:
  Fiber();
  Fiber(const Fiber&) = delete;
  Fiber& operator=(const Fiber&) = delete;
  ~Fiber();

  /// Begins `body`, which must not throw. Returns whether it has ended; otherwise it has yielded.
  bool start(std::function<void()> body);
  /// Goes on behind the yield. Returns as start().
  bool resume();
  /// Inside `body` only: back to start() or resume().
  void yield();
  /// Whether a body has begun and not ended.
  bool active() const noexcept { return active_; }

 private:
  static void enter(unsigned high, unsigned low);
  void switch_in();
  void switch_out(bool for_ever);

  void* stack_;
  ucontext_t inside_{};
  ucontext_t outside_{};
  std::function<void()> body_;
  bool active_ = false;
  // What the sanitizers are told about the two stacks.
  [[maybe_unused]] const void* host_stack_ = nullptr;
  [[maybe_unused]] size_t host_stack_size_ = 0;
  [[maybe_unused]] void* fake_stack_ = nullptr;
  [[maybe_unused]] void* tsan_inside_ = nullptr;
  [[maybe_unused]] void* tsan_outside_ = nullptr;
};

}  // namespace psa::mysql
