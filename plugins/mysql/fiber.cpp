// SPDX-License-Identifier: Apache-2.0
#include "fiber.hpp"

#include <cstdint>
#include <new>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include <psa_sanitizers.hpp>

#ifdef PSA_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef PSA_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace psa::mysql {
namespace {

// The client library keeps its buffers on the heap; certificates are looked at elsewhere, while connecting.
constexpr size_t stack_size = 256 * 1024;

size_t guard_size() { return static_cast<size_t>(sysconf(_SC_PAGESIZE)); }

}  // namespace

Fiber::Fiber() {
  stack_ = mmap(nullptr, stack_size + guard_size(), PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
  if (stack_ == MAP_FAILED) throw std::bad_alloc();
  mprotect(stack_, guard_size(), PROT_NONE);
#ifdef PSA_TSAN
  tsan_inside_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
#ifdef PSA_TSAN
  __tsan_destroy_fiber(tsan_inside_);
#endif
  munmap(stack_, stack_size + guard_size());
}

// makecontext hands over ints only.
void Fiber::enter(unsigned high, unsigned low) {
  auto* self = reinterpret_cast<Fiber*>((static_cast<uintptr_t>(high) << 32) | low);
#ifdef PSA_ASAN
  __sanitizer_finish_switch_fiber(nullptr, &self->host_stack_, &self->host_stack_size_);
#endif
  self->body_();
  self->active_ = false;
  self->switch_out(true);
}

bool Fiber::start(std::function<void()> body) {
  body_ = std::move(body);
  getcontext(&inside_);
  inside_.uc_stack.ss_sp = static_cast<char*>(stack_) + guard_size();
  inside_.uc_stack.ss_size = stack_size;
  inside_.uc_link = nullptr;
  const auto self = reinterpret_cast<uintptr_t>(this);
  makecontext(&inside_, reinterpret_cast<void (*)()>(&Fiber::enter), 2, static_cast<unsigned>(self >> 32),
              static_cast<unsigned>(self));
  active_ = true;
  return resume();
}

bool Fiber::resume() {
  switch_in();
  if (!active_) body_ = nullptr;
  return !active_;
}

void Fiber::yield() { switch_out(false); }

void Fiber::switch_in() {
#ifdef PSA_ASAN
  void* fake_stack = nullptr;
  __sanitizer_start_switch_fiber(&fake_stack, inside_.uc_stack.ss_sp, stack_size);
#endif
#ifdef PSA_TSAN
  tsan_outside_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(tsan_inside_, 0);
#endif
  swapcontext(&outside_, &inside_);
#ifdef PSA_ASAN
  __sanitizer_finish_switch_fiber(fake_stack, nullptr, nullptr);
#endif
}

void Fiber::switch_out([[maybe_unused]] bool for_ever) {
#ifdef PSA_ASAN
  __sanitizer_start_switch_fiber(for_ever ? nullptr : &fake_stack_, host_stack_, host_stack_size_);
#endif
#ifdef PSA_TSAN
  __tsan_switch_to_fiber(tsan_outside_, 0);
#endif
  swapcontext(&inside_, &outside_);
#ifdef PSA_ASAN
  __sanitizer_finish_switch_fiber(fake_stack_, &host_stack_, &host_stack_size_);
#endif
}

}  // namespace psa::mysql
